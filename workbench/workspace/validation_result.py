"""FileResult: what the validation of one file came to, and the events that tell of a run while it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.issue import Issue


@dataclass(frozen=True, slots=True)
class ValidationRequest:
    """What to hold resources against. An empty `release` is read from the packages or from each resource.

    `profiles` are canonicals, `packages` are `ID#VERSION`, `ID` or paths of `.tgz` files and folders. HL7 v2 messages
    are held against `hl7_version`, or each against its own, by `message_profiles` and the rules of the file `site`.
    """

    release: str = ""
    profiles: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    asks_second_opinion: bool = False
    hl7_version: str = ""
    site: str = ""
    message_profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Against:
    """What a file was held against: `R4 4.0.1`, where that was read, and the labels of the packages on top of it.

    `missing` are the packages that those ask for and that are not here. `standard` is FHIR, or HL7 for messages.
    """

    release: str
    why: str
    packages: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    standard: Literal["FHIR", "HL7"] = "FHIR"


@dataclass(frozen=True, slots=True)
class FileResult:
    """`against` is None where nothing was judged; `failure` says why it could not be. Messages count as `resources`.

    `more` counts the issues that were found and are not listed, one file having too many.
    """

    file: str
    issues: tuple[Issue, ...] = ()
    against: Against | None = None
    resources: int = 1
    duration: float = 0.0
    failure: str = ""
    more: int = 0

    @property
    def valid(self) -> bool:
        """Whether no error was found; what could not be decided is told, and makes nothing invalid."""
        return not self.failure and not any(issue.is_error for issue in self.issues)

    @property
    def counts(self) -> Counter[str]:
        """How many issues there are of each severity, what is undecided apart from the rest."""
        return count_issues(self.issues)


@dataclass(frozen=True, slots=True)
class FileStarted:
    """`index` counts from 0 through the `count` files of the run."""

    file: str
    index: int
    count: int


@dataclass(frozen=True, slots=True)
class FileFinished:
    result: FileResult
    index: int
    count: int


ValidationEvent = FileStarted | FileFinished


def count_issues(issues: Iterable[Issue]) -> Counter[str]:
    return Counter("undecided" if issue.is_undecided else issue.severity for issue in issues)


def keep_gravest(issues: Sequence[Issue], most: int) -> tuple[Issue, ...]:
    """Return the `most` gravest issues, in their order, so that no fault hides behind what is none."""
    if len(issues) <= most:
        return tuple(issues)
    by_rank = sorted(range(len(issues)), key=lambda at: issues[at].rank)
    return tuple(issues[at] for at in sorted(by_rank[:most]))
