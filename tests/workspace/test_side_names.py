"""What can be typed as a side of a comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.side_names import list_definitions, list_sides
from workbench.workspace.workspace import Workspace


@pytest.fixture
def named(tmp_path: Path) -> dict[str, str]:
    workspace = Workspace(tmp_path)
    workspace.save_remote(RemoteSandbox("riverside", "Riverside", fhir_base="https://riverside.example.org/r4"))
    workspace.save_remote(RemoteSandbox("lab", "Lab", mllp_host="lab.example.org", mllp_port=2575))
    return {name.text: name.words for name in list_sides(workspace)}


def test_sandboxes_are_named_with_both_things_that_they_say_of_themselves(named: dict[str, str]) -> None:
    assert named["community-hospital"] == "Community Hospital: its capability statement"
    assert named["riverside/.well-known/smart-configuration"] == "Riverside: its smart-configuration"
    assert "lab" not in named


def test_packages_are_named_and_what_a_small_one_defines(named: dict[str, str]) -> None:
    assert named["hl7.fhir.us.core#5.0.1"].startswith("FHIR package, built in")
    assert named["hl7.fhir.us.core#5.0.1|us-core-patient"] == "US Core Patient Profile, profile of Patient"
    assert not any(name.startswith("hl7.fhir.r4.core#4.0.1|") for name in named)


def test_versions_of_hl7v2_are_named_and_what_they_define(named: dict[str, str]) -> None:
    assert named["hl7v2:2.5.1"].startswith("HL7 v2.5.1, all of it")
    assert not any(name.startswith("hl7v2:2.5.1:") for name in named)
    parts = {part.text: part.words for part in list_definitions("hl7v2:2.5.1")}
    assert parts["hl7v2:2.5.1:ADT_A01"] == "message structure of HL7 v2.5.1"
    assert parts["hl7v2:2.5.1:PID"] == "Patient Identification, segment of HL7 v2.5.1"
    assert parts["hl7v2:2.5.1:0001"] == "Administrative Sex, table of HL7 v2.5.1"
    assert list_definitions("hl7v2:2.9") == ()


def test_releases_are_named_and_their_types(named: dict[str, str]) -> None:
    assert named["R4"] == "FHIR 4.0.1, all types"
    assert named["STU3"] == "FHIR 3.0.2, all types, its structure alone"
    assert named["R5:Patient"] == "resource of FHIR 5.0.0"
    assert named["R4B:HumanName"] == "data type of FHIR 4.3.0"


def test_every_name_is_there_once(tmp_path: Path) -> None:
    texts = [name.text for name in list_sides(Workspace(tmp_path))]
    assert len(texts) == len(set(texts))


def test_what_a_package_defines_is_listed_by_its_name() -> None:
    texts = [name.text for name in list_definitions("hl7.fhir.us.core#5.0.1")]
    assert "hl7.fhir.us.core#5.0.1|us-core-patient" in texts
    with pytest.raises(WorkbenchError, match="not installed"):
        list_definitions("no.such.package#1.0.0")
