from __future__ import annotations

import pytest

from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import find_release
from workbench.fhir.resource import Json
from workbench.rules import rule_words
from workbench.rules.rule_words import tell_rule
from workbench.validation.validator import Validator

# Rules that a release writes in another way than the one before, and means alike, or takes back a little of.
READ = {
    "ait-1", "ait-2", "app-4", "bdl-2", "bdl-7", "bdl-8", "csd-1", "mad-1", "org-3", "per-1", "que-7", "que-10",
    "que-12", "ras-2", "rat-1", "rng-2", "tim-9",
}  # fmt: skip


def rules_of(release: str) -> set[tuple[str, str]]:
    """The keys and expressions of a release's own rules."""
    facts = load_core_facts(find_release(release))
    structures = [structure for url in facts.heads for structure in [facts.structure(url)] if structure is not None]
    elements = [element for structure in structures for element in structure.elements]
    return {(item.key, item.expression) for element in elements for item in element.constraints if not item.human}


def test_every_rule_that_has_words_is_one_of_the_standard() -> None:
    rules = rules_of("4.0") | rules_of("5.0")
    assert set(rule_words._WORDS) - {key for key, _ in rules} == set()
    assert set(rule_words._WORDS_OF) - {expression for _, expression in rules} == set()


def test_a_broken_rule_is_told_in_words_and_one_without_words_by_its_expression() -> None:
    validator = Validator(load_definitions("4.0"))
    messages = [issue.message for issue in validator.validate({"resourceType": "Organization", "active": True})]
    assert "The rule org-1 is broken: an organization needs an identifier or a name." in messages
    assert tell_rule("no-such-rule") == ""
    naming = {"resourceType": "NamingSystem", "kind": "root", "uniqueId": [{"type": "uuid", "value": "x"}]}
    messages = [issue.message for issue in validator.validate(naming)]
    assert "The rule nsd-1 is broken: it must be so that kind != 'root' or uniqueId.all(type != 'uuid')." in messages


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"resourceType": "Parameters", "parameter": [{"name": "a"}]}, "a parameter needs one of the three"),
        (
            {
                "resourceType": "Task",
                "status": "draft",
                "intent": "order",
                "authoredOn": "2026-02-01",
                "lastModified": "2026-01-01",
            },
            "lastModified must not be before authoredOn",
        ),
        ({"resourceType": "Questionnaire", "status": "draft", "name": "my form"}, "the name must begin with a capital"),
    ],
    ids=["Parameters", "Task", "Questionnaire"],
)
def test_a_key_that_means_several_rules_is_told_by_the_rule_that_is_broken(resource: Json, words: str) -> None:
    assert any(words in issue.message for issue in Validator(load_definitions("4.0")).validate(resource))


def test_a_rule_has_one_meaning_in_every_release_where_it_has_words_by_its_key() -> None:
    """What differs is how each release writes the same rule; each of these was read."""
    meanings: dict[str, set[str]] = {}
    for release in ("4.0", "4.3", "5.0"):
        for key, expression in rules_of(release):
            if key in rule_words._WORDS:
                meanings.setdefault(key, set()).add(" ".join(expression.split()))
    assert {key for key, found in meanings.items() if len(found) > 1} == READ
