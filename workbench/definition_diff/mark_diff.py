"""Rows of the marks with which a guide flags elements by an extension of its own, each told once for a structure."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.definition_diff.element_diff import Aspect
from workbench.definition_diff.element_pairs import ElementPair
from workbench.definition_diff.element_words import short_name
from workbench.definitions.structure import ElementDefinition
from workbench.diff.difference import Difference, Verdict, make_row

_WHY = "A guide marks these elements by an extension of its own: read there what it asks, and of whom."


class MarkedElements:
    """Gathers where the two sides mark otherwise; what is new with its mark is told where it is new."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[list[str], list[str]]] = {}

    def note(self, pair: ElementPair) -> None:
        if pair.left is None or pair.right is None:
            return
        elements = pair.left.element, pair.right.element
        for side in (0, 1):
            for mark in elements[side].marks:
                if mark not in elements[1 - side].marks:
                    self._places.setdefault(mark, ([], []))[side].append(elements[side].id)

    def rows(self, root: str) -> Iterator[Difference]:
        for mark, places in self._places.items():
            words = [", ".join(sorted(name.partition(".")[2] or name for name in side)) or None for side in places]
            path = f"{root}.mark[{short_name(mark)}]"
            yield make_row(path, "mark", words[0], words[1], Verdict("information", _WHY), short_name(mark))


def explain_by_marks(aspect: Aspect, right: ElementDefinition) -> Verdict:
    """What lost must support may be asked for by a mark in its place."""
    if aspect.name != "mustSupport" or aspect.right is not None or not right.marks:
        return aspect.verdict
    named = " and ".join(map(short_name, right.marks))
    why = f"{aspect.verdict.why} It is marked as {named}: who must meet that is still asked for it."
    return Verdict(aspect.verdict.grade, why)
