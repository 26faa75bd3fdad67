"""Frames: the minimal lower layer protocol, as bytes in and frames or faults out, with no socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

START = 0x0B
END = 0x1C
RETURN = 0x0D
LEADER = bytes((START,))
TRAILER = bytes((END, RETURN))
DEFAULT_LIMIT = 32 * 1024 * 1024
_EXCERPT = 1024
_KNOWN = (
    (b"\x16\x03", "TLS"),
    (b"\x15\x03", "an alert of TLS"),
    (b"HTTP/", "an answer by HTTP"),
    (b"GET ", "a request by HTTP"),
    (b"POST ", "a request by HTTP"),
    (b"SSH-", "SSH"),
    (b"\xef\xbb\xbf", "a byte order mark"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"MSH", "a message without its frame"),
)
_SMALL = 16 * 1024
_KEPT = 4 * 1024 * 1024

FaultKind = Literal["garbage", "truncated", "too-large", "no-carriage-return"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One framed payload; `offset` is where its start block stood on the connection."""

    payload: bytes
    offset: int


@dataclass(frozen=True, slots=True)
class FramingFault:
    """What was wrong on the wire: `offset` counts the connection's bytes from 0, `reason` is a sentence.

    `received` is the beginning of what arrived there, as far as it had arrived.
    """

    kind: FaultKind
    offset: int
    reason: str
    received: bytes = field(default=b"", compare=False)


def frame_message(payload: bytes) -> bytes:
    return LEADER + payload + TRAILER


class Room:
    """Memory that many connections share: `limit` bytes for the frames that they hold half read."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0

    @property
    def is_ample(self) -> bool:
        return self.taken * 4 < self.limit

    def take(self, size: int) -> bool:
        """Reserve `size` bytes more, or tell that they are not there."""
        if self.taken + size > self.limit:
            return False
        self.taken += size
        return True

    def give_back(self, size: int) -> None:
        self.taken -= size


class FrameReader:
    """Cuts a stream of bytes into frames. It holds at most `limit` bytes, however long a frame grows.

    Bytes come by `feed`; or they are put into `get_buffer` and told by `take`, which copies none of them twice.
    What it holds beyond a first small buffer it takes of `room`, until `close`.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT, room: Room | None = None) -> None:
        self.limit = limit
        self._room = room
        self._buffer = bytearray()
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._at = 0
        self._begin = 0
        self._base = 0
        self._state: Literal["between", "garbage", "frame", "skipping"] = "between"

    @property
    def is_empty(self) -> bool:
        """Tell whether no frame is half read."""
        return self._state in ("between", "garbage")

    @property
    def ends_bare(self) -> bool:
        """Tell whether a frame ends with an end block, at most a line feed after it: its carriage return is awaited."""
        return self._state == "frame" and _is_bare(self._buffer, self._begin, self._filled)

    def feed(self, data: bytes) -> tuple[Frame | FramingFault, ...]:
        """What the bytes that arrived complete, in order; the same however the stream is cut."""
        found: list[Frame | FramingFault] = []
        rest = memoryview(data)
        while rest:
            space = self.get_buffer()
            size = min(len(space), len(rest))
            space[:size] = rest[:size]
            rest = rest[size:]
            found.extend(self.take(size))
        return tuple(found)

    def get_buffer(self) -> memoryview:
        """Where the next bytes are to be put; never empty."""
        if not self._buffer:
            self._replace_buffer(_SMALL)
        return self._view[self._filled :] if self._filled else self._view

    def take(self, size: int) -> tuple[Frame | FramingFault, ...]:
        """What the `size` bytes complete that were put into the buffer."""
        self._filled += size
        found: list[Frame | FramingFault] = []
        goes_on = True
        while goes_on and self._at < self._filled:
            if self._state == "frame":
                goes_on = self._read_frame(found)
            elif self._state == "skipping":
                goes_on = self._skip_frame()
            else:
                self._seek_start(found)
        self._make_space(found)
        return tuple(found)

    def finish(self, why: str = "the connection ended") -> tuple[FramingFault, ...]:
        """What the end of the connection, or of all patience, leaves half done."""
        if self._state != "frame":
            return ()
        payload = bytes(self._view[self._begin : self._filled])
        started = self._base + self._begin - 1
        fault = _bare_end(payload, started) if self.ends_bare else _truncated(payload, started, why)
        self._state, self._at = "between", self._filled
        self._make_space([])
        return (fault,)

    def settle(self) -> tuple[FramingFault, ...]:
        """Give up waiting for the carriage return of a frame that `ends_bare`."""
        return self.finish() if self.ends_bare else ()

    def close(self) -> None:
        """Hold nothing any more, and give back what was taken of the room."""
        self._replace_buffer(0)
        self._state, self._filled, self._at, self._begin = "between", 0, 0, 0

    def _seek_start(self, found: list[Frame | FramingFault]) -> None:
        start = self._buffer.find(START, self._at, self._filled)
        end = self._filled if start < 0 else start
        if self._state == "between" and end > self._at:
            stray = bytes(self._view[self._at : end]).lstrip(b"\r\n")
            if stray:
                found.append(_garbage(stray, self._base + end - len(stray)))
                self._state = "garbage"
        self._at = end
        if start >= 0:
            self._state, self._at, self._begin = "frame", start + 1, start + 1

    def _read_frame(self, found: list[Frame | FramingFault]) -> bool:
        end = self._find_end()
        if (end or self._filled) - self._begin > self.limit + len(TRAILER):
            reason = f"is larger than the {self.limit} bytes taken here"
            found.append(self._too_large(reason))
            self._state = "skipping"
            return True
        if end is None:
            return False
        found.extend(self._complete(end))
        return True

    def _skip_frame(self) -> bool:
        end = self._find_end()
        if end is not None:
            self._state, self._at = "between", end
        return end is not None

    def _find_end(self) -> int | None:
        """Where the frame is over. A single byte is found much faster than two, and end blocks within text are rare."""
        buffer, filled = self._buffer, self._filled
        at = buffer.find(END, self._at, filled)
        if 0 <= at < filled - 1 and buffer[at + 1] != RETURN:
            at = buffer.find(TRAILER, at, filled)
        if 0 <= at < filled - 1:
            return at + len(TRAILER)
        self._at = filled - 1 if buffer[filled - 1] == END else filled
        return None

    def _complete(self, end: int) -> tuple[Frame | FramingFault, ...]:
        """A frame; and where another start block stood in it before an MSH, the one that broke off before it too."""
        begin, started = self._begin, self._base + self._begin - 1
        payload = bytes(self._view[begin : end - len(TRAILER)])
        self._state, self._at = "between", end
        restart = payload.rfind(b"\x0bMSH") if self._buffer.find(START, begin, end) >= 0 else -1
        if restart < 0:
            return (Frame(payload, started),)
        broken, again = payload[:restart], started + 1 + restart
        if _is_bare(broken, 0, len(broken)):
            return _bare_end(broken, started), Frame(payload[restart + 1 :], again)
        fault = _truncated(broken, started, f"another start block came at byte {again}")
        return fault, Frame(payload[restart + 1 :], again)

    def _make_space(self, found: list[Frame | FramingFault]) -> None:
        """Move what is still needed to the front, and have room after it."""
        keep = self._begin if self._state == "frame" else self._at
        rest = self._filled - keep
        if keep:
            if rest:
                self._view[:rest] = self._view[keep : self._filled]
            self._base += keep
            self._at, self._begin, self._filled = self._at - keep, 0, rest
        size = len(self._buffer)
        if self._state == "frame" and (size - rest) * 4 < size:
            self._grow(size, rest == size, found)
        elif self._state != "frame" and size > _SMALL and not self._may_keep(size):
            self._replace_buffer(_SMALL)

    def _grow(self, size: int, is_full: bool, found: list[Frame | FramingFault]) -> None:
        """Hold more of the frame; where there is no room left for it, it is let go."""
        larger = min(size * 2, max(_SMALL, self.limit + len(TRAILER) + 1))
        if larger > size and not self._replace_buffer(larger) and is_full:
            found.append(self._too_large("came when all connections together held as much as is taken here"))
            self._state = "skipping"
            self._make_space(found)

    def _may_keep(self, size: int) -> bool:
        return self._room.is_ample if self._room else size <= _KEPT

    def _replace_buffer(self, size: int) -> bool:
        """Hold `size` bytes from now on; a new buffer, since a transport may still look at the old one."""
        more = max(size - _SMALL, 0) - max(len(self._buffer) - _SMALL, 0)
        if self._room and not self._room.take(more):
            return False
        buffer = bytearray(size)
        view, kept = memoryview(buffer), min(self._filled, size)
        view[:kept] = self._view[:kept]
        self._buffer, self._view = buffer, view
        return True

    def _too_large(self, why: str) -> FramingFault:
        started = self._base + self._begin - 1
        excerpt = bytes(self._view[self._begin : min(self._begin + _EXCERPT, self._filled)])
        return FramingFault("too-large", started, f"The frame that started at byte {started} {why}.", excerpt)


def _is_bare(data: bytes | bytearray, begin: int, end: int) -> bool:
    """Tell whether an end block, and at most a line feed after it, ends the frame."""
    return data[max(begin, end - 1) : end] == b"\x1c" or data[max(begin, end - 2) : end] == b"\x1c\n"


def _garbage(data: bytes, offset: int) -> FramingFault:
    shown = f" (“{chr(data[0])}”)" if 0x20 < data[0] < 0x7F else ""
    known = next((f", as where {name} begins" for mark, name in _KNOWN if data.startswith(mark)), "")
    reason = f"A start block (0x0B) was expected at byte {offset}, and 0x{data[0]:02X}{shown} came{known}."
    return FramingFault("garbage", offset, reason, data[:_EXCERPT])


def _truncated(payload: bytes, started: int, why: str) -> FramingFault:
    reason = f"The frame that started at byte {started} has no end: {why} after {len(payload)} bytes of it."
    return FramingFault("truncated", started, reason, payload[:_EXCERPT])


def _bare_end(payload: bytes, started: int) -> FramingFault:
    offset = started + 1 + payload.rindex(END)
    reason = f"The end block (0x1C) at byte {offset} is not followed by a carriage return (0x0D)."
    return FramingFault("no-carriage-return", offset, reason, payload[:_EXCERPT])
