"""Flow: one app's request on its way to a code, the launch it may come from, and the consent it ends in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workbench.smart.grant import WithheldScope
from workbench.smart.launch_context import LaunchContext
from workbench.smart.rules import Client, ScopeVersion, User
from workbench.smart.scopes import Scope, names_patient

PageName = Literal["sign-in", "patient", "encounter", "consent"]
Charts = tuple[str, ...] | None
"""The patients whose charts a user may open; None for everyone's."""


@dataclass(frozen=True, slots=True)
class EhrLaunch:
    """What the EHR hands over when its user opens an app. `grant` are the scopes to be ticked; all where empty.

    `client_id` is empty until an app has come with it: the first one keeps it.
    """

    context: LaunchContext
    client_id: str
    grant: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Flow:
    """One app's request on its way to a code. `offered` is what the site may grant of what was asked, `ticked` what
    of it the consent page has ticked at first, `withheld` the rest.

    `form_token` must come back with every form of the flow. What the user chooses goes into `context`.
    """

    id: str = field(repr=False)
    form_token: str = field(repr=False)
    client: Client
    redirect_uri: str
    state: str = field(repr=False)
    asked: tuple[Scope, ...]
    offered: tuple[Scope, ...]
    challenge: str
    nonce: str
    ehr_launch: bool
    expires: datetime
    signed_in: datetime | None = None
    user: User | None = None
    charts: Charts = None
    context: LaunchContext = field(default_factory=LaunchContext)
    grant: str = ""
    ticked: tuple[Scope, ...] = ()
    versions: tuple[ScopeVersion, ...] = ()
    withheld: tuple[WithheldScope, ...] = ()

    @property
    def patient(self) -> str:
        return self.context.patient

    @property
    def encounter(self) -> str | None:
        """None until a visit was chosen or passed over."""
        return self.context.encounter

    @property
    def page(self) -> PageName:
        """What the user has to answer next."""
        if self.user is None:
            return "sign-in"
        needs_visit = self.encounter is None and any(scope.text == "launch/encounter" for scope in self.offered)
        if not self.patient and (needs_visit or names_patient(self.offered)):
            return "patient"
        return "encounter" if needs_visit else "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user allowed an app, for the token endpoint to turn into tokens."""

    client: Client
    redirect_uri: str
    challenge: str
    nonce: str
    ehr_launch: bool
    user: User
    scopes: tuple[Scope, ...]
    context: LaunchContext = field(default_factory=LaunchContext)
    charts: Charts = None
    withheld: tuple[WithheldScope, ...] = ()
    signed_in: datetime | None = None

    @property
    def patient(self) -> str:
        return self.context.patient

    @property
    def encounter(self) -> str:
        return self.context.encounter or ""
