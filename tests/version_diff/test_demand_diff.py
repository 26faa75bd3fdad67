"""What two sites ask of messages, held against each other; and messages held against what a site asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError
from workbench.workspace.comparison import compare
from workbench.workspace.comparison_side import Side, side_of_bytes, side_of_file
from workbench.workspace.message_demand import find_demand
from workbench.workspace.side_finder import find_here
from workbench.workspace.workspace import Workspace

MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def profile_side(folder: Path, name: str, rules: str) -> Side:
    """A profile of ADT^A01 with those rules, as a side."""
    path = folder / f"{name}.yaml"
    path.write_text(f"version: 1\nmessage: ADT^A01\nhl7v2: 2.5.1\nrules:\n{rules}", "utf-8")
    return find_here(f"profile:{path}", Workspace(folder))


def rows_of(left: Side, right: Side) -> dict[tuple[str, str], Difference]:
    return {(row.path, row.aspect): row for row in compare(left, right).rows}


def test_sites_differ_in_what_they_ask_of_each_message(workspace: Workspace) -> None:
    rows = rows_of(
        find_here("site:community-hospital", workspace), find_here("site:academic-medical-center", workspace)
    )
    assert rows["MSH-12", "versions"].right == "2.3.1"
    assert rows["ADT^A01.PV1-44", "usage"].grade == "breaks-sender"
    assert rows["ADT^A01.ZWB", "segment"].grade == "compatible"
    assert rows["SIU^S12", "message"].kind == "removed"
    alike = rows["PID-3.1", "length"]
    assert (alike.left, alike.right) == ("20", "15") and "in all 5 messages" in alike.why
    assert rows["PV1-2", "table"].why.startswith("The right does not take B, C, N, R, U.")


def test_a_site_does_not_differ_from_itself(workspace: Workspace) -> None:
    side = find_here("site:academic-medical-center", workspace)
    assert compare(side, side).rows == ()


@pytest.mark.parametrize(
    ("left", "right", "path", "aspect", "grade"),
    [
        ("PID-8: O", "PID-8: R", "PID-8", "usage", "breaks-sender"),
        ("PID-8: R", "PID-8: O", "PID-8", "usage", "breaks-receiver"),
        ("PID-8: O", "PID-8: RE", "PID-8", "usage", "breaks-sender"),
        ("PID-8: R", "PID-8: X", "PID-8", "usage", "breaks-both"),
        ("PID-8: O", "PID-8: X", "PID-8", "usage", "breaks-sender"),
        ("PID-8: X", "PID-8: O", "PID-8", "usage", "breaks-receiver"),
        ("PV1-3: R if PV1-2 = I", "PV1-3: R if PV1-2 = E", "PV1-3", "usage", "breaks-both"),
        ("PID-3: 1..3", "PID-3: 1..2", "PID-3", "max", "breaks-sender"),
        ("PID-8: O", "PID-3: 1..2", "PID-3", "max", "breaks-sender"),
        ("PID-5.1: {length: 20}", "PID-5.1: {length: 30}", "PID-5.1", "length", "breaks-receiver"),
        ("PID-8: O", "PID-5.1: {length: 30}", "PID-5.1", "length", "breaks-sender"),
        ("PID-8: {constant: F}", "PID-8: O", "PID-8", "constant", "breaks-receiver"),
        ("PID-8: O", "PID-8: {constant: F}", "PID-8", "constant", "breaks-sender"),
        ("NK1: O", "NK1: R", "NK1", "usage", "breaks-sender"),
        ("ZAB: O\n  ZAB-1: R", "PID-8: O", "ZAB", "segment", "breaks-sender"),
    ],
)
def test_what_is_tighter_on_the_right_breaks_the_sender(
    tmp_path: Path, left: str, right: str, path: str, aspect: str, grade: str
) -> None:
    sides = profile_side(tmp_path, "left", f"  {left}\n"), profile_side(tmp_path, "right", f"  {right}\n")
    assert rows_of(*sides)[f"ADT^A01.{path}", aspect].grade == grade


def test_a_segment_that_a_complete_profile_leaves_out_is_one_row(tmp_path: Path) -> None:
    left = profile_side(tmp_path, "left", "  MSH: R\n  PID: R\n  PID-3: R\n  NK1: O\n  NK1-2: R\n  NK1-2.1: R\n")
    path = tmp_path / "right.yaml"
    rules = "rules:\n  MSH: R\n  PID: R\n  PID-3: R\n"
    path.write_text(f"version: 1\nmessage: ADT^A01\nhl7v2: 2.5.1\ncomplete: true\n{rules}", "utf-8")
    right = find_here(f"profile:{path}", Workspace(tmp_path))
    (row,) = rows_of(left, right).values()
    assert (row.path, row.left, row.grade) == ("ADT^A01.NK1", "NK1 with NK1-2", "breaks-sender")


def test_message_is_held_against_what_a_site_asks(workspace: Workspace) -> None:
    data = (MESSAGES / "adt-a01-admission-231.hl7").read_bytes()
    site = find_here("site:academic-medical-center", workspace)
    right = rows_of(side_of_bytes(data, "right"), site)
    assert not [row for row in right.values() if row.grade.startswith("breaks")]
    wrong = rows_of(side_of_bytes(data.replace(b"PV1|1|I", b"PV1|1|Q").replace(b"|2.3.1", b"|2.5.1"), "wrong"), site)
    (version,) = [row for (path, _), row in wrong.items() if path.startswith("MSH-12")]
    assert (version.left, version.grade) == ("2.5.1", "breaks-sender")
    patient_class = wrong["PV1-2", "table"]
    assert patient_class.left == "Q" and "is not in table 0004" in patient_class.why
    assert "table 0004" in (patient_class.right or "")


def test_message_is_held_against_a_version(workspace: Workspace) -> None:
    message = side_of_file(MESSAGES / "oru-r01-lab.hl7")
    assert not any(row.grade.startswith("breaks") for row in compare(message, find_here("hl7v2:2.5.1", workspace)).rows)
    older = compare(message, find_here("hl7v2:2.3", workspace))
    assert older.kind == "demand" and any(row.differs for row in older.rows)


def test_what_holds_is_told_where_all_rows_are_asked_for(workspace: Workspace) -> None:
    message = side_of_file(MESSAGES / "adt-a01-admission-231.hl7")
    rows = compare(message, find_here("site:academic-medical-center", workspace), same=True).rows
    holds = {row.path: row for row in rows if row.kind == "same"}
    assert holds["PV1-19"].left and "Asked here" in holds["PV1-19"].why


def test_log_is_held_against_what_a_site_asks(workspace: Workspace) -> None:
    rows = rows_of(find_here(str(MESSAGES), workspace), find_here("site:academic-medical-center", workspace))
    assert rows["SIU^S12", "message"].grade == "breaks-sender"
    assert rows["ADT^A01.PV1-19", "value"].grade == "breaks-sender"
    assert rows["ADT^A01.ZPD", "value"].kind == "removed" and ("ADT^A01.ZPD-1", "value") not in rows
    assert "2.5.1 in" in (rows["MSH-12", ""].left or "")


def test_two_logs_are_compared_message_by_message(tmp_path: Path) -> None:
    names = ("adt-a01-admission", "adt-a08-update", "oru-r01-lab")
    texts = [(MESSAGES / f"{name}.hl7").read_bytes() for name in names]
    left = side_of_bytes(b"\r".join(texts), "left")
    right = side_of_bytes(b"\r".join([texts[2], texts[0].replace(b"Harbor", b"Harbour")]), "right")
    assert left.kind == right.kind == "message log"
    rows = rows_of(left, right)
    assert rows["message[ADT0001].PID-11.1", ""].right == "12 Harbour Lane"
    assert rows["message[ADT0008]", "message"].kind == "removed"
    assert len([row for row in rows.values() if row.differs]) == 3


def test_sides_the_wrong_way_round_are_refused_in_words(workspace: Workspace) -> None:
    message, site = side_of_file(MESSAGES / "oru-r01-lab.hl7"), find_here("site:community-hospital", workspace)
    with pytest.raises(WorkbenchError, match="what is asked of HL7 v2 messages") as raised:
        compare(site, message)
    assert "on the left" in raised.value.hint


def test_unknown_sites_and_profiles_are_refused_in_words(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="no site “nowhere”"):
        find_demand("site:nowhere", workspace)
    with pytest.raises(WorkbenchError):
        find_demand("profile:nowhere.yaml", workspace)
    assert find_demand("community-hospital", workspace) is None
