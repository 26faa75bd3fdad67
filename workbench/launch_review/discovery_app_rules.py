"""Discovery as an app must use it: what it reads before it asks, and where it goes then."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workbench.launch_review.reading import Kind, Reading, has, read_address
from workbench.launch_review.rule import Chapter, Check, Found, holds, list_words, quote
from workbench.launch_review.story import Asked, Story
from workbench.smart.json_answer import text_of, texts_of

CHAPTER = Chapter("discovery")
DOCUMENTS: tuple[Kind, ...] = ("smart-configuration", "capability-statement")
Items = Callable[[Story], Iterable[tuple[Reading, Asked | None]]]


@CHAPTER.asks(
    "app-reads",
    "app",
    "The app reads at the site where to ask (smart-configuration, else capability statement) before it asks.",
    "SMART App Launch 2.2, Retrieve .well-known/smart-configuration",
    "An app with endpoints of its own goes to the wrong door when a site moves.",
    level="should",
)
def _app_discovers(story: Story) -> Found:
    for asked in story.asked:
        read = story.discovered(read_address(asked.value("aud")).bare.rstrip("/"), asked.reading.index)
        good = "The app had read where this site signs apps in."
        bad = "The app asked to be authorized without having read the smart-configuration of this FHIR base."
        yield holds(asked.reading, "address", read, good, bad)


@CHAPTER.asks(
    "app-accepts",
    "app",
    "The app accepts JSON when it asks for the smart-configuration.",
    "SMART App Launch 2.2, Retrieve .well-known/smart-configuration: Request; Conformance: Using Well-Known",
    "It is JSON whatever the app accepts, and a strict server between the two would refuse.",
    level="should",
)
def _app_accepts(story: Story) -> Found:
    for reading in story.of("smart-configuration"):
        accepted = reading.request_header("accept").lower()
        kept = not accepted or any(word in accepted for word in ("json", "*/*", "application/*"))
        bad = f"The app accepts {quote(accepted)}, and the document is application/json."
        yield holds(reading, "header: Accept", kept, "The app takes JSON.", bad)


@CHAPTER.asks(
    "app-well-known",
    "app",
    "The app reads the smart-configuration, and not the capability statement alone.",
    "SMART App Launch 2.2, Conformance: Using Well-Known",
    "The capability statement names endpoints no more at sites that follow version 2.",
    level="should",
    since=2,
)
def _app_well_known(story: Story) -> Found:
    first_read = {reading.kind: reading.index for reading in reversed((*story.of(*DOCUMENTS),))}
    for asked in story.asked:
        read = {kind for kind, at in first_read.items() if at < asked.reading.index}
        if read:
            bad = "Only the capability statement was read."
            yield holds(asked.reading, "address", "smart-configuration" in read, "It was read.", bad)


def _app_uses(name: str, items: Items) -> Check:
    def check(story: Story) -> Found:
        for reading, asked in items(story):
            told = read_address(text_of(story.configuration_of(asked), name)).bare
            used = reading.address.bare
            bad = f"The site names {told} as its {name}, and the app went to {used}."
            if told:
                yield holds(reading, "address", used == told, "The app went where the site said.", bad)

    return check


CHAPTER.asks(
    "app-authorize",
    "app",
    "The app asks to be authorized at the endpoint that the site named.",
    "SMART App Launch 2.2, Obtain authorization code; RFC 9700, 4.4",
)(_app_uses("authorization_endpoint", lambda story: ((asked.reading, asked) for asked in story.asked)))


CHAPTER.asks(
    "app-token",
    "app",
    "The app sends codes and secrets only to the token endpoint that the site named.",
    "SMART App Launch 2.2, Obtain access token; RFC 9700, 4.4",
    "A code or secret that goes elsewhere is lost to whoever listens there.",
)(_app_uses("token_endpoint", lambda story: ((traded.reading, traded.asked) for traded in story.traded)))


@CHAPTER.asks(
    "app-challenge-method",
    "app",
    "The app uses a method of PKCE that the site lists.",
    "SMART App Launch 2.2, Considerations for PKCE Support; RFC 7636, 4.3",
    since=2,
)
def _app_challenge_method(story: Story) -> Found:
    for asked in story.asked:
        methods = texts_of(story.configuration_of(asked), "code_challenge_methods_supported")
        method = asked.value("code_challenge_method")
        if methods and has(asked.parameters, "code_challenge_method"):
            bad = f"The app used {quote(method)}, and the site lists {list_words(methods)}."
            place = asked.place("code_challenge_method")
            yield holds(asked.reading, place, method in methods, "The method is one of the site's.", bad)
