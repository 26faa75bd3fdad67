"""Rows of the types of two elements: what kinds of value they take, what a reference names, which profiles it meets.

A type or profile covers all that is based on it, so from us-core-practitioner to Practitioner is looser and no swap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from workbench.definition_diff.element_diff import Aspect
from workbench.definition_diff.element_tree import ElementTree
from workbench.definition_diff.element_words import short_name, short_names
from workbench.definitions.structure import ElementDefinition, ElementType
from workbench.diff.difference import Verdict
from workbench.plain_text import with_article

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_REFERENCES = ("Reference", "canonical", "CodeableReference")
# Primitive types all of whose values another takes too, though it is not based on it (R4, Data types, primitives).
_WIDER = {
    _BASE + name: frozenset(_BASE + other for other in others.split())
    for name, others in {
        "string": "markdown",
        "markdown": "string",
        "uri": "string markdown",
        "url": "string markdown",
        "canonical": "string markdown",
        "oid": "string markdown",
        "uuid": "string markdown",
        "code": "markdown",
        "id": "markdown",
        "positiveInt": "unsignedInt decimal",
        "unsignedInt": "decimal",
        "integer": "decimal",
        "date": "dateTime",
        "instant": "dateTime",
    }.items()
}


def diff_types(
    left: ElementDefinition,
    right: ElementDefinition,
    trees: tuple[ElementTree, ElementTree],
    *,
    structure_alone: bool = False,
) -> Iterator[Aspect]:
    """With `structure_alone`, of one side no profiles of types are known."""
    here = {kind.code: kind for kind in left.types}
    there = {kind.code: kind for kind in right.types}
    if not here or not there:
        return  # the content of another element, which contentReference tells
    if here.keys() != there.keys():
        is_choice = left.path.endswith("[x]") or right.path.endswith("[x]")
        yield _tell_types(list(here), list(there), trees, is_choice)
    references = [[kind for code, kind in kinds.items() if code in _REFERENCES] for kinds in (here, there)]
    if references[0] and references[1]:
        yield from _diff_targets(references[0], references[1], trees)
    for code in [code for code in here if code in there and not structure_alone]:
        yield from _diff_profiles(here[code], there[code], trees)
        for name in ("aggregation", "versioning"):
            yield from _diff_plain(name, getattr(here[code], name), getattr(there[code], name))


def _tell_types(left: list[str], right: list[str], trees: tuple[ElementTree, ElementTree], is_choice: bool) -> Aspect:
    """In a choice the type is part of the name, `valueDate`, so that no other type stands in for it."""
    here, there = [_BASE + code for code in left], [_BASE + code for code in right]
    if is_choice:
        lost, gained = [name for name in here if name not in there], [name for name in there if name not in here]
    else:
        lost, gained = _hold(here, there, trees)
    words = " | ".join(left), " | ".join(right)
    if not lost and not gained:
        return Aspect("type", *words, Verdict("information", "Both take the same values; the name differs."))
    verdict = judge_change(
        lost,
        gained,
        lambda names: f"Who sends {_article(names)} to the right is refused.",
        lambda names: f"{_capital(_article(names))} may come from the right: be ready to read it.",
    )
    return Aspect("type", *words, verdict)


def _article(names: str) -> str:
    """`an integer`, and words for what has no name of its own."""
    if names.startswith(("BackboneElement", "Element")):
        return names.replace("BackboneElement", "Element").replace("Element", "an element with parts of its own", 1)
    return with_article(names)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Words(NamedTuple):
    """What is told of a list that lost some or gained some, and where the one side names some and the other all."""

    lost: str
    gained: str
    only: str
    besides: str


_TARGETS = _Words(
    "Who sends a reference to {} to the right is refused.",
    "References to {} may come from the right.",
    "A reference to anything but {} is refused on the right.",
    "References to anything besides {} may come from the right.",
)
_PROFILES = _Words(
    "What follows {} alone is refused on the right: see what its own profile asks.",
    "What follows {} may come from the right.",
    "What does not follow {} is refused on the right.",
    "What does not follow {} may come from the right.",
)


def _diff_targets(
    left: Sequence[ElementType], right: Sequence[ElementType], trees: tuple[ElementTree, ElementTree]
) -> Iterator[Aspect]:
    here, there = (list(dict.fromkeys(name for kind in kinds for name in kind.targets)) for kinds in (left, right))
    yield from _diff_canonicals("targetProfile", here, there, trees, _TARGETS)


def _diff_profiles(left: ElementType, right: ElementType, trees: tuple[ElementTree, ElementTree]) -> Iterator[Aspect]:
    usual = _BASE + left.code
    here, there = ([name for name in kind.profiles if name != usual] for kind in (left, right))
    yield from _diff_canonicals("profile", here, there, trees, _PROFILES)


def _diff_canonicals(
    name: str, left: list[str], right: list[str], trees: tuple[ElementTree, ElementTree], words: _Words
) -> Iterator[Aspect]:
    here, there = ([item.partition("|")[0] for item in side] for side in (left, right))
    if set(here) == set(there):
        return
    shown = short_names(here, there)
    if here and there:
        yield Aspect(name, *shown, _judge_canonicals(here, there, trees, words))
    elif there:
        yield Aspect(name, None, shown[1], Verdict("breaks-sender", words.only.format(_listed(there))))
    else:
        yield Aspect(name, shown[0], None, Verdict("breaks-receiver", words.besides.format(_listed(here))))


def _judge_canonicals(
    left: list[str], right: list[str], trees: tuple[ElementTree, ElementTree], words: _Words
) -> Verdict:
    lost, gained = _hold(left, right, trees)
    if not lost and not gained:
        return Verdict("information", "Both lists cover the same, written otherwise.")
    narrowed, widened = _tell_narrowed(lost, right, trees[1]), _tell_narrowed(gained, left, trees[0])
    return judge_change(
        lost,
        gained,
        lambda names: narrowed or words.lost.format(names),
        lambda names: widened.replace("must follow", "need not follow") or words.gained.format(names),
    )


def _hold(left: list[str], right: list[str], trees: tuple[ElementTree, ElementTree]) -> tuple[list[str], list[str]]:
    """What of the left nothing on the right covers, and back."""
    lost = [name for name in left if not _is_covered(name, right, trees[0])]
    return lost, [name for name in right if not _is_covered(name, left, trees[1])]


def _tell_narrowed(gone: list[str], others: list[str], tree: ElementTree) -> str:
    """In words, where one profile of what is gone still goes: “Specimen must follow us-core-specimen.”"""
    kept = {
        name: [other for other in others if name in tree.lineage(other) and tree.is_profile(other)] for name in gone
    }
    if not gone or not all(kept.values()):
        return ""
    return " ".join(f"{short_name(name)} must follow {_listed(profiles)}." for name, profiles in kept.items())


def _is_covered(name: str, general: list[str], tree: ElementTree) -> bool:
    if name in general or not _WIDER.get(name, frozenset()).isdisjoint(general):
        return True
    return any(ancestor in general for ancestor in tree.lineage(name))


def judge_change(
    lost: Sequence[str], gained: Sequence[str], tell_lost: Callable[[str], str], tell_gained: Callable[[str], str]
) -> Verdict:
    """What is lost breaks who sends, what is gained who reads."""
    told = [tell(_listed(names)) for names, tell in ((lost, tell_lost), (gained, tell_gained)) if names]
    if lost and gained:
        return Verdict("breaks-both", " ".join(told))
    return Verdict("breaks-sender" if lost else "breaks-receiver", told[0])


def _listed(names: Sequence[str]) -> str:
    short = ["any resource" if name == f"{_BASE}Resource" else short_name(name) for name in names]
    return short[0] if len(short) == 1 else f"{', '.join(short[:-1])} or {short[-1]}"


def _diff_plain(name: str, left: str | tuple[str, ...], right: str | tuple[str, ...]) -> Iterator[Aspect]:
    if left != right:
        words = tuple(side if isinstance(side, str) else " | ".join(side) for side in (left, right))
        why = "How a reference may be given differs: contained, within the bundle, or by address."
        yield Aspect(name, words[0] or None, words[1] or None, Verdict("information", why))
