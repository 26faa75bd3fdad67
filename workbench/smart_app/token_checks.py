"""Checks of an id token: whether it holds, one verdict for each thing that an app must look at.

OpenID Connect Core 1.0, 3.1.3.7 and 12.2, over JOSE (RFC 7515, 7517). Nothing here raises: what came is judged.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workbench.errors import WorkbenchError
from workbench.smart.json_answer import objects_of
from workbench.smart.tokens import decode_token

# What two clocks may differ by, and how long before it came a token may have been issued, in seconds.
LEEWAY = 30
OLDEST = 300
ALGORITHMS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """One thing that was looked at; `holds` is None where it could not be."""

    name: str
    holds: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ExpectedToken:
    """What an id token must say. An `issuer` that is not known is empty; `subject` is that of the token before.

    After a refresh (`refreshed`) the nonce may be left out.
    """

    client_id: str
    now: datetime
    issuer: str = ""
    nonce: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    subject: str = ""
    refreshed: bool = False


def check_id_token(
    token: str, expected: ExpectedToken, jwks: Mapping[str, Any] | None, no_keys: str = ""
) -> tuple[TokenCheck, ...]:
    """Judge an id token by the site's keys; where there are none, `no_keys` is the sentence that says why."""
    try:
        header, claims = decode_token(token)
    except WorkbenchError as error:
        return (TokenCheck("form", False, str(error)),)
    return (
        TokenCheck("form", True, "The id token is a JWT."),
        *_check_signature(token, header, jwks, no_keys),
        *_check_claims(claims, expected),
    )


def find_key(header: Mapping[str, Any], jwks: Mapping[str, Any]) -> bool:
    """Tell whether the site's keys hold one that a token with this header may be signed with."""
    return bool(_candidates(header, jwks))


def _check_signature(
    token: str, header: Mapping[str, Any], jwks: Mapping[str, Any] | None, no_keys: str
) -> Iterator[TokenCheck]:
    problem = _judge_algorithm(header)
    algorithm = str(header.get("alg"))
    yield TokenCheck("algorithm", not problem, problem or f"It is signed by {algorithm}.")
    if problem:
        yield TokenCheck("signature", False, "Nothing in it is proved, so it could be from anybody.")
        return
    if jwks is None:
        yield TokenCheck("signature", None, no_keys or "The site's keys are not known, so nothing is proved.")
        return
    found = _candidates(header, jwks)
    named = f"the key “{header['kid']}”" if header.get("kid") else "a key that it does not name"
    if not found:
        sentence = f"It is signed with {named}, and the site publishes none that fits."
        yield TokenCheck("key", False, sentence)
        yield TokenCheck("signature", False, "Without the key nothing is proved.")
        return
    yield TokenCheck("key", True, f"It is signed with {named}, and the site publishes one that fits.")
    holds = any(_is_signed_by(token, jwk, algorithm) for jwk in found)
    wrong = f"The signature is not that of {named}: it was made up or changed."
    yield TokenCheck("signature", holds, "The signature is the site's." if holds else wrong)


def _judge_algorithm(header: Mapping[str, Any]) -> str:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        return "It is not signed (alg “none”)."
    if algorithm[:2] not in ALGORITHMS or algorithm not in _known_algorithms():
        return f"It is signed by {algorithm}, which no published key can verify."
    if "crit" in header:
        return "Its header names extensions (crit) that an app would have to know."
    return ""


def _known_algorithms() -> frozenset[str]:
    from jwt.algorithms import get_default_algorithms

    return frozenset(name for name in get_default_algorithms() if name[:2] in ALGORITHMS)


def _candidates(header: Mapping[str, Any], jwks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The published keys that fit the header: by id where it names one, and by what they are for (RFC 7517, 4)."""
    wanted, algorithm = header.get("kid"), str(header.get("alg"))
    return [
        jwk
        for jwk in objects_of(jwks.get("keys"))
        if (not wanted or jwk.get("kid") == wanted)
        and jwk.get("kty") == ALGORITHMS.get(algorithm[:2])
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", algorithm) == algorithm
    ]


def _is_signed_by(token: str, jwk: Mapping[str, Any], algorithm: str) -> bool:
    import warnings

    import jwt

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of keys too short to prove anything
            jwt.api_jws.decode(token, jwt.PyJWK.from_dict(dict(jwk), algorithm), [algorithm])
    except (jwt.PyJWTError, ValueError, TypeError, Warning):
        return False
    return True


def _check_claims(claims: Mapping[str, Any], expected: ExpectedToken) -> Iterator[TokenCheck]:
    yield _check_issuer(claims.get("iss"), expected.issuer)
    yield from _check_audience(claims, expected.client_id)
    yield _check_subject(claims.get("sub"), expected.subject)
    yield _check_expiry(claims.get("exp"), expected.now)
    yield _check_issue(claims.get("iat"), expected.now)
    if expected.nonce:
        yield _check_nonce(claims.get("nonce"), expected)
    if "at_hash" in claims and expected.access_token:
        yield _check_hash(claims["at_hash"], expected.access_token)


def _check_issuer(issuer: Any, wanted: str) -> TokenCheck:
    if not isinstance(issuer, str) or not issuer:
        return TokenCheck("issuer", False, "It names no issuer (iss).")
    if not wanted:
        return TokenCheck("issuer", None, f"It names the issuer {issuer}, and discovery named none to compare it with.")
    if issuer != wanted:
        return TokenCheck("issuer", False, f"It names the issuer {issuer}, and discovery named {wanted}.")
    return TokenCheck("issuer", True, f"Its issuer is {issuer}, as in discovery.")


def _check_audience(claims: Mapping[str, Any], client_id: str) -> Iterator[TokenCheck]:
    given = claims.get("aud")
    listed = [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]
    named = ", ".join(f"“{each}”" for each in listed) or "nobody"
    holds = client_id in listed
    said = f"It is for {named}, as the app is known." if holds else f"It is for {named}, and the app is “{client_id}”."
    yield TokenCheck("audience", holds, said)
    party = claims.get("azp")
    if party is not None and party != client_id:
        yield TokenCheck("authorized party", False, f"It was given to “{party}” (azp), and the app is “{client_id}”.")


def _check_subject(subject: Any, before: str) -> TokenCheck:
    if not isinstance(subject, str) or not subject:
        return TokenCheck("subject", False, "It names nobody (sub).")
    if before and subject != before:
        return TokenCheck("subject", False, "It names somebody else than the id token before it (sub).")
    return TokenCheck("subject", True, "It names who signed in (sub).")


def _check_expiry(value: Any, now: datetime) -> TokenCheck:
    expires = _time_of(value)
    if expires is None:
        return TokenCheck("expiry", False, "It does not say until when it holds (exp).")
    past = (now - expires).total_seconds()
    if past > LEEWAY:
        return TokenCheck("expiry", False, f"It ended {_tell_seconds(past)} before it was looked at (exp).")
    return TokenCheck("expiry", True, f"It holds until {_tell_time(expires)}.")


def _check_issue(value: Any, now: datetime) -> TokenCheck:
    issued = _time_of(value)
    if issued is None:
        return TokenCheck("issued", False, "It does not say when it was issued (iat).")
    past = (now - issued).total_seconds()
    if past < -LEEWAY:
        said = f"It was issued {_tell_seconds(-past)} after it came (iat): one of the clocks is wrong."
        return TokenCheck("issued", False, said)
    if past > OLDEST:
        said = f"It was issued {_tell_seconds(past)} before it came (iat): it is an old one, or a clock is wrong."
        return TokenCheck("issued", False, said)
    return TokenCheck("issued", True, f"It was issued at {_tell_time(issued)}.")


def _check_nonce(nonce: Any, expected: ExpectedToken) -> TokenCheck:
    if nonce is None and expected.refreshed:
        return TokenCheck("nonce", True, "It carries no nonce, as after a refresh.")
    if nonce is None:
        return TokenCheck("nonce", False, "It carries no nonce, and the app sent one: it may be another sign-in's.")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode("utf-8", "replace"), expected.nonce.encode()):
        return TokenCheck("nonce", False, "It carries another nonce than the app sent: it is another sign-in's.")
    return TokenCheck("nonce", True, "It carries the nonce that the app sent.")


def _check_hash(value: Any, access_token: str) -> TokenCheck:
    """OpenID Connect Core 1.0, 3.1.3.6: the left half of the access token's hash, by the size of the signature."""
    data = access_token.encode("utf-8", "replace")
    halves = (h(data).digest() for h in (hashlib.sha256, hashlib.sha384, hashlib.sha512))
    made = {base64.urlsafe_b64encode(half[: len(half) // 2]).rstrip(b"=").decode() for half in halves}
    holds = isinstance(value, str) and value.rstrip("=") in made
    said = "Its hash of the access token (at_hash) is right." if holds else "It is of another access token (at_hash)."
    return TokenCheck("access token", holds, said)


def _time_of(value: Any) -> datetime | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _tell_time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _tell_seconds(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
