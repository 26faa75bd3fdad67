"""LaunchContext: what an app is told of where it is opened: who works, in whose chart, in which visit, on what.

SMART App Launch 2.2, “Scopes and launch context”.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

ContextItem = Literal[
    "patient",
    "encounter",
    "fhirUser",
    "fhirContext",
    "intent",
    "tenant",
    "location",
    "need_patient_banner",
    "smart_style_url",
]
CONTEXT_ITEMS: tuple[ContextItem, ...] = get_args(ContextItem)
LAUNCH_ROLE = "launch"
REFERENCE = re.compile(r"[A-Z][A-Za-z]{1,40}/[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class FhirContextItem:
    """One item of `fhirContext`: a resource that matters beside patient and encounter, named in one way at least.

    `identifier` is an Identifier as FHIR writes it; `role` is "" for the usual one, which is `launch`.
    """

    reference: str = ""
    canonical: str = ""
    identifier: Mapping[str, Any] | None = field(default=None, hash=False)
    type: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class LaunchContext:
    """The context of one launch. What is empty is not known, or is as the site has it.

    `user` is the id of one of the site's users, `patient` and `location` are ids of their resources. `encounter` is
    None where it is not settled (the open visit, or the one that the user will choose) and "" for no visit at all.
    `need_patient_banner` is None and `tenant` and `smart_style_url` are "" where they are the site's own.
    """

    user: str = ""
    patient: str = ""
    encounter: str | None = None
    fhir_context: tuple[FhirContextItem, ...] = ()
    intent: str = ""
    tenant: str = ""
    location: str = ""
    need_patient_banner: bool | None = None
    smart_style_url: str = ""


@dataclass(frozen=True, slots=True)
class ContextRules:
    """The values and forms in which a site gives launch context; which of it is given stands in `SmartRules.context`.

    `intents` are those that its pages offer. `style` are the members of its SMART style. The forms are those of real
    sites: a fhirUser that is relative, a fhirContext of SMART 2.0 (references alone), a banner as text, and a location
    as a member of its own where SMART has it in fhirContext.
    """

    tenant: str = ""
    intents: tuple[str, ...] = ()
    need_patient_banner: bool = True
    style: tuple[tuple[str, str], ...] = ()
    fhir_user_form: Literal["absolute", "relative"] = "absolute"
    fhir_context_form: Literal["objects", "references"] = "objects"
    banner_form: Literal["boolean", "text"] = "boolean"
    location_form: Literal["fhirContext", "member"] = "fhirContext"


def parse_context_scope(text: str) -> tuple[str, str]:
    """The type in small letters and the role that a scope such as `launch/list?role=https://…` asks for.

    Both are empty for any other scope, and for patient and visit, which have scopes of their own.
    """
    head, _, role = text.partition("?role=")
    kind = head.removeprefix("launch/") if head.startswith("launch/") else ""
    return ("", "") if kind in ("", "patient", "encounter") else (kind, role)


def judge_fhir_context(items: tuple[FhirContextItem, ...]) -> str:
    """A sentence about the first item that SMART App Launch 2.2 does not allow; "" where all are well."""
    for item in items:
        if not (item.reference or item.canonical or item.identifier):
            return "An item of fhirContext names nothing: it needs a reference, a canonical or an identifier."
        kind = item.type or item.reference.partition("/")[0]
        if kind in ("Patient", "Encounter") and item.role in ("", LAUNCH_ROLE):
            what = item.reference or kind
            return f"{what} stands in fhirContext without a role of its own; patient and visit have their own members."
        if item.reference and not REFERENCE.fullmatch(item.reference):
            return f"The reference “{item.reference}” of fhirContext must be relative, such as ServiceRequest/1."
        if item.role not in ("", LAUNCH_ROLE) and "://" not in item.role and not item.role.startswith("urn:"):
            return f"The role “{item.role}” of fhirContext must be “{LAUNCH_ROLE}” or a whole URI."
    return ""
