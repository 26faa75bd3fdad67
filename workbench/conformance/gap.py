"""Gap: what a log of messages uses at one place, beside what a profile or a version asks there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["breaks", "warns", "unasked", "unused", "holds"]
VERDICT_WORDS: dict[Verdict, str] = {
    "breaks": "breaks",
    "warns": "warns",
    "unasked": "not asked for",
    "unused": "never used",
    "holds": "holds",
}
"""The verdicts in words, the gravest first."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One place of one message type, such as `PID-3.1` of `ADT^A01`.

    `messages` of `of` value it, `times` in all, `held` of what holds it (its segments, or the repetitions of its field)
    once at least, at most `most` at once, with lengths from `shortest` to `longest`.
    `values` are codes with their counts, the most frequent first; of places that may identify somebody there are none.
    `asked` is what the profile asks, or the version where the profile says nothing; `broken` messages break it, the
    first at `example`, and `rules` are those that they break.
    """

    message: str
    path: str
    name: str = ""
    messages: int = 0
    of: int = 0
    times: int = 0
    held: int = 0
    most: int = 0
    shortest: int = 0
    longest: int = 0
    distinct: int = 0
    is_cut: bool = False
    nulls: int = 0
    values: tuple[tuple[str, int], ...] = ()
    asked: str = ""
    asker: Literal["profile", "version", ""] = ""
    verdict: Verdict = "holds"
    broken: int = 0
    rules: tuple[str, ...] = ()
    example: str = ""

    @property
    def is_gap(self) -> bool:
        return self.verdict in ("breaks", "warns", "unasked")


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Messages of one type; `is_asked` is False where the site takes none such, or no profile is of it."""

    message: str
    messages: int
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class GapReport:
    """All of a log: what it was held against, its messages by type, version and sender, and the gaps by place.

    `taken_versions` are those that a site takes, all where empty. `unreadable_places` are the first at which no message
    could be read.
    """

    against: str
    messages: int
    types: tuple[TypeCount, ...]
    versions: tuple[tuple[str, int], ...]
    senders: tuple[tuple[str, int], ...]
    local_segments: tuple[str, ...]
    rows: tuple[Gap, ...]
    unreadable: int = 0
    unreadable_places: tuple[str, ...] = ()
    taken_versions: tuple[str, ...] = ()

    @property
    def untaken_versions(self) -> tuple[tuple[str, int], ...]:
        return tuple(each for each in self.versions if self.taken_versions and each[0] not in self.taken_versions)

    @property
    def has_gaps(self) -> bool:
        """Whether anything breaks what is asked, or could not be read or is not taken at all."""
        untaken = self.untaken_versions or any(not each.is_asked for each in self.types)
        return bool(self.unreadable or untaken or any(row.verdict == "breaks" for row in self.rows))
