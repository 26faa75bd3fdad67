"""Launch lanes: between whom each exchange of a SMART launch goes, and its words on the arrow of a diagram."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qs

from ui.widgets.sequence_drawing import NO_MARK, Arrow, Mark
from workbench.exchange import Exchange
from workbench.smart.launch_answer import split_address

LANES = (
    ("ehr", "EHR"),
    ("browser", "User’s browser"),
    ("app", "App"),
    ("authorization", "Authorization server"),
    ("fhir", "FHIR server"),
)
_ALWAYS = ("browser", "app", "authorization", "fhir")
_SUBJECTS = ("The app ", "The browser ", "The user ", "The EHR ", "The site ")
_TOKEN_PATHS = ("/token", "/introspect", "/revoke", "/userinfo", "/jwks", "/jwks.json")
_FORM = "form-urlencoded"
_FORM_LIMIT = 20_000
"""A form of a launch is small; a body that is larger is not read for its fields."""


def lanes_of(exchange: Exchange) -> tuple[str, str]:
    """From whom to whom an exchange goes, by its address, its form fields and the kind of its answer."""
    parts = split_address(exchange.request.address)
    query, form = _names(parts.query), _names(_form_of(exchange))
    if exchange.request.method == "OPTIONS":
        return "browser", "authorization" if parts.path.endswith(_TOKEN_PATHS) else "fhir"
    if "grant_type" in form or parts.path.endswith(_TOKEN_PATHS):
        return "app", "authorization"
    if {"client_id", "response_type"} & (query | form) and "redirect_uri" in query | form:
        return "browser", "authorization"
    if ("iss" in query and "launch" in query) or ("state" in query and query & {"code", "error"}):
        return "browser", "app"
    if "launch_uri" in query | form:
        return "browser", "ehr"
    if parts.path.endswith(("/metadata", "/.well-known/smart-configuration", "/.well-known/openid-configuration")):
        return "app", "fhir"
    if (form and not parts.path.endswith("/_search")) or _is_page(exchange):
        return "browser", "ehr" if parts.path.rstrip("/").endswith("/ehr") else "authorization"
    return "app", "fhir"


def lanes_in_use(arrows: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The lanes to draw: those of every launch, and the EHR's own page where it was opened."""
    used = {lane for pair in arrows for lane in pair}
    return tuple(each for each in LANES if each[0] in _ALWAYS or each[0] in used)


def make_arrow(number: int, exchange: Exchange, first: datetime, parts: tuple[str, str]) -> Arrow:
    """An exchange as it is drawn before anybody has judged it: an answer that refuses is marked by its status.

    `parts` are the words for what was asked and for what came of it, without secrets.
    """
    asked, answered = parts
    source, target = lanes_of(exchange)
    status = exchange.response.status if exchange.response is not None else None
    refused = status is None or status >= 400
    seconds = (exchange.started - first).total_seconds()
    told = _without_subject(answered) or (f"Answered {status}." if status is not None else "No answer.")
    return Arrow(
        number,
        source,
        target,
        f"+{seconds:.3f} s" if seconds < 100 else f"+{seconds:.0f} s",
        _without_subject(asked),
        " ".join(filter(None, (told, exchange.note))),
        NO_MARK,
        Mark("fail", str(status or "no answer")) if refused else NO_MARK,
    )


def mark_arrow(arrow: Arrow, marks: tuple[Mark, Mark], lanes: tuple[str, str] | None) -> Arrow:
    """An arrow as a review has judged it; its lanes are those that the review found, which knows what is around it."""
    source, target = lanes or (arrow.source, arrow.target)
    if marks == (NO_MARK, NO_MARK):
        return replace(arrow, source=source, target=target)
    return replace(arrow, source=source, target=target, mark=marks[0], answer_mark=marks[1])


def _without_subject(words: str) -> str:
    """Words for an arrow, whose beginning says who does it."""
    subject = next((each for each in _SUBJECTS if words.startswith(each)), "")
    rest = words[len(subject) :]
    return rest[:1].upper() + rest[1:]


def _is_page(exchange: Exchange) -> bool:
    response = exchange.response
    return response is not None and "html" in response.header("content-type").lower()


def _form_of(exchange: Exchange) -> str:
    request = exchange.request
    if _FORM not in request.header("content-type").lower() or len(request.body) > _FORM_LIMIT:
        return ""
    return request.body.decode("utf-8", "replace")


def _names(query: str) -> set[str]:
    return set(parse_qs(query, keep_blank_values=True))
