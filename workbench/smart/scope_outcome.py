"""Outcome of each scope that an app asked for: granted, granted in other words, granted in part, or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scopes import LETTERS, Scope, parse_scope

Outcome = Literal["granted", "in other words", "narrower", "not granted", "not asked"]
LETTER_WORDS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


@dataclass(frozen=True, slots=True)
class ScopeOutcome:
    """What became of one scope; `by` are the granted scopes that give it, in whole or in part."""

    scope: str
    outcome: Outcome
    sentence: str
    by: tuple[str, ...] = ()


def compare_scopes(asked: Iterable[str], granted: Iterable[str]) -> tuple[ScopeOutcome, ...]:
    """The outcome of each scope asked for, and then those granted that give more than was asked."""
    asked, given = tuple(asked), [parse_scope(text) for text in granted]
    outcomes = [_outcome_of(parse_scope(text), given) for text in asked]
    wider = missing_scopes((scope.text for scope in given), asked)
    return (*outcomes, *(ScopeOutcome(text, "not asked", "It was granted, and not asked for.") for text in wider))


def _outcome_of(wanted: Scope, given: list[Scope]) -> ScopeOutcome:
    if any(scope.text == wanted.text for scope in given):
        return ScopeOutcome(wanted.text, "granted", "It was granted as asked.", (wanted.text,))
    near = tuple(scope for scope in given if _touches(wanted, scope))
    by = tuple(scope.text for scope in near)
    if not missing_scopes([wanted.text], by):
        return ScopeOutcome(wanted.text, "in other words", f"It was granted as {' and '.join(by)}.", by)
    if not near:
        return ScopeOutcome(wanted.text, "not granted", "It was not granted.")
    return ScopeOutcome(wanted.text, "narrower", _tell_narrower(wanted, near), by)


def _touches(wanted: Scope, scope: Scope) -> bool:
    """Tell whether `scope` gives something of what `wanted` asks."""
    return (
        wanted.kind == scope.kind == "resource"
        and ("*" in (wanted.type, scope.type) or wanted.type == scope.type)
        and bool(set(wanted.letters) & set(scope.letters))
        and (wanted.context == scope.context or {wanted.context, scope.context} == {"user", "patient"})
    )


def _tell_narrower(wanted: Scope, near: tuple[Scope, ...]) -> str:
    whole = [scope for scope in near if not scope.query or scope.query == wanted.query]
    letters = {letter for scope in near for letter in scope.letters}
    lost = [LETTER_WORDS[letter] for letter in LETTERS if letter in wanted.letters and letter not in letters]
    parts = [f"without {', '.join(lost)}"] if lost else []
    if not whole:
        parts.append("for what matches " + " or ".join(f"“{scope.text.partition('?')[2]}”" for scope in near))
    if wanted.type == "*" and all(scope.type != "*" for scope in near):
        parts.append("for " + ", ".join(dict.fromkeys(scope.type for scope in near)) + " alone")
    if wanted.context == "user" and all(scope.context == "patient" for scope in near):
        parts.append("for the patient of the launch alone")
    return f"It was granted in part{', ' + '; '.join(parts) if parts else ''}: {' '.join(s.text for s in near)}."
