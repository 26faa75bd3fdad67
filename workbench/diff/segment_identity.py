"""Identity of segments and repetitions: the fields and components by which one is found again in another message."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.segment import Segment

Numbers = tuple[int, ...]
# Fields, each set of them tried in turn; the set ID comes last, since it only counts.
_FIELDS: dict[str, tuple[Numbers, ...]] = {
    "AL1": ((3,), (1,)),
    "AIG": ((3,), (1,)),
    "AIL": ((3,), (1,)),
    "AIP": ((3,), (1,)),
    "AIS": ((3,), (1,)),
    "DG1": ((3,), (1,)),
    "ERR": ((2, 3), (1,)),
    "FT1": ((2,), (7, 4), (1,)),
    "GT1": ((2,), (3,), (1,)),
    "IAM": ((3,), (1,)),
    "IN1": ((2, 3), (2,), (1,)),
    "MFE": ((4,), (2,)),
    "NK1": ((2, 3), (2,), (1,)),
    "OBR": ((2,), (3,), (4,), (1,)),
    "OBX": ((3, 4, 5), (3, 4), (3,), (1,)),
    "ORC": ((2,), (3,)),
    "PID": ((3,), (1,)),
    "PR1": ((3, 5), (3,), (1,)),
    "PRT": ((4, 5), (4,)),
    "PV1": ((19,), (1,)),
    "ROL": ((3, 4), (3,)),
    "RXA": ((5, 3), (5,), (1,)),
    "RXE": ((2,),),
    "RXO": ((1,),),
    "SPM": ((2,), (4,), (1,)),
    "TXA": ((12,), (2,), (1,)),
}
_SET_ID: tuple[Numbers, ...] = ((1,),)
# Components of a repetition by its data type; for others, the first one.
_COMPONENTS: dict[str, tuple[Numbers, ...]] = {
    "CX": ((1, 4, 5), (1, 4), (1,), (4, 5)),
    "XCN": ((1, 9), (1,), (2, 3)),
    "CE": ((1, 3), (1,), (4, 6), (2,)),
    "CWE": ((1, 3), (1,), (4, 6), (2,)),
    "CNE": ((1, 3), (1,), (4, 6), (2,)),
    "EI": ((1, 2), (1,)),
    "XAD": ((1, 3, 5), (7,)),
    "XON": ((1, 10), (1,), (3,)),
    "XPN": ((1, 2), (7,)),
    "XTN": ((1,), (12,), (4,), (2, 3)),
}
_FIRST: tuple[Numbers, ...] = ((1,),)


class Line:
    """A segment with its fields by number; `bare` is its text without the separators at the end.

    `group_path` is its place in the groups of its message, where they are known.
    """

    __slots__ = ("_fields", "bare", "group_path", "segment")

    def __init__(self, segment: Segment) -> None:
        separator = segment.encoding.field
        self.segment = segment
        self.bare = segment.text.rstrip(separator) if separator else segment.text
        self.group_path = ""
        self._fields: list[str] = []

    @property
    def fields(self) -> list[str]:
        if not self._fields:
            segment = self.segment
            self._fields = segment.text.split(segment.encoding.field) if segment.encoding.field else [segment.text]
            if segment.is_header:
                self._fields.insert(1, segment.text[3:4])
        return self._fields

    def field(self, number: int) -> str:
        return self.fields[number] if number < len(self.fields) else ""

    def first(self, number: int) -> str:
        """The first component of the first repetition of a field."""
        encoding, text = self.segment.encoding, self.field(number)
        for delimiter in (encoding.repetition, encoding.component):
            if delimiter and delimiter in text:
                text = text[: text.index(delimiter)]
        return text


def whole_line(line: Line) -> Hashable:
    return line.bare


def line_keys(name: str) -> tuple[Callable[[Line], Hashable], ...]:
    """What identifies a segment of that name, the surest first."""
    return (whole_line, *(_line_key(numbers) for numbers in _FIELDS.get(name, _SET_ID)))


def identities(name: str) -> tuple[tuple[Numbers, ...], tuple[Numbers, ...]]:
    """The fields that identify a segment wherever it stands, and then those that only count it."""
    found = _FIELDS.get(name, _SET_ID)
    return tuple(each for each in found if each != (1,)), tuple(each for each in found if each == (1,))


def line_key(line: Line, numbers: Numbers) -> Hashable:
    """The values of those fields, or nothing where the first of them is empty."""
    first = line.first(numbers[0])
    return (first, *(line.first(number) for number in numbers[1:])) if first else None


def _line_key(numbers: Numbers) -> Callable[[Line], Hashable]:
    return lambda line: line_key(line, numbers)


def repetition_keys(datatype: str, encoding: EncodingCharacters) -> tuple[Callable[[str], Hashable], ...]:
    """What identifies a repetition of that type, written with those characters: all of it, then parts of it."""
    component, subcomponent = encoding.component, encoding.subcomponent

    def key_of(numbers: Numbers) -> Callable[[str], Hashable]:
        def key(text: str) -> Hashable:
            parts = text.split(component) if component else [text]
            found = tuple(parts[number - 1] if number <= len(parts) else "" for number in numbers)
            if subcomponent:
                found = tuple(part.partition(subcomponent)[0] for part in found)
            return found if any(found) else None

        return key

    def whole(text: str) -> Hashable:
        return text.rstrip(component + subcomponent)

    return (whole, *map(key_of, _COMPONENTS.get(datatype, _FIRST)))
