"""Scope preset: what a consent page has ticked at first, where an analyst wants certain scopes to be granted."""

from __future__ import annotations

from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scopes import Scope, parse_scopes


def preset_scopes(offered: tuple[Scope, ...], grant: str) -> tuple[tuple[Scope, ...], tuple[Scope, ...]]:
    """The rows of the page, and which of them are ticked; all are where `grant` is empty.

    A scope of `grant` that is a part of an offered one is offered beside it, so that less than a wildcard can be given.
    """
    if not grant.split():
        return offered, offered
    wanted = parse_scopes(grant)
    rows: list[Scope] = []
    ticked: list[Scope] = []
    for scope in offered:
        whole = not missing_scopes([scope.text], [want.text for want in wanted])
        parts = [] if whole else [want for want in wanted if _is_part(want, scope)]
        rows += [scope, *parts]
        ticked += [scope] if whole else parts
    return tuple(dict.fromkeys(rows)), tuple(dict.fromkeys(ticked))


def _is_part(part: Scope, whole: Scope) -> bool:
    """Tell whether an offered scope holds all of `part`, written in the same version for the same patients."""
    same = (part.kind, part.context, part.version) == ("resource", whole.context, whole.version)
    return same and not missing_scopes([part.text], [whole.text])
