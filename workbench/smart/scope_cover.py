"""Cover of scopes: whether scopes give the whole right of others, however either is written, and what merges."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.smart.scopes import LETTERS, Scope, parse_scope, resource_scope

# A backslash makes a comma part of a value (FHIR R4, Search, escaping).
UNESCAPED_COMMA = re.compile(r"(?<!\\),")
# What a wider context gives, a narrower one may have: the data of one patient, of a user's patients, of all.
WIDER = {"patient": ("patient", "user", "system"), "user": ("user", "system"), "system": ("system",)}


def missing_scopes(asked: Iterable[str], granted: Iterable[str]) -> tuple[str, ...]:
    """The scopes of `asked` whose whole right `granted` does not give, however either is written."""
    given = tuple(parse_scope(text) for text in granted)
    return tuple(text for text in asked if not is_given(parse_scope(text), given))


def is_given(wanted: Scope, given: Iterable[Scope]) -> bool:
    """Tell whether `given` together give the whole right of `wanted`."""
    if wanted.kind != "resource":
        return any(wanted.text == scope.text for scope in given)
    wide = (scope for scope in given if _is_as_wide(scope, wanted))
    return set(wanted.letters) <= {letter for scope in wide for letter in scope.letters}


def merge_scopes(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    """The same rights in fewest scopes: letters of one type in one scope, and none that another gives already."""
    merged: dict[tuple[str, str, str, str], Scope] = {}
    for scope in scopes:
        key = (scope.context, scope.type, scope.version, scope.query_text) if scope.type else (scope.text, "", "", "")
        known = merged.get(key)
        merged[key] = _join(known, scope) if known else scope
    kept = tuple(merged.values())
    return tuple(s for s in kept if not is_given(s, (o for o in kept if o != s and not _is_same(o, s))))


def _join(left: Scope, right: Scope) -> Scope:
    """Both in one; in version 1, reading and writing together are `*`."""
    letters = "".join(letter for letter in LETTERS if letter in left.letters + right.letters)
    return left.with_letters(letters) or resource_scope(left.context, left.type, letters)


def _is_same(left: Scope, right: Scope) -> bool:
    """Two that give each other are one right written twice, of which the later is kept out by its place alone."""
    return is_given(left, (right,)) and is_given(right, (left,)) and left.text > right.text


def _is_as_wide(scope: Scope, wanted: Scope) -> bool:
    """A scope without a query is wider than one with it, and each parameter more makes a scope narrower."""
    return (
        scope.kind == "resource"
        and scope.type in ("*", wanted.type)
        and scope.context in WIDER.get(wanted.context, ())
        and all(is_within(wanted.query, name, values) for name, values in scope.query)
    )


def is_within(query: tuple[tuple[str, str], ...], name: str, values: str) -> bool:
    """Tell whether `query` asks for some of these values and no other; values divided by a comma stand for any.

    With `:not` it is the other way round: each value more makes it narrower.
    """
    allowed = frozenset(UNESCAPED_COMMA.split(values))
    asked = (frozenset(UNESCAPED_COMMA.split(some)) for other, some in query if other == name)
    return any(some >= allowed if name.endswith(":not") else some <= allowed for some in asked)
