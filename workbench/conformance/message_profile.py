"""MessageProfile: what a site or a guide asks of one message beyond its version: usage, cardinality, length, values.

A rule asks what it says and no more. What a profile does not name stays as the version has it, unless it is complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from workbench.conformance.condition import Condition

Usage = Literal["R", "RE", "O", "X", "B", "W"]
USAGES: tuple[Usage, ...] = ("R", "RE", "O", "X", "B", "W")
USAGE_WORDS: dict[Usage, str] = {
    "R": "required",
    "RE": "required, may be empty",
    "O": "optional",
    "X": "not supported",
    "B": "kept for older versions",
    "W": "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Range:
    """From `least` to `most`, both included; `most` is None where there is no limit."""

    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        return f"{self.least}..{'*' if self.most is None else self.most}"

    def holds(self, count: int) -> bool:
        return self.least <= count and (self.most is None or count <= self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What is asked of a segment, a group or a part of a segment; what is empty asks nothing.

    Where there is a `condition`, `usage` is asked where it holds and `otherwise` where not: C(usage/otherwise).
    """

    title: str = ""
    usage: Usage | None = None
    condition: Condition | None = None
    otherwise: Usage | None = None
    cardinality: Range | None = None

    @property
    def usage_text(self) -> str:
        """Such as `R`, or `C(R/X)`; empty where nothing is said of it."""
        if self.condition is None:
            return self.usage or ""
        return f"C({self.usage or 'O'}/{self.otherwise or 'O'})"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartRule(Rule):
    """A field, component or subcomponent by its number; `table` is a number such as `0001`.

    `conformance_length` is the length that must be kept, with `=` or `#` for may be and must not be truncated
    (2.7, chapter 2.5.5). `parts` are rules of the level below.
    """

    number: int
    datatype: str = ""
    length: Range | None = None
    conformance_length: str = ""
    constant: str = ""
    table: str = ""
    parts: tuple[PartRule, ...] = ()

    def find(self, number: int) -> PartRule | None:
        return next((part for part in self.parts if part.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRule(Rule):
    name: str
    fields: tuple[PartRule, ...] = ()

    def find(self, number: int) -> PartRule | None:
        return next((field for field in self.fields if field.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule(Rule):
    """A group by the name that the structure gives it, and the rules of what stands in it."""

    name: str
    children: tuple[SegmentRule | GroupRule, ...] = ()


Placed = SegmentRule | GroupRule


@dataclass(frozen=True, slots=True)
class TableRule:
    """Values with what they mean; a `closed` table allows no other value."""

    number: str
    title: str = ""
    values: tuple[tuple[str, str], ...] = ()
    closed: bool = True

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(code for code, _ in self.values)


@dataclass(frozen=True, slots=True)
class Statement:
    """A conformance statement: what must hold in each place `at`, such as `PID-3` or `OBSERVATION/OBX`.

    Without a place it must hold in the message. Of a field it must hold in each repetition that is valued.
    """

    holds: Condition
    message: str = ""
    at: str = ""


@dataclass(frozen=True)
class MessageProfile:
    """The rules of one message, such as `ADT^A01`.

    A `complete` profile names all that the message may hold, and `children` are its structure in order. Of another,
    a rule of a segment holds wherever the segment stands, or, in a group's rules, in that group alone.
    """

    message: str
    name: str = ""
    version: str = ""
    structure: str = ""
    children: tuple[Placed, ...] = ()
    tables: tuple[TableRule, ...] = ()
    complete: bool = False
    description: str = ""
    statements: tuple[Statement, ...] = ()

    def __hash__(self) -> int:
        """The same each time, and made once: plans are kept by profile, and a profile has thousands of rules."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        told = (self.message, self.name, self.version, self.structure, self.complete)
        return hash((*told, self.children, self.tables, self.statements))

    @cached_property
    def _tables(self) -> dict[str, TableRule]:
        return {table.number: table for table in self.tables}

    def is_of(self, message: str) -> bool:
        """Whether it is of messages such as `ADT^A01`; one of a type without an event is of all its events."""
        return self.message in ("", message) or ("^" not in self.message and self.message == message.split("^")[0])

    def find_table(self, number: str) -> TableRule | None:
        return self._tables.get(number)

    def segments(self) -> Iterator[tuple[tuple[GroupRule, ...], SegmentRule]]:
        """Each segment's rule in order, with the groups that it stands in."""
        yield from _segments(self.children, ())

    @cached_property
    def segment_names(self) -> frozenset[str]:
        return frozenset(rule.name for _, rule in self.segments())


def _segments(
    children: tuple[Placed, ...], groups: tuple[GroupRule, ...]
) -> Iterator[tuple[tuple[GroupRule, ...], SegmentRule]]:
    for child in children:
        if isinstance(child, GroupRule):
            yield from _segments(child.children, (*groups, child))
        else:
            yield groups, child
