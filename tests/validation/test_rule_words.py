from __future__ import annotations

from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import find_release
from workbench.validation import rule_words
from workbench.validation.rule_words import tell_rule
from workbench.validation.validator import Validator


def keys_of(release: str) -> set[str]:
    facts = load_core_facts(find_release(release))
    return {
        constraint.key
        for url in facts.heads
        for element in (facts.structure(url).elements if facts.structure(url) else ())  # type: ignore[union-attr]
        for constraint in element.constraints
    }


def test_every_rule_that_has_words_is_one_of_the_standard() -> None:
    known = keys_of("4.0") | keys_of("5.0")
    assert set(rule_words._WORDS) - known == set()


def test_a_broken_rule_is_told_in_words_and_one_without_words_by_its_expression() -> None:
    validator = Validator(load_definitions("4.0"))
    messages = [issue.message for issue in validator.validate({"resourceType": "Organization", "active": True})]
    assert "The rule org-1 is broken: an organization needs an identifier or a name." in messages
    assert tell_rule("no-such-rule") == ""
    group = {"linkId": "1", "type": "group", "text": "x"}
    messages = [
        issue.message
        for issue in validator.validate({"resourceType": "Questionnaire", "status": "draft", "item": [group]})
    ]
    assert any(message.startswith("The rule que-1 is broken: it must be so that (type='group'") for message in messages)
