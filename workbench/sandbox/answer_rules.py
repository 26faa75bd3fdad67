"""AnswerRules: the answer rules of a receiver that runs, in their order, each with how often it was met and used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message
from workbench.site.answer_rule import CONNECTION, AnswerRule


@dataclass(frozen=True, slots=True)
class RuleUse:
    """One rule: of what it is about `seen` came, and `used` were answered by it. One that is off counts nothing."""

    id: int
    rule: AnswerRule
    enabled: bool = True
    seen: int = 0
    used: int = 0


class AnswerRules:
    """May be asked and changed from any thread; the first rule that is due acts, and every one counts."""

    def __init__(self, rules: Iterable[AnswerRule] = ()) -> None:
        self._lock = threading.Lock()
        self._next = 1
        self._uses: tuple[RuleUse, ...] = ()
        for rule in rules:
            self.add(rule)

    @property
    def uses(self) -> tuple[RuleUse, ...]:
        return self._uses

    def add(self, rule: AnswerRule) -> RuleUse:
        with self._lock:
            use = RuleUse(self._next, rule)
            self._next += 1
            self._uses = (*self._uses, use)
            return use

    def replace(self, use_id: int, rule: AnswerRule) -> None:
        """Put `rule` in the place of another; its counts begin anew."""
        with self._lock:
            self._change(use_id, lambda use: RuleUse(use.id, rule, use.enabled))

    def enable(self, use_id: int, enabled: bool) -> None:
        with self._lock:
            self._change(use_id, lambda use: replace(use, enabled=enabled))

    def remove(self, use_id: int) -> tuple[int, RuleUse]:
        """Take a rule out; `put_back` takes what is returned."""
        with self._lock:
            index, use = self._find(use_id)
            self._uses = (*self._uses[:index], *self._uses[index + 1 :])
            return index, use

    def put_back(self, index: int, use: RuleUse) -> None:
        with self._lock:
            self._uses = (*self._uses[:index], use, *self._uses[index:])

    def restart(self) -> None:
        """Begin all counts anew."""
        with self._lock:
            self._uses = tuple(replace(use, seen=0, used=0) for use in self._uses)

    def choose(self, message: Message | None) -> AnswerRule | None:
        """The rule that answers `message`, None for one that cannot be read; counted as used."""
        return self._choose(lambda rule: rule.matches(message)) if self._uses else None

    def choose_connection(self) -> AnswerRule | None:
        """The rule that turns the next connection away; counted as used."""
        return self._choose(lambda rule: rule.subject == CONNECTION) if self._uses else None

    def _choose(self, is_about: Callable[[AnswerRule], bool]) -> AnswerRule | None:
        with self._lock:
            chosen: AnswerRule | None = None
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

    def _find(self, use_id: int) -> tuple[int, RuleUse]:
        for index, use in enumerate(self._uses):
            if use.id == use_id:
                return index, use
        raise WorkbenchError("This answer rule is not there any more.", hint="Look at the list of rules again.")

    def _change(self, use_id: int, change: Callable[[RuleUse], RuleUse]) -> None:
        index, use = self._find(use_id)
        self._uses = (*self._uses[:index], change(use), *self._uses[index + 1 :])
