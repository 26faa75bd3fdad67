"""What is read and reckoned for a comparison, and what reaches the window of it."""

from __future__ import annotations

import csv
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from tests.ui.test_side_source import MESSAGE, PATIENT
from ui.models.comparison_work import PreparedComparison, describe_source, make_report, prepare_comparison
from ui.models.packed_rows import HIDDEN, RowFilter, pack_rows, unpack_rows
from ui.models.side_source import SideSource, source_of, source_of_text
from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError

ROWS = tuple(
    Difference("changed", f"Patient.name[{at}].family", "Family", f"a{at}", f"b{at}", "value") for at in range(300)
)


def prepare(left: object, right: object, folder: Path, *masks: str) -> PreparedComparison:
    return prepare_comparison(source_of(left), source_of(right), masks, folder)


def report_of(prepared: PreparedComparison, shown: range) -> list[list[str]]:
    labels = prepared.left_label, prepared.right_label
    text = make_report("csv", *labels, prepared.rows.blocks, prepared.tree.order, shown)
    return list(csv.reader(io.StringIO(text, newline="")))


def test_two_versions_of_hl7v2_are_prepared_with_what_each_is(tmp_path: Path) -> None:
    sides = source_of_text("hl7v2:2.3:PID"), source_of_text("hl7v2:2.5.1:PID")
    prepared = prepare_comparison(*sides, (), tmp_path)
    assert prepared.left_about == "HL7 v2.3 · segment · PID Patient Identification"
    assert not prepared.takes_masks and len(prepared.rows) > 50
    assert describe_source(source_of_text("hl7v2:2.8.2"), tmp_path) == "HL7 v2.8.2"


def test_two_messages_are_prepared_with_what_each_is(tmp_path: Path) -> None:
    prepared = prepare(("one", MESSAGE), ("two", MESSAGE.replace(b"|7|", b"|8|")), tmp_path)
    assert prepared.left_about == f"HL7 v2 · ADT^A01 · 7 · {len(MESSAGE)} bytes"
    assert prepared.sentence == "1 difference."
    assert (prepared.left_name, prepared.right_name, prepared.takes_masks) == ("one", "two", True)
    rows = [prepared.rows.row(number) for number in range(len(prepared.rows))]
    assert [(row.path, row.left, row.right) for row in rows if row.differs] == [("MSH-10", "7", "8")]
    assert {row.kind for row in rows} == {"changed", "same"}


def test_a_mask_lets_a_place_differ(tmp_path: Path) -> None:
    prepared = prepare(MESSAGE, MESSAGE.replace(b"|7|", b"|8|"), tmp_path, "MSH-10")
    assert prepared.sentence == "No differences."


def test_sites_are_named_as_on_the_command_line(tmp_path: Path) -> None:
    sides = source_of_text("community-hospital"), source_of_text("academic-medical-center")
    prepared = prepare_comparison(*sides, (), tmp_path)
    assert "breaks sender" in prepared.sentence
    assert prepared.left_about == "Capability statement · FHIR 4.0.1"
    assert not prepared.takes_masks


def test_a_side_alone_says_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_bytes(PATIENT)
    assert describe_source(source_of(path), tmp_path) == "FHIR · Patient/amara-okafor"
    named = source_of_text("community-hospital/.well-known/smart-configuration")
    assert describe_source(named, tmp_path) == "Smart-configuration"


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        (MESSAGE, PATIENT, "l is an HL7 v2 message, and r is a FHIR resource (Patient)."),
        (b"", PATIENT, "l is empty."),
        (PATIENT, b"hello", "r is neither JSON nor XML, nor an HL7 v2 message."),
    ],
)
def test_what_cannot_be_compared_is_said_with_its_side(left: bytes, right: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError) as caught:
        prepare(("l", left), ("r", right), tmp_path)
    assert caught.value.message == words


def test_sides_of_one_name_are_told_apart_by_where_they_lie(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "metadata.json" for folder in "ab"]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(PATIENT)
    prepared = prepare(*paths, tmp_path)
    assert [prepared.left_name, prepared.right_name] == [str(path) for path in paths]


def test_rows_come_back_from_their_packing_whole() -> None:
    packed = pack_rows(ROWS)
    assert tuple(unpack_rows(packed.blocks)) == ROWS
    assert [packed.row(number) for number in (299, 0, 128)] == [ROWS[299], ROWS[0], ROWS[128]]


def test_a_comparison_travels_between_processes_whole(tmp_path: Path) -> None:
    prepared = prepare(MESSAGE, MESSAGE.replace(b"|7|", b"|8|"), tmp_path)
    assert pickle.loads(pickle.dumps(prepared)) == prepared  # noqa: S301  # our own


def shown_by(wanted: RowFilter, rows: tuple[Difference, ...] = ROWS) -> list[int]:
    return [number for number, code in enumerate(pack_rows(rows).choose(wanted)) if code != HIDDEN]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("name[7]", [7]),
        ("B299", [299]),
        ("FAMILY", list(range(300))),
        ("nowhere", []),
        ("a12", [12, *range(120, 130)]),
        ("\0", []),
        ("\ud800", []),
    ],
)
def test_a_text_is_found_in_every_part_of_a_row_whatever_its_case(text: str, shown: list[int]) -> None:
    assert shown_by(RowFilter(text=text)) == shown


def test_rows_are_chosen_by_kind_and_grade_and_what_is_the_same_has_no_grade() -> None:
    rows = (
        Difference("added", "a", "", None, "1", grade="compatible"),
        Difference("removed", "b", "", "1", None, grade="breaks-sender"),
        Difference("same", "c", "", "1", "1"),
        Difference("changed", "d", "", "1", "2", grade="breaks-both", why="Because."),
    )
    assert shown_by(RowFilter(grades=frozenset({"breaks-sender", "breaks-both"})), rows) == [1, 2, 3]
    assert shown_by(RowFilter(kinds=frozenset({"added"})), rows) == [0]
    assert shown_by(RowFilter(grades=frozenset({"breaks-both"}), kinds=frozenset({"changed"})), rows) == [3]
    assert shown_by(RowFilter(text="because"), rows) == [3]


def test_a_report_has_the_rows_that_are_shown_and_differ_as_they_were_compared(tmp_path: Path) -> None:
    def patient(**parts: Any) -> bytes:
        return json.dumps({"resourceType": "Patient", "id": "1", **parts}).encode()

    left = patient(name=[{"family": "A"}], gender="male")
    right = patient(name=[{"family": "B"}], gender="female")
    prepared = prepare(SideSource("l", data=left), SideSource("r", data=right), tmp_path)
    rows = report_of(prepared, range(len(prepared.rows)))
    assert rows[0][3:5] == ["left: l", "right: r"]
    assert [row[0] for row in rows[1:]] == ["Patient.name[0].family", "Patient.gender"]
    assert report_of(prepared, range(0)) == rows[:1]
