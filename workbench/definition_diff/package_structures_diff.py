"""Differences between the structures of two packages: which were added and removed, and what of the others changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.definition_diff.binding_diff import STRENGTHS
from workbench.definition_diff.definition_presence import tell_presence
from workbench.definition_diff.element_words import short_name, unique_names
from workbench.definition_diff.package_side import PackageSide, is_profile, structure_side
from workbench.definition_diff.structure_diff import diff_structures
from workbench.definitions.structure import Structure, StructureHead
from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.release_moves import Move, find_moves

_KINDS = ("type", "logical model", "profile", "extension")


class StructuresComparison:
    """`strengths` has, once the rows were made, the strongest binding to each value set on either side."""

    def __init__(self, left: PackageSide, right: PackageSide) -> None:
        self.strengths: dict[str, str] = {}
        self._left = left
        self._right = right
        self._names = unique_names([*left.structures, *right.structures])
        told = ({head.url for head in side.package.value_set_heads()} for side in (left, right))
        self._value_sets = set.intersection(*told)
        self._moves: dict[str, list[Move]] = {}
        for move in find_moves(left.definitions.release.key, right.definitions.release.key):
            self._moves.setdefault(move.left.partition(".")[0], []).append(move)

    def rows(self) -> Iterator[Difference]:
        here, there = self._left.structures, self._right.structures
        renamed = self._pair_types()
        for url in sorted(self._names, key=lambda url: _order(here.get(url) or there[url])):
            other = renamed.get(url, url)
            if url in here and other in there:
                yield from self._diff(here[url], there[other])
            elif url not in renamed.values():
                row = self._tell(here.get(url) or there[url], added=url in there)
                if not (self._left if url in there else self._right).is_partial:
                    yield row

    def _pair_types(self) -> dict[str, str]:
        """Types of the left that the right defines under another name, by their urls."""
        here, there = ({head.type: url for url, head in side.structures.items()} for side in (self._left, self._right))
        moves = [move for moves in self._moves.values() for move in moves if "." not in move.left and move.is_rename]
        pairs = {here[move.left]: there[move.right] for move in moves if move.left in here and move.right in there}
        return {url: other for url, other in pairs.items() if other not in self._left.structures}

    def _diff(self, left: StructureHead, right: StructureHead) -> Iterator[Difference]:
        here, there = self._left.definitions.structure(left.url), self._right.definitions.structure(right.url)
        if here is None or there is None:
            return
        self._note_strengths(here)
        self._note_strengths(there)
        place = _place_of(left, self._names[left.url])
        if left.url != right.url:
            why = f"{left.type} is called {right.type} on the right: rename it in addresses and resources."
            yield make_row(place, "type", left.type, right.type, Verdict("breaks-both", why))
        if here.is_differential or there.is_differential:
            yield _tell_no_snapshot(place, here, there)
            return
        rows = diff_structures(
            structure_side(here, self._left.definitions, self._value_sets),
            structure_side(there, self._right.definitions),
            moves=self._moves.get(here.type, ()),
            inherited=is_profile(left),
        )
        yield from (_under(place, f"StructureDefinition[{self._names[left.url]}]", row) for row in rows)

    def _tell(self, head: StructureHead, *, added: bool) -> Difference:
        side = self._right if added else self._left
        structure = side.definitions.structure(head.url)
        if structure:
            self._note_strengths(structure)
        place, words = _place_of(head, self._names[head.url]), head.title or head.name
        return tell_presence(place, _kind_of(head), words, added=added, stand_ins=self._stand_ins(head, added))

    def _stand_ins(self, head: StructureHead, added: bool) -> tuple[str, ...]:
        """What may take the place of a type or profile that the right does not have."""
        if added or head.type == "Extension":
            return ()
        if not is_profile(head):
            moves = self._moves.get(head.type, ())
            return tuple(move.right for move in moves if move.left == head.type and not move.is_rename)
        fresh = (other for url, other in self._right.structures.items() if url not in self._left.structures)
        return tuple(short_name(other.url) for other in fresh if other.type == head.type and is_profile(other))

    def _note_strengths(self, structure: Structure) -> None:
        for element in structure.elements:
            if element.binding:
                url = element.binding.value_set.partition("|")[0]
                known = self.strengths.get(url, "example")
                self.strengths[url] = max(known, element.binding.strength, key=STRENGTHS.index)


def _kind_of(head: StructureHead) -> str:
    if not is_profile(head):
        return "logical model" if head.kind == "logical" else "type"
    return "extension" if head.type == "Extension" else "profile"


def _order(head: StructureHead) -> tuple[int, str]:
    return _KINDS.index(_kind_of(head)), short_name(head.url).casefold()


def _place_of(head: StructureHead, name: str) -> str:
    """A type is its own place, since its elements' ids start with it."""
    return f"StructureDefinition[{name}]" if is_profile(head) or head.kind == "logical" else head.type


def _under(place: str, definition: str, row: Difference) -> Difference:
    """Elements stand under their profile or type, what the definition says of itself under the definition."""
    is_of_type = row.path == place or row.path.startswith((f"{place}.", f"{place}:"))
    if is_of_type:
        return row
    is_element = place != definition and row.path != row.aspect
    path = f"{place if is_element else definition}.{row.path}"
    return replace(row, path=path, name=row.name if row.name != row.path else path)


def _tell_no_snapshot(place: str, left: Structure, right: Structure) -> Difference:
    words = tuple("differential alone" if side.is_differential else "snapshot" for side in (left, right))
    why = "What it is based on is not here, so that its elements cannot be compared: install that package."
    return make_row(place, "snapshot", words[0], words[1], Verdict("information", why))


def names_of_types(sides: Sequence[PackageSide]) -> frozenset[str]:
    """Return the types that all sides define."""
    return frozenset.intersection(*(frozenset(head.type for head in side.structures.values()) for side in sides))
