"""`workbench validate`: resources in three formats held against releases and profiles, in four kinds of report."""

from __future__ import annotations

import io
import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from workbench.cli import main
from workbench.validation.validator import Validator

PACKAGE = Path(__file__).parents[3] / "shared/data/us-core-packages/us_core_610.tgz"
NARRATIVE = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Amara</div>'}
GOOD = {"resourceType": "Patient", "text": NARRATIVE, "active": True}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tester's own packages are left out."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))


def file_of(path: Path, **more: Any) -> str:
    path.write_text(json.dumps(GOOD | more, indent=2), "utf-8")
    return str(path)


def test_a_valid_resource_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", file_of(tmp_path / "a.json")]) == 0
    printed = capsys.readouterr().out
    assert "a.json: valid\n" in printed
    assert "1 file, 1 resource: 1 valid, 0 invalid." in printed
    assert "Held against FHIR R4 4.0.1, as nothing says otherwise" in printed


def test_an_invalid_one_is_exit_code_1_with_place_rule_and_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", file_of(tmp_path / "a.json", birthDate="1984-13-01")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("a.json: 1 error")
    assert lines[1] == "  8:3  error  Patient.birthDate"
    assert "(Patient.birthDate format, Patient|4.0.1)" in " ".join(" ".join(lines).split())


def test_json_is_as_documented(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path / "a.json", shoe=9)
    assert main(["validate", path, "--format", "json"]) == 1
    printed = capsys.readouterr()
    (file,) = json.loads(printed.out)["files"]
    assert list(file) == ["file", "valid", "issues"]
    assert (file["file"], file["valid"]) == (path, False)
    (issue,) = file["issues"]
    assert list(issue) == ["severity", "code", "path", "line", "column", "message", "rule", "profile"]
    assert (issue["severity"], issue["path"], issue["line"], issue["column"]) == ("error", "Patient.shoe", 8, 3)
    assert issue["profile"] == "http://hl7.org/fhir/StructureDefinition/Patient|4.0.1"
    assert "Held against FHIR R4 4.0.1" in printed.err, "the release is said beside the document"


def test_xml_and_json_of_one_resource_have_the_same_issues(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file_of(tmp_path / "a.json", birthDate="1984-13-01", gender="man")
    (tmp_path / "b.xml").write_text(
        f'<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/>{NARRATIVE["div"]}</text>\n'
        '<active value="true"/><gender value="man"/>\n<birthDate value="1984-13-01"/></Patient>',
        "utf-8",
    )
    assert main(["validate", str(tmp_path), "--format", "json"]) == 1
    one, two = json.loads(capsys.readouterr().out)["files"]
    assert sorted((each["path"], each["message"]) for each in one["issues"]) == sorted(
        (each["path"], each["message"]) for each in two["issues"]
    )
    assert [(each["line"], each["column"]) for each in two["issues"]] == [(2, 23), (3, 1)]


def test_what_is_no_resource_is_invalid_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text('{\n "resourceType": Patient}', "utf-8")
    (tmp_path / "b.xml").write_text("<!DOCTYPE x>\n<x/>", "utf-8")
    assert main(["validate", str(tmp_path), "--format", "json"]) == 1
    one, two = (file["issues"] for file in json.loads(capsys.readouterr().out)["files"])
    assert [(each["severity"], each["line"], each["column"]) for each in one] == [("fatal", 2, 18)]
    assert [(each["severity"], each["line"], each["column"]) for each in two] == [("fatal", 1, 1)]
    assert "DOCTYPE" in two[0]["message"]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD | {"shoe": 9}).encode())))
    assert main(["validate", "-"]) == 1
    assert "standard input: 1 error" in capsys.readouterr().out


def test_what_cannot_be_done_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = file_of(tmp_path / "a.json")
    for arguments, words in (
        ([str(tmp_path / "missing.json")], "There is no file"),
        ([one, "--fhir-version", "9"], "no FHIR release"),
        ([one, "--package", "no.such.package#1.0.0"], "is not installed"),
        ([one, "--profile", "http://example.org/none"], "There is no profile"),
        ([one, "--profile", "vitalsign"], "Did you mean vitalsigns"),
        ([one, "--profile", "vitalsigns|9.9"], "Here are http://hl7.org/fhir/StructureDefinition/vitalsigns|4.0.1"),
        ([one, "--package", one], "is not a FHIR package: it is no .tgz"),
        ([one, "--jobs", "0"], "not a number from 1"),
        ([one, "--format", "pdf"], "invalid choice"),
        ([], "required"),
    ):
        assert main(["validate", *arguments]) == 2
        assert words in capsys.readouterr().err


def test_a_profile_can_be_named_by_its_canonical_or_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not PACKAGE.is_file():
        pytest.skip(f"{PACKAGE} is not on this machine: US Core is shared data")
    path = file_of(tmp_path / "a.json")
    canonical = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
    for name in (canonical, f"{canonical}|6.1.0", "us-core-patient", "USCorePatientProfile"):
        command = ["validate", path, "--package", str(PACKAGE), "--profile", name, "--format", "json"]
        assert main(command) == 1
        printed = capsys.readouterr()
        issues = json.loads(printed.out)["files"][0]["issues"]
        errors = {each["rule"]: each["profile"] for each in issues if each["severity"] == "error"}
        assert errors == dict.fromkeys(
            ("Patient.identifier min", "Patient.name min", "Patient.gender min"), f"{canonical}|6.1.0"
        )
        assert "by the package named, with hl7.fhir.us.core#6.1.0" in printed.err
    assert main(["validate", path, "--package", str(PACKAGE), "--fhir-version", "5.0"]) == 2
    assert "is made for R4, and R5 was asked for" in capsys.readouterr().err


def test_what_cannot_be_decided_is_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = file_of(tmp_path / "a.json", meta={"profile": ["http://example.org/StructureDefinition/none"]})
    assert main(["validate", path]) == 0
    printed = capsys.readouterr().out
    assert "no error, but 1 undecided" in printed
    assert "1 place: the profile http://example.org/StructureDefinition/none is not installed" in printed
    assert "neither as valid nor as wrong" in printed
    assert "0 valid, 0 invalid, 1 without an error but undecided in part" in printed
    assert main(["validate", path, "--verbose"]) == 0
    assert "undecided  Patient.meta.profile[0]" in capsys.readouterr().out


def test_a_second_opinion_is_quoted_and_changes_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", file_of(tmp_path / "a.json"), "--second-opinion"]) == 0
    assert "fhir.resources says nothing against it" in " ".join(capsys.readouterr().out.split())
    path = file_of(tmp_path / "b.json", gender="man")
    assert main(["validate", path, "--second-opinion", "--format", "json"]) == 1
    issues = json.loads(capsys.readouterr().out)["files"][0]["issues"]
    assert {each["severity"] for each in issues if each["rule"] == "fhir.resources"} == {"information"}


def test_junit_has_a_test_case_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file_of(tmp_path / "a.json")
    file_of(tmp_path / "b.json", gender="ma\x01n<&>")
    assert main(["validate", str(tmp_path), "--format", "junit"]) == 1
    suite = ET.fromstring(capsys.readouterr().out)  # noqa: S314  # our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    one, two = suite.findall("testcase")
    assert list(one) == []
    (failure,) = two
    assert failure.tag == "failure" and "error" in (failure.get("message") or "")
    assert "8:3" in (failure.text or "")


@pytest.mark.parametrize("count", [1, 2])
def test_outcomes_are_fhir_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str], count: int) -> None:
    for at in range(count):
        file_of(tmp_path / f"{at}.json", **({"gender": "man\x07"} if at else {}))
    assert main(["validate", str(tmp_path), "--format", "operationoutcome"]) == (0 if count == 1 else 1)
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["resourceType"] == ("OperationOutcome" if count == 1 else "Bundle")
    assert [issue for issue in Validator().validate(outcome) if issue.is_error] == []
    if count == 2:
        said = outcome["entry"][1]["resource"]
        assert said["extension"][0]["valueString"].endswith("1.json")
        line, column = said["issue"][0]["extension"]
        assert (line["valueInteger"], column["valueString"]) == (8, "3")


def test_what_a_resource_says_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", file_of(tmp_path / "a.json", gender="\x1b[31m\u202eman")]) == 1
    printed = capsys.readouterr().out
    assert "\x1b" not in printed and "\u202e" not in printed


def test_lines_of_ndjson_and_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.ndjson").write_text(f"{json.dumps(GOOD)}\n{json.dumps(GOOD | {'shoe': 1})}\n", "utf-8")
    file_of(tmp_path / "b.json")
    assert main(["validate", str(tmp_path), "--jobs", "2"]) == 1
    printed = capsys.readouterr().out
    assert printed.index("a.ndjson: 1 error") < printed.index("b.json: valid")
    assert "  2:" in printed
    assert "2 files, 3 resources: 1 valid, 1 invalid (1 error)." in printed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminal to look at")
def test_progress_is_shown_at_a_terminal_alone(tmp_path: Path) -> None:
    import os
    import pty
    import subprocess

    for at in range(3):
        file_of(tmp_path / f"{at}.json")
    command = [sys.executable, "-m", "workbench.cli", "validate", str(tmp_path), "--format", "json"]
    ours, theirs = pty.openpty()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0 and len(json.loads(done.stdout)["files"]) == 3
    assert "\r1 of 3  " in shown and "\r3 of 3  " in shown
    assert "\r" not in subprocess.run(command, capture_output=True, check=False, text=True).stderr


ADMISSION = """MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01^ADT_A01|1|P|2.5.1
EVN||20260101120000
PID|1||123^^^HOSP^MR||Doe^Jane||19800101|F
PV1|1|I
"""


def test_messages_are_validated_beside_resources_and_counted_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "good.hl7").write_text(ADMISSION)
    (tmp_path / "bad.hl7").write_text(ADMISSION.replace("19800101", "1980-01-01"))
    (tmp_path / "none.hl7").write_text("hello world")
    (tmp_path / "patient.json").write_text('{"resourceType": "Patient", "active": true}')
    assert main(["validate", str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "HL7 v2.5.1 PID-7.1 DTM" in printed
    assert "4 files, 1 resource and 3 messages: 2 valid, 2 invalid (1 fatal, 1 error" in printed
    assert "Held against HL7 v2.5.1, by MSH-12, 2 files." in printed


def test_a_batch_is_judged_message_by_message_in_the_lines_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ADMISSION + "\n# the second\n" + ADMISSION.replace("PV1|1|I", "PV1|x|I")
    (tmp_path / "two.hl7").write_text(text)
    assert main(["validate", str(tmp_path / "two.hl7"), "--format", "json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    (issue,) = file["issues"]
    assert (issue["line"], issue["column"], issue["path"]) == (10, 5, "PV1-1")


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_a_message_is_known_by_its_content_in_wide_letters_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], codec: str
) -> None:
    (tmp_path / "a").write_bytes(ADMISSION.encode(codec))
    (tmp_path / "b").write_bytes(ADMISSION.encode())
    assert main(["validate", str(tmp_path / "a")]) == 0
    assert "1 message" in capsys.readouterr().out
    assert main(["diff", str(tmp_path / "a"), str(tmp_path / "b")]) == 0


def test_messages_of_a_log_are_judged_in_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ADMISSION.replace("\r", "\n")
    log = f"2026-03-02 09:00 received\n{lines}\n09:01 received\n{lines.replace('PV1|1|I', 'PV1|1|')}"
    (tmp_path / "engine.log").write_text(log, "utf-8")
    assert main(["validate", str(tmp_path / "engine.log")]) == 1
    printed = capsys.readouterr().out
    line = log.splitlines().index("PV1|1|") + 1
    assert "2 messages" in printed and f"  {line}:" in printed and "1 error" in printed


def test_messages_are_told_as_junit_and_as_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.hl7").write_text(ADMISSION.replace("PV1|1|I", "PV1|x|I"))
    assert main(["validate", str(tmp_path), "--format", "junit"]) == 1
    assert 'failures="1"' in capsys.readouterr().out
    assert main(["validate", str(tmp_path), "--format", "operationoutcome"]) == 1
    assert json.loads(capsys.readouterr().out)["issue"][0]["severity"] == "error"


def test_a_version_that_is_asked_for_counts_before_the_messages_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "one.hl7").write_text(ADMISSION + "PRT|1\n")
    assert main(["validate", str(tmp_path), "--hl7-version", "2.3.1"]) == 1
    assert "“PRT” is no segment of HL7 v2.3.1" in " ".join(capsys.readouterr().out.split())
    assert main(["validate", str(tmp_path), "--hl7-version", "3.0"]) == 2
    assert "HL7 v3.0 is not known" in capsys.readouterr().err


def test_a_site_asks_messages_for_what_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.hl7").write_text(ADMISSION)
    assert main(["validate", str(tmp_path), "--format", "json", "--site", "academic-medical-center"]) == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert ("MSH-12.1", "Academic Medical Center") in [(each["path"], each["profile"]) for each in file["issues"]]
    assert main(["validate", str(tmp_path), "--site", "nowhere"]) == 2
    assert "There is no site “nowhere”" in capsys.readouterr().err


def test_what_is_no_message_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none.hl7").write_text("hello world\n")
    assert main(["validate", str(tmp_path)]) == 1
    assert "this starts with “hello world”" in " ".join(capsys.readouterr().out.split())
    (tmp_path / "none.hl7").write_text("")
    assert main(["validate", str(tmp_path)]) == 1
    assert "It holds no message" in capsys.readouterr().out


def test_messages_are_judged_alike_in_several_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(4):
        (tmp_path / f"{number}.hl7").write_text(ADMISSION.replace("PV1|1|I", "PV1|x|I") * 3)
    assert main(["validate", str(tmp_path), "--format", "json"]) == 1
    one = capsys.readouterr().out
    assert main(["validate", str(tmp_path), "--format", "json", "--jobs", "2"]) == 1
    assert capsys.readouterr().out == one
