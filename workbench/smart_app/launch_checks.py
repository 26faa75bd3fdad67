"""Checks of what a launch gave: the id token by the site's keys, and who the userinfo endpoint says has signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from workbench.errors import WorkbenchError
from workbench.exchange import Request, Response
from workbench.smart.json_answer import address_of, is_web_address, parse_object, text_of
from workbench.smart.tokens import decode_token
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_checks import ExpectedToken, TokenCheck, check_id_token, find_key


def keys_request(result: LaunchResult) -> Request | None:
    """Ask for the site's keys, or where discovery does not name them, for the OpenID document that does; else None."""
    if result.endpoints.jwks:
        return Request("GET", result.endpoints.jwks, (("Accept", "application/json"),))
    issuer = result.endpoints.issuer or text_of(result.claims, "iss")
    if not is_web_address(issuer):
        return None
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    return Request("GET", address, (("Accept", "application/json"),))


def parse_openid_configuration(response: Response, result: LaunchResult) -> LaunchResult | LaunchRefused:
    """Take from the OpenID document what discovery did not name (OpenID Connect Discovery 1.0, 4.3)."""
    document = parse_object(response)
    if isinstance(document, str):
        return LaunchRefused("keys", "no_keys", f"The site's OpenID configuration did not come: {document}.")
    issuer, named = text_of(result.claims, "iss"), text_of(document, "issuer")
    if issuer and named != issuer:
        sentence = f"The OpenID configuration of {issuer} says that it is that of “{named}”, so its keys are not used."
        return LaunchRefused("keys", "no_keys", sentence)
    if not address_of(document, "jwks_uri"):
        return LaunchRefused("keys", "no_keys", "The site's OpenID configuration names no keys (jwks_uri).")
    known = result.endpoints
    endpoints = replace(
        known,
        jwks=address_of(document, "jwks_uri"),
        userinfo=known.userinfo or address_of(document, "userinfo_endpoint"),
    )
    return replace(result, endpoints=endpoints)


def parse_keys(response: Response) -> dict[str, Any] | LaunchRefused:
    """Read a JWK Set (RFC 7517, 5)."""
    document = parse_object(response)
    if isinstance(document, str):
        return LaunchRefused("keys", "no_keys", f"The site's keys did not come: {document}.")
    if not isinstance(document.get("keys"), list):
        return LaunchRefused("keys", "no_keys", "The site's keys are not a JWK Set: the member “keys” is missing.")
    return document


def lacks_key(result: LaunchResult) -> bool:
    """Tell whether the id token is signed with a key that is not among those fetched: it may be a new one."""
    if not result.id_token or result.jwks is None:
        return bool(result.id_token)
    try:
        return not find_key(decode_token(result.id_token)[0], result.jwks)
    except WorkbenchError:
        return False


def check_result(
    result: LaunchResult,
    jwks: Mapping[str, Any] | None,
    now: datetime,
    *,
    no_keys: str = "",
    before: LaunchResult | None = None,
) -> LaunchResult:
    """The result with the checks of its id token; `before` is the one that was refreshed."""
    if not result.id_token:
        return replace(result, jwks=jwks or result.jwks)
    expected = ExpectedToken(
        result.client_id,
        now,
        issuer=result.endpoints.issuer,
        nonce=result.nonce,
        access_token=result.access_token,
        subject=text_of(before.claims, "sub") if before else "",
        refreshed=before is not None,
    )
    return replace(result, jwks=jwks, checks=check_id_token(result.id_token, expected, jwks, no_keys))


def userinfo_request(result: LaunchResult) -> Request:
    """Ask who has signed in (OpenID Connect Core 1.0, 5.3)."""
    headers = (("Accept", "application/json"), ("Authorization", f"Bearer {result.access_token}"))
    return Request("GET", result.endpoints.userinfo, headers)


def parse_userinfo(response: Response, result: LaunchResult) -> LaunchResult | LaunchRefused:
    """Add what the userinfo endpoint says; it must speak of whom the id token names (5.3.2)."""
    document = parse_object(response)
    if isinstance(document, str):
        return LaunchRefused("userinfo", "no_userinfo", f"The site's userinfo did not come: {document}.")
    same = bool(text_of(document, "sub")) and document.get("sub") == result.claims.get("sub")
    said = "whom the id token names" if same else "somebody else than the id token, so what it says is not used"
    check = TokenCheck("userinfo", same, f"The userinfo endpoint names {said} (sub).")
    kept = tuple(each for each in result.checks if each.name != "userinfo")
    return replace(result, userinfo=document if same else {}, checks=(*kept, check))
