"""A condition is read from text, decided over values, and refused with the place at which it cannot be read."""

from __future__ import annotations

import time

import pytest

from workbench.conformance.condition import Condition, parse_condition, read_condition, to_text
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message

MESSAGE = parse_message('MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5.1\rPID|1||7^^^X~8^^^Y||A B|||and|""\rPV1|1|I\r')


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("PV1-2 = I", True),
        ("PV1-2 = O", False),
        ("PV1-2 != O", True),
        ("PV1-2 in (O, I)", True),
        ("PV1-2 not in (O, I)", False),
        ("valued PID-18", False),
        ("not valued PID-18", True),
        ("valued PID-9", False),
        ("PID-3.4 = Y", True),
        ("PID-5 = 'A B' and PV1-2 = \"I\"", True),
        ("PID-8 = “and”", True),
        ("PV1-2 = O or PV1-2 = E or valued PID-3", True),
        ("PV1-2 = O and PV1-2 = E or valued PID-3", True),
        ("PV1-2 = O and (PV1-2 = E or valued PID-3)", False),
        ("not (PV1-2 = O or PV1-2 = E)", True),
        ("not not PV1-2 = I", True),
        ("ZZZ-1 != X", True),
        ("PID-3.1 matches '[0-9]'", True),
        ("PID-3.1 matches '[A-Z]+'", False),
        ("not PID-5 matches 'A .' or PID-5 matches A", False),
    ],
)
def test_condition_is_decided_over_the_values_of_a_message(text: str, holds: bool) -> None:
    assert parse_condition(text).holds(lambda path: MESSAGE.get_all(str(path))) is holds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the end at character 1"),
        ("PV1-2", "the end at character 6, where =, !=, in, not in or matches is expected"),
        ("PV1-2 = ", "a value is expected"),
        ("PV1-2 = I and", "a place such as PV1-2"),
        ("PV1-2 = I x", "“x” at character 11, where and, or, or the end is expected"),
        ("(PV1-2 = I", "“)” is expected"),
        ("PV1-2 matches '['", "“[” is no regular expression"),
        ("PV1-2 matches", "a value is expected"),
        ("PV1-2 in I", "“(” is expected"),
        ("PV1-0 = I", "“PV1-0” at character 1"),
        ("__import__('os')", "“__import__” at character 1"),
        ("PV1-2 = 'I", "cannot be read from character 8 on"),
        ("not " * 40 + "valued PID-1", "at most 30 levels"),
        ("(" * 40 + "valued PID-1" + ")" * 40, "at most 30 levels"),
        ("valued PID-1 and " * 200, "over 2,000 characters"),
    ],
)
def test_condition_that_cannot_be_read_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(WorkbenchError) as refused:
        parse_condition(text)
    assert words in refused.value.message and refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "PV1-2 = I",
        "PV1-2 != I and valued PID-18",
        "PV1-2 in (I, E) or PV1-2 not in (O, P)",
        "not (PV1-2 = I or valued PID-18) and PID-5 = 'A B'",
        "(PV1-2 = I or PV1-2 = E) and not valued PID-3.1",
        "not (not valued PID-3 and PV1-2 = I)",
        "PID-8 = 'and'",
        "valued PV1",
        "PID-3.1 matches '[0-9]{6}' and not PID-5 matches A.B",
    ],
)
def test_text_of_a_condition_reads_as_the_same(text: str) -> None:
    expression = parse_condition(text).expression
    assert expression is not None and parse_condition(to_text(expression)).expression == expression


def test_pattern_that_tries_too_many_ways_decides_nothing_and_takes_no_time() -> None:
    condition = parse_condition("PID-5 matches '(a|aa)+b'")
    start = time.process_time()
    assert condition.holds(lambda _: ("a" * 5000,)) is None
    assert time.process_time() - start < 2


def test_condition_in_prose_is_kept_in_words_and_decides_nothing() -> None:
    condition = read_condition("If the patient is\n an inpatient.")
    assert condition == Condition("If the patient is an inpatient.")
    assert condition.holds(lambda path: ("I",)) is None
    assert read_condition("PV1-2 = I").holds(lambda path: ("I",)) is True
