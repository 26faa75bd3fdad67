"""Edits: the text of a message with one place changed, delimiters filled in where the place was past the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import HEADERS, Segment

if TYPE_CHECKING:
    from workbench.hl7v2.message import Message


def set_value(message: Message, path: Path, value: str) -> str:
    """The message's text with `value`, already escaped, at `path`."""
    if path.field is None:
        raise WorkbenchError(f"“{path}” is a whole segment.", hint=f"Name a field of it, such as {path}-1.")
    if path.segment in HEADERS and path.field <= 2:
        raise WorkbenchError(
            f"{path} holds the delimiters of the whole message and is not set by itself.",
            hint="Change them in the text of the message.",
        )
    segments = message.find_segments(path.segment)
    ordinal = path.ordinal or 1
    if ordinal <= len(segments):
        segment = segments[ordinal - 1]
        line = _set_in_segment(segment, path, value)
        return message.text[: segment.start] + line + message.text[segment.end :]
    if ordinal > len(segments) + 1:
        raise WorkbenchError(
            f"There is no {path.segment}[{ordinal}] to set: the message has {len(segments)} of {path.segment}.",
            hint=f"Set {path.segment}[{len(segments) + 1}] first.",
        )
    return _append(message.text, _set_in_segment(_empty(path.segment, message.encoding), path, value))


def _empty(name: str, encoding: EncodingCharacters) -> Segment:
    return Segment(name, 0, 1, name, 0, encoding)


def _append(text: str, line: str) -> str:
    """Add a segment, with the line end that the message uses."""
    end = "\r\n" if "\r\n" in text else "\n" if "\n" in text and "\r" not in text else "\r"
    return text + line + end if text.endswith(("\r", "\n")) else text + end + line


def _set_in_segment(segment: Segment, path: Path, value: str) -> str:
    encoding = segment.encoding
    shift = 1 if segment.is_header else 0
    position = (path.field or 1) - shift
    fields = _filled(segment.text.split(encoding.field), position)
    fields[position] = _set_in_field(fields[position], path, value, encoding)
    return encoding.field.join(fields)


def _set_in_field(text: str, path: Path, value: str, encoding: EncodingCharacters) -> str:
    if path.repetition is None and path.component is None:
        return value
    return _set_at(
        text,
        encoding.repetition,
        path.repetition or 1,
        lambda repetition: _set_in_repetition(repetition, path, value, encoding),
        path,
    )


def _set_in_repetition(text: str, path: Path, value: str, encoding: EncodingCharacters) -> str:
    if path.component is None:
        return value

    def set_in_component(component: str) -> str:
        if path.subcomponent is None:
            return value
        return _set_at(component, encoding.subcomponent, path.subcomponent, lambda _: value, path)

    return _set_at(text, encoding.component, path.component, set_in_component, path)


def _set_at(text: str, delimiter: str, number: int, change: Callable[[str], str], path: Path) -> str:
    if not delimiter:
        if number == 1:
            return change(text)
        raise WorkbenchError(
            f"MSH-2 of this message names no delimiter for {path}.", hint="Add it to MSH-2, or set the place above."
        )
    parts = _filled(text.split(delimiter), number - 1)
    parts[number - 1] = change(parts[number - 1])
    return delimiter.join(parts)


def _filled(parts: list[str], position: int) -> list[str]:
    return parts + [""] * (position + 1 - len(parts))
