import threading

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message
from workbench.sandbox.answer_rules import AnswerRules
from workbench.site.answer_rule_text import parse_answer_rule, to_text

ADMISSION = parse_message("MSH|^~\\&|A|B|||2026||ADT^A01^ADT_A01|C1|P|2.5.1\r")
UPDATE = parse_message("MSH|^~\\&|A|B|||2026||ADT^A08^ADT_A01|C1|P|2.5.1\r")


def rules(*texts: str) -> AnswerRules:
    return AnswerRules(parse_answer_rule(text) for text in texts)


def chosen(answers: AnswerRules, count: int) -> str:
    """Which rule acts on each of so many admissions, by its letter; a dot where none does."""
    names = {use.rule: "abc"[index] for index, use in enumerate(answers.uses)}
    return "".join("." if (rule := answers.choose(ADMISSION)) is None else names[rule] for _ in range(count))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("any: AE",), "aaaaaaaa"),
        (("any: AE after 3",), "...aaaaa"),
        (("any: AE times 2",), "aa......"),
        (("any: AE every 3",), "a..a..a."),
        (("any: AE after 2 every 3 times 2",), "..a..a.."),
        (("any: AE times 2", "any: AR times 3"), "aabbb..."),
        (("any: AE every 2", "any: AR"), "abababab"),
        (("ADT^A08: AE", "any: AR once"), "b......."),
        ((), "........"),
    ],
)
def test_rules_act_in_their_order_as_often_as_they_say(texts: tuple[str, ...], expected: str) -> None:
    assert chosen(rules(*texts), 8) == expected


def test_each_rule_counts_what_it_met_and_what_it_answered() -> None:
    answers = rules("ADT^A01: AE after 1 times 1", "ADT: no answer")
    for message in (ADMISSION, UPDATE, ADMISSION, ADMISSION):
        answers.choose(message)
    assert [(use.seen, use.used) for use in answers.uses] == [(3, 1), (4, 3)]
    answers.restart()
    assert [(use.seen, use.used) for use in answers.uses] == [(0, 0), (0, 0)]


def test_a_rule_that_is_off_neither_acts_nor_counts() -> None:
    answers = rules("any: AE")
    (use,) = answers.uses
    answers.enable(use.id, False)
    assert answers.choose(ADMISSION) is None
    answers.enable(use.id, True)
    assert answers.choose(ADMISSION) is not None
    assert answers.uses[0].seen == 1


def test_a_rule_that_was_removed_comes_back_where_it_was_with_its_counts() -> None:
    answers = rules("ADT^A01: AE", "any: AR", "any: late 1 s")
    answers.choose(ADMISSION)
    before = answers.uses
    gone = answers.remove(before[0].id)
    assert [to_text(use.rule) for use in answers.uses] == ["any: AR", "any: late 1 s"]
    answers.put_back(*gone)
    assert answers.uses == before


def test_a_rule_that_is_gone_is_told_in_words() -> None:
    with pytest.raises(WorkbenchError, match="not there any more"):
        rules().remove(3)


def test_counts_hold_where_many_threads_ask() -> None:
    answers = rules("any: AE times 1000", "any: AR")
    threads = [threading.Thread(target=lambda: [answers.choose(ADMISSION) for _ in range(500)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(use.seen, use.used) for use in answers.uses] == [(4000, 1000), (4000, 3000)]
