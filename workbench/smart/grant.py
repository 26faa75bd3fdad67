"""Grant: what one access token allows, and what of the scopes asked for was withheld, by whom and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.smart.scopes import Scope

# Who withheld a scope: the site's own rules, those for the user's role, the user at the consent page, the analyst who
# keeps it back for a while, or what the app was registered for.
WithheldBy = Literal["site", "role", "consent", "hand", "registration"]


@dataclass(frozen=True, slots=True)
class WithheldScope:
    """A scope that was asked for and is not granted; `reason` is a sentence for the user and the analyst."""

    scope: Scope
    by: WithheldBy
    reason: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What one access token allows: the scopes granted, the launch context and until when.

    `patient` and `encounter` are ids, `user` the id of who signed in, `fhir_user` the reference of that person.
    `charts` are the patients at whom a `user/` scope ends, None where it ends at none: who is a patient themselves sees
    their own record.
    """

    scopes: tuple[Scope, ...]
    patient: str | None = None
    encounter: str | None = None
    user: str = ""
    client_id: str = ""
    fhir_user: str = ""
    expires: datetime | None = None
    charts: tuple[str, ...] | None = None
    withheld: tuple[WithheldScope, ...] = ()
