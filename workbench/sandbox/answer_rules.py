"""AnswerRules: the answer rules of a receiver that runs, in their order, each with how often it was met and used."""

from __future__ import annotations

from workbench.hl7v2.message import Message
from workbench.sandbox.counted_rules import CountedRule, CountedRules
from workbench.site.answer_rule import CONNECTION, AnswerRule

RuleUse = CountedRule[AnswerRule]


class AnswerRules(CountedRules[AnswerRule]):
    """May be asked and changed from any thread; the first rule that is due answers, and every one counts."""

    def choose(self, message: Message | None) -> AnswerRule | None:
        """The rule that answers `message`, None for one that cannot be read; counted as used."""
        return self._choose(lambda rule: rule.matches(message))

    def choose_connection(self) -> AnswerRule | None:
        """The rule that turns the next connection away; counted as used."""
        return self._choose(lambda rule: rule.subject == CONNECTION)
