"""Endpoints: where a replay reaches a sandbox, and what is known of it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.transports.http_trust import AS_USUAL, HttpTrust

if TYPE_CHECKING:
    from workbench.scenario.site_control import SiteControl
    from workbench.smart.client_methods import ClientAuthentication
    from workbench.smart.scopes import ScopeVersion
    from workbench.smart_app.app_keys import AppKey


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a sandbox is reached, and what is known of it.

    `site_traits` are those of its site, empty where they are not known; `offers` likewise (`needs.offers_of`).
    `trust` is how HTTP goes there. `client_id` is the one that the workbench is registered with there, `client_secret`
    and `key` what it shows, by `authentication` where that is said. `control` is there where the sandbox is simulated.
    """

    name: str
    site_traits: Mapping[str, str] = field(default_factory=dict)
    fhir_base: str | None = None
    mllp: tuple[str, int] | None = None
    ehr_page: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    offers: frozenset[str] = frozenset()
    mllp_tls: ssl.SSLContext | None = field(default=None, compare=False)
    trust: HttpTrust = AS_USUAL
    authentication: ClientAuthentication | Literal[""] = ""
    key: AppKey | None = field(default=None, repr=False, compare=False)
    control: SiteControl | None = field(default=None, compare=False)

    @property
    def scope_versions(self) -> tuple[ScopeVersion, ...]:
        """The one that its site takes; empty where it takes both, or where that is not known."""
        said = self.site_traits.get("scopes", "")
        return ("v1",) if said == "v1" else ("v2",) if said == "v2" else ()

    @property
    def built_in(self) -> dict[str, str]:
        """The built-in variables that tell of the sandbox."""
        known = {
            "site": self.site_traits.get("site", ""),
            "site-name": self.name,
            "fhir-base": (self.fhir_base or "").rstrip("/"),
            "hl7v2-version": self.site_traits.get("hl7v2", ""),
        }
        return {name: value for name, value in known.items() if value}
