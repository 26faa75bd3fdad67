"""Flow: one app's request on its way to a code, the launch it may come from, and the consent it ends in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from workbench.authorization_server.rules import Client, User
from workbench.smart.compartment import ELEMENTS
from workbench.smart.grant import WithheldScope
from workbench.smart.launch_context import LaunchContext, parse_context_scope
from workbench.smart.scopes import Scope, ScopeVersion, names_patient

PageName = Literal["sign-in", "patient", "encounter", "resource", "consent"]
_OF_PATIENTS = frozenset(name.lower() for name in ELEMENTS)
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

    `form_token` must come back with every form of the flow. What the user chooses goes into `context` and, for scopes
    such as `launch/imagingstudy`, into `chosen`: the scope and the reference, "" where the user chose none.
    """

    id: str = field(repr=False)
    form_token: str = field(repr=False)
    client: Client
    redirect_uri: str
    state: str = field(repr=False)
    asked: tuple[Scope, ...]
    offered: tuple[Scope, ...]
    challenge: str
    nonce: str = field(repr=False)
    ehr_launch: bool
    expires: datetime
    signed_in: datetime | None = None
    user: User | None = None
    charts: Charts = None
    context: LaunchContext = field(default_factory=LaunchContext)
    grant: str = ""
    ticked: tuple[Scope, ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()
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
    def next_resource(self) -> str:
        """The scope by which an app asks for a resource that is still to be chosen; "" where there is none.

        In a launch from the EHR such a scope is a hint, and what is open there is known.
        """
        done = {text for text, _ in self.chosen}
        asked = (scope.text for scope in self.offered if parse_context_scope(scope.text)[0])
        return "" if self.ehr_launch else next((text for text in asked if text not in done), "")

    @property
    def page(self) -> PageName:
        """What the user has to answer next."""
        if self.user is None:
            return "sign-in"
        needs_visit = self.encounter is None and any(scope.text == "launch/encounter" for scope in self.offered)
        of_patient = parse_context_scope(self.next_resource)[0] in _OF_PATIENTS
        if not self.patient and (needs_visit or of_patient or names_patient(self.offered)):
            return "patient"
        if needs_visit:
            return "encounter"
        return "resource" if self.next_resource else "consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a user allowed an app, for the token endpoint to turn into tokens."""

    client: Client
    redirect_uri: str
    challenge: str
    nonce: str = field(repr=False)
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
