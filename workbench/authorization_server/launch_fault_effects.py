"""Effects of launch faults on what a site gives: the redirect to the app, the token answer, an id token, discovery."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.authorization_server.fault_rule import LaunchFault
from workbench.smart.tokens import make_challenge, make_verifier, to_base64url

OTHER_STATE = "another-state-than-the-app-gave"
OTHER_CODE = "a-code-that-was-never-given"
OTHER_ISSUER = "https://another-ehr.example/auth"
OTHER_AUDIENCE = "another-app"
OTHER_NONCE = "another-nonce-than-the-app-sent"
# Everybody may know this verifier: a code that was asked for with its challenge is bound to nobody.
OPEN_VERIFIER = make_verifier(bytes(32))
OPEN_CHALLENGE = make_challenge(OPEN_VERIFIER)

ANSWER_FAULTS: Mapping[LaunchFault, str] = {
    "wrong-token-type": "token_type",
    "missing-patient": "patient",
    "no-refresh-token": "refresh_token",
    "id-token-missing": "id_token",
}
CLAIM_FAULTS: tuple[LaunchFault, ...] = (
    "id-token-wrong-issuer",
    "id-token-wrong-audience",
    "id-token-wrong-nonce",
    "id-token-expired",
)
REDIRECT_FAULTS: Mapping[LaunchFault, tuple[str, str]] = {
    "state-changed": ("state", OTHER_STATE),
    "wrong-code": ("code", OTHER_CODE),
}


def spoil_answer(fault: LaunchFault, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a token answer with one of `ANSWER_FAULTS` in them."""
    spoilt = dict(answer)
    if fault == "wrong-token-type":
        return spoilt | {"token_type": "mac"}
    spoilt.pop(ANSWER_FAULTS[fault], None)
    return spoilt


def spoil_claims(fault: LaunchFault, claims: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of an id token with one of `CLAIM_FAULTS` in them, before they are signed."""
    match fault:
        case "id-token-wrong-issuer":
            return {**claims, "iss": OTHER_ISSUER}
        case "id-token-wrong-audience":
            return {**claims, "aud": OTHER_AUDIENCE}
        case "id-token-wrong-nonce":
            return {**claims, "nonce": OTHER_NONCE}
        case _:
            lifetime = claims["exp"] - claims["iat"]
            return {**claims, "iat": claims["iat"] - lifetime - 3600, "exp": claims["iat"] - 3600}


def make_unsigned(claims: Mapping[str, Any]) -> str:
    """A JWT that says of itself that nobody signed it (RFC 7519, 6)."""
    parts = ({"alg": "none", "typ": "JWT"}, dict(claims))
    coded = (to_base64url(json.dumps(part).encode("utf-8")) for part in parts)
    return f"{'.'.join(coded)}."


def spoil_redirect(fault: LaunchFault, address: str) -> str:
    """Where the browser goes, with one of `REDIRECT_FAULTS` in the query; all else of it as it was.

    The last parameter of the name is the site's, since an app's own address may have one before it.
    """
    name, value = REDIRECT_FAULTS[fault]
    return re.sub(rf"(.*[?&]{name}=)[^&#]*", rf"\g<1>{value}", address, count=1)


def hide_pkce(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """What a site without PKCE publishes."""
    return {name: value for name, value in configuration.items() if name != "code_challenge_methods_supported"}
