"""Edits: the lines of a message with places set or deleted and segments inserted, all else left as it stands."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence

from workbench.errors import WorkbenchError
from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.lines import LINE_END, Lines
from workbench.hl7v2.path import Path
from workbench.hl7v2.split import HEADERS


def set_values(lines: Lines, changes: Sequence[tuple[Path, str]]) -> Lines:
    """The lines with each value, already escaped, at its path; delimiters fill up to a place past the end."""
    changed: dict[int, list[str]] = {}
    added: list[list[str]] = []
    marks = _marks(lines.encoding)
    for path, value in changes:
        position = _find_position(path)
        start = lines.find(path)
        if start is None:
            fields = _add(lines, added, path)
        elif (known := changed.get(start)) is not None:
            fields = known
        else:
            fields = changed[start] = lines.fields_at(start).copy()
        fields += [""] * (position + 1 - len(fields))
        fields[position] = _set_in(fields[position], value, _numbers_below(path), marks, path)
    made = lines.with_fields(changed) if changed else lines
    for fields in added:
        made = insert_segment(made, lines.encoding.field.join(fields), None)
    return made


def delete_place(lines: Lines, path: Path) -> Lines:
    """The lines without what stands at `path`; a place that is not there changes nothing.

    A segment goes with its line end, a repetition makes room for those after it, and any other place is emptied, with
    the delimiters that only led to it.
    """
    start = lines.find(path)
    if start is None:
        return lines
    if path.field is None:
        return _delete_line(lines, start, path)
    position = _find_position(path)
    fields = lines.fields_at(start).copy()
    if position >= len(fields):
        return lines
    fields[position] = _delete_in(fields[position], _numbers_below(path), _marks(lines.encoding))
    if not fields[position] and position == len(fields) - 1:
        fields = _trimmed(fields)
    return lines.with_fields({start: fields})


def delete_segments(lines: Lines, indexes: Collection[int]) -> Lines:
    """The lines without the segments that are at `indexes` now, each with its line end."""
    gone = {lines.filled[index] for index in indexes}
    bounds = zip(lines.starts, [*lines.starts[1:], len(lines.text)], strict=True)
    kept = [lines.text[start:stop] for number, (start, stop) in enumerate(bounds) if number not in gone]
    return Lines("".join(kept), lines.encoding)


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


def _line_end(lines: Lines) -> str:
    """The line end that the message uses."""
    text = lines.text
    return "\r\n" if "\r\n" in text else "\n" if "\n" in text and "\r" not in text else "\r"


def _delete_line(lines: Lines, start: int, path: Path) -> Lines:
    if path.segment == "MSH" and start == lines.find(Path("MSH")):
        raise WorkbenchError("A message cannot be without its MSH.", hint="Delete another segment.")
    number = bisect_right(lines.starts, start)
    stop = lines.starts[number] if number < len(lines.starts) else len(lines.text)
    return Lines(lines.text[:start] + lines.text[stop:], lines.encoding)


def _numbers_below(path: Path) -> tuple[int, ...]:
    """Repetition, component and subcomponent, as far as the path goes."""
    if path.subcomponent is not None:
        return path.repetition or 1, path.component or 1, path.subcomponent
    if path.component is not None:
        return path.repetition or 1, path.component
    return () if path.repetition is None else (path.repetition,)


def _marks(encoding: EncodingCharacters) -> tuple[str, str, str]:
    return encoding.repetition, encoding.component, encoding.subcomponent


def _set_in(text: str, value: str, numbers: tuple[int, ...], marks: tuple[str, ...], path: Path) -> str:
    """`text` with the value at the place that the numbers lead to, each by its delimiter."""
    if not numbers:
        return value
    number, mark = numbers[0], marks[0]
    if number == 1 and (not mark or mark not in text):
        return _set_in(text, value, numbers[1:], marks[1:], path)
    if not mark:
        raise WorkbenchError(
            f"MSH-2 of this message names no delimiter for {path}.", hint="Add it to MSH-2, or set the place above."
        )
    parts = text.split(mark)
    parts += [""] * (number - len(parts))
    parts[number - 1] = _set_in(parts[number - 1], value, numbers[1:], marks[1:], path)
    return mark.join(parts)


def _delete_in(text: str, numbers: tuple[int, ...], marks: tuple[str, ...]) -> str:
    """`text` without what the numbers lead to; a repetition makes room, other places are emptied."""
    if not numbers:
        return ""
    number, mark = numbers[0], marks[0]
    parts = text.split(mark) if mark else [text]
    if number > len(parts):
        return text
    is_repetition = len(marks) == 3
    if is_repetition and len(numbers) == 1:
        del parts[number - 1]
        return mark.join(parts)
    parts[number - 1] = _delete_in(parts[number - 1], numbers[1:], marks[1:])
    if not parts[-1] and number == len(parts) and not is_repetition:
        parts = _trimmed(parts)
    return mark.join(parts)


def _trimmed(parts: list[str]) -> list[str]:
    """The parts without the empty ones at the end; the first stays."""
    count = len(parts)
    while count > 1 and not parts[count - 1]:
        count -= 1
    return parts[:count]
