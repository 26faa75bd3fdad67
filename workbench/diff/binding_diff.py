"""Rows of the bindings of two elements: how strong each is, to which value set, and what that means for the codes."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from workbench.definitions.structure import Binding
from workbench.diff.difference import Grade, Verdict
from workbench.diff.element_diff import Aspect
from workbench.diff.element_words import binding_words, short_names

STRENGTHS = ("example", "preferred", "extensible", "required")
Code = tuple[str, str]
Codes = Callable[[str], frozenset[Code] | None]
"""What a value set holds, by its canonical, as system and code; None where that cannot be listed here."""
_MOST_NAMED = 12


def diff_bindings(
    left: Binding | None, right: Binding | None, codes: tuple[Codes, Codes], told: Container[str] = ()
) -> Iterator[Aspect]:
    """`told` are value sets whose codes are compared elsewhere."""
    if left is None or right is None:
        if left or right:
            words = tuple(binding_words(binding) if binding else None for binding in (left, right))
            yield Aspect("binding", words[0], words[1], _judge_presence(left, right))
        return
    required = _required(left)
    if required and required == _required(right) and left.strength != right.strength:
        why = "Both sides take the codes of one set and no others; the one calls some of them better."
        yield Aspect("strength", left.strength, right.strength, Verdict("information", why))
        one = Binding("required", required)
        yield from _diff_value_sets(one, one, codes, told)
        return
    if left.strength != right.strength:
        yield Aspect("strength", left.strength, right.strength, _judge_strength(left.strength, right.strength))
    yield from _diff_value_sets(left, right, codes, told)
    most = left.most.partition("|")[0], right.most.partition("|")[0]
    if most[0] != most[1]:
        words = short_names(most[:1], most[1:])
        why = "The widest set of codes that is still taken differs: compare the two."
        grade: Grade = "breaks-sender" if not most[0] else "breaks-both" if most[1] else "breaks-receiver"
        yield Aspect("maxValueSet", words[0] or None, words[1] or None, Verdict(grade, why))


def _required(binding: Binding) -> str:
    """The set outside which no code is taken, where a weaker binding names one (extension maxValueSet)."""
    named = binding.value_set if binding.strength == "required" else binding.most
    return named.partition("|")[0]


def _judge_presence(left: Binding | None, right: Binding | None) -> Verdict:
    if right is not None:
        if binds(right.strength):
            return Verdict("breaks-sender", "Who sends a code outside this value set to the right is refused: map it.")
        return Verdict("information", "The right suggests these codes, and takes others.")
    if left is not None and binds(left.strength):
        return Verdict("breaks-receiver", "Any code may come from the right: be ready for those that are not known.")
    return Verdict("information", "The right suggests no codes any more.")


def without_systems(codes: Codes) -> Codes:
    """The codes of an element that has no system beside them, as one of type code."""

    def alone(value_set: str) -> frozenset[Code] | None:
        found = codes(value_set)
        return None if found is None else frozenset(("", code) for _, code in found)

    return alone


def binds(strength: str) -> bool:
    """Tell whether a code outside the value set may be wrong: required always, extensible where one fits."""
    return strength in ("required", "extensible")


def _judge_strength(left: str, right: str) -> Verdict:
    tighter = STRENGTHS.index(right) > STRENGTHS.index(left)
    if tighter and right == "required":
        return Verdict("breaks-sender", "A code outside the value set is refused on the right: map it.")
    if tighter and right == "extensible":
        why = "A code outside the value set is wrong on the right where one in it fits: map what can be mapped."
        return Verdict("breaks-sender", why)
    if not tighter and binds(left):
        return Verdict("breaks-receiver", "Codes outside the value set may come from the right: do not refuse them.")
    return Verdict("information", "Neither binds: the codes are suggestions on both sides.")


def _diff_value_sets(
    left: Binding, right: Binding, codes: tuple[Codes, Codes], told: Container[str]
) -> Iterator[Aspect]:
    names = left.value_set.partition("|")[0], right.value_set.partition("|")[0]
    both_bind = binds(left.strength) and binds(right.strength)
    if names[0] == names[1] and (not both_bind or names[0] in told):
        return
    held = (codes[0](left.value_set), codes[1](right.value_set)) if both_bind else (None, None)
    if names[0] == names[1]:
        if held[0] is not None and held[1] is not None and held[0] != held[1]:
            yield _tell_codes(held[0], held[1])
        return
    words = short_names(names[:1], names[1:])
    shown = words[0] or None, words[1] or None
    if not both_bind:
        yield Aspect("valueSet", *shown, Verdict("information", "The codes that are named are those of another set."))
    elif held[0] is None or held[1] is None:
        why = "The codes are those of another set, which cannot be listed here: compare the two before moving."
        yield Aspect("valueSet", *shown, Verdict("breaks-both", why))
    else:
        yield Aspect("valueSet", *shown, judge_codes(held[0], held[1]))


def _tell_codes(left: frozenset[Code], right: frozenset[Code]) -> Aspect:
    """The set has one name on both sides, and other codes."""
    lost, gained = left - right, right - left
    shown = name_codes(lost) if lost else None, name_codes(gained) if gained else None
    return Aspect("codes", *shown, judge_codes(left, right))


def judge_codes(left: frozenset[Code], right: frozenset[Code]) -> Verdict:
    """What it means that codes are gone and others are there, where a binding holds to them."""
    lost, gained = left - right, right - left
    told = []
    if lost:
        told.append(f"The right does not take {name_codes(lost)}: map what is sent.")
    if gained:
        told.append(f"{name_codes(gained)} may come from the right: be ready to read what is new.")
    if not told:
        return Verdict("information", "Both sets hold the same codes.")
    return Verdict("breaks-both" if lost and gained else "breaks-sender" if lost else "breaks-receiver", " ".join(told))


def name_codes(codes: frozenset[Code]) -> str:
    """`arrived, triaged` or, of many, the first and how many more."""
    names = sorted(code for _, code in codes)
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 2])} and {len(names) - _MOST_NAMED + 2} other codes"
