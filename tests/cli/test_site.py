"""`workbench site list` shows every site that could be run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.conformance.profile_file import parse_profile


def test_the_sites_are_a_table_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", str(folder), "site", "list"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("  ")[0] == "ID"
    assert [row.split()[0] for row in rows] == ["academic-medical-center", "community-hospital"]
    assert rows[1].split() == ["community-hospital", "Community", "Hospital", "6.1.0", "v2", "fhir", "2.5.1"]


def test_the_sites_are_json_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", str(folder), "site", "list", "--json"]) == 0
    academic, community = json.loads(capsys.readouterr().out)["sites"]
    assert academic["note"] == "hl7v2"
    assert {key: community[key] for key in community if key != "path"} == {
        "id": "community-hospital",
        "name": "Community Hospital",
        "shipped": True,
        "error": "",
        "fhir": "4.0.1",
        "us_core": "6.1.0",
        "scopes": "v2",
        "note": "fhir",
        "hl7v2": "2.5.1",
    }


def test_a_site_that_cannot_be_read_is_listed_with_its_reason(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sites").mkdir(parents=True)
    (folder / "sites" / "mine.yaml").write_text("version: 1\nid: mine\nname: Mine\n", "utf-8")
    assert main(["--workspace", str(folder), "site", "list"]) == 0
    out = capsys.readouterr().out
    assert "mine.yaml:1:1: “mrn_system” is missing." in out
    assert main(["--workspace", str(folder), "site", "list", "--json"]) == 0
    mine = json.loads(capsys.readouterr().out)["sites"][-1]
    assert "is missing" in mine["error"]
    assert "fhir" not in mine


PROFILE_XML = """<HL7v2xConformanceProfile HL7Version="2.5.1"><MetaData Name="Hilltop"/>
<HL7v2xStaticDef MsgType="ADT" EventType="A01" MsgStructID="ADT_A01"><Segment Name="MSH" Usage="R" Min="1" Max="1"/>
<Segment Name="PID" Usage="R" Min="1" Max="1"><Field Name="Set ID" Usage="X" Max="*"/></Segment></HL7v2xStaticDef>
<HL7v2xStaticDef MsgType="ADT" EventType="A08"><Segment Name="MSH" Usage="R"/></HL7v2xStaticDef>
</HL7v2xConformanceProfile>"""


def test_profile_in_xml_becomes_the_yaml_that_a_site_file_takes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.xml").write_text(PROFILE_XML, "utf-8")
    assert main(["site", "profile", str(tmp_path / "a.xml"), "--message", "ADT^A01"]) == 0
    profile = parse_profile(capsys.readouterr().out)
    assert (profile.message, profile.name, profile.complete) == ("ADT^A01", "Hilltop", True)
    assert main(["site", "profile", str(tmp_path / "a.xml"), "--message", "ADT^A01", "--beyond-version"]) == 0
    assert capsys.readouterr().out.endswith("rules:\n  PID-1: X\n")


def test_profile_of_several_messages_asks_which(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(PROFILE_XML, "utf-8")
    assert main(["site", "profile", str(tmp_path / "a.xml")]) == 2
    assert "Name one with --message: ADT^A01, ADT^A08." in capsys.readouterr().err
    assert main(["site", "profile", str(tmp_path / "a.xml"), "--message", "ORU^R01"]) == 2
    assert "has no profile of ORU^R01" in capsys.readouterr().err


def test_tables_of_another_file_are_taken_along(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(PROFILE_XML, "utf-8")
    tables = '<Specification><hl7tables><hl7table id="0001" name="Sex"><tableElement code="F" description="Female"/>'
    (tmp_path / "t.xml").write_text(f"{tables}</hl7table></hl7tables></Specification>", "utf-8")
    command = ["site", "profile", str(tmp_path / "a.xml"), "--message", "ADT^A01", "--tables"]
    assert main([*command, str(tmp_path / "t.xml")]) == 0
    assert [table.codes for table in parse_profile(capsys.readouterr().out).tables] == [{"F"}]
    assert main([*command, str(tmp_path / "a.xml")]) == 2
    assert "has no tables" in capsys.readouterr().err
    assert main(["site", "profile", str(tmp_path / "t.xml")]) == 2
    assert "Its tables can be taken with --tables." in capsys.readouterr().err


def test_a_secret_is_made_anew_with_the_digest_that_a_site_file_holds(capsys: pytest.CaptureFixture[str]) -> None:
    made = []
    for _ in range(2):
        assert main(["site", "secret", "--json"]) == 0
        made.append(json.loads(capsys.readouterr().out))
    assert made[0]["secret"] != made[1]["secret"]
    for each in made:
        assert len(each["secret"]) == 43
        assert hashlib.sha256(each["secret"].encode()).hexdigest() == each["secret_sha256"]


def test_a_secret_is_shown_to_people_with_what_to_do_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["site", "secret"]) == 0
    said = capsys.readouterr().out
    secret, digest = (line.split()[-1] for line in said.splitlines()[:2])
    assert hashlib.sha256(secret.encode()).hexdigest() == digest
    assert "kept nowhere" in said
