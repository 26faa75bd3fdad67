"""Token answer as it must be: its members, its headers, and how a refusal is told."""

from __future__ import annotations

from workbench.launch_review.reading import most_bits
from workbench.launch_review.rule import (
    Chapter,
    Check,
    Found,
    fails,
    gets_answer,
    holds,
    lets_browser_read,
    list_words,
    quote,
)
from workbench.launch_review.story import Story, Traded
from workbench.smart.json_answer import text_of
from workbench.smart.scope_cover import missing_scopes

CHAPTER = Chapter("token")
ANSWER = "SMART App Launch 2.2, Obtain access token: Response"
ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        # Of extensions: RFC 8707, 2; RFC 9396, 5; RFC 9449, 5 and 8.
        "invalid_target",
        "invalid_authorization_details",
        "invalid_dpop_proof",
        "use_dpop_nonce",
    }
)
HOUR = 3600


@CHAPTER.asks(
    "answers",
    "server",
    "The token endpoint answers, and not with an error of its own.",
    "RFC 6749, 5.1 and 5.2",
)
def _answers(story: Story) -> Found:
    for traded in story.traded:
        yield from gets_answer(traded.reading, "The site")


def _is_of_http(traded: Traded) -> bool:
    """A refusal of the request as HTTP, before anything of OAuth is looked at (RFC 9110, 15.5; RFC 6585, 4)."""
    return traded.reading.method != "POST" or traded.reading.status in (405, 413, 414, 415, 429, 431)


@CHAPTER.asks("json", "server", "The answer is a JSON object, sent as application/json.", f"{ANSWER}; RFC 6749, 5.1")
def _json(story: Story) -> Found:
    for traded in story.answered:
        if traded.reading.status >= 500 or _is_of_http(traded):
            continue
        kind = traded.reading.media_type
        is_object = isinstance(traded.reading.json, dict)
        kept = kind == "application/json" and is_object
        what = f"it is {quote(kind)}" if kind != "application/json" else "its body cannot be read as one"
        place = "header: Content-Type" if kind != "application/json" else "body"
        yield holds(traded.reading, place, kept, "It is.", f"The answer is no JSON object: {what}.")


@CHAPTER.asks("access-token", "server", "A request that is granted gets an access token.", f"{ANSWER}; RFC 6749, 5.1")
def _access_token(story: Story) -> Found:
    for traded in story.answered:
        if traded.reading.status == 200 and isinstance(traded.reading.json, dict):
            kept = bool(traded.access_token)
            yield holds(traded.reading, "body: access_token", kept, "It is there.", "access_token is missing.")


@CHAPTER.asks(
    "type",
    "server",
    "The token's type is Bearer.",
    f"{ANSWER}; RFC 6749, 5.1 and 7.1",
    "An app must not use a token of a type that it does not know.",
)
def _type(story: Story) -> Found:
    for traded in story.granted:
        kind = text_of(traded.reading.answer, "token_type")
        bad = f"token_type is {quote(kind)}." if kind else "token_type is missing."
        yield holds(traded.reading, "body: token_type", kind.lower() == "bearer", "It is.", bad)


@CHAPTER.asks(
    "scope",
    "server",
    "The answer names the scopes that were granted.",
    ANSWER,
    "An app cannot tell the user what is missing.",
)
def _scope(story: Story) -> Found:
    for traded in story.granted:
        value = traded.reading.answer.get("scope")
        bad = "scope is missing." if value is None else "scope is not a text."
        yield holds(traded.reading, "body: scope", isinstance(value, str), "It is there.", bad)


@CHAPTER.asks(
    "scope-asked",
    "server",
    "No more is granted than was asked for.",
    "RFC 6749, 3.3; RFC 9700, 2.3",
    "An app should hold no right that it does not need.",
    level="should",
)
def _scope_asked(story: Story) -> Found:
    for traded in story.launched:
        if traded.asked is not None and traded.asked.value("scope"):
            more = missing_scopes([s.text for s in traded.scopes], traded.asked.value("scope").split())
            more = tuple(text for text in more if not text.startswith("launch"))
            bad = f"Granted and not asked for: {list_words(more)}."
            yield holds(traded.reading, "body: scope", not more, "It is within what was asked.", bad)


@CHAPTER.asks(
    "lifetime",
    "server",
    "The answer says in seconds how long the token holds, no longer than an hour.",
    f"{ANSWER}; RFC 6749, 5.1",
    level="should",
)
def _lifetime(story: Story) -> Found:
    for traded in story.granted:
        seconds = traded.lifetime
        if seconds is None and traded.grant_type == "authorization_code":
            yield fails(traded.reading, "body: expires_in", "expires_in is missing.")
        elif seconds is not None:
            kept = 0 < seconds <= HOUR
            bad = f"It holds for {seconds:.0f} seconds."
            yield holds(traded.reading, "body: expires_in", kept, f"It holds for {seconds:.0f} seconds.", bad)


@CHAPTER.asks(
    "lifetime-number", "server", "expires_in, where it stands, is a number above zero.", "RFC 6749, 5.1 and A.14"
)
def _lifetime_number(story: Story) -> Found:
    for traded in story.granted:
        if "expires_in" in traded.reading.answer:
            value = traded.reading.answer["expires_in"]
            kept = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
            yield holds(traded.reading, "body: expires_in", kept, "It is.", f"It is {quote(value)}.")


def _header(name: str, wanted: str) -> Check:
    def check(story: Story) -> Found:
        for traded in story.granted:
            value = traded.reading.response_header(name)
            bad = f"{name} is {quote(value)}." if value else f"{name} is missing."
            yield holds(traded.reading, f"header: {name}", wanted in value.lower(), f"It is {wanted}.", bad)

    return check


CHAPTER.asks(
    "no-store",
    "server",
    "Nobody may keep the answer: Cache-Control is no-store.",
    f"{ANSWER}; RFC 6749, 5.1",
    "Tokens would lie in the caches of browsers and proxies.",
)(_header("Cache-Control", "no-store"))


CHAPTER.asks("no-cache", "server", "Old caches are told, too: Pragma is no-cache.", f"{ANSWER}; RFC 6749, 5.1")(
    _header("Pragma", "no-cache")
)


@CHAPTER.asks(
    "error",
    "server",
    "A refusal is one of OAuth's errors in JSON, with the status 400, or 401 for invalid_client.",
    "RFC 6749, 5.2",
)
def _error(story: Story) -> Found:
    for traded in story.answered:
        if _is_of_http(traded):
            continue
        if 400 <= traded.reading.status < 500 or (traded.reading.status == 200 and traded.error):
            fits = (400, 401) if traded.error == "invalid_client" else (400,)
            kept = traded.error in ERRORS and traded.reading.status in fits
            bad = f"error is {quote(traded.error)}." if traded.error else "The refusal has no member error."
            if traded.error in ERRORS:
                bad = f"{traded.error} came with the status {traded.reading.status}."
            yield holds(traded.reading, "body: error", kept, f"It is {traded.error}.", bad)


@CHAPTER.asks(
    "challenge",
    "server",
    "An app that failed to prove itself by the header is told how, by 401 and WWW-Authenticate.",
    "RFC 6749, 5.2",
)
def _challenge(story: Story) -> Found:
    for traded in story.answered:
        if traded.error == "invalid_client" and traded.reading.request_header("authorization"):
            told = traded.reading.response_header("www-authenticate")
            bad = f"It answered {traded.reading.status}" + ("." if told else ", without WWW-Authenticate.")
            kept = traded.reading.status == 401 and bool(told)
            yield holds(traded.reading, "header: WWW-Authenticate", kept, "It was told.", bad)


@CHAPTER.asks(
    "random",
    "server",
    "Access and refresh tokens cannot be guessed.",
    "RFC 6749, 10.10; RFC 6750, 5.2",
)
def _random(story: Story) -> Found:
    for traded in story.granted:
        for name, token in (("access_token", traded.access_token), ("refresh_token", traded.refresh_token)):
            if token:
                bits = most_bits(token)
                bad = f"{len(token)} characters of its alphabet hold at most {bits:.0f} bits."
                yield holds(traded.reading, f"body: {name}", bits >= 128, "It is long enough.", bad)


@CHAPTER.asks(
    "fresh",
    "server",
    "Each code, and each refresh, gives an access token of its own.",
    "SMART App Launch 2.2, Refresh access token: Response; RFC 6749, 1.4",
    "A token that two launches share says of neither which patient it is for, and none can be revoked alone.",
    level="should",
)
def _fresh(story: Story) -> Found:
    seen: dict[str, int] = {}
    for traded in story.launched:
        before = seen.setdefault(traded.access_token, traded.reading.index)
        kept = before == traded.reading.index
        bad = f"The same token was given in exchange {before + 1}."
        yield holds(traded.reading, "body: access_token", kept, "It is new.", bad)


@CHAPTER.asks(
    "cors",
    "server",
    "At a site that takes public apps, a browser app may read the answer from its own origin.",
    "SMART App Launch 2.2, Considerations for CORS",
    since=2,
)
def _cors(story: Story) -> Found:
    return lets_browser_read(story, (traded.reading for traded in story.traded), "It may.")
