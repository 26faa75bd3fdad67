"""Rules of a site's FHIR endpoint: which resources it serves, with which interactions, parameters and conditions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Interaction = Literal["read", "vread", "update", "delete", "history-instance", "create", "search-type"]
SystemInteraction = Literal["batch", "transaction"]
# What a site makes of a search that reaches beyond a token's scopes: it leaves out what is outside; it refuses one that
# does not itself stay within; or it also answers one that no scope opens as though nothing were found.
SearchOutsideScope = Literal["filter", "refuse", "empty"]
# What a site says of one resource outside: that it may not be seen, or what it says where there is none.
ReadOutsideScope = Literal["forbidden", "not-found"]
Versioning = Literal["no-version", "versioned", "versioned-update"]

INTERACTIONS: tuple[Interaction, ...] = (
    "read",
    "vread",
    "update",
    "delete",
    "history-instance",
    "create",
    "search-type",
)


@dataclass(frozen=True, slots=True)
class WriteRule:
    """A FHIRPath `expression` that a written resource must meet, else the site refuses it with `message`."""

    expression: str
    message: str


@dataclass(frozen=True, slots=True)
class ResourceRules:
    """What the site offers of one resource type: CapabilityStatement.rest.resource and the rules behind it."""

    type: str
    interactions: tuple[Interaction, ...]
    search: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    versioning: Versioning = "versioned"
    write_rules: tuple[WriteRule, ...] = ()


@dataclass(frozen=True, slots=True)
class FhirRules:
    """The site's FHIR endpoint; `path` is the base address's path, such as `/fhir/r4`."""

    release: str
    us_core: str
    path: str
    resources: tuple[ResourceRules, ...]
    system_interactions: tuple[SystemInteraction, ...] = ()
    page_size: int = 20
    max_page_size: int = 100
    search_outside_scope: SearchOutsideScope = "filter"
    read_outside_scope: ReadOutsideScope = "forbidden"

    def find_resource(self, type_name: str) -> ResourceRules | None:
        return next((rules for rules in self.resources if rules.type == type_name), None)
