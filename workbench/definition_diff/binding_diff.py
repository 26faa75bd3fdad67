"""Rows of the bindings of two elements: how strong each is, to which value set, and what that means for the codes.

FHIR R4, Terminologies: a required set must be kept; of an extensible one a code must be taken where one covers the
concept, and what none covers may be said by another code or text, within the widest set (maxValueSet) if one is named.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator

from workbench.definition_diff.element_diff import Aspect
from workbench.definition_diff.element_words import binding_words, short_names
from workbench.definitions.structure import Binding
from workbench.diff.difference import Verdict

STRENGTHS = ("example", "preferred", "extensible", "required")
Code = tuple[str, str]
Codes = Callable[[str], frozenset[Code] | None]
"""What a value set holds, by its canonical, as system and code; None where that cannot be listed here."""
_MOST_NAMED = 12
_WHERE_ONE_FITS = (
    "Where a code of the value set covers what is meant, the right asks for it; what none covers may be said by another"
    " code or text. Map what can be mapped."
)


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
        yield Aspect("maxValueSet", words[0] or None, words[1] or None, _judge_most(*most))


def _judge_most(left: str, right: str) -> Verdict:
    if left and right:
        return Verdict("breaks-both", "No code outside another set is taken on the right: compare the two sets.")
    if right:
        return Verdict("breaks-sender", "No code outside this widest set is taken on the right: map what is sent.")
    return Verdict("breaks-receiver", "Codes outside what was the widest set may come from the right.")


def _required(binding: Binding) -> str:
    """The set outside which no code is taken, where a weaker binding names one (extension maxValueSet)."""
    named = binding.value_set if binding.strength == "required" else binding.most
    return named.partition("|")[0]


def _judge_presence(left: Binding | None, right: Binding | None) -> Verdict:
    if right is not None:
        if _required(right):
            which = "this value set" if right.strength == "required" else short_names([right.most], [])[0]
            return Verdict("breaks-sender", f"Who sends a code outside {which} to the right is refused: map it.")
        if right.strength == "extensible":
            return Verdict("breaks-sender", _WHERE_ONE_FITS)
        return Verdict("information", "The right suggests these codes, and takes others.")
    if left is not None and (_required(left) or left.strength == "extensible"):
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
        return Verdict("breaks-sender", _WHERE_ONE_FITS)
    if not tighter and right == "extensible":
        why = "What no code of the value set covers may come from the right by another code or text: do not refuse it."
        return Verdict("breaks-receiver", why)
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
            yield _tell_codes(held[0], held[1], right.strength)
        return
    words = short_names(names[:1], names[1:])
    shown = words[0] or None, words[1] or None
    if not both_bind:
        yield Aspect("valueSet", *shown, Verdict("information", "The codes that are named are those of another set."))
    elif held[0] is None or held[1] is None:
        why = "The codes are those of another set, which cannot be listed here: compare the two before moving."
        yield Aspect("valueSet", *shown, Verdict("breaks-both", why))
    else:
        yield Aspect("valueSet", *shown, judge_codes(held[0], held[1], right.strength))


def _tell_codes(left: frozenset[Code], right: frozenset[Code], strength: str) -> Aspect:
    """The set has one name on both sides, and other codes."""
    lost, gained = left - right, right - left
    shown = name_codes(lost) if lost else None, name_codes(gained) if gained else None
    return Aspect("codes", *shown, judge_codes(left, right, strength))


def judge_codes(left: frozenset[Code], right: frozenset[Code], strength: str) -> Verdict:
    """What it means that codes are gone and others are there, where the right binds to its own by `strength`."""
    lost, gained = left - right, right - left
    told = []
    if lost:
        told.append(tell_lost(name_codes(lost), strength))
    if gained:
        told.append(tell_gained(name_codes(gained), strength))
    if not told:
        return Verdict("information", "Both sets hold the same codes.")
    return Verdict("breaks-both" if lost and gained else "breaks-sender" if lost else "breaks-receiver", " ".join(told))


def tell_lost(named: str, strength: str) -> str:
    if strength == "extensible":
        return f"On the right the value set lacks {named}: send a code of it where one fits, and these where none does."
    return f"The right no longer takes {named}: map what is sent."


def tell_gained(named: str, strength: str) -> str:
    if strength == "extensible":
        return f"{named} may come from the right, and must be sent to it where it fits: read and map what is new."
    return f"{named} may come from the right: be ready to read what is new."


def name_codes(codes: frozenset[Code]) -> str:
    """`arrived, triaged` or, of many, the first and how many more."""
    names = sorted(code for _, code in codes)
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 2])} and {len(names) - _MOST_NAMED + 2} other codes"
