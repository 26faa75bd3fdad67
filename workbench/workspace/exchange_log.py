"""Exchange log: what happened on every wire, in the order it became known, each exchange once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from workbench.exchange import Exchange, is_same_exchange


@dataclass(frozen=True, slots=True)
class Added:
    """A new exchange at `index`, after the oldest `dropped` ones made room for it."""

    index: int
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Replaced:
    """Both ends of the exchange at `index` are known now."""

    index: int


# A full log drops a twentieth of itself at a time: whoever lists it would else move every row at each exchange.
_BLOCKS = 20
_Key = tuple[str, int | None, str, str, int]


class ExchangeLog:
    """Keeps the newest exchanges, `limit` at most and not many less.

    Where both ends of one exchange are ours, two records of it arrive; the sender's is kept, and takes from the
    receiver's the names that it lacks. Each record is joined once, so equal messages sent twice stay two.
    """

    def __init__(self, limit: int = 5000) -> None:
        self._limit = limit
        self._exchanges: deque[Exchange] = deque()
        self._first = 0  # number, since the beginning, of the oldest exchange that is kept
        self._waiting: dict[_Key, list[int]] = {}  # numbers of the exchanges that only one end has recorded

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(self._exchanges)

    @property
    def limit(self) -> int:
        return self._limit

    def __len__(self) -> int:
        return len(self._exchanges)

    def __getitem__(self, index: int) -> Exchange:
        return self._exchanges[index]

    def add(self, exchange: Exchange) -> Added | Replaced:
        key = _key(exchange)
        for number in self._waiting.get(key, ()):
            joined = _join(self._exchanges[number - self._first], exchange)
            if joined is not None:
                self._stop_waiting(key, number)
                self._exchanges[number - self._first] = joined
                return Replaced(number - self._first)
        self._exchanges.append(exchange)
        self._waiting.setdefault(key, []).append(self._first + len(self._exchanges) - 1)
        dropped = self._drop_oldest()
        return Added(len(self._exchanges) - 1, dropped)

    def before(self, exchange: Exchange, most: int = 25) -> tuple[Exchange, ...]:
        """The newest exchanges before one of the log; none for one that it does not hold."""
        exchanges = self.exchanges
        at = next((index for index, each in enumerate(exchanges) if each.id == exchange.id), 0)
        return exchanges[max(0, at - most) : at]

    def clear(self) -> None:
        self._first += len(self._exchanges)
        self._exchanges.clear()
        self._waiting.clear()

    def _drop_oldest(self) -> int:
        over = len(self._exchanges) - self._limit
        dropped = over + self._limit // _BLOCKS if over > 0 else 0
        for _ in range(dropped):
            self._stop_waiting(_key(self._exchanges.popleft()), self._first)
            self._first += 1
        return dropped

    def _stop_waiting(self, key: _Key, number: int) -> None:
        numbers = self._waiting.get(key, [])
        if number in numbers:
            numbers.remove(number)
        if not numbers:
            self._waiting.pop(key, None)


def _key(exchange: Exchange) -> _Key:
    """What two records of one exchange have in common and is quick to compare."""
    address = urlsplit(exchange.request.address)
    return (exchange.request.method, _port(address.netloc), address.path, address.query, len(exchange.request.body))


def _port(netloc: str) -> int | None:
    _, _, port = netloc.rpartition(":")
    return int(port) if port.isascii() and port.isdigit() else None


def _join(known: Exchange, new: Exchange) -> Exchange | None:
    for sent, received in ((known, new), (new, known)):
        if is_same_exchange(sent, received):
            return replace(
                sent,
                sender=sent.sender or received.sender,
                receiver=sent.receiver or received.receiver,
                note=sent.note or received.note,
            )
    return None
