"""Environment: what an evaluation may ask of the world around it, and the limits it must keep."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import regex

from workbench.errors import WorkbenchError
from workbench.fhirpath.node import Node
from workbench.fhirpath.tables import Tables

# In seconds, for one evaluation as a whole; a search through a large bundle takes a tenth of it.
LONGEST_EVALUATION = 2.0
# A pattern that takes longer backtracks without end; no check of an analyst needs this.
LONGEST_MATCHING = 0.15
LONGEST_PATTERN = 1000
LONGEST_TEXT = 10_000_000
MOST_ITEMS = 1_000_000
# The clock is read once in so many steps.
_STRIDE = 5_000


class NotEvaluated(WorkbenchError):
    """Neither true nor false: what was asked cannot be decided here. `reason` is a part of a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The expression could not be evaluated: {reason}.")
        self.reason = reason


class Exhausted(NotEvaluated):
    """What was asked takes more time or room than an evaluation may have, and will again."""


def reason_of(error: WorkbenchError) -> str:
    """Why an expression was not evaluated, or cannot be read, as a part of a sentence."""
    if isinstance(error, NotEvaluated):
        return error.reason
    return error.message[:1].lower() + error.message[1:].rstrip(".")


def _now() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Environment:
    """`resource` is the innermost resource around the node in question, `root` the one that contains it.

    `resolve` gives the resource that a reference names, or None where there is none; without it, contained resources
    and entries of the bundle are found. `member_of(node, value_set)`, `conforms_to(node, canonical)` and
    `html_checks(text)` give True or False. Each may raise NotEvaluated, and what is missing is not evaluated.
    `variables` are further `%names` with their items.
    """

    definitions: Tables
    resource: Node
    root: Node
    resolve: Callable[[str], Node | None] | None = None
    member_of: Callable[[Node, str], bool | None] | None = None
    conforms_to: Callable[[Node, str], bool | None] | None = None
    html_checks: Callable[[str], bool] | None = None
    clock: Callable[[], datetime] = _now
    variables: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


class Run:
    """One evaluation: its environment, and what is left of its time."""

    __slots__ = ("_ends", "_left", "_matching", "_now", "context", "environment", "memory")

    def __init__(self, environment: Environment, context: list[Any]) -> None:
        self.environment = environment
        self.context = context
        self.memory: dict[Any, Any] = {}
        self._left = _STRIDE
        self._ends = 0.0
        self._matching = LONGEST_MATCHING
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:
        """The same moment for the whole of an evaluation (N1, today and now)."""
        if self._now is None:
            self._now = self.environment.clock()
        return self._now

    def spend(self, steps: int) -> None:
        """Count steps that repeat; raises NotEvaluated when the time is up."""
        self._left -= steps + 1
        if self._left < 0:
            self._look_at_clock()

    def check_size(self, count: int) -> None:
        if count > MOST_ITEMS:
            raise Exhausted(f"it made a collection of more than {MOST_ITEMS:,} items")

    def _look_at_clock(self) -> None:
        self._left = _STRIDE
        now = time.monotonic()
        if not self._ends:
            self._ends = now + LONGEST_EVALUATION
        elif now > self._ends:
            raise Exhausted(f"it took longer than {LONGEST_EVALUATION:g} seconds")

    def with_pattern(self, pattern: str, use: Callable[[Any, float], Any]) -> Any:
        """Use a regular expression within what is left of the time for all of them."""
        started = time.monotonic()
        try:
            return use(_compile_pattern(pattern), max(self._matching, 0.001))
        except TimeoutError as error:
            raise Exhausted(f"the pattern “{_short(pattern)}” takes too long to match") from error
        except (regex.error, RecursionError, OverflowError, MemoryError, IndexError) as error:
            raise NotEvaluated(f"the pattern “{_short(pattern)}” is not a regular expression: {error}") from error
        finally:
            self._matching -= time.monotonic() - started


class Frame:
    """What an expression sees: the items that `$this` names, and `$index` and `$total` where a function sets them."""

    __slots__ = ("index", "run", "this", "total")

    def __init__(
        self, run: Run, this: list[Any], index: list[Any] | None = None, total: list[Any] | None = None
    ) -> None:
        self.run = run
        self.this = this
        self.index = index
        self.total = total


_patterns: dict[str, Any] = {}


def _compile_pattern(pattern: str) -> Any:
    found = _patterns.get(pattern)
    if found is None:
        if len(pattern) > LONGEST_PATTERN:
            raise regex.error(f"it is longer than {LONGEST_PATTERN} characters")
        if len(_patterns) > 500:
            _patterns.clear()
        found = _patterns[pattern] = regex.compile(pattern, regex.DOTALL | regex.VERSION0)
    return found


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def find_within(reference: str, environment: Environment) -> Node | None:
    """The resource that a reference names within the resource in question: contained, or an entry of the bundle."""
    make = environment.root.kind.model.node_of_resource
    for outer in (environment.resource, environment.root):
        for name, target in _targets(outer.value):
            if name and name == reference:
                return make(target)
    if reference == "#":
        return environment.root
    return None


def _targets(resource: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(resource, dict):
        return
    for contained in _dicts(resource.get("contained")):
        yield f"#{contained.get('id', '')}", contained
    for entry in _dicts(resource.get("entry")):
        target = entry.get("resource")
        if isinstance(target, dict):
            yield str(entry.get("fullUrl", "")), target
            yield f"{target.get('resourceType')}/{target.get('id')}", target


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
