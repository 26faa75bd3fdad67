"""Backend services as they must be: an app without a user, and what a site grants to it."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.launch_review.reading import first, has
from workbench.launch_review.rule import Chapter, Check, Found, holds, list_words
from workbench.launch_review.story import Story, Traded
from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scopes import parse_scopes

CHAPTER = Chapter("backend")
BACKEND = "SMART App Launch 2.2, Backend Services, Obtain access token"
FIVE_MINUTES = 300


def _backend(story: Story) -> Iterator[Traded]:
    return (traded for traded in story.traded if traded.grant_type == "client_credentials")


@CHAPTER.asks("scope", "app", "A backend service names the scopes that it needs.", BACKEND)
def _scope(story: Story) -> Found:
    for traded in _backend(story):
        kept = bool(first(traded.reading.form, "scope"))
        yield holds(traded.reading, "body: scope", kept, "It does.", "scope is missing.")


@CHAPTER.asks(
    "system-scopes",
    "app",
    "A backend service asks for system scopes.",
    f"{BACKEND}: Scopes",
    "There is no user and no patient whose rights it could have.",
    level="should",
)
def _system_scopes(story: Story) -> Found:
    for traded in _backend(story):
        scopes = parse_scopes(first(traded.reading.form, "scope"))
        other = [scope.text for scope in scopes if scope.context != "system"]
        if scopes:
            yield holds(traded.reading, "body: scope", not other, "It does.", f"Others: {list_words(other)}.")


@CHAPTER.asks("by-key", "app", "A backend service proves itself by a signed assertion.", BACKEND)
def _by_key(story: Story) -> Found:
    for traded in _backend(story):
        kept = has(traded.reading.form, "client_assertion")
        bad = (
            "It came with a secret."
            if traded.reading.basic or has(traded.reading.form, "client_secret")
            else "None came."
        )
        yield holds(traded.reading, "body: client_assertion", kept, "It does.", bad)


@CHAPTER.asks("lifetime", "server", "The answer says how long the token holds.", f"{BACKEND}: Issue Access Token")
def _lifetime(story: Story) -> Found:
    for traded in _backend(story):
        if traded.is_granted:
            kept = traded.lifetime is not None
            yield holds(traded.reading, "body: expires_in", kept, "It does.", "expires_in is missing.")


@CHAPTER.asks(
    "short",
    "server",
    "A backend service's token holds for five minutes at most.",
    f"{BACKEND}: Issue Access Token",
    level="should",
)
def _short(story: Story) -> Found:
    for traded in _backend(story):
        if traded.is_granted and traded.lifetime is not None:
            bad = f"It holds for {traded.lifetime:.0f} seconds."
            yield holds(traded.reading, "body: expires_in", traded.lifetime <= FIVE_MINUTES, "It does.", bad)


@CHAPTER.asks("no-refresh", "server", "No refresh token is given to a backend service.", BACKEND, level="should")
def _no_refresh(story: Story) -> Found:
    for traded in _backend(story):
        if traded.is_granted:
            kept = not traded.refresh_token
            yield holds(traded.reading, "body: refresh_token", kept, "There is none.", "One came.")


def _within(name: str) -> Check:
    """What is granted lies within what was asked, or within what the app is registered for."""

    def check(story: Story) -> Found:
        for traded in _backend(story):
            client = story.client(traded.client_id)
            limit = client.scope if name == "registered" and client is not None else ""
            limit = first(traded.reading.form, "scope") if name == "asked" else limit
            if traded.is_granted and limit:
                more = missing_scopes([scope.text for scope in traded.scopes], limit.split())
                yield holds(traded.reading, "body: scope", not more, "It is.", f"Beyond it: {list_words(more)}.")

    return check


CHAPTER.asks(
    "registered-scopes",
    "server",
    "What is granted lies within what the backend service was allowed beforehand.",
    f"{BACKEND}: Evaluate Requested Access",
)(_within("registered"))


CHAPTER.asks(
    "asked-scopes",
    "server",
    "A backend service is granted no more than it asked for.",
    f"{BACKEND}: Issue Access Token; RFC 6749, 3.3",
    level="should",
)(_within("asked"))
