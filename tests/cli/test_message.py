"""`workbench message` makes messages of any version and event."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.message import parse_message


def test_a_new_message_is_printed_and_passes_validation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new.hl7"
    assert main(["message", "new", "ADT^A01", "--hl7-version", "2.3.1", "-o", str(path)]) == 0
    assert path.read_bytes().count(b"\r") == 6
    assert main(["validate", str(path)]) == 0
    capsys.readouterr()
    assert main(["message", "new", "ADT^A01", "--required"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == ["MSH", "EVN", "PID", "PV1"]


def test_a_new_message_for_a_site_is_what_its_rules_ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "discharge.hl7"
    site = "academic-medical-center"
    assert main(["message", "new", "ADT^A03", "--site", site, "-o", str(path)]) == 0
    assert main(["validate", str(path), "--site", site]) == 0


def test_the_types_of_a_version_are_listed_with_their_structures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["message", "list", "--hl7-version", "2.8.2", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["types"]
    assert {"type": "ADT^A04", "structure": "ADT_A01"} in listed
    assert main(["message", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > len(load_dictionary("2.5.1").events())


def test_an_unknown_type_gives_2_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["message", "new", "XYZ^Z99"]) == 2
    assert "message list" in capsys.readouterr().err


def test_json_holds_the_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["message", "new", "ORU^R01", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert parse_message(made["text"]).type_name == "ORU^R01"
    assert made["saved"] is None
