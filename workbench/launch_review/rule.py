"""Rule: a requirement with the function that finds evidence for and against it in a launch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.launch_review.review import Evidence, Level, Party, Requirement, Stage

if TYPE_CHECKING:
    from workbench.launch_review.reading import Reading
    from workbench.launch_review.story import Story

Found = Iterator[Evidence]
Check = Callable[["Story"], Iterable[Evidence]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`check` tells what it saw, each `pass` or `fail`; a requirement that it has nothing to say of was not seen."""

    requirement: Requirement
    check: Check


class Chapter:
    """The rules of one stage, in the order in which they are written; `asks` puts a requirement to its function."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.rules: list[Rule] = []

    def asks(
        self,
        id_: str,
        party: Party,
        text: str,
        clause: str,
        why: str = "",
        *,
        level: Level = "must",
        since: Literal[1, 2] = 1,
    ) -> Callable[[Check], Check]:
        def put(check: Check) -> Check:
            requirement = Requirement(f"{self.stage}-{id_}", party, self.stage, text, clause, why, level, since)
            self.rules.append(Rule(requirement, check))
            return check

        return put


def holds(reading: Reading, place: str, kept: bool, good: str, bad: str) -> Evidence:
    """Evidence that the requirement is kept at this place, or is not."""
    return Evidence(reading.index, place, good if kept else bad, "pass" if kept else "fail")


def fails(reading: Reading, place: str, bad: str) -> Evidence:
    return Evidence(reading.index, place, bad, "fail")


def passes(reading: Reading, place: str, good: str) -> Evidence:
    return Evidence(reading.index, place, good)


def stays_protected(reading: Reading) -> Evidence:
    bad = f"It went to {reading.address.origin} without TLS."
    return holds(reading, "address", reading.address.is_protected, "It is protected.", bad)


def gets_answer(reading: Reading, who: str) -> Found:
    """An answer came, and no error of the server's own; nothing where neither it nor its failure was seen."""
    if reading.exchange.failure is not None:
        yield fails(reading, "status", "No answer came.")
    elif reading.status:
        yield holds(reading, "status", reading.status < 500, "It answered.", f"{who} failed with {reading.status}.")


def lets_browser_read(story: Story, readings: Iterable[Reading], good: str) -> Found:
    """Whoever asked from an origin may read the answer there, at a site that takes apps in a browser."""
    for reading in readings if story.takes_browser_apps else ():
        origin = reading.request_header("origin")
        if origin and reading.status:
            kept = reading.response_header("access-control-allow-origin") in ("*", origin)
            bad = "A browser app asked, and no Access-Control-Allow-Origin lets it read the answer."
            yield holds(reading, "header: Access-Control-Allow-Origin", kept, good, bad)


def quote(value: object, most: int = 80) -> str:
    """A value as a sentence shows it: on one line, and no longer than a glance."""
    text = "".join(letter if letter.isprintable() else "·" for letter in str(value)[: most + 1])
    return f"“{text[:most]}…”" if len(text) > most else f"“{text}”"


def list_words(words: Iterable[str], most: int = 6) -> str:
    shown = [quote(word, 60) for word in words]
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")
