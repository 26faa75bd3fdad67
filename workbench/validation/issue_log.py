"""IssueLog: the issues of one validation as they are found, each cause told once."""

from __future__ import annotations

import re

from workbench.issue import Issue, Severity

MOST_ISSUES = 1000
_WORTH: dict[str, int] = {"information": 0, "warning": 1, "error": 2, "fatal": 3}
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

    __slots__ = ("_found", "_later", "_spoilt", "full", "limit")

    def __init__(self, limit: int = MOST_ISSUES) -> None:
        self.limit = limit
        self.full = False
        self._found: dict[tuple[str, str], Issue] = {}
        self._later: list[tuple[Issue, str]] = []
        # Places whose value is misshapen, unknown or missing: what else fails there or above may follow from it.
        self._spoilt: list[str] = []

    @property
    def issues(self) -> tuple[Issue, ...]:
        return tuple(self._found.values())

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

    def tell_later(self, issue: Issue, expression: str) -> None:
        """Add what an invariant says, unless it turns out to follow from what else is told of what it speaks of."""
        self._later.append((issue, expression))

    def settle(self) -> None:
        """Decide what is worth telling of the invariants, when all else is told."""
        for issue, expression in self._later:
            if not self._may_follow(issue.path, expression):
                self._add(issue, issue.rule)
        self._later.clear()

    def is_told(self, place: Place | str, aspect: str) -> bool:
        return (str(place), aspect) in self._found

    def _add(self, issue: Issue, aspect: str) -> None:
        key = (issue.path, aspect)
        known = self._found.get(key)
        if known is not None and _WORTH[known.severity] >= _WORTH[issue.severity]:
            return
        if known is None and len(self._found) >= self.limit:
            self.full = True
            return
        self._found[key] = issue

    def spoil(self, place: Place | str) -> None:
        self._spoilt.append(str(place))

    def is_spoilt(self, place: Place | str) -> bool:
        """Whether the value at `place`, one above it or a part of it is told to be wrong in itself."""
        if not self._spoilt:
            return False
        path = str(place)
        return any(_is_within(path, spoilt) or _is_within(spoilt, path) for spoilt in self._spoilt)

    def is_spoilt_below(self, place: Place | str) -> bool:
        """Whether a part of what stands at `place` is told to be wrong in itself."""
        path = str(place)
        return any(spoilt != path and _is_within(spoilt, path) for spoilt in self._spoilt)

    def _may_follow(self, path: str, expression: str) -> bool:
        """Whether an invariant that fails at `path` may only repeat what is told of an element it speaks of."""
        if not self._spoilt:
            return False
        names = set(_NAME.findall(expression))
        return any(
            _is_within(path, spoilt)
            or (_is_within(spoilt, path) and not names.isdisjoint(_NAME.findall(spoilt[len(path) :])))
            for spoilt in self._spoilt
        )


def _is_within(path: str, outer: str) -> bool:
    return path.startswith(outer) and (len(path) == len(outer) or path[len(outer)] in ".[")
