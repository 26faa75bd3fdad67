"""Correlation: which answers a message asks for, and which message an answer belongs to (2.5.1, 2.9.2 and 2.9.3)."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message, parse_message

CONDITIONS = frozenset({"", "AL", "NE", "ER", "SU"})
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Asked:
    """What a message asks: MSH-10, MSH-13, and the conditions of MSH-15 (`accept`) and MSH-16 (`application`).

    Both conditions are empty in original mode, and where a header whose fields are shifted has no conditions there.
    """

    control_id: str = ""
    sequence: str = ""
    accept: str = ""
    application: str = ""

    @property
    def is_enhanced(self) -> bool:
        return bool(self.accept or self.application)


@dataclass(frozen=True, slots=True)
class Answered:
    """What an acknowledgment says of its message: MSA-1, MSA-2 and MSA-4."""

    code: str
    control_id: str
    expected_sequence: str = ""

    @property
    def is_accept(self) -> bool:
        """Tell whether it is an accept acknowledgment, which an application acknowledgment may follow."""
        return self.code.startswith("C")

    @property
    def is_positive(self) -> bool:
        return self.code in ("AA", "CA")


def read_asked(payload: bytes) -> Asked:
    """What a message asks; nothing where it has no header that can be read."""
    fields = _read_line(payload, 0, 17)
    if len(fields) > 9 and fields[0] == "MSH":
        if len(fields) < 13:
            return Asked(fields[9].strip())
        fields += [""] * (16 - len(fields))
        return _asked(fields[9], fields[12], fields[14], fields[15])
    message = _read(payload)
    return _asked(*(message.get(f"MSH-{number}") or "" for number in (10, 13, 15, 16))) if message else Asked()


def read_answered(payload: bytes) -> Answered | None:
    """What an answer says of its message; None where it is no acknowledgment."""
    start = payload.find(b"\rMSA", 0, _HEAD) + 1
    if start and payload.startswith(b"MSH" + payload[start + 3 : start + 4]):
        fields = _read_line(payload, start, 5)
        if len(fields) > 2 and fields[0] == "MSA":
            return Answered(fields[1].strip(), fields[2].strip(), fields[4].strip() if len(fields) > 4 else "")
    message = _read(payload)
    if message is None or not message.find_segments("MSA"):
        return None
    return Answered(*((message.get(f"MSA-{number}") or "").strip() for number in (1, 2, 4)))


def _read_line(payload: bytes, start: int, count: int) -> list[str]:
    """The first fields of the segment at `start`, where they read as they stand, as they nearly always do."""
    end = payload.find(b"\r", start, start + _HEAD)
    line = payload[start:end]
    if end < 0 or len(line) < 8 or not line.isascii() or b"\n" in line or b"\\" in line[8:]:
        return []
    text = line.decode("ascii")
    return text.split(text[3], count)


def choose_codes(asked: Asked, code: str) -> tuple[str, ...]:
    """The codes that go out in turn where `code` (AA, AE, AR) was decided on (2.5.1, 2.9.3).

    In enhanced mode MSH-16 asks for it as it is, after the CA that MSH-15 asks for; where MSH-16 does not ask, MSH-15
    may ask for CA, CE or CR alone.
    """
    if not asked.is_enhanced:
        return (code,)
    if _is_wanted(asked.application, code):
        return ("CA", code) if asked.accept in ("AL", "SU") else (code,)
    return ("C" + code[1:],) if _is_wanted(asked.accept, code) else ()


def _is_wanted(condition: str, code: str) -> bool:
    return condition == "AL" or condition == ("SU" if code == "AA" else "ER")


def _asked(control_id: str, sequence: str, accept: str, application: str) -> Asked:
    if accept not in CONDITIONS or application not in CONDITIONS:
        accept = application = ""
    return Asked(control_id.strip(), sequence.strip(), accept, application)


def _read(payload: bytes) -> Message | None:
    try:
        return parse_message(payload)
    except WorkbenchError:
        return None
