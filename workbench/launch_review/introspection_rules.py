"""Introspection and revocation as they must be: what a site says of a token, and how one is given back."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.launch_review.reading import Reading, claims_of, first, has, seconds_until
from workbench.launch_review.rule import Chapter, Found, fails, holds, list_words, quote
from workbench.launch_review.story import Story, Traded
from workbench.smart.json_answer import text_of

CHAPTER = Chapter("introspection")
REVOCATION = Chapter("revocation")
SMART = "SMART App Launch 2.2, Token Introspection"
CONTEXT = ("patient", "encounter", "fhirContext", "need_patient_banner", "intent", "smart_style_url", "tenant")


def _active(story: Story) -> Iterator[tuple[Reading, Traded | None]]:
    for reading in story.of("introspection"):
        if reading.status == 200 and reading.answer.get("active") is True:
            yield reading, _source_of(story, first(reading.form, "token"))


def _is_access(reading: Reading, source: Traded) -> bool:
    """Whether an access token was asked about: of a refresh token SMART asks nothing more."""
    return first(reading.form, "token") == source.access_token


def _source_of(story: Story, token: str) -> Traded | None:
    if not token:
        return None
    return next((t for t in reversed(story.granted) if token in (t.access_token, t.refresh_token)), None)


@CHAPTER.asks("form", "app", "A token is asked about by a posted form with the parameter token.", "RFC 7662, 2.1")
def _form(story: Story) -> Found:
    for reading in story.of("introspection"):
        kept = reading.method == "POST" and bool(first(reading.form, "token"))
        yield holds(reading, "body: token", kept, "It is.", "The request is no posted form with a token.")


@CHAPTER.asks("no-query", "app", "The token does not stand in the address.", "RFC 7662, 2.1 and 4")
def _no_query(story: Story) -> Found:
    for reading in story.of("introspection"):
        kept = not has(reading.query, "token")
        yield holds(reading, "query: token", kept, "It does not.", "The token stands in the address.")


@CHAPTER.asks(
    "caller",
    "app",
    "Whoever asks about a token says who they are.",
    "RFC 7662, 2.1; SMART App Launch 2.2, Authorization to perform Token Introspection",
    level="should",
)
def _caller(story: Story) -> Found:
    for reading in story.of("introspection"):
        yield holds(reading, "header: Authorization", _proves(reading), "They do.", "There is no proof of any kind.")


def _proves(reading: Reading) -> bool:
    secrets = (first(reading.form, "client_secret"), first(reading.form, "client_assertion"))
    return bool(reading.bearer or reading.basic or any(secrets))


@CHAPTER.asks(
    "guarded",
    "server",
    "A stranger is told nothing about a token.",
    "RFC 7662, 2.1 and 4",
    "Whoever tries tokens learns which of them hold.",
    level="should",
)
def _guarded(story: Story) -> Found:
    for reading in story.of("introspection"):
        if reading.status and not _proves(reading):
            told = reading.answer.get("active") is True
            bad = "The site told of the token without knowing who asks."
            yield holds(reading, "body: active", not told, "Nothing was told.", bad)


@CHAPTER.asks("active", "server", "The answer is a JSON object that says whether the token is active.", "RFC 7662, 2.2")
def _active_member(story: Story) -> Found:
    for reading in story.of("introspection"):
        if reading.status == 200:
            kind = reading.media_type
            kept = isinstance(reading.answer.get("active"), bool) and kind == "application/json"
            bad = "active is not true or false." if kind == "application/json" else f"It is {quote(kind)}."
            yield holds(reading, "body: active", kept, "It does.", bad)


@CHAPTER.asks(
    "truth",
    "server",
    "A token that has ended, or was given back, is not called active.",
    "RFC 7662, 2.2",
)
def _truth(story: Story) -> Found:
    for reading in story.of("introspection"):
        token = first(reading.form, "token")
        source = _source_of(story, token)
        active = reading.answer.get("active")
        if source is None or not isinstance(active, bool) or reading.status != 200:
            continue
        if _was_revoked(story, token, reading.index):
            yield holds(reading, "body: active", not active, "It is not.", "It was revoked, and is called active.")
        elif token == source.access_token and source.lifetime is not None:
            ended = reading.started > source.reading.finished + source.lifetime
            if not ended and active:
                yield holds(reading, "body: active", True, "It is active.", "")
            elif ended:
                bad = "It had ended, and is called active."
                yield holds(reading, "body: active", not active, "It is not.", bad)


def _was_revoked(story: Story, token: str, before: int) -> bool:
    taken = (r for r in story.of("revocation") if r.index < before and r.status == 200)
    return any(first(r.form, "token") == token for r in taken)


@CHAPTER.asks(
    "members", "server", "Of an active token the site tells scope, client_id and exp.", f"{SMART}: Required", since=2
)
def _members(story: Story) -> Found:
    for reading, source in _active(story):
        wanted = ["scope", "client_id"]
        if source is None or _is_access(reading, source):
            wanted.append("exp")
        missing = [name for name in wanted if name not in reading.answer]
        place = f"body: {missing[0] if missing else 'scope'}"
        yield holds(reading, place, not missing, "All are there.", f"Missing: {', '.join(missing)}.")


@CHAPTER.asks("agrees", "server", "What is told of a token is what came with it.", f"{SMART}: Required", since=2)
def _agrees(story: Story) -> Found:
    for reading, source in _active(story):
        if source is None:
            continue
        told = {name: reading.answer.get(name) for name in ("scope", "client_id")}
        if isinstance(told["scope"], str):
            kept = set(told["scope"].split()) == set(source.scope_texts)
            yield holds(reading, "body: scope", kept, "The scopes are the same.", "The scopes are others.")
        if source.client_id and told["client_id"] is not None:
            kept = told["client_id"] == source.client_id
            bad = f"client_id is {quote(told['client_id'])}, and it was given to {quote(source.client_id)}."
            yield holds(reading, "body: client_id", kept, "The app is the same.", bad)


@CHAPTER.asks("expiry", "server", "exp agrees with what the token answer said.", f"{SMART}: Required", since=2)
def _expiry(story: Story) -> Found:
    for reading, source in _active(story):
        if source is None or source.lifetime is None or not _is_access(reading, source):
            continue
        away = seconds_until(reading.answer, "exp", source.reading.finished + source.lifetime)
        if away is not None:
            yield holds(reading, "body: exp", abs(away) <= 60, "It does.", f"exp is {away:+.0f} seconds from it.")


@CHAPTER.asks("context", "server", "The launch context of the token is told, too.", f"{SMART}: Conditional", since=2)
def _context(story: Story) -> Found:
    for reading, source in _active(story):
        came = source.reading.answer if source is not None and _is_access(reading, source) else {}
        given = [name for name in CONTEXT if came.get(name) is not None]
        if given:
            other = [name for name in given if reading.answer.get(name) != came[name]]
            place = f"body: {other[0] if other else given[0]}"
            bad = f"Missing or not the same: {', '.join(other)}."
            yield holds(reading, place, not other, f"{', '.join(given)} is told.", bad)


@CHAPTER.asks("identity", "server", "iss and sub of the id token are told, too.", f"{SMART}: Conditional", since=2)
def _identity(story: Story) -> Found:
    for reading, source in _active(story):
        token = next((t for t in _id_tokens(source)), "") if source is not None and _is_access(reading, source) else ""
        claims = claims_of(token)
        if claims:
            other = [name for name in ("iss", "sub") if reading.answer.get(name) != claims.get(name)]
            place = f"body: {other[0] if other else 'sub'}"
            yield holds(reading, place, not other, "They are told.", f"Missing or not the same: {', '.join(other)}.")


def _id_tokens(source: Traded | None) -> Iterator[str]:
    while source is not None:
        if token := text_of(source.reading.answer, "id_token"):
            yield token
        source = source.source


@CHAPTER.asks(
    "silent",
    "server",
    "Of a token that is not active nothing else is told.",
    "RFC 7662, 2.2",
    "The rest would tell a stranger whose it was.",
    level="should",
)
def _silent(story: Story) -> Found:
    for reading in story.of("introspection"):
        if reading.answer.get("active") is False:
            more = [name for name in reading.answer if name != "active"]
            yield holds(reading, "body", not more, "Nothing is.", f"Told as well: {list_words(more)}.")


@REVOCATION.asks("form", "app", "A token is given back by a posted form with the parameter token.", "RFC 7009, 2.1")
def _revocation_form(story: Story) -> Found:
    for reading in story.of("revocation"):
        kept = reading.method == "POST" and bool(first(reading.form, "token")) and not has(reading.query, "token")
        yield holds(reading, "body: token", kept, "It is.", "The request is no posted form with a token.")


@REVOCATION.asks("caller", "app", "The app says who it is when it gives a token back.", "RFC 7009, 2.1")
def _revocation_caller(story: Story) -> Found:
    for reading in story.of("revocation"):
        kept = _proves(reading) or bool(first(reading.form, "client_id"))
        yield holds(reading, "body: client_id", kept, "It does.", "Neither proof nor client_id came.")


@REVOCATION.asks(
    "unused",
    "app",
    "An app does not use a token that it gave back.",
    "RFC 7009, 2.1; SMART App Launch 2.2, App protection",
    "It was kept although the user had signed out.",
)
def _unused(story: Story) -> Found:
    for reading in story.of("revocation"):
        token = first(reading.form, "token")
        if not token or reading.status != 200:
            continue
        uses = [call.reading for call in story.calls_with(token, reading.index)]
        uses += [t.reading for t in story.tried("refresh_token", token) if t.reading.index > reading.index]
        bad = f"It was used after it had been given back in exchange {reading.index + 1}."
        yield holds(uses[0] if uses else reading, "header: Authorization", not uses, "It did not.", bad)


@REVOCATION.asks(
    "answer",
    "server",
    "A token that is given back is taken with 200, whether the site knows it or not.",
    "RFC 7009, 2.2",
)
def _answer(story: Story) -> Found:
    for reading in story.of("revocation"):
        asked = reading.method == "POST" and bool(first(reading.form, "token"))
        if asked and reading.status and (_proves(reading) or first(reading.form, "client_id")):
            error, source = text_of(reading.answer, "error"), _source_of(story, first(reading.form, "token"))
            foreign = source is not None and reading.client_id != source.client_id
            # With 503 the app may try again later (RFC 7009, 2.2.1).
            excused = error in ("invalid_client", "unsupported_token_type") or foreign or reading.status == 503
            kept = reading.status == 200 or excused
            bad = f"The site answered {reading.status}."
            yield holds(reading, "status", kept, "It was taken.", bad)


@REVOCATION.asks(
    "ended",
    "server",
    "A token that was given back opens nothing.",
    "RFC 7009, 2.1",
    "A user who signs out expects that the app is out.",
)
def _ended(story: Story) -> Found:
    for reading in story.of("revocation"):
        token = first(reading.form, "token")
        if not token or reading.status != 200 or _source_of(story, token) is None:
            continue
        for call in story.calls_with(token, reading.index):
            if call.reading.status:
                kept = call.reading.status in (401, 403)
                bad = f"It was answered {call.reading.status} after it had been revoked."
                yield holds(call.reading, "header: Authorization", kept, "It was refused.", bad)
        for traded in story.tried("refresh_token", token):
            if traded.reading.index > reading.index:
                bad = "A new access token was given for it."
                yield holds(traded.reading, "body: refresh_token", not traded.is_granted, "It was refused.", bad)


@REVOCATION.asks("error", "server", "A refusal is one of OAuth's errors.", "RFC 7009, 2.2.1; RFC 6749, 5.2")
def _error(story: Story) -> Found:
    errors = ("invalid_request", "invalid_client", "unsupported_token_type", "unauthorized_client", "invalid_grant")
    for reading in story.of("revocation"):
        if reading.method == "POST" and reading.status in (400, 401, 403):
            error = text_of(reading.answer, "error")
            bad = f"error is {quote(error)}." if error else "The refusal has no member error."
            yield holds(reading, "body: error", error in errors, f"It is {error}.", bad)
        elif reading.status >= 500 and reading.status != 503:
            yield fails(reading, "status", f"The site failed with {reading.status}.")
