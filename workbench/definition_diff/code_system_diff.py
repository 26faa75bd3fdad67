"""Differences between two code systems: the codes that only one of them has, and what of the others changed."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.name_order import merge_names
from workbench.terminology.code_system import CodeSystem, Concept

_WORDS = {
    "status": "The code system itself has another status: draft, active or retired.",
    "content": "How much of the code system its definition lists differs: complete, fragment, example or nothing.",
}


def diff_code_systems(left: CodeSystem, right: CodeSystem, *, path: str = "") -> tuple[Difference, ...]:
    return tuple(_rows(left, right, f"{path}." if path else ""))


def _rows(left: CodeSystem, right: CodeSystem, before: str) -> Iterator[Difference]:
    for name, why in _WORDS.items():
        here, there = getattr(left, name), getattr(right, name)
        if here != there:
            yield make_row(f"{before}{name}", name, here or None, there or None, Verdict("information", why))
    if left.is_case_sensitive != right.is_case_sensitive:
        words = [str(side.is_case_sensitive).lower() for side in (left, right)]
        yield make_row(f"{before}caseSensitive", "caseSensitive", words[0], words[1], _judge_case(right))
    for code in merge_names(left.concepts, right.concepts):
        yield from _diff_concept(f"{before}code[{code}]", left.concepts.get(code), right.concepts.get(code))


def _judge_case(right: CodeSystem) -> Verdict:
    if right.is_case_sensitive:
        return Verdict("breaks-sender", "A code in other letters than the right's is refused: send it as it is listed.")
    return Verdict("breaks-receiver", "Codes may come in capitals or not: compare them without regard to it.")


def _diff_concept(path: str, left: Concept | None, right: Concept | None) -> Iterator[Difference]:
    if left is None or right is None:
        words = tuple(concept and (concept.display or concept.code) for concept in (left, right))
        name = (right or left or Concept("")).display or path
        yield make_row(path, "code", words[0] or None, words[1] or None, _judge_code(added=left is None), name)
        return
    if left.display != right.display:
        verdict = Verdict("information", "The code is displayed otherwise; read whether it still means the same.")
        yield make_row(path, "display", left.display or None, right.display or None, verdict, right.display or path)
    if set(left.parents) != set(right.parents):
        verdict = Verdict("information", "It stands elsewhere in the hierarchy: sets that select by it may change.")
        words = ", ".join(left.parents), ", ".join(right.parents)
        yield make_row(path, "parent", words[0] or None, words[1] or None, verdict, right.display or path)


def _judge_code(*, added: bool) -> Verdict:
    if added:
        return Verdict("breaks-receiver", "The code may come from the right: be ready to read it.")
    return Verdict("breaks-sender", "The right does not know the code: map what is sent.")
