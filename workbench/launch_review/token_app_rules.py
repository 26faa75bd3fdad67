"""Token request as it must be: how an app trades a code or a refresh token, and proves who it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.launch_review.reading import first, has, repeated_names
from workbench.launch_review.rule import Chapter, Found, fails, holds, list_words, quote, stays_protected
from workbench.launch_review.story import Story, Traded
from workbench.smart.tokens import make_challenge

CHAPTER = Chapter("token")
REQUEST = "SMART App Launch 2.2, Obtain access token"
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
KNOWN_GRANTS = ("authorization_code", "refresh_token", "client_credentials")
TRY_LATER = (429, *range(500, 600))
"""What a request may be sent again after: too many at once, and what went wrong at the site."""
SECRETS = ("client_secret", "client_assertion", "code", "code_verifier", "refresh_token", "password")
METHODS = {"client_secret_basic": "Basic", "client_secret_post": "client_secret", "private_key_jwt": "client_assertion"}


def _redeemed(story: Story) -> Iterator[Traded]:
    return (traded for traded in story.traded if traded.grant_type == "authorization_code")


@CHAPTER.asks("post", "app", "The token request is a form that is posted.", f"{REQUEST}; RFC 6749, 3.2 and 4.1.3")
def _post(story: Story) -> Found:
    for traded in story.traded:
        kind = traded.reading.request_header("content-type")
        kept = traded.reading.method == "POST" and bool(traded.reading.form)
        what = (
            f"its Content-Type is {quote(kind)}"
            if traded.reading.method == "POST"
            else f"it is a {traded.reading.method}"
        )
        yield holds(traded.reading, "header: Content-Type", kept, "It is.", f"The request is no posted form: {what}.")


@CHAPTER.asks(
    "no-query",
    "app",
    "Codes, tokens and secrets stand in the body of a token request, never in its address.",
    "RFC 6749, 2.3.1 and 4.1.3",
    "Addresses are written into logs.",
)
def _no_query(story: Story) -> Found:
    for traded in story.traded:
        found = [name for name in SECRETS if has(traded.reading.query, name)]
        place = f"query: {found[0]}" if found else "query"
        yield holds(traded.reading, place, not found, "There is none.", f"The address carries {list_words(found)}.")


@CHAPTER.asks(
    "grant-type",
    "app",
    "The request names a grant that SMART knows.",
    f"{REQUEST}; Backend Services; RFC 9700, 2.4",
    "A password of a user must never be given to an app.",
)
def _grant_type(story: Story) -> Found:
    for traded in story.traded:
        bad = f"grant_type is {quote(traded.grant_type)}." if traded.grant_type else "grant_type is missing."
        kept = traded.grant_type in KNOWN_GRANTS
        yield holds(traded.reading, "body: grant_type", kept, f"It is {traded.grant_type}.", bad)


@CHAPTER.asks("once", "app", "No parameter stands twice.", "RFC 6749, 3.2")
def _once(story: Story) -> Found:
    for traded in story.traded:
        twice = repeated_names(traded.reading.form)
        yield holds(traded.reading, "body", not twice, "Each stands once.", f"More than once: {list_words(twice)}.")


@CHAPTER.asks("code", "app", "The app redeems the code that it was sent.", f"{REQUEST}; RFC 6749, 4.1.3")
def _code(story: Story) -> Found:
    known = {back.value("code") for back in story.returned if back.value("code")}
    for traded in _redeemed(story):
        code = first(traded.reading.form, "code")
        if not code:
            yield fails(traded.reading, "body: code", "code is missing.")
        elif known:
            yield holds(traded.reading, "body: code", code in known, "It was sent.", "The code is none that was sent.")


@CHAPTER.asks(
    "code-once",
    "app",
    "The app redeems a code once.",
    "RFC 6749, 4.1.2",
    "A code that comes twice is taken for a stolen one, and all that it gave should be revoked.",
)
def _code_once(story: Story) -> Found:
    seen: dict[str, int] = {}
    for traded in _redeemed(story):
        if code := first(traded.reading.form, "code"):
            before = seen.setdefault(code, traded.reading.index)
            kept = before == traded.reading.index
            bad = f"It was redeemed before, in exchange {before + 1}."
            yield holds(traded.reading, "body: code", kept, "It had not come before.", bad)


@CHAPTER.asks(
    "code-own", "app", "The app redeems a code that was given to it, and not to another.", "RFC 6749, 4.1.3 and 10.5"
)
def _code_own(story: Story) -> Found:
    for traded in _redeemed(story):
        if traded.asked is not None and traded.returned and traded.asked.client_id and traded.reading.client_id:
            kept = traded.asked.client_id == traded.reading.client_id
            bad = f"The code was given to {quote(traded.asked.client_id)}, not to {quote(traded.reading.client_id)}."
            yield holds(traded.reading, "body: client_id", kept, "It is the app's own.", bad)


@CHAPTER.asks(
    "redirect-uri",
    "app",
    "The redirect address is that of the authorization request, letter by letter.",
    f"{REQUEST}; RFC 6749, 4.1.3",
)
def _redirect_uri(story: Story) -> Found:
    for traded in _redeemed(story):
        if traded.returned is not None and traded.asked is not None and traded.asked.value("redirect_uri"):
            given = first(traded.reading.form, "redirect_uri")
            kept = given == traded.asked.value("redirect_uri")
            bad = "It is another one." if given else "redirect_uri is missing."
            yield holds(traded.reading, "body: redirect_uri", kept, "It is the same.", bad)


@CHAPTER.asks(
    "verifier",
    "app",
    "The app proves with its code verifier that it is the one who asked.",
    f"{REQUEST}; RFC 7636, 4.5",
    since=2,
)
def _verifier(story: Story) -> Found:
    for traded in _redeemed(story):
        given = first(traded.reading.form, "code_verifier")
        challenge = traded.asked.value("code_challenge") if traded.asked else ""
        if not given:
            yield fails(traded.reading, "body: code_verifier", "code_verifier is missing.")
        elif challenge and traded.asked is not None:
            method = traded.asked.value("code_challenge_method")
            kept = (make_challenge(given) if method == "S256" else given) == challenge
            bad = "The verifier does not give the challenge of the request."
            yield holds(traded.reading, "body: code_verifier", kept, "It gives the challenge.", bad)
        elif traded.asked is not None:
            yield fails(traded.reading, "body: code_verifier", "A verifier came for a request without a challenge.")


@CHAPTER.asks(
    "verifier-form",
    "app",
    "A code verifier has 43 to 128 characters, of letters, digits and the signs - . _ and ~ alone.",
    "RFC 7636, 4.1",
)
def _verifier_form(story: Story) -> Found:
    for traded in _redeemed(story):
        if given := first(traded.reading.form, "code_verifier"):
            bad = f"It has {len(given)} characters" + (
                ", some of them not allowed." if 43 <= len(given) <= 128 else "."
            )
            yield holds(traded.reading, "body: code_verifier", bool(VERIFIER.fullmatch(given)), "It has.", bad)


@CHAPTER.asks(
    "client-id",
    "app",
    "An app without a secret that redeems a code names itself by client_id.",
    f"{REQUEST}; RFC 6749, 3.2.1 and 4.1.3",
)
def _client_id(story: Story) -> Found:
    for traded in _redeemed(story):
        form = traded.reading.form
        if traded.reading.basic is None and not has(form, "client_assertion"):
            yield holds(traded.reading, "body: client_id", has(form, "client_id"), "It does.", "client_id is missing.")


@CHAPTER.asks("one-proof", "app", "An app proves who it is in one way at a time.", "RFC 6749, 2.3")
def _one_proof(story: Story) -> Found:
    for traded in story.traded:
        ways = _ways(traded)
        place = "header: Authorization" if "Basic" in ways else "body: client_secret"
        good, bad = f"{'By ' + ways[0] if ways else 'As a public app'}.", f"By {' and '.join(ways)} at once."
        yield holds(traded.reading, place, len(ways) < 2, good, bad)


def _ways(traded: Traded) -> list[str]:
    form = traded.reading.form
    ways = [("Basic", traded.reading.basic is not None), ("client_secret", bool(first(form, "client_secret")))]
    return [name for name, used in [*ways, ("client_assertion", bool(first(form, "client_assertion")))] if used]


@CHAPTER.asks(
    "registered-proof",
    "app",
    "The app proves who it is in the way that it registered.",
    f"{REQUEST}; RFC 6749, 2.3 and 3.2.1",
)
def _registered_proof(story: Story) -> Found:
    for traded in story.traded:
        method = story.method_of(traded.client_id)
        if method not in (*METHODS, "none"):
            continue
        ways, wanted = _ways(traded), METHODS.get(method)
        kept = ways == ([wanted] if wanted else [])
        if traded.is_granted and not kept:
            continue  # The site took it: the app was registered otherwise then.
        bad = f"It is registered for {method}, and came " + (f"by {' and '.join(ways)}." if ways else "without proof.")
        yield holds(traded.reading, "header: Authorization", kept, f"It came as registered, {method}.", bad)


@CHAPTER.asks(
    "basic-form",
    "app",
    "The credentials of HTTP Basic are an identifier and a secret in base64.",
    "RFC 6749, 2.3.1; SMART App Launch 2.2, Client Authentication: Symmetric",
)
def _basic_form(story: Story) -> Found:
    for traded in story.traded:
        if traded.reading.basic is not None:
            kept = all(traded.reading.basic)
            bad = "The header cannot be read as identifier and secret."
            yield holds(traded.reading, "header: Authorization", kept, "It can be read.", bad)
            named = first(traded.reading.form, "client_id")
            if kept and named and named != traded.reading.basic[0]:
                yield fails(traded.reading, "body: client_id", "client_id and the header name two apps.")


@CHAPTER.asks(
    "protected",
    "app",
    "The request goes over TLS, or does not leave this machine.",
    "RFC 6749, 3.2; SMART App Launch 2.2, App protection",
)
def _protected(story: Story) -> Found:
    for traded in story.traded:
        yield stays_protected(traded.reading)


@CHAPTER.asks(
    "stops",
    "app",
    "An app that was refused does not send the same request again.",
    "RFC 6749, 5.2",
    level="should",
)
def _stops(story: Story) -> Found:
    for traded in story.traded:
        if traded.error and traded.reading.status not in TRY_LATER:
            index = traded.reading.index
            same = [t for t in story.traded if t.reading.index > index and t.reading.form == traded.reading.form]
            bad = "The same request was sent again, though it had been refused."
            yield holds((same[0] if same else traded).reading, "body", not same, "It was not sent again.", bad)
