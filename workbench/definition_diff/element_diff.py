"""Rows of two elements that answer to one another: cardinality, types, values, length, slicing and flags.

The grades are those of the table in docs/differences.md: what is tighter on the right breaks who sends there, what is
looser breaks who reads from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from workbench.definition_diff.element_words import most_words, slicing_words, value_words
from workbench.definitions.structure import ElementDefinition, Slicing
from workbench.diff.difference import Verdict


class Aspect(NamedTuple):
    """One thing in which two elements differ; a side that says nothing of it is None."""

    name: str
    left: str | None
    right: str | None
    verdict: Verdict


def diff_facts(left: ElementDefinition, right: ElementDefinition) -> Iterator[Aspect]:
    """Return what differs of all that can be told from the two elements alone."""
    yield from diff_cardinality(left, right)
    if left.content_reference != right.content_reference:
        why = "Its content is that of another element: compare the two."
        names = left.content_reference or None, right.content_reference or None
        yield Aspect("contentReference", *names, Verdict("breaks-both", why))
    yield from diff_fixed(left, right)
    yield from _diff_bound("minValue", left.least_value, right.least_value)
    yield from _diff_bound("maxValue", left.most_value, right.most_value)
    yield from _diff_length(left.most_length, right.most_length)
    yield from _diff_slicing(left, right)
    yield from diff_flags(left, right)


def diff_cardinality(left: ElementDefinition, right: ElementDefinition) -> Iterator[Aspect]:
    if left.least != right.least:
        yield Aspect("min", str(left.least), str(right.least), _judge_least(left.least, right.least))
    forms = is_array(left), is_array(right)
    if left.most != right.most or forms[0] != forms[1]:
        words = most_words(left.most), most_words(right.most)
        if forms[0] == forms[1] or 0 in (left.most, right.most):
            yield Aspect("max", *words, _judge_most(left, right))
        else:
            yield Aspect("max", *words, _judge_form(forms[1]))


def is_array(element: ElementDefinition) -> bool:
    """Tell whether JSON writes it as an array, which the base and no profile decides."""
    return element.base_most is None or element.base_most > 1


def _judge_least(left: int, right: int) -> Verdict:
    if right > left:
        less = "without it" if right == 1 else f"fewer than {right}"
        return Verdict("breaks-sender", f"Who sends to the right {less} is refused: always fill it.")
    if right == 0:
        return Verdict("breaks-receiver", "It may be missing in what the right gives: read on without it.")
    return Verdict("breaks-receiver", f"Only {right} may come where there were at least {left}.")


def _judge_most(left: ElementDefinition, right: ElementDefinition) -> Verdict:
    if right.most == 0:
        if left.least > 0:
            why = "The right forbids it, and who reads relies on it: send it no more, and find it elsewhere."
            return Verdict("breaks-both", why)
        return Verdict("breaks-sender", "The right forbids it: take it out of what is sent.")
    if left.most == 0:
        return Verdict("breaks-receiver", "The left forbids it; it may come from the right: be ready to read it.")
    if left.most is None or (right.most is not None and right.most < left.most):
        return Verdict("breaks-sender", f"Who sends more than {right.most} to the right is refused.")
    return Verdict("breaks-receiver", f"More than {left.most} may come from the right: read them all.")


def _judge_form(array: bool) -> Verdict:
    here, there = ("one value", "an array") if array else ("an array", "one value")
    why = f"In JSON it is {here} on the left and {there} on the right: write and read it in the other form."
    return Verdict("breaks-both", why)


def diff_fixed(left: ElementDefinition, right: ElementDefinition) -> Iterator[Aspect]:
    """A fixed value admits nothing beside it, a pattern more; of a primitive they are the same."""
    here, there = left.fixed or left.pattern, right.fixed or right.pattern
    kinds = tuple("fixed" if side.fixed else "pattern" for side in (left, right))
    if here == there and (kinds[0] == kinds[1] or here is None or not isinstance(here[1], dict | list)):
        return
    name = "fixed" if left.fixed or right.fixed else "pattern"
    words = tuple(value and value_words(value) for value in (here, there))
    if here and there and kinds[0] != kinds[1]:
        words = tuple(f"{kind} {text}" for kind, text in zip(kinds, words, strict=True))
    yield Aspect(name, words[0], words[1], _judge_fixed(here, there, kinds))


def _judge_fixed(here: Any, there: Any, kinds: tuple[str, ...]) -> Verdict:
    if here is None:
        return Verdict("breaks-sender", "Who sends another value to the right is refused: send this one.")
    if there is None:
        return Verdict("breaks-receiver", "Other values may come from the right: read what stands there.")
    within = {"left": _holds(there[1], here[1]), "right": _holds(here[1], there[1])}
    if within["left"] and kinds[0] == "pattern":
        return Verdict("breaks-sender", "The right asks more of the value: send all of it.")
    if within["right"] and kinds[1] == "pattern":
        return Verdict("breaks-receiver", "The right asks less of the value: what is no longer asked may differ.")
    return Verdict("breaks-both", "The value is another: what fits the left is refused on the right, and back.")


def _holds(value: Any, pattern: Any) -> bool:
    """Tell whether `value` has all that `pattern` asks (ElementDefinition.pattern[x])."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(_holds(value.get(name), item) for name, item in pattern.items())
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(_holds(one, item) for one in value) for item in pattern)
    return bool(value == pattern)


def _diff_bound(name: str, left: tuple[str, Any] | None, right: tuple[str, Any] | None) -> Iterator[Aspect]:
    if left == right:
        return
    words = tuple(value and value_words(value) for value in (left, right))
    yield Aspect(name, words[0], words[1], _judge_bound(name == "minValue", left, right))


def _judge_bound(least: bool, left: tuple[str, Any] | None, right: tuple[str, Any] | None) -> Verdict:
    word = "below" if least else "above"
    if left is None:
        return Verdict("breaks-sender", f"Who sends a value {word} it to the right is refused.")
    if right is None:
        return Verdict("breaks-receiver", f"Values {word} it may come from the right.")
    try:
        tighter = right[1] > left[1] if least else right[1] < left[1]
    except TypeError:
        return Verdict("breaks-both", "The limit is another, and the two cannot be held against each other here.")
    if tighter:
        return Verdict("breaks-sender", f"Who sends a value {word} it to the right is refused.")
    return Verdict("breaks-receiver", f"Values {word} what the left allows may come from the right.")


def _diff_length(left: int | None, right: int | None) -> Iterator[Aspect]:
    if left == right:
        return
    words = tuple(None if value is None else str(value) for value in (left, right))
    if right is not None and (left is None or right < left):
        verdict = Verdict(
            "breaks-sender", f"A text of more than {right} characters is refused on the right: shorten it."
        )
    else:
        verdict = Verdict("breaks-receiver", f"Texts of more than {left} characters may come: make room for them.")
    yield Aspect("maxLength", words[0], words[1], verdict)


def _diff_slicing(left: ElementDefinition, right: ElementDefinition) -> Iterator[Aspect]:
    here, there = left.slicing, right.slicing
    if here == there or (_is_usual(here, left) and _is_usual(there, right)):
        return
    words = tuple(slicing_words(slicing) if slicing else None for slicing in (here, there))
    yield Aspect("slicing", words[0], words[1], _judge_slicing(here, there))


def _is_usual(slicing: Slicing | None, element: ElementDefinition) -> bool:
    """Extensions are told apart by url, and a choice by its type, whether that is said or not."""
    if slicing is None:
        return True
    free = (slicing.rules == "open" or len(element.types) == 1) and not slicing.ordered
    by = {(item.kind, item.path) for item in slicing.discriminators}
    return free and by <= ({("type", "$this")} if element.path.endswith("[x]") else {("value", "url")})


def _judge_slicing(here: Slicing | None, there: Slicing | None) -> Verdict:
    rules = tuple(slicing.rules if slicing else "open" for slicing in (here, there))
    orders = tuple(slicing is not None and slicing.ordered for slicing in (here, there))
    if rules[1] != rules[0] and "open" in rules:
        if rules[0] == "open":
            return Verdict(
                "breaks-sender", "Items that fit no slice are refused on the right, or must stand at the end."
            )
        return Verdict("breaks-receiver", "Items that fit no slice may come from the right: pass over them.")
    if rules[1] != rules[0]:
        tighter = rules[1] == "closed"
        why = "Items that fit no slice are refused on the right." if tighter else "Items that fit no slice may follow."
        return Verdict("breaks-sender" if tighter else "breaks-receiver", why)
    if orders[0] != orders[1]:
        if orders[1]:
            return Verdict("breaks-sender", "The right asks for the order of the slices: send them in it.")
        return Verdict("breaks-receiver", "The slices may come in any order: find them by what they are.")
    return Verdict("information", "The items are told apart by something else: see the rows of the slices.")


_FLAGS: dict[str, tuple[Callable[[ElementDefinition], bool], Verdict, Verdict]] = {
    "mustSupport": (
        lambda element: element.must_support,
        Verdict(
            "breaks-sender",
            "Who gives it must be able to fill it where it is known, and who reads must be able to take it; "
            "a resource without it stays valid.",
        ),
        Verdict("breaks-receiver", "The right need not be able to fill it: do not count on it."),
    ),
    "isModifier": (
        lambda element: element.is_modifier,
        Verdict("breaks-receiver", "It changes what the rest means: who reads past it reads wrongly."),
        Verdict("information", "It no longer changes what the rest means."),
    ),
    "isSummary": (
        lambda element: element.is_summary,
        Verdict("information", "It is now part of a search with _summary=true."),
        Verdict("information", "It is no longer part of a search with _summary=true."),
    ),
}


def diff_flags(left: ElementDefinition, right: ElementDefinition) -> Iterator[Aspect]:
    for name, (is_set, added, removed) in _FLAGS.items():
        here, there = is_set(left), is_set(right)
        if here != there:
            words = ("true" if here else None), ("true" if there else None)
            yield Aspect(name, *words, added if there else removed)
