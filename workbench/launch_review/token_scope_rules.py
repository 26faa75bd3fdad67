"""Token scopes in the version that a site claims: what it granted to an app that asked in version 2 alone.

Why nothing was granted shows on the consent page, where that was seen; else it stays open, and is told so.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from html import unescape

from workbench.launch_review.reading import Reading, has
from workbench.launch_review.review import Evidence
from workbench.launch_review.rule import Chapter, Found, fails, list_words, passes, quote
from workbench.launch_review.story import Story, Traded
from workbench.smart.json_answer import texts_of
from workbench.smart.scope_cover import is_given
from workbench.smart.scopes import Scope, parse_scope, parse_scopes

CHAPTER = Chapter("token")
PLACE = "body: scope"
MOST_BYTES = 200_000
VALUE = re.compile(r"\svalue\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)


@CHAPTER.asks(
    "scope-version",
    "server",
    "A site that claims permission-v2 grants scopes of version 2 to an app that asks for no others.",
    "SMART App Launch 2.2, Conformance: Capabilities, permission-v2",
    "The app signs in, and is refused at every call.",
    since=2,
)
def _scope_version(story: Story) -> Found:
    for traded in story.launched:
        wanted = _wanted(story, traded)
        if not wanted:
            continue
        granted = _of_resources(traded.scopes)
        if newer := _newer(granted):
            yield passes(traded.reading, PLACE, f"Granted: {_list(newer)}.")
        elif granted:
            bad = f"Asked for {_list(wanted)}, and granted in version 1 alone: {_list(granted)}."
            yield fails(traded.reading, PLACE, bad)
        else:
            yield from _judge_none(story, traded, wanted)


def _wanted(story: Story, traded: Traded) -> tuple[Scope, ...]:
    """The resource scopes asked for, where all are of version 2 and the site claims to take these."""
    asked = traded.asked
    if asked is None or asked.is_ambiguous or traded.grant_type != "authorization_code" or "scope" not in traded.told:
        return ()
    wanted = _of_resources(asked.scopes)
    claimed = "permission-v2" in story.capabilities_of(asked)
    # A system scope is for no user.
    fits = all(scope.version == "v2" and scope.context != "system" for scope in wanted)
    return wanted if claimed and fits else ()


def _judge_none(story: Story, traded: Traded, wanted: tuple[Scope, ...]) -> Found:
    pages = _pages_of(story, traded)
    older = [text for scope in wanted if (text := _spelt_older(scope))]
    readable = [page for page in pages if any(scope.kind != "unknown" for scope in _values(page))]
    named = next(((page, text) for page in readable for text in older if _names(page, text)), None)
    if any(_newer(_values(page)) for page in pages):
        yield _judge_ticks(traded, pages, wanted)
    elif named is not None:
        page, text = named
        yield fails(
            traded.reading,
            PLACE,
            f"None of {_list(wanted)} was granted: the site's page in exchange {page.index + 1} offers none of "
            f"version 2, and names {quote(text)}, of version 1.",
        )
    elif _is_listed(story, traded, wanted):
        yield _leaves_open(
            traded,
            f"None of {_list(wanted)} was granted, though the site lists scopes like them. Either its endpoints "
            "take no scopes of version 2, or the user or a rule of the site kept them back: no page seen tells which.",
        )


def _judge_ticks(traded: Traded, pages: tuple[Reading, ...], wanted: tuple[Scope, ...]) -> Evidence:
    """What was offered and then left out is the user's doing; what was sent back and not granted is not."""
    sent = _newer(scope for _, value in pages[-1].form for scope in parse_scopes(value))
    if not sent:
        return passes(traded.reading, PLACE, "The site's page offered scopes of version 2 to the user.")
    return _leaves_open(
        traded,
        f"None of {_list(wanted)} was granted, though {_list(sent)} came with the form of the site's page. "
        "Either its token endpoint takes no scopes of version 2, or a rule of the site kept them back.",
    )


def _leaves_open(traded: Traded, sentence: str) -> Evidence:
    return Evidence(traded.reading.index, PLACE, sentence, "warning")


def _pages_of(story: Story, traded: Traded) -> tuple[Reading, ...]:
    """The site's pages between the request and its code; none where those of another launch may be among them."""
    if traded.returned is None or traded.asked is None:
        return ()
    first, last = traded.asked.reading.index, traded.returned.reading.index
    start = bisect_left(story.readings, first, key=_index)
    window = story.readings[start : bisect_right(story.readings, last, key=_index)]
    if any(each.index > first and has(each.parameters, "response_type") for each in window):
        return ()
    return tuple(each for each in window if each.kind in ("authorize", "page"))


def _index(reading: Reading) -> int:
    return reading.index


def _text(page: Reading) -> str:
    response = page.exchange.response
    return response.body[:MOST_BYTES].decode("utf-8", "replace") if response is not None else ""


def _values(page: Reading) -> tuple[Scope, ...]:
    """What the fields of the page's forms hold, read as scopes."""
    texts = (unescape(double or single) for double, single in VALUE.findall(_text(page)))
    return tuple(scope for text in texts for scope in parse_scopes(text))


def _newer(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    return tuple(scope for scope in _of_resources(scopes) if scope.version == "v2")


def _names(page: Reading, text: str) -> bool:
    return re.search(rf"(?<![\w/]){re.escape(text)}(?!\w)", unescape(_text(page))) is not None


def _spelt_older(scope: Scope) -> str:
    other = scope.in_version("v1")
    return other.text if other is not None else ""


def _is_listed(story: Story, traded: Traded, wanted: tuple[Scope, ...]) -> bool:
    """Whether the site says, in version 2, that an app may ask for one of them."""
    listed = tuple(parse_scope(text) for text in texts_of(story.configuration_of(traded.asked), "scopes_supported"))
    newer = tuple(scope for scope in listed if scope.version == "v2")
    return any(is_given(scope, newer) for scope in wanted)


def _of_resources(scopes: Iterable[Scope]) -> tuple[Scope, ...]:
    return tuple(scope for scope in scopes if scope.kind == "resource")


def _list(scopes: Iterable[Scope]) -> str:
    return list_words(scope.text for scope in scopes)
