import random

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import AcknowledgmentError
from workbench.hl7v2.message import parse_message
from workbench.site.answer_rule import CONTENT_FAULTS, RULE_CODES, WIRE_FAULTS, AnswerRule, Condition
from workbench.site.answer_rule_text import parse_answer_rule, to_text

ADMISSION = parse_message("MSH|^~\\&|A|B|||2026||ADT^A01^ADT_A01|C1|P|2.5.1\rPID|1||100001\rPV1|1|I\r")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("ADT^A01: AE after 3", AnswerRule("ADT^A01", code="AE", after=3)),
        ("ADT: no answer, every 2, times 5", AnswerRule("ADT", wire="no answer", every=2, times=5)),
        ("any: late 1.5 s", AnswerRule(late=1.5)),
        ("Any: AA late 2s once", AnswerRule(code="AA", late=2, times=1)),
        ("connection: refuse for 5 s once", AnswerRule("connection", refuse=5, times=1)),
        ("connection: reset times 3", AnswerRule("connection", wire="reset", times=3)),
        (
            'ADT^A01 where PV1-2 = I and PID-3.1: CE, wrong control id, byte by byte, text "Not now"',
            AnswerRule(
                "ADT^A01",
                (Condition("PV1-2", "I"), Condition("PID-3.1")),
                "CE",
                "Not now",
                content="wrong control ID",
                wire="byte by byte",
            ),
        ),
        (
            'ORU^R01: AR error PID-3.1 204 E "Who: \\"he\\"?", error OBX[2]-5 102 W',
            AnswerRule(
                "ORU^R01",
                code="AR",
                errors=(
                    AcknowledgmentError("PID-3.1", "204", "E", 'Who: "he"?'),
                    AcknowledgmentError("OBX[2]-5", "102", "W", ""),
                ),
            ),
        ),
        ('any where PID-8 = "": AE', AnswerRule("any", (Condition("PID-8", None, False),), "AE")),
        ("any where PID-8 != F: AE", AnswerRule("any", (Condition("PID-8", "F", False),), "AE")),
    ],
)
def test_a_rule_is_read_and_written_back(text: str, rule: AnswerRule) -> None:
    assert parse_answer_rule(text) == rule
    assert parse_answer_rule(to_text(rule)) == rule


@pytest.mark.parametrize("word", [*RULE_CODES, *CONTENT_FAULTS, *WIRE_FAULTS])
def test_every_fault_has_words_that_read_back(word: str) -> None:
    rule = parse_answer_rule(f"any: {word}")
    assert word in (rule.code, rule.content, rule.wire)
    assert to_text(rule) == f"any: {word}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("AE after 3", "does not say what it is about"),
        ("A01: AE", "“A01” is not a message"),
        ("adt^a01: AE", "is not a message"),
        ("ADT^A01: AX", "“AX” is not known"),
        ("ADT^A01: garbage", "Did you mean garbage"),
        ("ADT^A01: AE after x", "“after” needs a whole number"),
        ("ADT^A01: AE every 0", "at least 1"),
        ("ADT^A01: AE AR", "an acknowledgment code twice"),
        ("ADT^A01: late 0", "a time from"),
        ("ADT^A01: late 5000", "a time from"),
        ("ADT^A01: after 3", "does not say what is done"),
        ("ADT^A01: no answer error PID-5", "no acknowledgment code"),
        ("ADT^A01: AE refuse 5 s", "nothing is answered"),
        ("connection: AE", "nothing is read yet"),
        ("ADT^A01 where PID.5 = 1: AE", "not a place"),
        ("ADT^A01 where PID-5 =: AE", "compared with nothing"),
        ("ADT^A01: text none", "between quotation marks"),
        ("", "does not say what it is about"),
        (":", "does not say what is done"),
        ('ADT^A01: AE text "open', "between quotation marks"),
    ],
)
def test_a_faulty_rule_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_answer_rule(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ADT^A01: AE", True),
        ("ADT: AE", True),
        ("any: AE", True),
        ("ADT^A08: AE", False),
        ("ORU: AE", False),
        ("ADT where PV1-2 = I: AE", True),
        ("ADT where PV1-2 = O: AE", False),
        ("ADT where PV1-2 != O: AE", True),
        ("ADT where PID-5.1: AE", False),
        ('ADT where PID-5.1 = "": AE', True),
        ("connection: reset", False),
    ],
)
def test_a_rule_is_about_the_messages_that_it_names(text: str, expected: bool) -> None:
    assert parse_answer_rule(text).matches(ADMISSION) is expected


def test_a_message_that_cannot_be_read_is_any_message_alone() -> None:
    assert parse_answer_rule("any: AE").matches(None)
    assert not parse_answer_rule("ADT: AE").matches(None)
    assert not parse_answer_rule("any where PID-8: AE").matches(None)


def test_whatever_is_typed_is_a_rule_that_reads_back_or_is_refused_in_words() -> None:
    phrases = (
        "AE", "AR", "no answer", "late 5 s", "every 3", "times 2", "once", "after 1", "error PID-5 204 E",
        'text "a \\"b"', "refuse for 9 s", "half a frame", "wrong version", "error", "and", "where", "=", '"', ",", ":",
        "é", "\x00", "-1",
    )  # fmt: skip
    heads = (
        "any: ",
        "ADT^A01: ",
        "ORU where PV1-2 != I and PID-8: ",
        'any where PID-5.1 = "a: b": ',
        "connection: ",
        "",
    )
    chance = random.Random(4)  # noqa: S311  # the same each time
    read = 0
    for _ in range(20_000):
        text = chance.choice(heads) + " ".join(chance.choices(phrases, k=chance.randint(0, 4)))
        try:
            rule = parse_answer_rule(text)
        except WorkbenchError as error:
            assert error.message
            continue
        read += 1
        assert parse_answer_rule(to_text(rule)) == rule, text
    assert read > 1000
