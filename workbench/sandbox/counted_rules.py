"""CountedRules: rules by which something does otherwise than usual, each with how often it was met and used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from workbench.errors import WorkbenchError


class _Due(Protocol):
    def is_due(self, seen: int, used: int) -> bool: ...


Rule = TypeVar("Rule", bound=_Due)


@dataclass(frozen=True, slots=True)
class CountedRule(Generic[Rule]):
    """One rule: of what it is about `seen` came, and `used` went by it. One that is off counts nothing."""

    id: int
    rule: Rule
    enabled: bool = True
    seen: int = 0
    used: int = 0


class CountedRules(Generic[Rule]):
    """May be asked and changed from any thread; the first rule that is due acts, and every one counts."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._lock = threading.Lock()
        self._next = 1
        self._uses: tuple[CountedRule[Rule], ...] = ()
        for rule in rules:
            self.add(rule)

    @property
    def uses(self) -> tuple[CountedRule[Rule], ...]:
        return self._uses

    def add(self, rule: Rule) -> CountedRule[Rule]:
        with self._lock:
            use = CountedRule(self._next, rule)
            self._next += 1
            self._uses = (*self._uses, use)
            return use

    def replace(self, use_id: int, rule: Rule) -> None:
        """Put `rule` in the place of another; its counts begin anew."""
        with self._lock:
            self._change(use_id, lambda use: CountedRule(use.id, rule, use.enabled))

    def enable(self, use_id: int, enabled: bool) -> None:
        with self._lock:
            self._change(use_id, lambda use: replace(use, enabled=enabled))

    def remove(self, use_id: int) -> tuple[int, CountedRule[Rule]]:
        """Take a rule out; `put_back` takes what is returned."""
        with self._lock:
            index, use = self._find(use_id)
            self._uses = (*self._uses[:index], *self._uses[index + 1 :])
            return index, use

    def put_back(self, index: int, use: CountedRule[Rule]) -> None:
        with self._lock:
            self._uses = (*self._uses[:index], use, *self._uses[index:])

    def restart(self) -> None:
        """Begin all counts anew."""
        with self._lock:
            self._uses = tuple(replace(use, seen=0, used=0) for use in self._uses)

    def _choose(self, is_about: Callable[[Rule], bool]) -> Rule | None:
        """The rule that acts on what just came; all that are about it have counted it."""
        if not self._uses:
            return None
        with self._lock:
            chosen: Rule | None = None
            uses = []
            for use in self._uses:
                if use.enabled and is_about(use.rule):
                    seen = use.seen + 1
                    acts = chosen is None and use.rule.is_due(seen, use.used)
                    chosen = use.rule if acts else chosen
                    use = replace(use, seen=seen, used=use.used + acts)
                uses.append(use)
            self._uses = tuple(uses)
            return chosen

    def _find(self, use_id: int) -> tuple[int, CountedRule[Rule]]:
        for index, use in enumerate(self._uses):
            if use.id == use_id:
                return index, use
        raise WorkbenchError("This rule is not there any more.", hint="Look at the list of rules again.")

    def _change(self, use_id: int, change: Callable[[CountedRule[Rule]], CountedRule[Rule]]) -> None:
        index, use = self._find(use_id)
        self._uses = (*self._uses[:index], change(use), *self._uses[index + 1 :])
