"""Launch context and tokens beside the access token, as a site must give them."""

from __future__ import annotations

from typing import Any

from workbench.launch_review.reading import read_address
from workbench.launch_review.review import Evidence
from workbench.launch_review.rule import Chapter, Found, holds
from workbench.launch_review.story import Story
from workbench.smart.json_answer import text_of
from workbench.smart.scopes import names_patient

CHAPTER = Chapter("token")
CONTEXT = "SMART App Launch 2.2, Launch context arrives with your access_token"
SHAPES: dict[str, tuple[str, Any]] = {
    "need_patient_banner": ("true or false", lambda value: isinstance(value, bool)),
    "intent": ("a text", lambda value: isinstance(value, str) and bool(value)),
    "tenant": ("a text", lambda value: isinstance(value, str) and bool(value)),
    "smart_style_url": ("an address", lambda value: isinstance(value, str) and bool(read_address(value).host)),
    "fhirContext": ("a list of objects", lambda value: _is_context(value)),
    "patient": ("an id", lambda value: isinstance(value, str) and bool(value)),
    "encounter": ("an id", lambda value: isinstance(value, str) and bool(value)),
}


@CHAPTER.asks(
    "patient",
    "server",
    "Where a scope for one patient or launch/patient is granted, the answer says which patient.",
    "SMART App Launch 2.2, Apps that launch from the EHR; Standalone apps; Launch context",
    "The app does not know whose chart it may read.",
)
def _patient(story: Story) -> Found:
    for traded in story.launched:
        if names_patient(traded.scopes):
            value = traded.context("patient")
            bad = "patient is missing." if value is None else "patient is not an id."
            kept = isinstance(value, str) and bool(value) and "/" not in value
            if kept or any(scope.context == "patient" for scope in traded.scopes):
                yield holds(traded.reading, "body: patient", kept, "It is there.", bad)
            else:  # launch/patient alone may be a hint, and a site should follow it.
                yield Evidence(traded.reading.index, "body: patient", bad, "warning")


@CHAPTER.asks(
    "encounter",
    "server",
    "Where launch/encounter is granted, the answer says which encounter.",
    CONTEXT,
    level="should",
)
def _encounter(story: Story) -> Found:
    for traded in story.launched:
        if "launch/encounter" in traded.scope_texts:
            value = traded.context("encounter")
            kept = isinstance(value, str) and bool(value)
            yield holds(traded.reading, "body: encounter", kept, "It is there.", "encounter is missing.")


@CHAPTER.asks(
    "id-token",
    "server",
    "Where openid is granted, an id token comes with the code's token.",
    "OpenID Connect Core 1.0, 3.1.3.3; SMART App Launch 2.2, Scopes for requesting identity data",
)
def _id_token(story: Story) -> Found:
    for traded in story.granted:
        if traded.grant_type == "authorization_code" and "openid" in traded.scope_texts:
            kept = bool(text_of(traded.reading.answer, "id_token"))
            yield holds(traded.reading, "body: id_token", kept, "It is there.", "id_token is missing.")


@CHAPTER.asks(
    "refresh-token",
    "server",
    "Where online_access or offline_access is granted, a refresh token comes with the token.",
    "SMART App Launch 2.2, Refresh access token; Scopes for requesting a refresh token",
    "The app must send the user to sign in when the token ends.",
)
def _refresh_token(story: Story) -> Found:
    for traded in story.granted:
        if traded.grant_type == "authorization_code":
            wanted = {"online_access", "offline_access"} & traded.scope_texts
            if wanted:
                bad = f"{' and '.join(sorted(wanted))} is granted, and there is no refresh_token."
                yield holds(traded.reading, "body: refresh_token", bool(traded.refresh_token), "It is there.", bad)


@CHAPTER.asks(
    "refresh-unasked",
    "server",
    "A refresh token is given only where online_access or offline_access is granted.",
    "SMART App Launch 2.2, Scopes for requesting a refresh token; RFC 9700, 4.14",
    level="should",
)
def _refresh_unasked(story: Story) -> Found:
    for traded in story.granted:
        if traded.refresh_token and traded.grant_type == "authorization_code":
            kept = bool({"online_access", "offline_access"} & traded.scope_texts)
            bad = "Neither is granted, and a refresh token came."
            yield holds(traded.reading, "body: refresh_token", kept, "It was asked for.", bad)


def _is_context(value: Any) -> bool:
    """Each item names a resource, and neither the patient nor the encounter of the launch itself."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return False
    for item in value:
        reference, role = item.get("reference", ""), item.get("role", "launch")
        named = any(item.get(name) for name in ("reference", "canonical", "identifier"))
        again = str(reference).startswith(("Patient/", "Encounter/")) and role == "launch"
        if not named or not role or again:
            return False
    return True


@CHAPTER.asks(
    "context-shape",
    "server",
    "Context values have the shape that SMART gives them.",
    f"{CONTEXT}; fhirContext",
    "An app reads them as they are defined.",
)
def _context_shape(story: Story) -> Found:
    for traded in story.launched:
        for name, (shape, fits) in SHAPES.items():
            if name in traded.reading.answer:
                value = traded.reading.answer[name]
                yield holds(traded.reading, f"body: {name}", fits(value), "It is.", f"{name} is not {shape}.")
