"""Acknowledgments: how a receiver answers a message, written and read (HL7 v2.5.1, 2.9.2; tables 0008 and 0357)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.hl7v2.character_set import WIDE_CODECS
from workbench.hl7v2.escapes import STANDARD, EncodingCharacters, escape_text
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.path import Path, parse_path
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.times import format_time as format_time

AnswerCode = Literal["AA", "AE", "AR"]

ERROR_CONDITIONS = {
    "0": "Message accepted",
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing id",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
_MEANINGS = {
    "AA": "accepted",
    "AE": "accepted with an error",
    "AR": "rejected",
    "CA": "received",
    "CE": "received with an error",
    "CR": "rejected on receipt",
}


@dataclass(frozen=True, slots=True)
class AcknowledgmentError:
    """One reason against a message: `location` is a path or empty, `code` of table 0357, `severity` E, W or I.

    `answer` is the acknowledgment code that the reason calls for.
    """

    location: str
    code: str
    severity: str
    text: str
    answer: AnswerCode = "AE"


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """What an acknowledgment says: MSA-1, MSA-2, MSA-3 and its reasons."""

    code: str
    control_id: str
    text: str
    errors: tuple[AcknowledgmentError, ...] = ()

    @property
    def is_positive(self) -> bool:
        return self.code in ("AA", "CA")

    @property
    def reason(self) -> str:
        """One sentence: the code, and the first thing that was said about it."""
        first = self.errors[0] if self.errors else None
        said = (first.text if first else "") or self.text
        if first and first.location and first.location not in said:
            said = f"{first.location}: {said}"
        return f"{self.code}: {said or _MEANINGS.get(self.code, 'an acknowledgment code that is not known')}"


def decide_code(errors: Sequence[AcknowledgmentError]) -> AnswerCode:
    """The acknowledgment code that the reasons call for together: the hardest one."""
    answers = {error.answer for error in errors if error.severity in ("E", "F")}
    return "AR" if "AR" in answers else "AE" if "AE" in answers else "AA"


def make_acknowledgment(
    message: Message | None,
    code: str,
    *,
    text: str = "",
    errors: Sequence[AcknowledgmentError] = (),
    control_id: str,
    now: datetime,
    application: str,
    facility: str,
    version: str = "",
    expected_sequence: int | None = None,
) -> bytes:
    """Answer `message`, or something that could not be read as one, in its own delimiters.

    `version` is what the answering system speaks, and decides the shape of ERR; else the message's own counts.
    `expected_sequence` goes into MSA-4.
    """
    encoding = _choose_encoding(message)
    version = version or (message.version if message else "") or "2.5.1"
    lines = [
        _header(message, encoding, control_id, now, application, facility, version),
        _msa(message, code, text, errors, encoding, version, expected_sequence),
        *_err(errors, encoding, version),
    ]
    text = "".join(line + "\r" for line in lines)
    if message is None or message.codec in WIDE_CODECS:
        return text.encode()
    return message.character_set.encode(text, or_else="?")


def parse_acknowledgment(data: bytes) -> Acknowledgment:
    """Read an answer; `WorkbenchError` where it is no HL7 v2 message or holds no MSA segment."""
    message = parse_message(data)
    if not message.find_segments("MSA"):
        kind = message.type_name or "a message without a type"
        raise WorkbenchError(f"The answer is {kind} and has no MSA segment, so it acknowledges nothing.")
    errors = tuple(error for segment in message.find_segments("ERR") for error in _read_err(message, segment))
    return Acknowledgment(
        message.get("MSA-1") or "",
        message.get("MSA-2") or "",
        message.get("MSA-3") or message.get("MSA-6.2") or "",
        errors,
    )


def _is_before(version: str, other: tuple[int, int]) -> bool:
    parts = version.split(".")
    return len(parts) > 1 and all(part.isdecimal() for part in parts[:2]) and (int(parts[0]), int(parts[1])) < other


def _header(
    message: Message | None,
    encoding: EncodingCharacters,
    control_id: str,
    now: datetime,
    application: str,
    facility: str,
    version: str,
) -> str:
    event = (message.get("MSH-9.2") if message else None) or ""
    names = ["ACK", event] if _is_before(version, (2, 4)) or not event else ["ACK", event, "ACK"]
    kind = encoding.component.join(escape_text(name, encoding) for name in names if name)
    fields = [
        escape_text(application, encoding),
        escape_text(facility, encoding),
        _as_it_stands(message, "MSH-3", encoding),
        _as_it_stands(message, "MSH-4", encoding),
        format_time(now),
        "",
        kind,
        escape_text(control_id, encoding),
        _as_it_stands(message, "MSH-11", encoding) or "P",
        version,
        *(
            [""] * 5 + [_as_it_stands(message, "MSH-18", encoding)]
            if _as_it_stands(message, "MSH-18", encoding)
            else []
        ),
    ]
    return encoding.field.join(["MSH" + encoding.field + encoding.msh2, *fields])


def _as_it_stands(message: Message | None, path: str, encoding: EncodingCharacters) -> str:
    """A field of the message for its answer, whose delimiters may be others."""
    part = message.find_part(path) if message else None
    if part is None:
        return ""
    return part.text if part.encoding == encoding else escape_text(part.value, encoding)


def _choose_encoding(message: Message | None) -> EncodingCharacters:
    """The message's own delimiters, unless they are too few, the same, or letters that an answer needs."""
    if message is None:
        return STANDARD
    encoding = message.encoding
    marks = encoding.field + encoding.msh2[:4]
    usable = len(set(marks)) == 5 and all(mark.isascii() and mark.isprintable() for mark in marks)
    return encoding if usable and not any(mark.isalnum() or mark in " .+-" for mark in marks) else STANDARD


def _msa(
    message: Message | None,
    code: str,
    text: str,
    errors: Sequence[AcknowledgmentError],
    encoding: EncodingCharacters,
    version: str,
    expected_sequence: int | None,
) -> str:
    said = text or (errors[0].text if errors else "")
    fields = ["MSA", code, _as_it_stands(message, "MSH-10", encoding), escape_text(said, encoding)]
    fields.append("" if expected_sequence is None else str(expected_sequence))
    if errors and _is_before(version, (2, 5)):
        fields += ["", _condition(errors[0].code, encoding, encoding.component)]
    return encoding.field.join(fields).rstrip(encoding.field)


def _condition(code: str, encoding: EncodingCharacters, delimiter: str) -> str:
    name = ERROR_CONDITIONS.get(code, "")
    return delimiter.join(escape_text(part, encoding) for part in (code, name, "HL70357"))


def _err(errors: Sequence[AcknowledgmentError], encoding: EncodingCharacters, version: str) -> Iterator[str]:
    """ERR as the version has it: one segment with ERR-1 repeated before 2.5, then one segment a reason."""
    if _is_before(version, (2, 5)):
        if errors:
            yield (
                "ERR" + encoding.field + encoding.repetition.join(_error_code_and_location(e, encoding) for e in errors)
            )
        return
    for error in errors:
        place = _location(error.location, encoding)
        condition = _condition(error.code, encoding, encoding.component)
        fields = ["ERR", "", place, condition, error.severity, "", "", "", escape_text(error.text, encoding)]
        yield encoding.field.join(fields)


def _error_code_and_location(error: AcknowledgmentError, encoding: EncodingCharacters) -> str:
    """ELD (2.3.1, 2.8.14): segment ID, sequence, field position, and the code as subcomponents."""
    path = parse_path(error.location) if error.location else None
    place = [path.segment, str(path.ordinal or 1), str(path.field or "")] if path else ["", "", ""]
    return encoding.component.join([*place, _condition(error.code, encoding, encoding.subcomponent)])


def _location(location: str, encoding: EncodingCharacters) -> str:
    """ERL (2.5.1, 2.A.28): segment ID, sequence, field, repetition, component, subcomponent."""
    if not location:
        return ""
    path = parse_path(location)
    repetition = path.repetition or (1 if path.field else None)
    numbers = (path.ordinal or 1, path.field, repetition, path.component, path.subcomponent)
    parts = [path.segment, *("" if number is None else str(number) for number in numbers)]
    return encoding.component.join(parts).rstrip(encoding.component)


def _read_err(message: Message, segment: Segment) -> Iterator[AcknowledgmentError]:
    answer: AnswerCode = "AR" if (message.get("MSA-1") or "")[1:] == "R" else "AE"
    at = f"ERR[{segment.ordinal}]"
    if condition := message.get(f"{at}-3.1"):
        said = message.get(f"{at}-8") or message.get(f"{at}-7") or message.get(f"{at}-3.2") or ""
        yield AcknowledgmentError(
            _read_location(message, f"{at}-2"), condition, message.get(f"{at}-4") or "E", said, answer
        )
        return
    first = segment.find_field(1)
    for part in first.repetitions if first else ():
        place = f"{at}-1[{part.number}]"
        code = message.get(f"{place}.4.1")
        first_said = message.get("MSA-3") if (segment.ordinal, part.number) == (1, 1) else None
        said = first_said or message.get(f"{place}.4.2") or ERROR_CONDITIONS.get(code or "", "")
        if code or said:
            yield AcknowledgmentError(_read_location(message, place), code or "", "E", said, answer)


def _read_location(message: Message, at: str) -> str:
    """A path from ERL or ELD, as far as they hold one."""
    segment, *numbers = (message.get(f"{at}.{number}.1") for number in range(1, 4))
    ordinal, field = map(_number, numbers)
    if not segment:
        return ""
    is_new = message.find_part(f"{at}.4") is not None and message.get(f"{at}.4.2") is None
    rest = (_number(message.get(f"{at}.{number}")) if is_new else None for number in (4, 5, 6))
    repetition, component, subcomponent = rest
    first = ordinal if ordinal and ordinal > 1 else None
    if field is None:
        return str(Path(segment, first))
    repeated = repetition if repetition and repetition > 1 else None
    return str(Path(segment, first, field, repeated, component, subcomponent if component else None))


def _number(text: str | None) -> int | None:
    return int(text) or None if text and text.isascii() and text.isdecimal() and len(text) < 7 else None
