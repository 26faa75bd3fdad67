"""Refresh as it must be: what an app trades for a new token, and what a site gives for it."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.launch_review.reading import first
from workbench.launch_review.rule import Chapter, Found, fails, holds, list_words, passes, quote
from workbench.launch_review.story import Story, Traded
from workbench.smart.scope_cover import missing_scopes

CHAPTER = Chapter("refresh")
DAY = 86400.0


@CHAPTER.asks("token", "app", "A refresh names its refresh token, in the body.", "RFC 6749, 6")
def _refresh_token(story: Story) -> Found:
    for traded in _refreshed(story):
        kept = bool(first(traded.reading.form, "refresh_token"))
        yield holds(traded.reading, "body: refresh_token", kept, "It is there.", "refresh_token is missing.")


def _refreshed(story: Story) -> Iterator[Traded]:
    return (traded for traded in story.traded if traded.grant_type == "refresh_token")


@CHAPTER.asks(
    "scope",
    "app",
    "A refresh asks for no more than was granted.",
    "RFC 6749, 6; SMART App Launch 2.2, Refresh access token",
)
def _refresh_scope(story: Story) -> Found:
    for traded in _refreshed(story):
        asked = first(traded.reading.form, "scope").split()
        if traded.source is not None and asked:
            more = missing_scopes(asked, traded.source.consented)
            bad = f"Not granted before: {list_words(more)}."
            yield holds(traded.reading, "body: scope", not more, "It asks for no more.", bad)


@CHAPTER.asks(
    "newest",
    "app",
    "The app uses the newest refresh token, and each one once where a new one came with it.",
    "RFC 6749, 6; SMART App Launch 2.2, Refresh access token: Response; Best practices",
    "An old one that comes again is taken for a stolen one, and the user must sign in anew.",
)
def _refresh_newest(story: Story) -> Found:
    replaced: dict[str, int] = {}
    for traded in _refreshed(story):
        token = first(traded.reading.form, "refresh_token")
        if token in replaced:
            bad = f"A newer one had come in exchange {replaced[token] + 1}."
            yield fails(traded.reading, "body: refresh_token", bad)
        elif token:
            yield passes(traded.reading, "body: refresh_token", "It was the newest.")
        if traded.is_granted and traded.refresh_token and traded.refresh_token != token:
            replaced[token] = traded.reading.index


@CHAPTER.asks("own", "app", "An app refreshes the tokens that were given to it.", "RFC 6749, 6 and 10.4")
def _refresh_own(story: Story) -> Found:
    for traded in _refreshed(story):
        if traded.source is not None and traded.reading.client_id and traded.source.client_id:
            kept = traded.reading.client_id == traded.source.client_id
            bad = f"It was given to {quote(traded.source.client_id)}."
            yield holds(traded.reading, "body: refresh_token", kept, "It is the app's own.", bad)


def _refreshes(story: Story) -> Iterator[Traded]:
    return (traded for traded in story.answered if traded.grant_type == "refresh_token")


@CHAPTER.asks("scope-kept", "server", "A refresh grants no more than was granted before.", "RFC 6749, 6")
def _scope_kept(story: Story) -> Found:
    for traded in _refreshes(story):
        if traded.is_granted and traded.source is not None and "scope" in traded.reading.answer:
            more = missing_scopes([s.text for s in traded.scopes], traded.source.consented)
            bad = f"Not granted before: {list_words(more)}."
            yield holds(traded.reading, "body: scope", not more, "It grants no more.", bad)


@CHAPTER.asks(
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


@CHAPTER.asks(
    "taken",
    "server",
    "A refresh token that was given on the same day, and not used or revoked, is taken.",
    "RFC 6749, 6",
)
def _refresh_taken(story: Story) -> Found:
    for traded in _refreshes(story):
        sound = not traded.has_proof and not _is_spent(story, traded)
        # How long a refresh token holds, a site need not say; one of the same day is no old one.
        if traded.source is None or traded.reading.started - traded.source.reading.finished > DAY:
            continue
        if sound and traded.reading.client_id == traded.source.client_id:
            refused = traded.error in ("invalid_grant", "invalid_client", "invalid_scope")
            bad = f"It was refused as {traded.error}."
            yield holds(traded.reading, "body: error", not refused, "It was taken.", bad)


def _is_spent(story: Story, traded: Traded) -> bool:
    """Used or revoked before, it or what it came from; or asking for more."""
    token, index = first(traded.reading.form, "refresh_token"), traded.reading.index
    revoked = any(r.index < index for r in story.of("revocation"))
    used = any(t.reading.index < index for t in story.tried("refresh_token", token))
    asked = first(traded.reading.form, "scope").split()
    more = traded.source is not None and missing_scopes(asked, traded.source.consented)
    ended = story.has_invalid_grant(traded.source.reading.index if traded.source is not None else 0, index)
    return revoked or used or ended or bool(more)


@CHAPTER.asks(
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
        public = story.method_of(traded.client_id) in ("", "none") and not traded.has_proof and not bound
        if traded.is_granted and public:
            old, new = first(traded.reading.form, "refresh_token"), traded.refresh_token
            bad = "The same one came back." if new else "No new one came: the old one goes on."
            yield holds(traded.reading, "body: refresh_token", bool(new) and new != old, "A new one came.", bad)


@CHAPTER.asks(
    "old-refused",
    "server",
    "A refresh token that was replaced is refused to an app without a secret.",
    "RFC 9700, 4.14.2",
    since=2,
)
def _refresh_old(story: Story) -> Found:
    replaced: set[str] = set()
    for traded in _refreshes(story):
        token = first(traded.reading.form, "refresh_token")
        # An app that proves itself may be given the old one's use for a while (RFC 6749, 6).
        if token in replaced and not traded.has_proof:
            bad = "It was taken though a newer one had been given."
            yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)
        if traded.is_granted and traded.refresh_token and traded.refresh_token != token:
            replaced.add(token)


@CHAPTER.asks(
    "client-checked",
    "server",
    "A refresh token is refused to another app.",
    "RFC 6749, 6 and 10.4",
)
def _refresh_client(story: Story) -> Found:
    for traded in _refreshes(story):
        named = traded.reading.client_id
        if traded.source is not None and named and named != traded.source.client_id:
            bad = f"It was given to {quote(traded.source.client_id)}, and taken from another app."
            yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)
