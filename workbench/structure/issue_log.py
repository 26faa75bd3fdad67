"""IssueLog: the issues of one validation as they are found, each cause told once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import replace
from heapq import heapify, heappop, heappush

from workbench.issue import UNDECIDED, Issue, Severity

MOST_ISSUES = 1000
# What a resource holds may be quoted, and be of any length.
LONGEST_MESSAGE = 2_000
_NAME = re.compile(r"[A-Za-z_]\w*")


class Place:
    """Where an element stands: its name below the place above, and its index where it repeats."""

    __slots__ = ("above", "index", "name")

    def __init__(self, above: Place | None, name: str, index: int = -1) -> None:
        self.above = above
        self.name = name
        self.index = index

    def __str__(self) -> str:
        """As a FHIRPath: `Bundle.entry[2].resource.name[0]`."""
        parts: list[str] = []
        here: Place | None = self
        while here is not None:
            parts.append(here.name if here.index < 0 else f"{here.name}[{here.index}]")
            here = here.above
        return ".".join(reversed(parts))


class IssueLog:
    """Gathers issues. What is told of a value that cannot be read is told once, and nothing that follows from it."""

    __slots__ = ("_found", "_later", "_lightest", "_spoilt", "_spoilt_below", "_spoilt_items", "full", "limit")

    def __init__(self, limit: int = MOST_ISSUES) -> None:
        self.limit = limit
        self.full = False
        self._found: dict[tuple[str, str], Issue] = {}
        # Whether it is full of errors alone.
        # Once it is full: rank and key of each issue, the lightest first.
        self._lightest: list[tuple[int, tuple[str, str]]] = []
        self._later: list[tuple[Issue, str, str]] = []
        # Places whose value is misshapen, unknown or missing: what else fails there or above may follow from it.
        self._spoilt: set[str] = set()
        # Each place above one of these, with the names of what is spoilt below it.
        self._spoilt_below: dict[str, set[str]] = {}
        # The items of a list, by its place, that are spoilt or hold what is.
        self._spoilt_items: dict[str, set[str]] = {}

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What was told, and that there is more where there is."""
        if not self.full:
            return tuple(self._found.values())
        said = f"There are more than {self.limit:,} issues; the others are not listed."
        return (*self._found.values(), Issue("information", "informational", said, rule="most issues"))

    @property
    def has_errors(self) -> bool:
        return any(issue.is_error for issue in self._found.values())

    def tell(
        self,
        severity: Severity,
        code: str,
        message: str,
        place: Place | str,
        rule: str,
        profile: str = "",
        *,
        aspect: str = "",
    ) -> None:
        """Add an issue, unless its place has one of the same aspect and at least its weight.

        The aspect is the last word of the rule where none is given.
        """
        self._add(Issue(severity, code, message, str(place), rule, profile), aspect or rule.rpartition(" ")[2])

    def tell_undecided(
        self,
        question: str,
        cause: str,
        place: Place | str,
        rule: str,
        profile: str = "",
        *,
        subject: str = "",
        aspect: str = "",
        severity: Severity = "information",
    ) -> None:
        """Add that something cannot be decided here; `cause` says why in words that are alike wherever it is so."""
        said = f"{question} cannot be decided here: {cause}."
        issue = Issue(severity, UNDECIDED, said, str(place), rule, profile, cause=cause, subject=subject)
        self._add(issue, aspect or rule.rpartition(" ")[2])

    def tell_later(self, issue: Issue, expression: str, around: str = "") -> None:
        """Add what an invariant says, unless it turns out to follow from what else is told of what it speaks of.

        Where it speaks of the whole of what stands at `around`, all that is told to be wrong in it may be the cause.
        """
        self._later.append((issue, expression, around))

    def settle(self) -> None:
        """Decide what is worth telling of the invariants, when all else is told."""
        for issue, expression, around in self._later:
            if not (self._may_follow(issue.path, expression) or (around and self.is_spoilt(around))):
                self._add(issue, issue.rule)
        self._later.clear()

    def is_told(self, place: Place | str, aspect: str) -> bool:
        return (str(place), aspect) in self._found

    def _add(self, issue: Issue, aspect: str) -> None:
        if len(issue.message) > LONGEST_MESSAGE:
            issue = replace(issue, message=issue.message[: LONGEST_MESSAGE - 1] + "…")
        key = (issue.path, aspect)
        known = self._found.get(key)
        if known is not None and known.rank <= issue.rank:
            return
        if known is None and len(self._found) >= self.limit and not self._make_room(issue):
            return
        self._found[key] = issue
        if self.full:
            heappush(self._lightest, (-issue.rank, key))

    def _make_room(self, issue: Issue) -> bool:
        """When the log is full, what is graver takes the place of the lightest, so that no fault hides behind many."""
        if not self.full:
            self.full = True
            self._lightest = [(-known.rank, key) for key, known in self._found.items()]
            heapify(self._lightest)
        while self._lightest and -self._lightest[0][0] > issue.rank:
            rank, key = heappop(self._lightest)
            if key in self._found and self._found[key].rank == -rank:  # else it was told as graver since
                del self._found[key]
                return True
        return False

    def spoil(self, place: Place | str) -> None:
        path = str(place)
        if path in self._spoilt:
            return
        self._spoilt.add(path)
        for item in (path, *_above(path)):
            if item.endswith("]"):
                self._spoilt_items.setdefault(item.rpartition("[")[0], set()).add(item)
        for above in _above(path):
            names = _NAME.findall(path[len(above) :])
            self._spoilt_below.setdefault(above, set()).update(names)

    def is_spoilt(self, place: Place | str) -> bool:
        """Whether the value at `place`, one above it or a part of it is told to be wrong in itself."""
        if not self._spoilt:
            return False
        path = str(place)
        return path in self._spoilt_below or self._is_within_spoilt(path)

    def is_spoilt_below(self, place: Place | str) -> bool:
        """Whether a part of what stands at `place` is told to be wrong in itself; of any of those that stand there."""
        path = str(place)
        return path in self._spoilt_below or path in self._spoilt_items

    def spoilt_items(self, place: Place | str) -> Set[str]:
        """The places of those items of a list that are told to be wrong, or a part of them."""
        return self._spoilt_items.get(str(place), frozenset())

    def _may_follow(self, path: str, expression: str) -> bool:
        """Whether an invariant that fails at `path` may only repeat what is told of an element it speaks of."""
        if not self._spoilt:
            return False
        below = self._spoilt_below.get(path)
        return self._is_within_spoilt(path) or (below is not None and not below.isdisjoint(_NAME.findall(expression)))

    def _is_within_spoilt(self, path: str) -> bool:
        return path in self._spoilt or any(above in self._spoilt for above in _above(path))


def _above(path: str) -> Iterator[str]:
    """The places above: of `Patient.name[0].family` those are `Patient.name[0]` and `Patient`."""
    while "." in path:
        path = path.rpartition(".")[0]
        yield path
