"""Context answer: the launch context as members of a token answer, in the forms that a site has for it.

SMART App Launch 2.2, “Launch context arrives with your access_token”.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from workbench.authorization_server.rules import SmartRules, User
from workbench.smart.launch_context import FhirContextItem, LaunchContext
from workbench.smart.scopes import Scope, names_patient

Json = dict[str, Any]

USUAL_STYLE = {
    "color_background": "#ffffff",
    "color_error": "#a3231b",
    "color_highlight": "#1d5c7a",
    "color_modal_backdrop": "",
    "color_success": "#2f6f5e",
    "color_text": "#1b242d",
    "dim_border_radius": "6px",
    "dim_font_size": "16px",
    "dim_spacing_size": "16px",
    "font_family_body": "system-ui, sans-serif",
    "font_family_heading": "system-ui, sans-serif",
}


def context_answer(rules: SmartRules, context: LaunchContext, user: User, scopes: Sequence[Scope], issuer: str) -> Json:
    """The members that stand beside the access token, as the rules and the granted scopes give them."""
    texts, gives = {scope.text for scope in scopes}, rules.context
    opened = any(text == "launch" or text.startswith("launch/") for text in texts)
    answer: Json = {}
    if context.patient and "patient" in gives and ("launch" in texts or names_patient(scopes)):
        answer["patient"] = context.patient
        if "need_patient_banner" in gives:
            answer["need_patient_banner"] = _banner(rules, context)
    if context.encounter and "encounter" in gives and texts & {"launch", "launch/encounter"}:
        answer["encounter"] = context.encounter
    if "fhirUser" in gives and texts & {"fhirUser", "profile"}:
        answer["fhirUser"] = user.resource
    if opened:
        answer |= _surroundings(rules, context)
    tenant = context.tenant or rules.given.tenant
    if tenant and "tenant" in gives:
        answer["tenant"] = tenant
    if "smart_style_url" in gives:
        answer["smart_style_url"] = context.smart_style_url or style_address(rules, issuer)
    return answer


def fhir_user_claim(rules: SmartRules, user: User, fhir_base: str) -> str:
    """The address of the user's resource, which may be relative to the FHIR base (SMART 2.2, “identity data”)."""
    return user.resource if rules.given.fhir_user_form == "relative" else f"{fhir_base}/{user.resource}"


def style_of(rules: SmartRules) -> dict[str, str]:
    """The document behind `smart_style_url`."""
    return USUAL_STYLE | dict(rules.given.style)


def style_address(rules: SmartRules, issuer: str) -> str:
    """Another address for another style, since the address is the key to what it says."""
    text = repr(sorted(style_of(rules).items()))
    return f"{issuer}/smart-style.json?v={hashlib.sha256(text.encode('utf-8')).hexdigest()[:8]}"


def _banner(rules: SmartRules, context: LaunchContext) -> bool | str:
    needed = rules.given.need_patient_banner if context.need_patient_banner is None else context.need_patient_banner
    return str(needed).lower() if rules.given.banner_form == "text" else needed


def _surroundings(rules: SmartRules, context: LaunchContext) -> Json:
    """What else is open where the app is opened: fhirContext, intent and location."""
    gives, answer = rules.context, Json()
    items = list(context.fhir_context) if "fhirContext" in gives else []
    if context.location and "location" in gives:
        if rules.given.location_form == "member":
            answer["location"] = context.location
        else:
            items.append(FhirContextItem(reference=f"Location/{context.location}"))
    shown = [member for item in dict.fromkeys(items) if (member := _member(rules, item))]
    if shown:
        answer["fhirContext"] = shown
    if context.intent and "intent" in gives:
        answer["intent"] = context.intent
    return answer


def _member(rules: SmartRules, item: FhirContextItem) -> Json:
    if rules.given.fhir_context_form == "references":
        return {"reference": item.reference} if item.reference else {}
    members = {
        "reference": item.reference,
        "canonical": item.canonical,
        "identifier": dict(item.identifier) if item.identifier else None,
        "type": item.type,
        "role": item.role,
    }
    return {name: value for name, value in members.items() if value}
