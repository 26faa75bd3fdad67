"""Rows of the invariants of two elements, known by their keys; one that many elements have alike is told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.definition_diff.element_words import constraint_words
from workbench.definition_diff.expression_words import plain_expression
from workbench.definitions.structure import Constraint
from workbench.diff.difference import Difference, Verdict, make_row

_RENAMED = Verdict("information", "It is the same invariant under another key.")
_SEVERITY = "It is an error on the {} and a warning on the {}: what breaks it "


def diff_constraints(
    path: str, name: str, left: Iterable[Constraint], right: Iterable[Constraint]
) -> Iterator[Difference]:
    here = {constraint.key: constraint for constraint in left}
    there = {constraint.key: constraint for constraint in right}
    renamed = _renamed(here, there)
    for key in [*here, *(key for key in there if key not in here and key not in renamed.values())]:
        mine, other = here.get(key), there.get(renamed.get(key, key))
        if mine and other and _facts(mine) == _facts(other):
            if key in renamed:
                yield make_row(f"{path}.constraint[{key}]", "constraint", key, other.key, _RENAMED, name)
            continue
        words = tuple(constraint_words(item) if item else None for item in (mine, other))
        yield make_row(f"{path}.constraint[{key}]", "constraint", words[0], words[1], _judge(mine, other), name)


def _renamed(left: dict[str, Constraint], right: dict[str, Constraint]) -> dict[str, str]:
    """Keys of the left that stand on the right alone for the very same expression."""
    there = {_facts(item): key for key, item in right.items() if key not in left and item.expression}
    here = {_facts(item): key for key, item in left.items() if key not in right}
    return {key: there[facts] for facts, key in here.items() if facts in there}


def _facts(constraint: Constraint) -> tuple[str, str]:
    return constraint.severity, plain_expression(constraint.expression)


def _judge(left: Constraint | None, right: Constraint | None) -> Verdict:
    told = right or left
    human = f" It says: {told.human.rstrip('. ')}." if told and told.human else ""
    if left is None or right is None:
        if told and told.severity == "warning":
            return Verdict("information", f"It only warns.{human}")
        if left is None:
            return Verdict("breaks-sender", f"What does not meet it is refused on the right.{human}")
        return Verdict("breaks-receiver", f"What comes from the right need not meet it.{human}")
    if left.severity != right.severity:
        if right.severity == "error":
            return Verdict("breaks-sender", f"{_SEVERITY.format('right', 'left')}is now refused.{human}")
        return Verdict("breaks-receiver", f"{_SEVERITY.format('left', 'right')}may now come.{human}")
    if left.severity == "warning":
        return Verdict("information", f"The expression differs; it only warns.{human}")
    why = "The expression differs, so that what met it may no longer, and the other way round: read both."
    return Verdict("breaks-both", why + human)
