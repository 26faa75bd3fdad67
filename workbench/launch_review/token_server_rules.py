"""Token answer as it must be: what a site gives for a code or a refresh token, and what it must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.launch_review.reading import first, most_bits, read_address, text_of
from workbench.launch_review.rule import Chapter, Check, Found, fails, holds, list_words, passes, quote
from workbench.launch_review.story import Story, Traded
from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scopes import names_patient
from workbench.smart.tokens import make_challenge

CHAPTER = Chapter("token")
REFRESH = Chapter("refresh")
ANSWER = "SMART App Launch 2.2, Obtain access token: Response"
CONTEXT = "SMART App Launch 2.2, Launch context arrives with your access_token"
ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
        "invalid_target",
        "server_error",
        "temporarily_unavailable",
    }
)
HOUR = 3600


def _answered(story: Story) -> Iterator[Traded]:
    return (traded for traded in story.traded if traded.reading.status)


def _launched(story: Story) -> Iterator[Traded]:
    """Answers to launches and their refreshes, not to backend services."""
    return (traded for traded in story.granted if traded.grant_type != "client_credentials")


@CHAPTER.asks(
    "answers",
    "server",
    "The token endpoint answers, and not with an error of its own.",
    "RFC 6749, 5.1 and 5.2",
)
def _answers(story: Story) -> Found:
    for traded in story.traded:
        if traded.reading.exchange.failure is not None:
            yield fails(traded.reading, "status", "No answer came.")
        elif traded.reading.status:
            bad = f"The site failed with {traded.reading.status}."
            yield holds(traded.reading, "status", traded.reading.status < 500, "It answered.", bad)


@CHAPTER.asks("json", "server", "The answer is a JSON object, sent as application/json.", f"{ANSWER}; RFC 6749, 5.1")
def _json(story: Story) -> Found:
    for traded in _answered(story):
        if traded.reading.status >= 500:
            continue
        kind = traded.reading.response_header("content-type").partition(";")[0].strip().lower()
        is_object = isinstance(traded.reading.json, dict)
        kept = kind == "application/json" and is_object
        what = f"it is {quote(kind)}" if kind != "application/json" else "its body cannot be read as one"
        place = "header: Content-Type" if kind != "application/json" else "body"
        yield holds(traded.reading, place, kept, "It is.", f"The answer is no JSON object: {what}.")


@CHAPTER.asks("access-token", "server", "A request that is granted gets an access token.", f"{ANSWER}; RFC 6749, 5.1")
def _access_token(story: Story) -> Found:
    for traded in _answered(story):
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
    for traded in _launched(story):
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
        if seconds is None:
            yield fails(traded.reading, "body: expires_in", "expires_in is missing.")
        else:
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


@CHAPTER.asks("error", "server", "A refusal is one of OAuth's errors, in JSON.", "RFC 6749, 5.2")
def _error(story: Story) -> Found:
    for traded in _answered(story):
        if 400 <= traded.reading.status < 500 or (traded.reading.status == 200 and traded.error):
            kept = traded.error in ERRORS and traded.reading.status in (400, 401, 403)
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
    for traded in _answered(story):
        if traded.error == "invalid_client" and traded.reading.request_header("authorization"):
            kept = traded.reading.status == 401 and bool(traded.reading.response_header("www-authenticate"))
            bad = f"It answered {traded.reading.status}, without WWW-Authenticate or without 401."
            yield holds(traded.reading, "header: WWW-Authenticate", kept, "It was told.", bad)


@CHAPTER.asks(
    "code-taken",
    "server",
    "A code that is fresh, and comes from its app with its redirect address and verifier, is exchanged.",
    "RFC 6749, 4.1.3 and 4.1.4",
    "The launch ends although the app did all that it must.",
)
def _code_taken(story: Story) -> Found:
    for traded in _redemptions(story):
        if not _faults_of(story, traded) and traded.reading.status < 500:
            refused = traded.error in ("invalid_grant", "invalid_client", "invalid_scope", "unauthorized_client")
            bad = f"It was refused as {traded.error}, {_age(traded):.0f} seconds after the code was given."
            yield holds(traded.reading, "body: error", not refused, "It was exchanged.", bad)


def _redemptions(story: Story) -> Iterator[Traded]:
    for traded in _answered(story):
        if traded.grant_type == "authorization_code" and traded.returned is not None and traded.asked is not None:
            yield traded


def _age(traded: Traded) -> float:
    return traded.reading.started - traded.returned.reading.finished if traded.returned else 0.0


def _faults_of(story: Story, traded: Traded) -> list[str]:
    """What the app did wrong with this code, as far as it can be seen."""
    form, asked = traded.reading.form, traded.asked
    if asked is None:
        return ["request"]
    faults = ["redirect_uri"] if first(form, "redirect_uri") != asked.value("redirect_uri") else []
    if traded.reading.client_id != asked.client_id:
        faults.append("client")
    if not _proves(traded):
        faults.append("code_verifier")
    if _used_before(story, traded):
        faults.append("used")
    if story.method_of(traded.client_id) not in ("", "none") or _has_secret(traded):
        faults.append("proof")
    return faults + (["late"] if _age(traded) > 60 else [])


def _has_secret(traded: Traded) -> bool:
    """Whether a secret decides: whether it is right cannot be seen."""
    form = traded.reading.form
    return traded.reading.basic is not None or bool(first(form, "client_secret") or first(form, "client_assertion"))


def _proves(traded: Traded) -> bool:
    challenge = traded.asked.value("code_challenge") if traded.asked else ""
    given = first(traded.reading.form, "code_verifier")
    plain = traded.asked is not None and traded.asked.value("code_challenge_method") in ("", "plain")
    return (given if plain else make_challenge(given)) == challenge if challenge else not given


def _used_before(story: Story, traded: Traded) -> bool:
    code = first(traded.reading.form, "code")
    return any(
        t.reading.index < traded.reading.index and first(t.reading.form, "code") == code
        for t in story.traded
        if t.grant_type == "authorization_code"
    )


def _refuses(fault: str, bad: str) -> Check:
    """A check that a redemption with this fault got no token."""

    def check(story: Story) -> Found:
        for traded in _redemptions(story):
            if fault in _faults_of(story, traded):
                yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)

    return check


CHAPTER.asks(
    "code-spent",
    "server",
    "A code is exchanged once.",
    "RFC 6749, 4.1.2",
    "Whoever finds a used code in a log gets a token of their own.",
)(_refuses("used", "A code that had been redeemed was exchanged again."))
CHAPTER.asks("redirect-checked", "server", "A code is refused with another redirect address.", "RFC 6749, 4.1.3")(
    _refuses("redirect_uri", "A token was given though the redirect address was another one.")
)
CHAPTER.asks("client-checked", "server", "A code is refused to another app.", "RFC 6749, 4.1.3")(
    _refuses("client", "A token was given to another app than the code.")
)
CHAPTER.asks(
    "verifier-checked",
    "server",
    "A code that was asked for with PKCE is refused without its verifier.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 7636, 4.6; RFC 9700, 2.1.1 and 4.8.2",
    "PKCE that nobody checks protects nobody.",
)(_refuses("code_verifier", "A token was given though the verifier is missing or wrong."))


@CHAPTER.asks(
    "code-short",
    "server",
    "A code ends soon: a minute is usual, and ten are the most.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 6749, 4.1.2",
)
def _code_short(story: Story) -> Found:
    for traded in _redemptions(story):
        age = _age(traded)
        if age > 600:
            bad = f"It was exchanged {age:.0f} seconds after it was given."
            yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)
        elif traded.is_granted:
            yield passes(traded.reading, "body: access_token", f"It was exchanged within {max(age, 0):.0f} seconds.")


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


@CHAPTER.asks("fresh", "server", "Each answer has an access token of its own.", "RFC 6749, 1.4; RFC 6750, 5.2")
def _fresh(story: Story) -> Found:
    seen: dict[str, int] = {}
    for traded in story.granted:
        before = seen.setdefault(traded.access_token, traded.reading.index)
        kept = before == traded.reading.index
        bad = f"The same token was given in exchange {before + 1}."
        yield holds(traded.reading, "body: access_token", kept, "It is new.", bad)


@CHAPTER.asks(
    "patient",
    "server",
    "Where a scope for one patient or launch/patient is granted, the answer says which patient.",
    "SMART App Launch 2.2, Apps that launch from the EHR; Standalone apps; Launch context",
    "The app does not know whose chart it may read.",
)
def _patient(story: Story) -> Found:
    for traded in _launched(story):
        if names_patient(traded.scopes):
            value = traded.context("patient")
            bad = "patient is missing." if value is None else "patient is not an id."
            kept = isinstance(value, str) and bool(value) and "/" not in value
            yield holds(traded.reading, "body: patient", kept, "It is there.", bad)


@CHAPTER.asks(
    "encounter",
    "server",
    "Where launch/encounter is granted, the answer says which encounter.",
    CONTEXT,
    level="should",
)
def _encounter(story: Story) -> Found:
    for traded in _launched(story):
        if "launch/encounter" in traded.scope_texts:
            value = traded.context("encounter")
            kept = isinstance(value, str) and bool(value)
            yield holds(traded.reading, "body: encounter", kept, "It is there.", "encounter is missing.")


@CHAPTER.asks(
    "id-token",
    "server",
    "Where openid is granted, an id token comes with the code's token.",
    "OpenID Connect Core 1.0, 3.1.3.3; SMART App Launch 2.2, Scopes for requesting identity data",
)
def _id_token(story: Story) -> Found:
    for traded in story.granted:
        if traded.grant_type == "authorization_code" and "openid" in traded.scope_texts:
            kept = bool(text_of(traded.reading.answer, "id_token"))
            yield holds(traded.reading, "body: id_token", kept, "It is there.", "id_token is missing.")


@CHAPTER.asks(
    "refresh-token",
    "server",
    "Where online_access or offline_access is granted, a refresh token comes with the token.",
    "SMART App Launch 2.2, Scopes for requesting a refresh token",
    "The app must send the user to sign in when the token ends.",
)
def _refresh_token(story: Story) -> Found:
    for traded in story.granted:
        if traded.grant_type == "authorization_code":
            wanted = {"online_access", "offline_access"} & traded.scope_texts
            if wanted:
                bad = f"{' and '.join(sorted(wanted))} is granted, and there is no refresh_token."
                yield holds(traded.reading, "body: refresh_token", bool(traded.refresh_token), "It is there.", bad)


@CHAPTER.asks(
    "refresh-unasked",
    "server",
    "A refresh token is given only where online_access or offline_access is granted.",
    "SMART App Launch 2.2, Scopes for requesting a refresh token; RFC 9700, 4.14",
    level="should",
)
def _refresh_unasked(story: Story) -> Found:
    for traded in story.granted:
        if traded.refresh_token and traded.grant_type == "authorization_code":
            kept = bool({"online_access", "offline_access"} & traded.scope_texts)
            bad = "Neither is granted, and a refresh token came."
            yield holds(traded.reading, "body: refresh_token", kept, "It was asked for.", bad)


SHAPES: dict[str, tuple[str, Any]] = {
    "need_patient_banner": ("true or false", lambda value: isinstance(value, bool)),
    "intent": ("a text", lambda value: isinstance(value, str) and bool(value)),
    "tenant": ("a text", lambda value: isinstance(value, str) and bool(value)),
    "smart_style_url": ("an address", lambda value: isinstance(value, str) and bool(read_address(value).host)),
    "fhirContext": ("a list of objects", lambda value: _is_context(value)),
    "patient": ("an id", lambda value: isinstance(value, str) and bool(value)),
    "encounter": ("an id", lambda value: isinstance(value, str) and bool(value)),
}


def _is_context(value: Any) -> bool:
    """Each item names a resource, and neither the patient nor the encounter of the launch itself."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return False
    for item in value:
        reference, role = item.get("reference", ""), item.get("role", "launch")
        named = any(item.get(name) for name in ("reference", "canonical", "identifier"))
        again = str(reference).startswith(("Patient/", "Encounter/")) and role == "launch"
        if not named or not role or again:
            return False
    return True


@CHAPTER.asks(
    "context-shape",
    "server",
    "Context values have the shape that SMART gives them.",
    f"{CONTEXT}; fhirContext",
    "An app reads them as they are defined.",
)
def _context_shape(story: Story) -> Found:
    for traded in _launched(story):
        for name, (shape, fits) in SHAPES.items():
            if name in traded.reading.answer:
                value = traded.reading.answer[name]
                yield holds(traded.reading, f"body: {name}", fits(value), "It is.", f"{name} is not {shape}.")


@CHAPTER.asks(
    "cors",
    "server",
    "A browser app may read the answer from its own origin.",
    "SMART App Launch 2.2, Considerations for CORS",
    since=2,
)
def _cors(story: Story) -> Found:
    for traded in _answered(story):
        origin = traded.reading.request_header("origin")
        if origin:
            allowed = traded.reading.response_header("access-control-allow-origin")
            bad = "A browser app asked, and no Access-Control-Allow-Origin lets it read the answer."
            place = "header: Access-Control-Allow-Origin"
            yield holds(traded.reading, place, allowed in ("*", origin), "It may.", bad)


def _refreshes(story: Story) -> Iterator[Traded]:
    return (traded for traded in _answered(story) if traded.grant_type == "refresh_token")


@REFRESH.asks("scope-kept", "server", "A refresh grants no more than was granted before.", "RFC 6749, 6")
def _refresh_scope(story: Story) -> Found:
    for traded in _refreshes(story):
        if traded.is_granted and traded.source is not None and "scope" in traded.reading.answer:
            more = missing_scopes([s.text for s in traded.scopes], [s.text for s in traded.source.scopes])
            bad = f"Not granted before: {list_words(more)}."
            yield holds(traded.reading, "body: scope", not more, "It grants no more.", bad)


@REFRESH.asks(
    "lifetime",
    "server",
    "The answer to a refresh says how long the new token holds.",
    "SMART App Launch 2.2, Refresh access token: Response",
    "The app cannot know when to refresh the next time.",
)
def _refresh_lifetime(story: Story) -> Found:
    for traded in _refreshes(story):
        if traded.is_granted:
            kept = traded.lifetime is not None
            yield holds(traded.reading, "body: expires_in", kept, "It does.", "expires_in is missing.")


@REFRESH.asks(
    "taken",
    "server",
    "A refresh token that was given, and not used or revoked, is taken.",
    "RFC 6749, 6",
)
def _refresh_taken(story: Story) -> Found:
    for traded in _refreshes(story):
        sound = traded.source is not None and not _has_secret(traded) and not _is_spent(story, traded)
        if sound and traded.source is not None and traded.reading.client_id == traded.source.client_id:
            refused = traded.error in ("invalid_grant", "invalid_client", "invalid_scope")
            bad = f"It was refused as {traded.error}."
            yield holds(traded.reading, "body: error", not refused, "It was taken.", bad)


def _is_spent(story: Story, traded: Traded) -> bool:
    """Used or revoked before, it or what it came from; or asking for more."""
    token, index = first(traded.reading.form, "refresh_token"), traded.reading.index
    revoked = any(r.index < index for r in story.of("revocation"))
    used = any(t.reading.index < index and first(t.reading.form, "refresh_token") == token for t in story.traded)
    asked = first(traded.reading.form, "scope").split()
    more = traded.source is not None and missing_scopes(asked, [scope.text for scope in traded.source.scopes])
    return revoked or used or bool(more)


@REFRESH.asks(
    "rotated",
    "server",
    "An app without a secret gets a new refresh token with each refresh.",
    "RFC 9700, 2.2.2 and 4.14.2",
    "A stolen refresh token is otherwise never noticed.",
    since=2,
)
def _refresh_rotated(story: Story) -> Found:
    for traded in _refreshes(story):
        bound = bool(traded.reading.request_header("dpop"))
        public = story.method_of(traded.client_id) in ("", "none") and not _has_secret(traded) and not bound
        if traded.is_granted and public:
            old, new = first(traded.reading.form, "refresh_token"), traded.refresh_token
            bad = "The same one came back." if new else "No new one came: the old one goes on."
            yield holds(traded.reading, "body: refresh_token", bool(new) and new != old, "A new one came.", bad)


@REFRESH.asks(
    "old-refused",
    "server",
    "A refresh token that was replaced is refused.",
    "RFC 9700, 4.14.2",
    since=2,
)
def _refresh_old(story: Story) -> Found:
    replaced: set[str] = set()
    for traded in _refreshes(story):
        token = first(traded.reading.form, "refresh_token")
        if token in replaced:
            bad = "It was taken though a newer one had been given."
            yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)
        if traded.is_granted and traded.refresh_token and traded.refresh_token != token:
            replaced.add(token)


@REFRESH.asks(
    "client-checked",
    "server",
    "A refresh token is refused to another app.",
    "RFC 6749, 6 and 10.4",
)
def _refresh_client(story: Story) -> Found:
    for traded in _refreshes(story):
        if traded.source is not None and traded.reading.client_id != traded.source.client_id:
            bad = f"It was given to {quote(traded.source.client_id)}, and taken from another app."
            yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)
