"""Edits: the lines of a message with places set or deleted and segments inserted, all else left as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.errors import WorkbenchError
from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.lines import LINE_END, Lines
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import HEADERS

_Change = Callable[[str], str]


def set_values(lines: Lines, changes: Sequence[tuple[Path, str]]) -> Lines:
    """The lines with each value, already escaped, at its path; delimiters fill up to a place past the end."""
    changed: dict[int, list[str]] = {}
    added: list[list[str]] = []
    plain = True
    for path, value in changes:
        position = _find_position(path)
        number = lines.find(path)
        if number is None:
            fields = _add(lines, added, path)
        elif (known := changed.get(number)) is not None:
            fields = known
        else:
            fields = changed[number] = lines.fields(number).copy()
        fields += [""] * (position + 1 - len(fields))
        fields[position] = _set_in_field(fields[position], path, value, lines.encoding)
        plain = plain and not (lines.encoding.field in value or "\r" in value or "\n" in value)
    return _write(lines, changed, added, plain=plain)


def delete_place(lines: Lines, path: Path) -> Lines:
    """The lines without what stands at `path`; a place that is not there changes nothing.

    A segment goes with its line end, a repetition makes room for those after it, and any other place is emptied, with
    the delimiters that only led to it.
    """
    number = lines.find(path)
    if number is None:
        return lines
    if path.field is None:
        return _delete_line(lines, number, path)
    position = _find_position(path)
    fields = lines.fields(number).copy()
    if position >= len(fields):
        return lines
    fields[position] = _delete_in_field(fields[position], path, lines.encoding)
    if not fields[position] and position == len(fields) - 1:
        fields = _trimmed(fields)
    return _write(lines, {number: fields}, [], plain=True)


def insert_segment(lines: Lines, text: str, index: int | None) -> Lines:
    """The lines with a segment before the one that is at `index` now, or at the end; it is written as it stands."""
    if LINE_END.search(text.rstrip("\r\n")):
        raise WorkbenchError("A segment is one line, and this is several.", hint="Insert them one by one.")
    text = text.rstrip("\r\n")
    end = _line_end(lines)
    count = len(lines.filled)
    if index is None or index >= count:
        ended = lines.text.endswith(("\r", "\n"))
        return Lines(lines.text + text + end if ended else lines.text + end + text, lines.encoding)
    if index < 1:
        raise WorkbenchError("Nothing stands before MSH in a message.", hint="Insert the segment after it.")
    start = lines.starts[lines.filled[index]]
    return Lines(lines.text[:start] + text + end + lines.text[start:], lines.encoding)


def _find_position(path: Path) -> int:
    """Where a field stands in its line when that is split."""
    if path.field is None:
        raise WorkbenchError(f"“{path}” is a whole segment.", hint=f"Name a field of it, such as {path}-1.")
    if path.segment not in HEADERS:
        return path.field
    if path.field <= 2:
        raise WorkbenchError(
            f"{path} holds the delimiters of the whole message and is not set by itself.",
            hint="Change them in the text of the message.",
        )
    return path.field - 1


def _add(lines: Lines, added: list[list[str]], path: Path) -> list[str]:
    """A line past those that are there: one of `added`, or the next of its name."""
    there = len(lines.named.get(path.segment, ()))
    mine = [fields for fields in added if fields[0] == path.segment]
    wanted = (path.ordinal or 1) - there
    if wanted <= len(mine):
        return mine[wanted - 1]
    if wanted > len(mine) + 1:
        count = there + len(mine)
        raise WorkbenchError(
            f"There is no {path.segment}[{path.ordinal}] to set: the message has {count} of {path.segment}.",
            hint=f"Set {path.segment}[{count + 1}] first.",
        )
    added.append([path.segment])
    return added[-1]


def _write(lines: Lines, changed: dict[int, list[str]], added: list[list[str]], *, plain: bool) -> Lines:
    """`plain` tells that no line end and no field separator was written, so that what is known of the lines stays."""
    made = lines
    if changed and plain and lines.end:
        made = lines.with_lines(changed)
    elif changed:
        made = Lines(_replace_lines(lines, changed), lines.encoding)
    for fields in added:
        made = insert_segment(made, lines.encoding.field.join(fields), None)
    return made


def _replace_lines(lines: Lines, changed: dict[int, list[str]]) -> str:
    written, done = [], 0
    for number in sorted(changed):
        start = lines.starts[number]
        written += [lines.text[done:start], lines.encoding.field.join(changed[number])]
        done = start + len(lines.texts[number])
    return "".join([*written, lines.text[done:]])


def _line_end(lines: Lines) -> str:
    """The line end that the message uses."""
    text = lines.text
    return "\r\n" if "\r\n" in text else "\n" if "\n" in text and "\r" not in text else "\r"


def _delete_line(lines: Lines, number: int, path: Path) -> Lines:
    if path.segment == "MSH" and number == lines.named["MSH"][0]:
        raise WorkbenchError("A message cannot be without its MSH.", hint="Delete another segment.")
    start = lines.starts[number]
    stop = lines.starts[number + 1] if number + 1 < len(lines.starts) else len(lines.text)
    return Lines(lines.text[:start] + lines.text[stop:], lines.encoding)


def _set_in_field(text: str, path: Path, value: str, encoding: EncodingCharacters) -> str:
    if path.repetition is None and path.component is None:
        return value
    return _change_at(
        text, encoding.repetition, path.repetition, path, lambda one: _set_in_repetition(one, path, value, encoding)
    )


def _set_in_repetition(text: str, path: Path, value: str, encoding: EncodingCharacters) -> str:
    if path.component is None:
        return value

    def set_in_component(component: str) -> str:
        if path.subcomponent is None:
            return value
        return _change_at(component, encoding.subcomponent, path.subcomponent, path, lambda _: value)

    return _change_at(text, encoding.component, path.component, path, set_in_component)


def _change_at(text: str, delimiter: str, number: int | None, path: Path, change: _Change) -> str:
    number = number or 1
    if not delimiter:
        if number == 1:
            return change(text)
        raise WorkbenchError(
            f"MSH-2 of this message names no delimiter for {path}.", hint="Add it to MSH-2, or set the place above."
        )
    parts = text.split(delimiter)
    parts += [""] * (number - len(parts))
    parts[number - 1] = change(parts[number - 1])
    return delimiter.join(parts)


def _delete_in_field(text: str, path: Path, encoding: EncodingCharacters) -> str:
    if path.repetition is None and path.component is None:
        return ""
    if path.component is None:
        parts = text.split(encoding.repetition) if encoding.repetition else [text]
        del parts[(path.repetition or 1) - 1 : path.repetition or 1]
        return encoding.repetition.join(parts)

    def delete_in_component(component: str) -> str:
        if path.subcomponent is None:
            return ""
        return _empty_at(component, encoding.subcomponent, path.subcomponent, lambda _: "")

    def delete_in_repetition(repetition: str) -> str:
        return _empty_at(repetition, encoding.component, path.component, delete_in_component)

    return _empty_at(text, encoding.repetition, path.repetition, delete_in_repetition, trim=False)


def _empty_at(text: str, delimiter: str, number: int | None, change: _Change, *, trim: bool = True) -> str:
    number = number or 1
    parts = text.split(delimiter) if delimiter else [text]
    if number > len(parts):
        return text
    parts[number - 1] = change(parts[number - 1])
    if trim and not parts[-1] and number == len(parts):
        parts = _trimmed(parts)
    return delimiter.join(parts)


def _trimmed(parts: list[str]) -> list[str]:
    """The parts without the empty ones at the end; the first stays."""
    count = len(parts)
    while count > 1 and not parts[count - 1]:
        count -= 1
    return parts[:count]
