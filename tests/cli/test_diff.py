"""`workbench diff`: what differs between two sides, in four formats, and the exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from workbench.cli import main

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import SandboxAddresses

SITES = ("community-hospital", "academic-medical-center")


def file_of(path: Path, **more: Any) -> str:
    path.write_text(json.dumps({"resourceType": "Patient", "id": "1"} | more), "utf-8")
    return str(path)


def test_no_differences_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = file_of(tmp_path / "a.json")
    assert main(["diff", one, one]) == 0
    assert "No differences." in capsys.readouterr().out


def test_differences_are_exit_code_1_and_json_names_the_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left, right = file_of(tmp_path / "a.json"), file_of(tmp_path / "b.json", active=True)
    assert main(["diff", left, right, "--format", "json"]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert (printed["left"], printed["right"]) == (left, right)
    (row,) = printed["rows"]
    assert list(row) == ["path", "aspect", "kind", "left", "right", "grade", "why", "name"]
    assert (row["path"], row["kind"], row["left"], row["right"]) == ("Patient.active", "added", None, "true")
    assert row["grade"] == "information"


def test_what_cannot_be_compared_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = file_of(tmp_path / "a.json")
    assert main(["diff", one, "community-hospital"]) == 2
    assert "is a FHIR resource (Patient)" in capsys.readouterr().err
    assert main(["diff", one, str(tmp_path / "missing.json")]) == 2
    assert main(["diff", one]) == 2
    assert main(["diff", one, one, "--format", "xml"]) == 2


def test_sites_side_by_side_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *SITES]) == 1
    printed = capsys.readouterr().out
    assert "rest[server].resource[Patient]\n" in printed
    assert "breaks sender    removed  interaction[vread]" in printed


def test_only_breaking_leaves_out_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *SITES, "--only-breaking", "--format", "json"]) == 1
    grades = {row["grade"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert grades == {"breaks-sender", "breaks-receiver"}
    left, right = file_of(tmp_path / "a.json"), file_of(tmp_path / "b.json", active=True)
    assert main(["diff", left, right, "--only-breaking"]) == 0


def test_html_and_csv_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", *SITES, "--format", "html"]) == 1
    page = capsys.readouterr().out
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")
    assert main(["diff", *SITES, "--format", "csv"]) == 1
    lines = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert lines[0][3:5] == [f"left: {SITES[0]}", f"right: {SITES[1]}"]
    assert len({len(line) for line in lines}) == 1


def test_masks_let_places_differ(tmp_path: Path) -> None:
    left, right = file_of(tmp_path / "a.json"), file_of(tmp_path / "b.json", id="2")
    assert main(["diff", left, right]) == 1
    assert main(["diff", left, right, "--mask", "Patient.id"]) == 0


def test_a_type_of_two_releases_is_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "R4:Encounter", "R5:Encounter", "--only-breaking", "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert ("Encounter.class", "type") in {(row["path"], row["aspect"]) for row in rows}
    assert main(["diff", "R5:Encounter", "R5:Encounter"]) == 0
    assert main(["diff", "R4:Encounter", "R5"]) == 2
    assert main(["diff", "R4:Encountr", "R5:Encounter"]) == 2


def test_an_address_is_asked_for_its_statement(hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "community-hospital", hospital.fhir_base, "--only-breaking"]) == 0
    capsys.readouterr()
    assert main(["diff", "community-hospital", hospital.fhir_base, "--format", "json"]) == 1
    assert {row["grade"] for row in json.loads(capsys.readouterr().out)["rows"]} == {"information"}


def test_what_cannot_be_a_side_says_what_can(capsys: pytest.CaptureFixture[str]) -> None:
    for left, right, words in (
        ("-", "-", "Standard input can be one side alone"),
        ("hl7.fhir.r4.core", "R5", "Name hl7.fhir.r4.core#4.0.1."),
        ("hl7.fhir.r4.core|Patient", "R5:Patient", "names a package without its version"),
    ):
        assert main(["diff", left, right]) == 2
        assert words in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_a_pipe_is_a_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right = file_of(tmp_path / "b.json", active=True)
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=file_of, args=(tmp_path / "pipe",))
    writer.start()
    assert main(["diff", str(tmp_path / "pipe"), right]) == 1
    writer.join()
    assert "active" in capsys.readouterr().out


MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"


def message_of(path: Path, patient: str) -> str:
    path.write_text(f"MSH|^~\\&|A|B|||2026||ADT^A01^ADT_A01|C1|P|2.5.1\r{patient}\r", "utf-8", newline="")
    return str(path)


def test_messages_differ_by_field_and_name_and_a_filter_keeps_some(capsys: pytest.CaptureFixture[str]) -> None:
    sides = str(MESSAGES / "adt-a01-admission.hl7"), str(MESSAGES / "adt-a08-update.hl7")
    assert main(["diff", *sides, "--only", "PV1 or (PID and removed)", "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["path"][:3] for row in rows} == {"PID", "PV1"}
    assert {row["kind"] for row in rows if row["path"].startswith("PID")} == {"removed"}
    assert ("PV1-3.2", "Room") in {(row["path"], row["name"]) for row in rows}
    assert main(["diff", *sides, "--only", "PID or"]) == 2
    assert "column 7" in capsys.readouterr().err


def test_what_is_only_written_otherwise_is_told_and_no_difference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = message_of(tmp_path / "a.hl7", "PID|1||7^^"), message_of(tmp_path / "b.hl7", "PID|1||7||")
    assert main(["diff", *sides]) == 0
    assert "No differences of content. Besides, 2 of encoding alone." in capsys.readouterr().out
    assert main(["diff", *sides, "--only", "not encoding"]) == 0
    assert "No differences." in capsys.readouterr().out


def test_a_mask_may_be_a_filter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sides = message_of(tmp_path / "a.hl7", "PID|1||7||A"), message_of(tmp_path / "b.hl7", "PID|1||8||B")
    assert main(["diff", *sides, "--mask", "PID and not PID-5"]) == 1
    assert "1 difference." in capsys.readouterr().out
    assert main(["diff", *sides, "--mask", "PID and not PID-5", "--mask", "PID-5"]) == 0


def test_versions_of_hl7v2_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "hl7v2:2.3:PID", "hl7v2:2.5.1:PID", "--only", "aspect:moved"]) == 1
    assert "PID-3 Patient Identifier List" in capsys.readouterr().out
    assert main(["diff", "hl7v2:2.3:PID", "hl7v2:2.5.1:ADT_A01"]) == 2
    assert "is a segment of HL7 v2" in capsys.readouterr().err


SCENARIO = """version: 1
name: Masks
description: A message whose patient may differ.
steps:
  - name: It is sent
    hl7v2: |
      MSH|^~\\&|A|B|||2026||ADT^A01|C1|P|2.5.1
    masks: [PID-3]
"""


def test_masks_come_from_a_scenario_or_are_the_usual_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = message_of(tmp_path / "a.hl7", "PID|1||7||A")
    text = Path(left).read_text("utf-8").replace("|C1|", "|C2|").replace("|7|", "|8|")
    right = tmp_path / "b.hl7"
    right.write_text(text, "utf-8", newline="")
    assert main(["diff", left, str(right), "--mask", "usual"]) == 1
    assert "1 difference." in capsys.readouterr().out
    scenario = tmp_path / "s.scenario.yaml"
    scenario.write_text(SCENARIO, "utf-8")
    assert main(["diff", left, str(right), "--masks-of", str(scenario)]) == 0
