"""Frames: the minimal lower layer protocol, as bytes in and frames or faults out, with no socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

START = 0x0B
END = 0x1C
RETURN = 0x0D
TRAILER = bytes((END, RETURN))
DEFAULT_LIMIT = 32 * 1024 * 1024
_EXCERPT = 1024
_BETWEEN = frozenset(b"\r\n")

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
    return b"\x0b" + payload + TRAILER


def _find_end(data: bytes, position: int, *, bare: bool) -> int | None:
    """Where the frame that goes on at `position` is over; `bare` says that an end block came right before."""
    if bare and data[position] == RETURN:
        return position + 1
    end = data.find(TRAILER, position)
    return None if end < 0 else end + len(TRAILER)


class FrameReader:
    """Cuts a stream of bytes into frames. It holds at most `limit` bytes, however long a frame grows."""

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self.limit = limit
        self._buffer = bytearray()
        self._state: Literal["between", "garbage", "frame", "skipping"] = "between"
        self._offset = 0
        self._started = 0
        self._last = -1

    @property
    def is_empty(self) -> bool:
        """Tell whether no frame is half read."""
        return self._state in ("between", "garbage")

    @property
    def ends_bare(self) -> bool:
        """Tell whether a frame ends with an end block, at most a line feed after it: its carriage return is awaited."""
        return self._state == "frame" and self._buffer.endswith((b"\x1c", b"\x1c\n"))

    def feed(self, data: bytes) -> tuple[Frame | FramingFault, ...]:
        """What the bytes that arrived complete, in order; the same however the stream is cut."""
        found: list[Frame | FramingFault] = []
        position = 0
        while position < len(data):
            if self._state == "frame":
                position = self._read_frame(data, position, found)
            elif self._state == "skipping":
                position = self._skip_frame(data, position)
            else:
                position = self._seek_start(data, position, found)
        self._offset += len(data)
        return tuple(found)

    def finish(self, why: str = "the connection ended") -> tuple[FramingFault, ...]:
        """What the end of the connection, or of all patience, leaves half done."""
        if self._state != "frame":
            return ()
        fault = self._bare_end(self._buffer) if self.ends_bare else self._truncated(self._buffer, why)
        self._reset()
        return (fault,)

    def settle(self) -> tuple[FramingFault, ...]:
        """Give up waiting for the carriage return of a frame that `ends_bare`."""
        return self.finish() if self.ends_bare else ()

    def _seek_start(self, data: bytes, position: int, found: list[Frame | FramingFault]) -> int:
        start = data.find(b"\x0b", position)
        end = len(data) if start < 0 else start
        if self._state == "between":
            bad = next((index for index in range(position, end) if data[index] not in _BETWEEN), None)
            if bad is not None:
                found.append(self._garbage(data[bad:end], self._offset + bad))
                self._state = "garbage"
        if start < 0:
            return end
        self._state, self._started = "frame", self._offset + start
        self._buffer.clear()
        return start + 1

    def _read_frame(self, data: bytes, position: int, found: list[Frame | FramingFault]) -> int:
        end = _find_end(data, position, bare=self._buffer.endswith(b"\x1c"))
        stop = len(data) if end is None else end
        room = self.limit + len(TRAILER) - len(self._buffer)
        if stop - position > room:
            found.append(self._too_large())
            self._state, self._last = "skipping", self._buffer[-1] if self._buffer else -1
            self._buffer.clear()
            return position
        self._buffer += data[position:stop]
        if end is not None:
            found.extend(self._complete())
        return stop

    def _skip_frame(self, data: bytes, position: int) -> int:
        end = _find_end(data, position, bare=self._last == END)
        if end is None:
            self._last = data[-1]
            return len(data)
        self._reset()
        return end

    def _complete(self) -> tuple[Frame | FramingFault, ...]:
        """A frame; and where another start block stood in it before an MSH, the one that broke off before it too."""
        payload = bytes(memoryview(self._buffer)[:-2])
        started = self._started
        self._reset()
        restart = payload.rfind(b"\x0bMSH")
        if restart < 0:
            return (Frame(payload, started),)
        self._started = started
        broken = payload[:restart]
        if broken.endswith((b"\x1c", b"\x1c\n")):
            fault = self._bare_end(broken)
        else:
            fault = self._truncated(broken, f"another start block came at byte {started + 1 + restart}")
        return fault, Frame(payload[restart + 1 :], started + 1 + restart)

    def _reset(self) -> None:
        self._buffer = bytearray()
        self._state, self._last = "between", -1

    def _garbage(self, data: bytes, offset: int) -> FramingFault:
        shown = f" (“{chr(data[0])}”)" if 0x20 < data[0] < 0x7F else ""
        reason = f"A start block (0x0B) was expected at byte {offset}, and 0x{data[0]:02X}{shown} came."
        return FramingFault("garbage", offset, reason, bytes(data[:_EXCERPT]))

    def _truncated(self, payload: bytes | bytearray, why: str) -> FramingFault:
        reason = f"The frame that started at byte {self._started} has no end: {why} after {len(payload)} bytes of it."
        return FramingFault("truncated", self._started, reason, bytes(payload[:_EXCERPT]))

    def _bare_end(self, payload: bytes | bytearray) -> FramingFault:
        offset = self._started + 1 + payload.rindex(END)
        reason = f"The end block (0x1C) at byte {offset} is not followed by a carriage return (0x0D)."
        return FramingFault("no-carriage-return", offset, reason, bytes(payload[:_EXCERPT]))

    def _too_large(self) -> FramingFault:
        reason = f"The frame that started at byte {self._started} is larger than the {self.limit} bytes taken here."
        return FramingFault("too-large", self._started, reason, bytes(self._buffer[:_EXCERPT]))
