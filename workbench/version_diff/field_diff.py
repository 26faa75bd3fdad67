"""Rows of two fields or two components that stand at one place: usage, type, repetitions, table and name.

What is tighter on the right breaks who sends there, what is looser breaks who reads from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.release_moves import Move
from workbench.diff.version_moves import find_version_moves, is_between
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, ComponentDefinition, Dictionary, TableOwner
from workbench.version_diff.type_fit import judge_types

USAGE_WORDS = {"R": "required", "C": "conditional", "O": "optional", "W": "withdrawn"}
_STRICTNESS = "OCR"
_TYPE_OWNERS: dict[str, TableOwner] = {"ID": "HL7", "IS": "user"}


@dataclass(frozen=True, slots=True)
class Sides:
    """The two versions of a comparison, and the moves from left to right."""

    left: Dictionary
    right: Dictionary
    moves: dict[str, Move]

    @property
    def versions(self) -> tuple[str, str]:
        return self.left.version, self.right.version

    @property
    def is_forward(self) -> bool:
        """Whether the right is the later version, whose new places are told; an older one has the old places still."""
        left, right = map(KNOWN_VERSIONS.index, self.versions)
        return left < right


def make_sides(left: Dictionary, right: Dictionary) -> Sides:
    return Sides(left, right, find_version_moves(left.version, right.version))


def diff_definitions(
    place: str, left: ComponentDefinition, right: ComponentDefinition, sides: Sides
) -> Iterator[Difference]:
    """The rows of one field, such as `PID-3`, or component, such as `CX.4`."""
    if left == right and place not in sides.moves:
        return
    name = right.name or left.name or place
    move = sides.moves.get(place)
    if "W" in (left.usage, right.usage):
        if left.usage != right.usage:
            yield _tell_withdrawn(place, left, right, move, name)
        return
    if move is not None and sides.is_forward and is_between(move, *sides.versions):
        yield _tell_move(place, left, move, sides, name)
    yield from _diff_facts(place, left, right, sides, name)
    if _plain(left.name, place) != _plain(right.name, place):
        why = "It is called otherwise; its place is the same."
        yield make_row(place, "name", left.name or None, right.name or None, Verdict("information", why), name)


def _diff_facts(
    place: str, left: ComponentDefinition, right: ComponentDefinition, sides: Sides, name: str
) -> Iterator[Difference]:
    """Usage, type, length, repetitions and table of what is in use on both sides."""
    usages = _usage(left, sides), _usage(right, sides)
    if usages[0] != usages[1]:
        words = USAGE_WORDS[usages[0]], USAGE_WORDS[usages[1]]
        yield make_row(place, "usage", *words, _judge_usage(*usages), name)
    if left.datatype != right.datatype:
        verdict = judge_types((sides.left.version, left.datatype), (sides.right.version, right.datatype))
        yield make_row(place, "datatype", left.datatype or None, right.datatype or None, verdict, name)
    if left.length and right.length and left.length != right.length:
        words = str(left.length), str(right.length)
        yield make_row(place, "length", *words, _judge_length(left.length, right.length), name)
    if left.most != right.most:
        yield make_row(place, "max", _most(left), _most(right), _judge_most(left.most, right.most), name)
    here, there = left.table, right.table
    if left.datatype != right.datatype:
        here, there = table_of(left, sides.left), table_of(right, sides.right)
    if here != there:
        verdict = _judge_table(_Bound(left, here, sides.left), _Bound(right, there, sides.right))
        yield make_row(place, "table", here or None, there or None, verdict, name)


def tell_presence(place: str, found: ComponentDefinition, sides: Sides, *, added: bool) -> Difference:
    """The row of a field or component that one side alone has, at the end of the segment or type."""
    words = f"{found.name}, {found.datatype}" + (", required" if found.usage == "R" else "")
    kind = "component" if "." in place else "field"
    if found.usage == "W":
        verdict = Verdict("information", "The side that has its place keeps it free: it is withdrawn there.")
    elif added:
        verdict = _judge_added(found, kind)
    else:
        verdict = _judge_removed(found, kind, sides.moves.get(place))
    return make_row(place, kind, None if added else words, words if added else None, verdict, found.name)


def _judge_added(found: ComponentDefinition, kind: str) -> Verdict:
    if found.usage == "R":
        return Verdict("breaks-sender", "Who sends to the right without it is refused: always fill it.")
    return Verdict("compatible", f"The {kind} is new at the end: who reads may pass over it.")


def _judge_removed(found: ComponentDefinition, kind: str, move: Move | None) -> Verdict:
    where = f" Put it in {move.right}: {_lower(move.why)}" if move else ""
    if found.usage == "R":
        return Verdict("breaks-both", f"The right does not have the {kind}, and who reads relies on it.{where}")
    return Verdict("breaks-sender", f"The right does not have the {kind}: what is sent there is passed over.{where}")


def _tell_withdrawn(
    place: str, left: ComponentDefinition, right: ComponentDefinition, move: Move | None, name: str
) -> Difference:
    words = _withdrawn_words(left), _withdrawn_words(right)
    if left.usage == "W":
        verdict = Verdict("compatible", "Its place was withdrawn or kept free on the left, and may be filled again.")
        return make_row(place, "usage", *words, verdict, name)
    where = f"The right has withdrawn it: put it in {move.right}." if move else "The right has withdrawn it."
    why = f"{where} {move.why}" if move else f"{where} Send it no more, and find it elsewhere."
    both = left.usage == "R" or move is not None
    return make_row(place, "usage", *words, Verdict("breaks-both" if both else "breaks-sender", why), left.name or name)


def _withdrawn_words(found: ComponentDefinition) -> str:
    return USAGE_WORDS[found.usage] if found.usage == "W" else f"{USAGE_WORDS[found.usage]}, {found.datatype}"


def _tell_move(place: str, left: ComponentDefinition, move: Move, sides: Sides, name: str) -> Difference:
    """A field that the right keeps for old senders alone, and whose content it asks for elsewhere."""
    where = _name_of(move.right, sides.right)
    words = f"{place} {left.name}".strip(), f"{move.right} {where}".strip()
    why = f"It may come in {move.right} from the right: read it there, and send it there too. {move.why}"
    return make_row(place, "moved", *words, Verdict("breaks-receiver", why), name)


def _usage(found: ComponentDefinition, sides: Sides) -> str:
    """Its usage, with C where it is conditional; 2.1 is not known to have any such, and tells none apart."""
    return "C" if found.conditional and found.usage == "O" and "2.1" not in sides.versions else found.usage


def _name_of(place: str, dictionary: Dictionary) -> str:
    """What a field, or a component such as `XTN.12`, is called."""
    datatype, dot, number = place.partition(".")
    if dot and "-" not in datatype:
        components = dictionary.components(datatype)
        return components[int(number) - 1].name if int(number) <= len(components) else ""
    return dictionary.name_of(place)


def _judge_usage(left: str, right: str) -> Verdict:
    if _STRICTNESS.index(right) > _STRICTNESS.index(left):
        where = "where the standard's condition holds" if right == "C" else "always"
        return Verdict("breaks-sender", f"Who sends to the right without it is refused: fill it {where}.")
    return Verdict("breaks-receiver", "It may be missing in what the right gives: read on without it.")


def _judge_length(left: int, right: int) -> Verdict:
    if right < left:
        return Verdict("breaks-sender", f"A value longer than {right} is cut or refused: shorten it.")
    return Verdict("breaks-receiver", f"Values longer than {left} may come: make room for them.")


def _judge_most(left: int | None, right: int | None) -> Verdict:
    if left is None or (right is not None and right < left):
        return Verdict(
            "breaks-sender", f"Who sends more than {right} to the right is refused, or all after it are lost."
        )
    return Verdict("breaks-receiver", f"More than {left} may come from the right: read every repetition.")


class _Bound(NamedTuple):
    """A field or component of a version, with the table that its value is of."""

    found: ComponentDefinition
    table: str
    dictionary: Dictionary

    @property
    def owner(self) -> TableOwner:
        if not self.table:
            return ""
        return self.dictionary.table_owner(self.table) or _TYPE_OWNERS.get(self.found.datatype, "")


def table_of(found: ComponentDefinition, dictionary: Dictionary) -> str:
    """The table of its value, which a type with components names at the first of them."""
    if found.table:
        return found.table
    components = dictionary.components(found.datatype)
    return components[0].table if components else ""


def _judge_table(left: _Bound, right: _Bound) -> Verdict:
    if "HL7" not in (left.owner, right.owner):
        return Verdict("information", "The values are each site's own: agree on them.")
    if not left.table:
        if left.dictionary.tables():
            return Verdict("breaks-sender", "The right binds it to a table of HL7: send a value of the table.")
        return Verdict("information", "The tables of the left are not known here.")
    if not right.table:
        return Verdict("breaks-receiver", "No table of HL7 holds any more: any value may come from the right.")
    here, there = left.dictionary.table(left.table), right.dictionary.table(right.table)
    if here and there and set(here[1]) == set(there[1]):
        return Verdict("information", "The table has another number and the same values.")
    return Verdict("breaks-both", "The values are those of another table: map them.")


def _plain(name: str, place: str) -> str:
    """A name as two are held against each other: without case, marks, and the segment that some end with."""
    if name.startswith("Set ID"):
        return "setid"
    words = re.findall(r"[a-z0-9]+", name.casefold().replace("'", "").replace("acknowledgement", "acknowledgment"))
    return "".join(word for word in words if word != place[:3].casefold())


def _most(found: ComponentDefinition) -> str:
    return "*" if found.most is None else str(found.most)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
