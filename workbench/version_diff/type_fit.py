"""Fit of two data types: what values of one cannot say in the other, found by holding their components side by side."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from workbench.diff.difference import Verdict
from workbench.hl7v2.dictionary import ComponentDefinition, load_dictionary

# What each primitive type takes besides its own values; text takes every value that has no components.
_TEXT = frozenset(("ST", "ID", "IS", "NM", "SI", "SNM", "DT", "TM", "DTM", "GTS", "TN"))
_TAKES = {
    "ST": _TEXT,
    "TX": _TEXT | {"TX"},
    "FT": _TEXT | {"TX", "FT"},
    "IS": frozenset(("ID",)),
    "NM": frozenset(("SI",)),
    "DTM": frozenset(("DT",)),
}
# Digits of a telephone, and codes of a site's own table, are text; whose table it is stands in a row of its own.
_ALIKE = frozenset(map(frozenset, (("SNM", "ST"), ("SNM", "NM"), ("TN", "ST"), ("IS", "ST"))))
_TIMES = frozenset(("TS", "DTM"))
_FREE = frozenset(("varies", "", "CM"))


class Fit(NamedTuple):
    """What breaks who sends to the right, and who reads from there; empty where nothing does."""

    sender: str = ""
    receiver: str = ""
    more: str = ""
    """The components that the right adds at the end, which who reads may pass over."""


def judge_types(left: tuple[str, str], right: tuple[str, str]) -> Verdict:
    """What it means that a value is of the right's data type; each is a version and a type, both known."""
    if {left[1], right[1]} == _TIMES:
        return Verdict("information", "The time is written as before; its digits alone tell how precise it is.")
    fit = fit_types(*left, *right)
    if fit.sender and fit.receiver:
        same = fit.sender == fit.receiver
        return Verdict("breaks-both", fit.sender if same else f"{fit.sender} {fit.receiver}")
    if fit.sender:
        return Verdict("breaks-sender", fit.sender)
    if fit.receiver:
        return Verdict("breaks-receiver", fit.receiver)
    if fit.more:
        return Verdict("compatible", f"{fit.more}; who reads may pass over what is new.")
    return Verdict("information", "Its parts are the same: only the type's name is another.")


@lru_cache(maxsize=16384)
def fit_types(left_version: str, left: str, right_version: str, right: str) -> Fit:
    if {left, right} == _TIMES:
        return Fit()
    here = load_dictionary(left_version).components(left)
    there = load_dictionary(right_version).components(right)
    if not here and not there:
        return _fit_primitives(left, right)
    if left in _FREE:
        return Fit(sender=f"The right takes {right} alone: send it so.")
    if right in _FREE:
        return Fit(receiver="The right may give a value of any type: see how it is to be read.")
    if not here:
        return _fit_first(fit_types(left_version, left, right_version, there[0].datatype), there)
    if not there:
        first = fit_types(left_version, here[0].datatype, right_version, right)
        lost = _numbers(2, len(here), "has no place", "have no place")
        return Fit(first.sender or f"{lost} on the right.", first.receiver)
    return _fit_components((left_version, here), (right_version, there))


def _fit_first(first: Fit, there: tuple[ComponentDefinition, ...]) -> Fit:
    more = "The value is now the first part, and more may follow it: read the first part alone."
    return Fit(first.sender, more if len(there) > 1 else first.receiver)


def _fit_primitives(left: str, right: str) -> Fit:
    if left == right or frozenset((left, right)) in _ALIKE:
        return Fit()
    if right in _FREE or left in _TAKES.get(right, ()):
        return Fit(receiver=f"A value of type {right} may say more than one of type {left}: be ready to read it.")
    if left in _FREE or right in _TAKES.get(left, ()):
        return Fit(sender=f"A value of type {left} may say more than the right takes as {right}.")
    why = f"A value of type {left} is none of type {right}: write and read it otherwise."
    return Fit(why, why)


def _fit_components(
    left: tuple[str, tuple[ComponentDefinition, ...]], right: tuple[str, tuple[ComponentDefinition, ...]]
) -> Fit:
    (left_version, here), (right_version, there) = left, right
    sender = receiver = ""
    for number, (one, other) in enumerate(zip(here, there, strict=False), 1):
        if one.usage == "W" or other.usage == "W":
            continue
        fit = fit_types(left_version, one.datatype, right_version, other.datatype)
        sender = sender or _within(number, fit.sender)
        receiver = receiver or _within(number, fit.receiver)
    if len(here) > len(there):
        lost = _numbers(len(there) + 1, len(here), "has no place", "have no place")
        sender = sender or f"{lost} on the right."
    more = _numbers(len(here) + 1, len(there), "is new", "are new") if len(there) > len(here) else ""
    return Fit(sender, receiver, more)


def _within(number: int, why: str) -> str:
    """A reason found in a component: `Component 2.3: …`, with the components of the component as its parts."""
    if why.startswith("Component "):
        return f"Component {number}.{why.removeprefix('Component ')}"
    return f"Component {number}: {why.replace('Components', 'Parts', 1)}" if why else ""


def _numbers(first: int, last: int, one: str, several: str) -> str:
    return f"Component {first} {one}" if first >= last else f"Components {first} to {last} {several}"
