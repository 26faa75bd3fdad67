"""`workbench site list` shows every site that could be run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli import main


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
