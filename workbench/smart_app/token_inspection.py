"""Inspection of tokens by the app that holds them: introspection (RFC 7662) and revocation (RFC 7009)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from workbench.exchange import Request, Response
from workbench.smart.json_answer import parse_object, tell_error, text_of
from workbench.smart_app.client_credentials import Moment, post_form
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused

TokenKind = Literal["access_token", "refresh_token"]


@dataclass(frozen=True, slots=True)
class Introspection:
    """What the site says of a token. `members` hold all of it; `remarks` how it differs from what the launch gave."""

    active: bool
    scope: tuple[str, ...] = ()
    client_id: str = ""
    expires: datetime | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revocation:
    """The site took the revocation; a token that it did not know is gone too (RFC 7009, 2.2)."""

    kind: TokenKind


def introspect_request(result: LaunchResult, kind: TokenKind, moment: Moment) -> Request:
    """Ask what a token is good for; a public app opens the endpoint with its access token (RFC 7662, 2.1)."""
    request = _token_form(result, result.endpoints.introspection, kind, moment)
    if result.credentials.authentication != "none":
        return request
    headers = (*request.headers, ("Authorization", f"Bearer {result.access_token}"))
    return Request(request.method, request.address, headers, request.body)


def revoke_request(result: LaunchResult, kind: TokenKind, moment: Moment) -> Request:
    return _token_form(result, result.endpoints.revocation, kind, moment)


def parse_introspection(response: Response, result: LaunchResult) -> Introspection | LaunchRefused:
    document = parse_object(response, any_status=True)
    if isinstance(document, str):
        sentence = f"The introspection endpoint did not tell of the token: {document}."
        return LaunchRefused("introspection", "invalid_response", sentence)
    if response.status != 200:
        error = text_of(document, "error")
        sentence = f"The introspection endpoint answered {response.status} without an OAuth error."
        sentence = tell_error("The introspection endpoint refused", error, document) if error else sentence
        return LaunchRefused("introspection", error or "invalid_response", sentence)
    if not isinstance(document.get("active"), bool):
        sentence = "The introspection endpoint does not say whether the token is active (true or false)."
        return LaunchRefused("introspection", "invalid_response", sentence)
    scope, client_id = tuple(text_of(document, "scope").split()), text_of(document, "client_id")
    remarks = tuple(_compare(document, result)) if document["active"] else ()
    return Introspection(document["active"], scope, client_id, _time_of(document.get("exp")), document, remarks)


def parse_revocation(response: Response, kind: TokenKind) -> Revocation | LaunchRefused:
    if response.status == 200:
        return Revocation(kind)
    document = parse_object(response, any_status=True)
    error = text_of(document, "error") if isinstance(document, dict) else ""
    if error and isinstance(document, dict):
        return LaunchRefused("revocation", error, tell_error("The revocation endpoint refused", error, document))
    sentence = f"The revocation endpoint answered {response.status}, so the token may still be good."
    return LaunchRefused("revocation", "invalid_response", sentence)


def _token_form(result: LaunchResult, address: str, kind: TokenKind, moment: Moment) -> Request:
    token = result.access_token if kind == "access_token" else result.refresh_token
    form = {"token": token, "token_type_hint": kind}
    return post_form(address, form, result.credentials, moment, audience=result.endpoints.token)


def _compare(document: Mapping[str, Any], result: LaunchResult) -> list[str]:
    """Sentences on what is said otherwise than the token endpoint said it."""
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("client_id", document.get("client_id"), result.client_id),
        ("scope", set(text_of(document, "scope").split()) or None, set(result.granted)),
        ("patient", document.get("patient"), result.patient or None),
        ("encounter", document.get("encounter"), result.encounter or None),
    )
    return [
        f"The introspection endpoint says “{name}” otherwise than the token endpoint did: "
        f"{_tell(said)}, and it was {_tell(before)}."
        for name, said, before in pairs
        if said is not None and said != before
    ]


def _tell(value: Any) -> str:
    return " ".join(sorted(value)) if isinstance(value, set) else str(value)


def _time_of(value: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and not isinstance(value, bool) else None
    except (ValueError, OverflowError, OSError):
        return None
