"""Code as a site must exchange it: once, soon, and for the app that it was given to."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.launch_review.reading import first
from workbench.launch_review.rule import Chapter, Check, Found, holds, passes
from workbench.launch_review.story import Story, Traded
from workbench.smart.tokens import make_challenge

CHAPTER = Chapter("token")


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
    for traded in story.answered:
        if traded.grant_type == "authorization_code" and traded.returned is not None and traded.asked is not None:
            yield traded


def _age(traded: Traded) -> float:
    return traded.reading.started - traded.returned.reading.finished if traded.returned else 0.0


def _faults_of(story: Story, traded: Traded) -> list[str]:
    """What the app did wrong with this code, as far as it can be seen."""
    form, asked = traded.reading.form, traded.asked
    if asked is None or asked.is_ambiguous:
        return ["request"]
    faults = ["redirect_uri"] if first(form, "redirect_uri") != asked.value("redirect_uri") else []
    if asked.client_id and traded.reading.client_id != asked.client_id:
        faults.append("client")
    if not _proves(traded):
        faults.append("code_verifier")
    earlier = _earlier(story, traded)
    faults += ["tried"] if earlier else []
    faults += ["used"] if any(t.is_granted for t in earlier) else []
    if story.method_of(traded.client_id) not in ("", "none") or traded.has_proof:
        faults.append("proof")
    return faults + (["late"] if _age(traded) > 60 else [])


def _proves(traded: Traded) -> bool:
    challenge = traded.asked.value("code_challenge") if traded.asked else ""
    given = first(traded.reading.form, "code_verifier")
    plain = traded.asked is not None and traded.asked.is_plain
    return (given if plain else make_challenge(given)) == challenge if challenge else not given


def _earlier(story: Story, traded: Traded) -> list[Traded]:
    """Attempts with the same code before this one."""
    code, index = first(traded.reading.form, "code"), traded.reading.index
    tried = (t for t in story.tried("code", code) if t.grant_type == "authorization_code")
    return [t for t in tried if t.reading.index < index]


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
    "A code that was asked for with PKCE is refused without its verifier, and one without PKCE with a verifier.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 7636, 4.6; RFC 9700, 2.1.1 and 4.8.2",
    "PKCE that nobody checks protects nobody.",
)(_refuses("code_verifier", "A token was given though the verifier is missing or wrong, or nobody had asked for PKCE."))


@CHAPTER.asks(
    "code-short",
    "server",
    "A code ends soon: a minute is usual, and ten are the most.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 6749, 4.1.2",
    level="should",
)
def _code_short(story: Story) -> Found:
    for traded in _redemptions(story):
        age = _age(traded)
        if age > 600:
            bad = f"It was exchanged {age:.0f} seconds after it was given."
            yield holds(traded.reading, "body: access_token", not traded.is_granted, "It was refused.", bad)
        elif traded.is_granted:
            yield passes(traded.reading, "body: access_token", f"It was exchanged within {max(age, 0):.0f} seconds.")
