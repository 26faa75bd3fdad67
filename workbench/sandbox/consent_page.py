"""Consent page of a site: the scopes in groups and plain words, what is withheld and by whom, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.authorization_server.flow import Flow
from workbench.authorization_server.token_grants import OFFLINE_LIFETIME, ONLINE_LIFETIME
from workbench.site.site import Site
from workbench.smart.grant import WithheldBy
from workbench.smart.scope_words import describe_scope
from workbench.smart.scopes import Scope


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One scope to tick; `changes` tells that an app may change records by it."""

    scope: Scope
    words: str
    ticked: bool
    changes: bool


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """Scopes that belong together; `id` names the group in the form and in the page's address."""

    id: str
    title: str
    rows: tuple[ScopeRow, ...]


@dataclass(frozen=True, slots=True)
class WithheldRow:
    """A scope that the app asked for and will not get; `by` says in words who withholds it."""

    text: str
    words: str
    by: str
    reason: str


def group_scopes(flow: Flow) -> tuple[ScopeGroup, ...]:
    """What the site may grant, groups without a scope left out."""
    titles = {
        "patient": "Records of this patient",
        "user": "Records of every patient you may see",
        "work": "You and your work",
        "time": "For how long",
    }
    rows: dict[str, list[ScopeRow]] = {name: [] for name in titles}
    ticked = frozenset(flow.ticked)
    for scope in flow.offered:
        row = ScopeRow(
            scope, describe_scope(scope) + _how_long(scope), scope in ticked, bool(set(scope.letters) & set("cud"))
        )
        rows[_group_of(scope)].append(row)
    return tuple(ScopeGroup(name, titles[name], tuple(found)) for name, found in rows.items() if found)


def list_withheld(flow: Flow, site: Site) -> tuple[WithheldRow, ...]:
    """What was asked for and will not be granted, with by whom and why."""
    names: dict[WithheldBy, str] = {
        "site": site.name,
        "role": f"your role ({flow.user.role})" if flow.user else "your role",
        "hand": "whoever runs this site",
        "consent": "you",
        "registration": "the app's registration",
    }
    return tuple(
        WithheldRow(each.scope.text, describe_scope(each.scope), names[each.by], each.reason) for each in flow.withheld
    )


def lifetime_words(seconds: int) -> str:
    """`an hour`, `10 minutes`, `90 seconds`: how long one token lasts."""
    if seconds == 3600:
        return "an hour"
    return next(_count(seconds, unit, size) for unit, size in _UNITS if seconds % size == 0)


_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def _count(seconds: int, unit: str, size: int) -> str:
    number = seconds // size
    return f"{number} {unit}" + ("s" if number != 1 else "")


def _how_long(scope: Scope) -> str:
    """For how long an app stays connected, as the token endpoint has it."""
    if scope.text == "online_access":
        return f", for up to {lifetime_words(int(ONLINE_LIFETIME.total_seconds()))}"
    if scope.text == "offline_access":
        return f", until it goes unused for {lifetime_words(int(OFFLINE_LIFETIME.total_seconds()))}"
    return ""


def _group_of(scope: Scope) -> str:
    if scope.kind == "resource":
        return "patient" if scope.context == "patient" else "user"
    return "time" if scope.kind == "refresh" else "work"
