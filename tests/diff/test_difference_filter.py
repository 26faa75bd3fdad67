"""What a filter in words lets through, and what it says where it cannot be read."""

from __future__ import annotations

import pytest

from workbench.diff.difference import Difference, DifferenceKind, Grade
from workbench.diff.difference_filter import find_filter, parse_filter
from workbench.errors import WorkbenchError


def row(
    path: str, kind: DifferenceKind = "changed", *, grade: Grade = "information", aspect: str = "", why: str = ""
) -> Difference:
    return Difference(kind, path, "Its name", "left", "right", aspect, grade, why)


@pytest.mark.parametrize(
    ("place", "inside", "outside"),
    [
        ("PID", "PID-3[2].1", "PIDX"),
        ("pid-3", "PID-3[2].1", "PID-30"),
        ("PID-3.1", "PID-3", "PID-3.2"),
        ("OBX-14", "OBX[3]-14.1", "OBX[3]-1"),
        ("OBX[3]", "OBX[3]-14.1", "OBX[4]-14.1"),
        ("Patient.name", "Patient.name[0].family", "Patient.names"),
        ("*.meta", "Bundle.entry[0].resource.meta.id", "Bundle.metadata"),
        ("ADT_A01", "ADT_A01.PROCEDURE.ROL", "ADT_A010"),
        ("ADT_A01.*.ROL", "ADT_A01.PROCEDURE.ROL", "ADT_A01.PROCEDURE.PR1"),
        ("CX", "CX.4", "XCN.4"),
        ("table[0001]", "table[0001].value[F]", "table[0002].value[F]"),
        ("table", "table[0001].value[F]", "tables"),
        ("rest.resource[Patient]", "rest[server].resource[Patient].interaction[read]", "rest[server].resource[Group]"),
    ],
)
def test_place_stands_for_all_below_it(place: str, inside: str, outside: str) -> None:
    wanted = parse_filter(place)
    assert wanted(row(inside)) and not wanted(row(outside))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PID or (OBX and not OBX-14)", [True, True, False, False]),
        ("not PID and not OBX-14", [False, True, False, True]),
        ("PID OR NTE", [True, False, False, True]),
        ("OBX or PID and NTE", [False, True, True, False]),
        ("not (PID or NTE)", [False, True, True, False]),
    ],
)
def test_terms_are_joined_as_one_reads_them(text: str, expected: list[bool]) -> None:
    rows = [row("PID-5.1"), row("OBX[2]-5"), row("OBX[2]-14"), row("NTE-3")]
    assert [parse_filter(text)(each) for each in rows] == expected


def test_kinds_grades_aspects_and_texts_are_terms() -> None:
    told = row("PID-3", grade="breaks-sender", aspect="max", why="Who sends more is refused.")
    assert all(
        parse_filter(text)(told) for text in ("changed", "breaks", "breaks-sender", "aspect:max", '"is REFUSED"')
    )
    assert not any(parse_filter(text)(told) for text in ("added", "compatible", "aspect:min", "'nothing'", "encoding"))
    assert not parse_filter("breaks")(row("PID-3", "masked", grade="breaks-both"))


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ("PID or", "the end", 7),
        ("(PID", "a bracket is to close", 5),
        ("PID OBX", "by and or or", 5),
        ('PID and "abc', "is not part of a filter", 9),
        ("and", "a place or a word is wanted", 1),
        ("", "the end", 1),
    ],
)
def test_what_cannot_be_read_is_said_with_its_column(text: str, words: str, column: int) -> None:
    with pytest.raises(WorkbenchError, match=words) as raised:
        parse_filter(text)
    assert f"at column {column} of" in raised.value.message and "and" in raised.value.hint


@pytest.mark.parametrize("text", ["PID", "PID-3", "Okafor", "Sex (table 0001)", "PID or", '"'])
def test_words_that_someone_looks_for_are_no_filter(text: str) -> None:
    assert find_filter(text) is None


def test_text_that_joins_terms_is_a_filter() -> None:
    found = find_filter("OBX and changed")
    assert found is not None and found(row("OBX-5"))


@pytest.mark.parametrize("text", ["(" * 10_000, "not " * 10_000 + "PID"])
def test_brackets_within_brackets_are_taken_to_a_depth(text: str) -> None:
    with pytest.raises(WorkbenchError, match="stands within too many brackets, at column"):
        parse_filter(text)


def test_stars_side_by_side_are_one() -> None:
    wanted = parse_filter("Patient" + "*" * 40 + "family and changed")
    assert wanted(row("Patient.name[0].family"))
    assert not wanted(row("Patient.name[0]." + "given." * 20))
