"""Signed assertion as it must be: an app that proves itself by a key, and a site that checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.launch_review.reading import Reading, claims_of, first, header_of, read_address, seconds_until
from workbench.launch_review.rule import Chapter, Found, fails, holds, quote
from workbench.launch_review.story import Story, Traded
from workbench.smart.json_answer import text_of

CHAPTER = Chapter("backend")
ASSERTION = "SMART App Launch 2.2, Client Authentication: Asymmetric, Authenticating to the Token endpoint"
REGISTERING = "SMART App Launch 2.2, Client Authentication: Asymmetric, Registering a client"
BEARER_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
FIVE_MINUTES = 300
COMMON = ("RS384", "ES384")
# RSA with either padding, and both kinds of curves (RFC 7518, 3.1; RFC 8037, 3.1).
KEY_PAIRS = ("RS", "PS", "ES", "Ed")
SKEW = 10


@dataclass(frozen=True, slots=True)
class Assertion:
    """A signed assertion on its way to a token endpoint."""

    reading: Reading
    traded: Traded
    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]


def _assertions(story: Story) -> Iterator[Assertion]:
    for traded in story.traded:
        if text := first(traded.reading.form, "client_assertion"):
            yield Assertion(traded.reading, traded, text, header_of(text), claims_of(text))


def _readable(story: Story) -> Iterator[Assertion]:
    """Those that are tokens at all, which is a requirement of its own."""
    return (it for it in _assertions(story) if it.header and it.claims)


@CHAPTER.asks("assertion-type", "app", "A signed assertion is named as jwt-bearer.", f"{ASSERTION}; RFC 7523, 2.2")
def _assertion_type(story: Story) -> Found:
    for it in _assertions(story):
        given = first(it.reading.form, "client_assertion_type")
        bad = f"client_assertion_type is {quote(given)}." if given else "client_assertion_type is missing."
        yield holds(it.reading, "body: client_assertion_type", given == BEARER_TYPE, "It is.", bad)


@CHAPTER.asks("assertion-jwt", "app", "The assertion is a JSON Web Token.", f"{ASSERTION}; RFC 7523, 3")
def _assertion_jwt(story: Story) -> Found:
    for it in _assertions(story):
        kept = bool(it.header) and bool(it.claims)
        bad = "It is not three parts of base64url with JSON in them."
        yield holds(it.reading, "body: client_assertion", kept, "It is.", bad)


@CHAPTER.asks(
    "assertion-header",
    "app",
    "The assertion's header says typ JWT and names its key, kid.",
    ASSERTION,
    "The site cannot tell which key to check it by.",
)
def _assertion_header(story: Story) -> Found:
    for it in _readable(story):
        missing = [] if str(it.header.get("typ", "")).upper() == "JWT" else ["typ"]
        missing += [] if isinstance(it.header.get("kid"), str) and it.header["kid"] else ["kid"]
        place = f"body: client_assertion {missing[0] if missing else 'kid'}"
        yield holds(it.reading, place, not missing, "Both are there.", f"Missing or wrong: {', '.join(missing)}.")


@CHAPTER.asks(
    "assertion-algorithm",
    "app",
    "The assertion is signed by a key pair.",
    f"{ASSERTION}; RFC 7518, 3.1",
    "A shared secret is no key pair, and “none” is no signature at all.",
)
def _assertion_algorithm(story: Story) -> Found:
    for it in _readable(story):
        algorithm = it.header.get("alg")
        kept = isinstance(algorithm, str) and algorithm.startswith(KEY_PAIRS)
        yield holds(
            it.reading, "body: client_assertion alg", kept, f"It is {algorithm}.", f"alg is {quote(algorithm)}."
        )


@CHAPTER.asks(
    "assertion-common",
    "app",
    "The assertion is signed by RS384 or ES384.",
    ASSERTION,
    "Sites need not take any other.",
    level="should",
)
def _assertion_common(story: Story) -> Found:
    for it in _readable(story):
        algorithm = it.header.get("alg")
        good, bad = f"It is {algorithm}.", f"alg is {quote(algorithm)}."
        yield holds(it.reading, "body: client_assertion alg", algorithm in COMMON, good, bad)


@CHAPTER.asks(
    "assertion-signature",
    "app",
    "The assertion's signature holds by a key that the app registered.",
    f"{ASSERTION}: Signature Verification; RFC 7523, 3 (9)",
)
def _assertion_signature(story: Story) -> Found:
    for it in _readable(story):
        client = story.client(it.traded.client_id)
        keys = [*story.client_keys, *([client.jwks] if client is not None and client.jwks else [])]
        # What else an app and its site agree on cannot be checked here.
        if keys and (it.header.get("alg") in COMMON or not str(it.header.get("alg")).startswith(KEY_PAIRS)):
            if it.traded.is_granted and not any(_holds_key(each, it.header.get("kid")) for each in keys):
                continue  # The site took it: other keys were registered then.
            problem = story.judge_signature(it.text, keys, COMMON)
            yield holds(it.reading, "body: client_assertion", not problem, "It holds.", problem)


def _holds_key(keys: Mapping[str, Any], key_id: Any) -> bool:
    listed = keys.get("keys")
    return (
        any(isinstance(key, dict) and key.get("kid") == key_id for key in listed) if isinstance(listed, list) else False
    )


@CHAPTER.asks(
    "assertion-client", "app", "iss and sub of the assertion are the app.", f"{ASSERTION}; RFC 7523, 3 (1, 2)"
)
def _assertion_client(story: Story) -> Found:
    for it in _readable(story):
        issuer, subject = text_of(it.claims, "iss"), text_of(it.claims, "sub")
        named = first(it.reading.form, "client_id")
        kept = bool(issuer) and issuer == subject and named in ("", issuer)
        bad = f"iss is {quote(issuer)}, sub {quote(subject)}" + (f", client_id {quote(named)}." if named else ".")
        yield holds(it.reading, "body: client_assertion iss", kept, "They are.", bad)


@CHAPTER.asks(
    "assertion-audience",
    "app",
    "aud of the assertion is the token endpoint.",
    f"{ASSERTION}; RFC 7523, 3 (3)",
    "It could be used at another site.",
)
def _assertion_audience(story: Story) -> Found:
    for it in _readable(story):
        audience = it.claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        told = text_of(story.configuration_of(it.traded.asked), "token_endpoint") or it.reading.address.bare
        here = {read_address(told).bare, it.reading.address.bare}
        kept = any(isinstance(name, str) and read_address(name).bare in here for name in names)
        bad = f"aud is {quote(audience)}, and the token endpoint {quote(told)}."
        yield holds(it.reading, "body: client_assertion aud", kept, "It is.", bad)


@CHAPTER.asks(
    "assertion-expiry",
    "app",
    "The assertion ends within five minutes, and has not ended yet.",
    f"{ASSERTION}; RFC 7523, 3 (4)",
)
def _assertion_expiry(story: Story) -> Found:
    for it in _readable(story):
        left = _seconds_left(it)
        if left is None:
            yield fails(it.reading, "body: client_assertion exp", "exp is missing, or is no number.")
        else:
            kept = -SKEW < left <= FIVE_MINUTES + SKEW
            bad = f"It ends in {left:.0f} seconds." if left > 0 else f"It ended {-left:.0f} seconds ago."
            yield holds(it.reading, "body: client_assertion exp", kept, f"It ends in {left:.0f} seconds.", bad)


def _seconds_left(it: Assertion) -> float | None:
    return seconds_until(it.claims, "exp", it.reading.started)


@CHAPTER.asks(
    "assertion-once",
    "app",
    "Each assertion has an identifier of its own, jti.",
    f"{ASSERTION}; RFC 7523, 3 (7)",
    "An assertion that comes twice may be a stolen one.",
)
def _assertion_once(story: Story) -> Found:
    for it, before in _with_earlier(story):
        jti = it.claims.get("jti")
        if not it.claims:
            continue
        if not isinstance(jti, str) or not jti:
            yield fails(it.reading, "body: client_assertion jti", "jti is missing.")
        else:
            bad = f"The same jti came in exchange {(before or 0) + 1}."
            yield holds(it.reading, "body: client_assertion jti", before is None, "It is new.", bad)


def _with_recent(story: Story) -> Iterator[tuple[Assertion, int | None]]:
    """As `_with_earlier`, within the time for which a site must remember a jti."""
    started = {it.reading.index: it.reading.started for it in _assertions(story)}
    for it, before in _with_earlier(story):
        is_recent = before is not None and it.reading.started - started[before] <= FIVE_MINUTES
        yield it, before if is_recent else None


def _with_earlier(story: Story) -> Iterator[tuple[Assertion, int | None]]:
    """Each assertion with the exchange that brought the same jti before."""
    seen: dict[tuple[str, str], int] = {}
    for it in _assertions(story):
        key = str(it.claims.get("iss")), str(it.claims.get("jti"))
        yield it, seen.get(key)
        seen[key] = it.reading.index


def _refused(story: Story, it: Assertion, bad: str) -> Found:
    yield holds(it.reading, "body: access_token", not it.traded.is_granted, "It was refused.", bad)


@CHAPTER.asks(
    "replay-refused",
    "server",
    "An assertion whose jti came within the five minutes before is refused.",
    "SMART App Launch 2.2, Client Authentication: Asymmetric, Signature Verification",
    "Whoever overheard one could use it.",
)
def _replay_refused(story: Story) -> Found:
    for it, before in _with_recent(story):
        if before is not None and isinstance(it.claims.get("jti"), str) and it.reading.status:
            yield from _refused(story, it, f"A token was given for the jti of exchange {before + 1}.")


@CHAPTER.asks(
    "assertion-checked",
    "server",
    "An assertion that has ended, is for another place or another app, or is not signed, is refused.",
    "SMART App Launch 2.2, Client Authentication: Asymmetric, Signature Verification; RFC 7523, 3",
)
def _assertion_checked(story: Story) -> Found:
    broken: dict[int, str] = {}
    for check in (_assertion_signature, _assertion_client, _assertion_audience):
        found = (evidence for evidence in check(story) if evidence.outcome == "fail")
        broken |= {evidence.exchange: evidence.sentence for evidence in found}
    for it in _assertions(story):
        problem = broken.get(it.reading.index) or _unsafe(it)
        if problem and it.reading.status:
            yield from _refused(story, it, f"A token was given. {problem}")


def _unsafe(it: Assertion) -> str:
    """What no site may overlook, whatever other algorithms it takes and however its clock goes."""
    algorithm, left = str(it.header.get("alg", "none")), _seconds_left(it)
    if algorithm.lower() == "none" or algorithm.startswith("HS"):
        return f"alg is {quote(algorithm)}."
    if left is None:
        return "exp is missing, or is no number."
    return "" if -60 < left < FIVE_MINUTES + 60 else f"exp is {left:+.0f} seconds from now."


@CHAPTER.asks(
    "assertion-error",
    "server",
    "An app whose assertion does not hold is told invalid_client.",
    "SMART App Launch 2.2, Client Authentication: Asymmetric, Signature Verification; RFC 6749, 5.2",
)
def _assertion_error(story: Story) -> Found:
    for it, before in _with_recent(story):
        named = first(it.reading.form, "client_assertion_type") == BEARER_TYPE
        wrong = named and (before is not None or not it.claims or (_seconds_left(it) or 0.0) < -SKEW)
        if wrong and 400 <= it.reading.status < 500:
            error = it.traded.error
            bad = f"error is {quote(error)}." if error else "The refusal has no member error."
            yield holds(it.reading, "body: error", error == "invalid_client", "It is.", bad)


@CHAPTER.asks(
    "keys-form", "app", "The app's keys are a JWK Set of named public keys.", f"{REGISTERING}; RFC 7517, 4 and 5"
)
def _keys_form(story: Story) -> Found:
    for reading in story.of("client-keys"):
        if reading.status:
            keys = reading.answer.get("keys")
            listed = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
            named = bool(listed) and all(key.get("kid") and key.get("kty") for key in listed)
            private = any(name in key for key in listed for name in ("d", "k", "p"))
            bad = "A private key is published." if private else "There is no JWK Set, or a key without kid or kty."
            yield holds(reading, "body: keys", named and not private, f"{len(listed)} keys.", bad)
