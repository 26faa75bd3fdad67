"""Needs of scopes: the least that an app must be granted for the FHIR calls that it makes."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.smart.scope_cover import merge_scopes
from workbench.smart.scopes import INTERACTION_LETTERS, Scope, ScopeVersion, resource_scope


def needed_for(
    interaction: str, resource_type: str, *, context: str = "patient", version: ScopeVersion = "v2"
) -> Scope | None:
    """The least scope for one interaction, such as `patient/Observation.r`; None for one that no scope opens.

    Version 1 has no less than `.read` and `.write`.
    """
    letter = INTERACTION_LETTERS.get(interaction)
    if letter is None:
        return None
    return resource_scope(context, resource_type or "*", letter).in_version(version)


def least_scopes(
    calls: Iterable[tuple[str, str]], *, context: str = "patient", version: ScopeVersion = "v2"
) -> tuple[Scope, ...]:
    """The least scopes for all `calls`, each an interaction and a resource type, one scope a type, in their order."""
    needed = (needed_for(interaction, kind, context=context, version=version) for interaction, kind in calls)
    return merge_scopes(scope for scope in needed if scope is not None)
