"""Id token as it must be: who signed it, for whom, when, and about whom."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.launch_review.reading import claims_of, first, header_of, seconds_until
from workbench.launch_review.review import Evidence
from workbench.launch_review.rule import Chapter, Found, fails, holds, passes, quote
from workbench.launch_review.story import Story, Traded
from workbench.smart.json_answer import text_of, texts_of

CHAPTER = Chapter("id-token")
IDENTITY = "SMART App Launch 2.2, Scopes for requesting identity data"
VALIDATION = "OpenID Connect Core 1.0, 3.1.3.7"
PERSON = re.compile(
    r"(?:https?://\S+/)?(Patient|Practitioner|PractitionerRole|RelatedPerson|Person)/[A-Za-z0-9.-]{1,64}"
)
# Faults of a simulated site that can be told only by its keys or its issuer, which the app need not have asked for.
SPOILT = re.compile(r"On request: .*\b(id-token-(wrong-(issuer|signature)|unsigned)|key-withdrawn)\b")
LISTED = "id_token_signing_alg_values_supported"
# Signatures by a key pair (RFC 7518, 3.1; RFC 8037, 3.1).
KEY_PAIRS = (*(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)), "EdDSA")
SKEW = 300.0
"""Seconds by which the clocks of a site and of whoever recorded may differ."""


def _given(story: Story) -> Iterator[tuple[Traded, str, Mapping[str, Any]]]:
    for traded in story.granted:
        token = text_of(traded.reading.answer, "id_token")
        if claims := claims_of(token):
            yield traded, token, claims


@CHAPTER.asks("jwt", "server", "The id token is a JSON Web Token.", "OpenID Connect Core 1.0, 2; RFC 7519, 7.2")
def _jwt(story: Story) -> Found:
    for traded in story.granted:
        if "id_token" in traded.reading.answer:
            token = text_of(traded.reading.answer, "id_token")
            kept = bool(claims_of(token)) and bool(header_of(token))
            bad = "It is not three parts of base64url with JSON in them."
            yield holds(traded.reading, "body: id_token", kept, "It is.", bad)


@CHAPTER.asks(
    "algorithm",
    "server",
    "The id token is signed, by RS256 or by what else the site lists.",
    f"{IDENTITY}; OpenID Connect Core 1.0, 2; {VALIDATION} (7)",
    "An app that was not registered for another takes RS256 alone; “none” is no signature at all.",
)
def _algorithm(story: Story) -> Found:
    documents = story.of("openid-configuration", "smart-configuration")
    listed = {name for reading in documents for name in texts_of(reading.answer, LISTED)}
    for traded, token, _ in _given(story):
        algorithm = header_of(token).get("alg")
        place, is_listed = "body: id_token alg", algorithm == "RS256" or algorithm in {*listed} - {"none"}
        if is_listed or algorithm not in KEY_PAIRS:
            yield holds(traded.reading, place, is_listed, f"It is {algorithm}.", f"alg is {quote(algorithm)}.")
        else:  # The app may have been registered for it, which cannot be seen.
            bad = f"alg is {quote(algorithm)}, which the site does not list."
            yield Evidence(traded.reading.index, place, bad, "warning")


@CHAPTER.asks(
    "signature",
    "server",
    "The signature holds by a key that the site publishes.",
    f"OpenID Connect Core 1.0, 10.1; {VALIDATION} (6); {IDENTITY}",
    "Anybody could have written the token.",
)
def _signature(story: Story) -> Found:
    for traded, token, _ in _given(story):
        algorithm = header_of(token).get("alg")
        if story.site_keys and algorithm in KEY_PAIRS:
            problem = story.judge_signature(token, story.site_keys, (str(algorithm),))
            yield holds(traded.reading, "body: id_token", not problem, "The signature holds.", problem)


@CHAPTER.asks(
    "issuer",
    "server",
    "iss is the issuer that the site names.",
    f"{VALIDATION} (2)",
    "An app must refuse a token of another issuer.",
)
def _issuer(story: Story) -> Found:
    for traded, _, claims in _given(story):
        issuer, named = text_of(claims, "iss"), story.issuer_of(traded.asked)
        if not issuer:
            yield fails(traded.reading, "body: id_token iss", "iss is missing.")
        elif named:
            bad = f"iss is {quote(issuer)}, and the site names {quote(named)}."
            yield holds(traded.reading, "body: id_token iss", issuer == named, "It is the site's.", bad)


@CHAPTER.asks(
    "audience",
    "server",
    "aud is the app that the token is for.",
    f"{VALIDATION} (3)",
    "A token for another app must not sign a user in here.",
)
def _audience(story: Story) -> Found:
    for traded, _, claims in _given(story):
        audience = claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        if traded.client_id:
            bad = f"aud is {quote(audience)}, and the app is {quote(traded.client_id)}."
            yield holds(traded.reading, "body: id_token aud", traded.client_id in names, "It is the app.", bad)


@CHAPTER.asks(
    "party",
    "server",
    "azp, where it stands, is the app; a token for several should have it.",
    f"OpenID Connect Core 1.0, 2; {VALIDATION} (4, 5)",
)
def _party(story: Story) -> Found:
    for traded, _, claims in _given(story):
        audience, party = claims.get("aud"), claims.get("azp")
        if party is not None:
            kept = party == traded.client_id or not traded.client_id
            yield holds(traded.reading, "body: id_token azp", kept, "It is the app.", f"azp is {quote(party)}.")
        elif isinstance(audience, list) and len(audience) > 1:
            yield Evidence(traded.reading.index, "body: id_token azp", "azp is missing.", "warning")


@CHAPTER.asks("subject", "server", "sub says who signed in, in at most 255 characters.", "OpenID Connect Core 1.0, 2")
def _subject(story: Story) -> Found:
    for traded, _, claims in _given(story):
        subject = claims.get("sub")
        kept = isinstance(subject, str) and 0 < len(subject) <= 255
        yield holds(traded.reading, "body: id_token sub", kept, "It is there.", "sub is missing, or too long.")


@CHAPTER.asks("expiry", "server", "The token has not ended when it is given.", f"{VALIDATION} (9)")
def _expiry(story: Story) -> Found:
    for traded, _, claims in _given(story):
        left = seconds_until(claims, "exp", traded.reading.finished)
        if left is None:
            yield fails(traded.reading, "body: id_token exp", "exp is missing, or is no number.")
        else:
            bad = f"It had ended {-left:.0f} seconds before it was given."
            yield holds(traded.reading, "body: id_token exp", left > -5, f"It holds for {left:.0f} seconds.", bad)


@CHAPTER.asks(
    "issued",
    "server",
    "iat is the time when the token was made.",
    f"OpenID Connect Core 1.0, 2; {VALIDATION} (10)",
    "An app may refuse a token from the future, and one that is too old.",
)
def _issued(story: Story) -> Found:
    for traded, _, claims in _given(story):
        away = seconds_until(claims, "iat", traded.reading.finished)
        if away is None:
            yield fails(traded.reading, "body: id_token iat", "iat is missing, or is no number.")
        elif traded.grant_type == "authorization_code":
            when = "ahead of" if away > 0 else "behind"
            bad = f"The site's clock is {abs(away):.0f} seconds {when} that of whoever recorded this."
            yield holds(traded.reading, "body: id_token iat", abs(away) <= SKEW, "It is now.", bad)


@CHAPTER.asks(
    "nonce",
    "server",
    "The nonce of the request stands in the token.",
    f"{VALIDATION} (11); 3.1.2.1",
    "An app that checks it, as it must, refuses the token.",
)
def _nonce(story: Story) -> Found:
    for traded, _, claims in _given(story):
        sent = traded.asked.value("nonce") if traded.asked is not None else ""
        came = claims.get("nonce")
        if sent and traded.grant_type == "authorization_code":
            bad = "nonce is missing." if came is None else "It is another one."
            yield holds(traded.reading, "body: id_token nonce", came == sent, "It is the request's.", bad)


@CHAPTER.asks("fhir-user", "server", "Where openid and fhirUser are granted, the token says who signed in.", IDENTITY)
def _fhir_user(story: Story) -> Found:
    for traded, _, claims in _given(story):
        if traded.grant_type == "authorization_code" and {"openid", "fhirUser"} <= traded.scope_texts:
            value = claims.get("fhirUser")
            good, bad = "It is there.", "fhirUser is granted, and the claim fhirUser is missing."
            yield holds(traded.reading, "body: id_token fhirUser", value is not None, good, bad)


@CHAPTER.asks(
    "fhir-user-form",
    "server",
    "fhirUser is the address of a Patient, Practitioner, PractitionerRole, RelatedPerson or Person.",
    IDENTITY,
)
def _fhir_user_form(story: Story) -> Found:
    for traded, _, claims in _given(story):
        value = claims.get("fhirUser")
        if value is not None:
            kept = isinstance(value, str) and bool(PERSON.fullmatch(value))
            bad = f"It is {quote(value)}."
            yield holds(traded.reading, "body: id_token fhirUser", kept, "It is.", bad)


@CHAPTER.asks("same-user", "server", "A refresh does not change who is signed in.", "OpenID Connect Core 1.0, 12.2")
def _same_user(story: Story) -> Found:
    for traded, _, claims in _given(story):
        source = traded.source
        before = claims_of(text_of(source.reading.answer, "id_token")) if source is not None else {}
        if before:
            changed = [name for name in ("iss", "sub") if before.get(name) != claims.get(name)]
            place = f"body: id_token {changed[0] if changed else 'sub'}"
            yield holds(traded.reading, place, not changed, "It is the same.", f"{' and '.join(changed)} changed.")


@CHAPTER.asks(
    "user-info",
    "server",
    "Userinfo speaks of the same user as the id token.",
    "OpenID Connect Core 1.0, 5.3.2",
)
def _user_info(story: Story) -> Found:
    for reading in story.of("user-info"):
        source = story.source_of(reading.bearer)
        claims = claims_of(text_of(source.reading.answer, "id_token")) if source is not None else {}
        # A signed answer is read by the app whose key or algorithm it was registered for (5.3.2).
        if reading.status == 200 and "jwt" not in reading.response_header("content-type").lower():
            told = reading.answer.get("sub")
            kept = isinstance(told, str) and told == claims.get("sub", told)
            bad = "sub is missing." if told is None else "sub is another user's."
            yield holds(reading, "body: sub", kept, "It is the same.", bad)


@CHAPTER.asks(
    "stops",
    "app",
    "An app does not go on with an id token that does not hold.",
    f"{VALIDATION}; {IDENTITY}",
    "It would take somebody for a user who did not sign in.",
    level="should",
)
def _stops(story: Story) -> Found:
    for traded, place in _wrong(story):
        later = next(story.calls_with(traded.access_token, traded.reading.index), None)
        if later is not None:
            bad = f"The app went on to read FHIR, though the id token of exchange {traded.reading.index + 1} is wrong."
            yield fails(later.reading, "header: Authorization", bad)
        else:
            yield passes(traded.reading, place, "The app stopped.")


def _wrong(story: Story) -> Iterator[tuple[Traded, str]]:
    """Each answer with an id token that does not hold, as can be seen, or as the site spoilt it on request."""
    seen = (e for check in (_signature, _issuer, _audience, _expiry, _nonce) for e in check(story))
    places = {e.exchange: e.place for e in seen if e.outcome == "fail"}
    for traded, _, _ in _given(story):
        index = traded.reading.index
        spoilt = SPOILT.search(story.notes.get(index, ""))
        if spoilt or index in places:
            yield traded, places.get(index, "body: id_token")


@CHAPTER.asks(
    "asked",
    "app",
    "An app that wants to know who signed in asks for openid beside fhirUser.",
    IDENTITY,
    "fhirUser stands in the id token, and without openid there is none.",
    level="should",
)
def _asked(story: Story) -> Found:
    for asked in story.asked:
        if asked.scope_texts & {"fhirUser", "profile"}:
            kept, bad = "openid" in asked.scope_texts, "fhirUser is asked for without openid."
            yield holds(asked.reading, asked.place("scope"), kept, "openid is there.", bad)


@CHAPTER.asks(
    "user-info-token",
    "app",
    "Userinfo is asked for with the access token of a launch.",
    "OpenID Connect Core 1.0, 5.3.1; RFC 6750, 2",
)
def _user_info_token(story: Story) -> Found:
    for reading in story.of("user-info"):
        loose = first(reading.query, "access_token")
        kept = bool(reading.bearer or first(reading.form, "access_token")) and not loose
        bad = "The token stands in the address." if loose else "There is no bearer token."
        yield holds(reading, "header: Authorization", kept, "It is.", bad)
