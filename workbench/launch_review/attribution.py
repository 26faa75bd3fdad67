"""Attribution of exchanges: the launch, the code and the token that each of them belongs to.

Launches of several apps may lie in one row; they are told apart by client id, state, code and token.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from workbench.exchange import Exchange, is_same_exchange
from workbench.launch_review.endpoints import find_endpoints, read_exchange
from workbench.launch_review.reading import (
    Address,
    Pairs,
    Reading,
    first,
    has,
    parse_pairs,
    read_address,
)
from workbench.launch_review.review import LaunchFacts
from workbench.launch_review.story import Asked, Call, Opened, Returned, Story, Traded

A_SECOND = timedelta(seconds=1)
NEWEST = 50
"""Requests that one answer of the browser is held against."""


def tell_story(exchanges: Sequence[Exchange], facts: LaunchFacts) -> Story:
    endpoints = find_endpoints(exchanges, facts)
    readings = tuple(read_exchange(index, exchange, endpoints) for index, exchange in _once(exchanges))
    opened = tuple(_find_opened(readings))
    asked = tuple(_find_asked(readings, opened))
    returned = tuple(_find_returned(readings, asked))
    traded = tuple(_find_traded(readings, returned))
    calls = tuple(_find_calls(readings, traded))
    story = Story(facts, endpoints, readings, opened, asked, returned, traded, calls)
    return _keep_client(story, facts.client_id) if facts.client_id else story


def _once(exchanges: Sequence[Exchange]) -> Iterator[tuple[int, Exchange]]:
    """Each exchange once, where both its ends recorded it."""
    sent: dict[tuple[str, str, bytes], list[Exchange]] = {}
    for exchange in exchanges:
        if exchange.seen_by == "sender" and read_address(exchange.request.address).host:
            sent.setdefault(_key_of(exchange), []).append(exchange)
    alike = {key: _Alike(others) for key, others in sent.items()}
    for index, exchange in enumerate(exchanges):
        if exchange.protocol != "http":
            continue
        known = exchange.seen_by == "receiver" and bool(read_address(exchange.request.address).host)
        others = alike.get(_key_of(exchange)) if known else None
        if others is None or not any(is_same_exchange(other, exchange) for other in others.at(exchange.started)):
            yield index, exchange


class _Alike:
    """Exchanges that ask for the same, which some app may do all day, to be found by their time."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = sorted(exchanges, key=_started)
        self._longest = max(timedelta(seconds=exchange.duration) for exchange in exchanges)

    def at(self, moment: datetime) -> Sequence[Exchange]:
        """Those that may have been under way then, give or take a second."""
        first = bisect_left(self._exchanges, moment - self._longest - A_SECOND, key=_started)
        return self._exchanges[first : bisect_right(self._exchanges, moment + A_SECOND, key=_started)]


def _started(exchange: Exchange) -> datetime:
    return exchange.started


def _key_of(exchange: Exchange) -> tuple[str, str, bytes]:
    address = read_address(exchange.request.address)
    return exchange.request.method, f"{address.port}{address.path}?{address.query}", exchange.request.body


def _find_opened(readings: Iterable[Reading]) -> Iterator[Opened]:
    seen: set[tuple[str, str]] = set()
    for reading in readings:
        place, pairs = "query", reading.query
        if reading.kind != "ehr-launch":
            place, pairs = "header: Location", parse_pairs(read_address(reading.response_header("location")).query)
            if not 300 <= reading.status < 400 or not (has(pairs, "iss") and has(pairs, "launch")):
                continue
        key = first(pairs, "iss"), first(pairs, "launch")
        # The redirect and the request that follows it are one launch.
        if key not in seen or reading.kind != "ehr-launch":
            yield Opened(reading, place, pairs)
        seen.add(key)


def _find_asked(readings: Iterable[Reading], opened: Sequence[Opened]) -> Iterator[Asked]:
    for reading in readings:
        if reading.kind == "authorize" and (reading.parameters or reading.method in ("GET", "POST")):
            launch = first(reading.parameters, "launch")
            earlier = [o for o in opened if o.reading.index < reading.index]
            same = next((o for o in reversed(earlier) if launch and o.launch == launch), None)
            yield Asked(reading, same)


def _find_returned(readings: Iterable[Reading], asked: Sequence[Asked]) -> Iterator[Returned]:
    seen: set[tuple[str, str, str]] = set()
    for reading in readings:
        if reading.kind == "return":
            place, target = "query", reading.address
        elif 300 <= reading.status < 400:
            place, target = "header: Location", read_address(reading.response_header("location"))
        else:
            continue
        pairs = parse_pairs(target.query) + parse_pairs(target.fragment)
        found = _match_asked(reading, target, pairs, asked)
        if not (has(pairs, "code") or has(pairs, "error")) or (found is None and not has(pairs, "state")):
            continue
        key = first(pairs, "code"), first(pairs, "error"), first(pairs, "state")
        if reading.kind == "return" and key in seen:
            continue
        seen.add(key)
        yield Returned(reading, place, target, pairs, found)


def _match_asked(reading: Reading, target: Address, pairs: Pairs, asked: Sequence[Asked]) -> Asked | None:
    """By the state; where that was changed, the last request that named this redirect address."""
    earlier = [a for a in asked if a.reading.index <= reading.index][-NEWEST:]
    state = first(pairs, "state")
    same_state = [a for a in earlier if state and a.value("state") == state]
    to_here = [a for a in earlier if read_address(a.value("redirect_uri")).bare == target.bare]
    own = [a for a in earlier if a.reading.index == reading.index]
    return next(iter((own or [a for a in same_state if a in to_here] or same_state or to_here)[::-1]), None)


def _find_traded(readings: Iterable[Reading], returned: Sequence[Returned]) -> Iterator[Traded]:
    codes: dict[str, Returned] = {}
    for back in returned:
        if code := back.value("code"):
            codes.setdefault(code, back)
    refreshes: dict[str, Traded] = {}
    for reading in readings:
        if reading.kind != "token":
            continue
        grant_type = first(reading.form, "grant_type") or first(reading.query, "grant_type")
        came = codes.get(first(reading.form, "code")) if grant_type == "authorization_code" else None
        asked = came.asked if came else _guess_asked(reading, grant_type, returned)
        source = refreshes.get(first(reading.form, "refresh_token"))
        if source is not None:
            asked = source.asked
        client_id = reading.client_id or (asked.client_id if asked else "") or (source.client_id if source else "")
        # Laid over each other as they come: a line of refreshes may be thousands long.
        told = {**(source.told if source else {}), **{k: v for k, v in reading.answer.items() if v is not None}}
        began = source.began if source else reading.index
        root = (source.root or source) if source else None
        traded = Traded(reading, grant_type, client_id, came, asked, source, told, began, root)
        if traded.refresh_token and traded.is_granted:
            refreshes.setdefault(traded.refresh_token, traded)
        yield traded


def _guess_asked(reading: Reading, grant_type: str, returned: Sequence[Returned]) -> Asked | None:
    """The request before a code that was never seen: the last one of this app that came back."""
    if grant_type != "authorization_code":
        return None
    earlier = [b.asked for b in returned if b.reading.index < reading.index and b.asked is not None]
    own = [asked for asked in earlier if not reading.client_id or asked.client_id == reading.client_id]
    return own[-1] if own else None


def _find_calls(readings: Iterable[Reading], traded: Sequence[Traded]) -> Iterator[Call]:
    given = {t.access_token: t for t in traded if t.is_granted}
    for reading in readings:
        if reading.kind == "fhir":
            token = reading.bearer or first(reading.query, "access_token") or first(reading.form, "access_token")
            yield Call(reading, token, given.get(token))


def _keep_client(story: Story, client_id: str) -> Story:
    """What one app did, and what the site did to it; the pages of the browser belong to all."""
    asked = tuple(a for a in story.asked if a.client_id == client_id)
    traded = tuple(t for t in story.traded if t.client_id in (client_id, ""))
    returned = tuple(b for b in story.returned if b.asked is None or b.asked.client_id == client_id)
    of_others = {a.opened.reading.index for a in story.asked if a.client_id != client_id and a.opened}
    opened = tuple(o for o in story.opened if o.reading.index not in of_others)
    mine = {t.reading.index for t in traded}
    calls = tuple(c for c in story.calls if c.source is None or c.source.reading.index in mine)
    dropped = of_others | _indexes(story.asked) | _indexes(story.traded) | _indexes(story.calls)
    dropped -= _indexes(asked) | mine | _indexes(calls)
    readings = tuple(r for r in story.readings if r.index not in dropped)
    return Story(story.facts, story.endpoints, readings, opened, asked, returned, traded, calls)


def _indexes(items: Iterable[Asked | Traded | Call]) -> set[int]:
    return {item.reading.index for item in items}
