"""Offer of scopes: what a site may grant of what an app asks, and of the rest who withholds it and why.

One scope that is not known or not given never costs an app the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.authorization_server.rules import SmartRules
from workbench.smart.grant import WithheldBy, WithheldScope
from workbench.smart.launch_context import parse_context_scope
from workbench.smart.scope_queries import NoQueries, ScopeQueries
from workbench.smart.scopes import Scope, ScopeVersion, parse_scopes


@dataclass(frozen=True, slots=True)
class ScopeOffer:
    """What may be granted, in the order asked, and what is withheld."""

    scopes: tuple[Scope, ...]
    withheld: tuple[WithheldScope, ...] = ()


def offer_scopes(
    rules: SmartRules,
    asked: Iterable[Scope],
    types: frozenset[str],
    *,
    ehr_launch: bool,
    role: str = "",
    held: tuple[str, ...] = (),
    queries: ScopeQueries | None = None,
) -> ScopeOffer:
    """What the site may grant to an app that a user launches; `role` is the user's, "" before they signed in.

    `held` are scopes that an analyst keeps back at the moment.
    """
    limits = _limits(rules, role, held)
    offered: list[Scope] = []
    withheld: list[WithheldScope] = []
    for scope in dict.fromkeys(asked):
        refused = _refuse(rules, scope, types, queries or NoQueries(), ehr_launch)
        left, kept_back = ((), (refused,)) if refused else keep_back(scope, types, limits)
        offered += left
        withheld += kept_back
    return ScopeOffer(tuple(dict.fromkeys(offered)), tuple(dict.fromkeys(withheld)))


def _refuse(
    rules: SmartRules, scope: Scope, types: frozenset[str], queries: ScopeQueries, ehr_launch: bool
) -> WithheldScope | None:
    if scope.context == "system":
        return WithheldScope(scope, "site", "A system/ scope is for backend services, and here a user signs in.")
    if scope.kind == "resource":
        reason = refuse_resource(rules, scope, types, queries)
    elif scope.kind == "refresh":
        reason = "" if scope.text in rules.refresh else "This site gives no refresh token for it."
    else:
        reason = _refuse_context(rules, scope, types, ehr_launch)
    return WithheldScope(scope, "site", reason) if reason else None


def refuse_resource(rules: SmartRules, scope: Scope, types: frozenset[str], queries: ScopeQueries) -> str:
    """Why the site does not give a scope of a resource type at all, as a sentence; "" where it may."""
    if scope.kind != "resource":
        return f"“{scope.text}” is not a scope that this site knows."
    if scope.version not in rules.scope_versions:
        return _tell_version(rules, scope)
    if scope.type != "*" and scope.type not in types:
        return f"This site does not serve {scope.type}."
    return queries.refuse(scope)


def _tell_version(rules: SmartRules, scope: Scope) -> str:
    """What the scope would be in a version that the site takes."""
    taken: ScopeVersion = "v1" if scope.version == "v2" else "v2"
    other = scope.in_version(taken) if taken in rules.scope_versions else None
    hint = f" Ask for {other.text}." if other else ""
    return f"It is a scope of SMART {scope.version}, and this site takes those of {taken} alone.{hint}"


def _refuse_context(rules: SmartRules, scope: Scope, types: frozenset[str], ehr_launch: bool) -> str:
    asked_of_context = {
        "launch/patient": "patient",
        "launch/encounter": "encounter",
        "fhirUser": "fhirUser",
        "profile": "fhirUser",
    }
    item = asked_of_context.get(scope.text)
    if item is not None:
        return "" if item in rules.context else f"This site does not tell apps the {item}."
    if scope.text == "launch":
        return "" if ehr_launch else "It is for a launch from the EHR, and the app was opened by itself."
    if scope.text == "openid":
        return ""
    kind, _ = parse_context_scope(scope.text)
    if kind:
        given = "location" in rules.context if kind == "location" else "fhirContext" in rules.context
        served = kind in {name.lower() for name in types}
        return "" if given and served else "This site gives no such launch context."
    return f"“{scope.text}” is not a scope that this site knows."


@dataclass(frozen=True, slots=True)
class Limit:
    """Scopes that somebody never gives. `whole` lets a wildcard among them hold for each type, too."""

    by: WithheldBy
    reason: str
    scopes: tuple[Scope, ...]
    whole: bool = False


def limit_of_site(rules: SmartRules) -> Limit:
    """A site may refuse `patient/*.write` and still give the types one by one."""
    return Limit("site", "This site never grants it.", parse_scopes(" ".join(rules.withheld)))


def _limits(rules: SmartRules, role: str, held: tuple[str, ...]) -> tuple[Limit, ...]:
    by_role = parse_scopes(" ".join(rules.withheld_from(role)))
    return (
        limit_of_site(rules),
        Limit("hand", "It is kept back for now.", parse_scopes(" ".join(held))),
        Limit("role", f"At this site the role {role} does not have it.", by_role, whole=True),
    )


def keep_back(
    scope: Scope, types: frozenset[str], limits: tuple[Limit, ...]
) -> tuple[tuple[Scope, ...], tuple[WithheldScope, ...]]:
    """What the limits leave of one scope, and what they keep back."""
    left: tuple[Scope, ...] = (scope,)
    withheld: list[WithheldScope] = []
    for limit in limits:
        for other in limit.scopes:
            parts = [part for each in left for part in _split(each, other, types)]
            left = ()
            for part in parts:
                rest = _withhold(part, other, limit.whole)
                left += (rest,) if rest is not None else ()
                if rest != part:
                    withheld.append(WithheldScope(_difference(part, rest), limit.by, limit.reason))
    return left, tuple(withheld)


def _split(scope: Scope, other: Scope, types: frozenset[str]) -> Iterator[Scope]:
    """A wildcard as its types, where one of them is withheld."""
    splits = scope.type == "*" and other.type in types and scope.context == other.context and not other.query
    if splits and set(scope.letters) & set(other.letters):
        yield from (scope.for_type(kind) for kind in sorted(types))
    else:
        yield scope


def _withhold(scope: Scope, other: Scope, whole: bool) -> Scope | None:
    if scope.text == other.text:
        return None
    if scope.kind != "resource" or scope.context != other.context or other.query not in ((), scope.query):
        return scope
    meant = other.type == scope.type or (whole and other.type == "*")
    return scope.without(other.letters) if meant else scope


def _difference(whole: Scope, rest: Scope | None) -> Scope:
    if rest is None:
        return whole
    gone = "".join(letter for letter in whole.letters if letter not in rest.letters)
    return whole.with_letters(gone) or whole
