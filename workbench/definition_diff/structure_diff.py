"""Differences between two structures, profiles or types alike, element by element, keyed by element id.

Graded for who moves from left to right: see docs/differences.md for each decision. Prose is not compared.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from workbench.definition_diff.binding_diff import Codes, diff_bindings, without_systems
from workbench.definition_diff.constraint_diff import diff_constraints
from workbench.definition_diff.element_diff import Aspect, diff_cardinality, diff_facts
from workbench.definition_diff.element_pairs import ElementPair, fixed_values, pair_elements
from workbench.definition_diff.element_presence import judge_element, judge_slice
from workbench.definition_diff.element_tree import ElementTree, Node, World
from workbench.definition_diff.element_words import element_words, short_names
from workbench.definition_diff.mark_diff import MarkedElements, explain_by_marks
from workbench.definition_diff.structure_fold import fold_constraints, fold_slices
from workbench.definition_diff.type_diff import diff_types
from workbench.definitions.structure import Constraint, ElementDefinition, Structure
from workbench.diff.difference import Difference, Grade, Verdict, make_row
from workbench.diff.name_order import merge_names
from workbench.diff.release_moves import Move
from workbench.errors import WorkbenchError

_BARE_CODES = ("code", "string", "uri", "id", "markdown")
_PARTS = Verdict("information", "Its parts are called alike on both sides: see their rows.")
_RENAMED_SLICE = Verdict("information", "It is the same slice under another name, which no resource holds.")


@dataclass(frozen=True, slots=True)
class StructureSide:
    """A structure with the definitions around it; `codes` lists value sets, `structure_alone` is as of STU3.

    `told_value_sets` have rows of their own, so that what of their codes differs is not told at each element.
    """

    structure: Structure
    world: World
    codes: Codes
    structure_alone: bool = False
    told_value_sets: Container[str] = ()


def diff_structures(
    left: StructureSide, right: StructureSide, *, moves: Sequence[Move] = (), inherited: bool = True
) -> tuple[Difference, ...]:
    """The rows that differ, in the left's order; none where both ask the same.

    `moves` are certain renames between the two sides' releases. Without `inherited`, what both have from the types
    that they are based on is left out. Raises WorkbenchError where a side has no snapshot.
    """
    for side in (left, right):
        if side.structure.is_differential or not side.structure.elements:
            raise WorkbenchError(
                f"{side.structure.canonical or side.structure.name} has no snapshot.",
                hint="Install the package of what it is based on, so that its snapshot can be made.",
            )
    walk = _Comparison(left, right, moves, inherited)
    return fold_constraints(fold_slices(walk.rows()))


class _Comparison:
    def __init__(self, left: StructureSide, right: StructureSide, moves: Sequence[Move], inherited: bool) -> None:
        self._sides = left, right
        self._trees = ElementTree(left.structure, left.world), ElementTree(right.structure, right.world)
        self._moves = moves
        self._inherited = inherited
        self._told_elsewhere: set[str] = set()
        self._told_parts: set[str] = set()
        self._alone = left.structure_alone or right.structure_alone

    def rows(self) -> Iterator[Difference]:
        yield from _diff_heads(self._sides[0].structure, self._sides[1].structure)
        marks = MarkedElements()
        for pair in pair_elements(*self._trees, self._moves):
            if self._inherited or not self._is_inherited(pair):
                yield from self._rows_of(pair)
                marks.note(pair)
        yield from marks.rows(self._trees[0].root.key)

    def _is_inherited(self, pair: ElementPair) -> bool:
        nodes = (node for node in (pair.left, pair.right) if node)
        return all(node.element.base_path and _is_from_base(node.element) for node in nodes)

    def _rows_of(self, pair: ElementPair) -> Iterator[Difference]:
        if pair.left is None or pair.right is None:
            yield from (_tell_alone(pair.path, node, node is pair.right) for node in (pair.left, pair.right) if node)
            return
        left, right = pair.left.element, pair.right.element
        name = right.short or left.short or pair.path
        if pair.move:
            yield _tell_move(pair.move, pair.path, left, right)
            if not pair.move.is_rename:
                return  # what else differs follows from the other form
        elif pair.left.is_slice and pair.right.is_slice and pair.left.key != pair.right.key:
            yield make_row(pair.path, "sliceName", pair.left.key, pair.right.key, _RENAMED_SLICE, name)
        if left == right and not left.binding:
            return  # a value set may hold other codes on the two sides
        self._note_same_values(pair)
        for aspect in self._aspects(pair, left, right):
            if aspect.name in ("min", "fixed", "pattern") and pair.path in self._told_elsewhere:
                continue
            if aspect.name == "mustSupport" and pair.path in self._told_parts:
                continue
            verdict = explain_by_marks(aspect, right)
            yield make_row(pair.path, aspect.name, aspect.left, aspect.right, verdict, name)
        if not self._alone:
            own = [self._own_constraints(side, element) for side, element in ((0, left), (1, right))]
            yield from diff_constraints(pair.path, name, own[0], own[1])

    def _own_constraints(self, side: int, element: ElementDefinition) -> tuple[Constraint, ...]:
        """All of them, or those that the structure itself brings."""
        if self._inherited:
            return element.constraints
        url = self._sides[side].structure.url
        return tuple(item for item in element.constraints if item.source in ("", url))

    def _note_same_values(self, pair: ElementPair) -> None:
        """What a pattern says at once may be fixed part by part on the other side: that is no difference.

        Such a part must be there with its value, so that its own must support adds nothing.
        """
        if pair.left is None or pair.right is None:
            return
        values = [set(fixed_values(node)) for node in (pair.left, pair.right)]
        own = [node.element.pattern or node.element.fixed for node in (pair.left, pair.right)]
        if values[0] == values[1] and any(own) and not all(own):
            self._told_elsewhere.add(pair.path)
            for place, _ in values[0]:
                steps = place.split(".")
                self._told_parts.update(".".join([pair.path, *steps[: at + 1]]) for at in range(len(steps)))
            self._told_elsewhere |= self._told_parts

    def _aspects(self, pair: ElementPair, left: ElementDefinition, right: ElementDefinition) -> Iterator[Aspect]:
        is_root = "." not in left.id
        if self._alone:
            yield from () if is_root else diff_cardinality(left, right)
        else:
            facts = diff_facts(left, right)
            yield from (aspect for aspect in facts if not is_root or aspect.name not in ("min", "max"))
        for aspect in diff_types(left, right, self._trees, structure_alone=self._alone):
            yield aspect._replace(verdict=_PARTS) if aspect.name == "type" and pair.parts_alike else aspect
        if not self._alone:
            codes = self._sides[0].codes, self._sides[1].codes
            if not (_names_systems(left) or _names_systems(right)):
                codes = without_systems(codes[0]), without_systems(codes[1])
            yield from diff_bindings(left.binding, right.binding, codes, self._sides[0].told_value_sets)


def _names_systems(element: ElementDefinition) -> bool:
    """Tell whether a value has the code's system beside it, as a Coding has and a code has not."""
    return any(kind.code not in _BARE_CODES for kind in element.types)


def _is_from_base(element: ElementDefinition) -> bool:
    """Tell whether the type has it from another, as `Patient.text` from DomainResource."""
    return element.base_path.partition(".")[0] != element.path.partition(".")[0]


_HEADS: dict[str, str] = {
    "type": "They are of two types, and only what is called alike can be held side by side.",
    "base": "It is built on another structure: the rows below tell what that changes.",
    "kind": "The one is of another kind: resource, data type, primitive or logical model.",
    "status": "The definition itself has another status: draft, active or retired.",
}
_HEAD_NAMES = {"base": "baseDefinition"}


def _diff_heads(left: Structure, right: Structure) -> Iterator[Difference]:
    for name, why in _HEADS.items():
        here, there = getattr(left, name), getattr(right, name)
        if name == "base":
            here, there = here.partition("|")[0], there.partition("|")[0]
        if here != there and here and there:  # what the structure alone does not tell is no difference
            path = _HEAD_NAMES.get(name, name)
            words = short_names([here], [there]) if name == "base" else (here, there)
            yield make_row(path, path, words[0] or None, words[1] or None, Verdict("information", why))
    if left.abstract != right.abstract:
        words = ("true" if left.abstract else None), ("true" if right.abstract else None)
        why = "An abstract type is only there for others to build on, and none of it can be sent."
        yield make_row(
            "abstract", "abstract", *words, Verdict("breaks-sender" if right.abstract else "compatible", why)
        )
    yield from _diff_contexts(left, right)


def _diff_contexts(left: Structure, right: Structure) -> Iterator[Difference]:
    """Where an extension may stand."""
    here, there = ({f"{c.kind} {c.expression}": c.expression for c in side.contexts} for side in (left, right))
    for key in merge_names(here, there):
        if key in here and key in there:
            continue
        if key in here:
            verdict = Verdict("breaks-sender", "The extension may no longer stand there: who sends it so is refused.")
        else:
            verdict = Verdict("compatible", "The extension may now stand there too.")
        yield make_row(f"context[{(here | there)[key]}]", "context", here.get(key), there.get(key), verdict)
    lost, gained = (set(left.context_invariants), set(right.context_invariants))
    for text in sorted(lost ^ gained):
        words = (text if text in lost else None), (text if text in gained else None)
        grade: Grade = "breaks-sender" if text in gained else "compatible"
        why = "The extension may stand only where this holds."
        yield make_row("contextInvariant", "contextInvariant", *words, Verdict(grade, why))


def _tell_move(move: Move, path: str, left: ElementDefinition, right: ElementDefinition) -> Difference:
    words = tuple(f"{element.id}: {element_words(element)}" for element in (left, right))
    verb = f"Write and read it as {right.id}" if move.is_rename else "Write and read it in the other form"
    return make_row(path, "name", words[0], words[1], Verdict("breaks-both", f"{verb}. {move.why}"))


def _tell_alone(path: str, node: Node, added: bool) -> Difference:
    """One row for a slice or element that one side lacks; what stands below it is part of it."""
    aspect = "slice" if node.is_slice else "element"
    words = element_words(node.element, dict(fixed_values(node)).items())
    judge = judge_slice if node.is_slice else judge_element
    name = node.element.short or path
    return make_row(path, aspect, None if added else words, words if added else None, judge(node, added), name)
