"""A profile is held against its version: what is not there, and what no message can keep, is told by its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cli import main
from workbench.conformance.profile_check import check_profile
from workbench.conformance.profile_file import parse_profile
from workbench.site.site_file import read_site

SITES = Path(__file__).parents[2] / "fixtures" / "sites"


def check(rules: str, *, message: str = "ADT^A01", tables: str = "{}", version: str = "2.5.1") -> list[tuple[str, str]]:
    profile = parse_profile(f"version: 1\nmessage: {message}\nhl7v2: {version}\nrules: {{{rules}}}\ntables: {tables}\n")
    return [(issue.path, issue.message) for issue in check_profile(profile)]


@pytest.mark.parametrize("path", sorted(SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_rules_of_the_shipped_sites_can_all_be_kept(path: Path) -> None:
    site = read_site(path)
    profiles = [rule.profile for rule in site.hl7v2.messages if rule.profile is not None]
    assert profiles and [issue for each in profiles for issue in check_profile(each, site.hl7v2.version)] == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("PID-99: R", "There is no PID-99 in HL7 v2.5.1: PID ends with 39."),
        ("PID-3.99: R", "There is no PID-3.99 in HL7 v2.5.1: PID-3 is CX."),
        ("PID-8.2: R", "There is no PID-8.2 in HL7 v2.5.1: PID-8 is IS."),
        ("PID-3.4.9: R", "There is no PID-3.4.9 in HL7 v2.5.1: PID-3.4 is HD."),
        ("QQQ: R", "There is no segment QQQ in HL7 v2.5.1; a local one begins with Z."),
        ("TXA-2: R", "ADT^A01 has no segment TXA in HL7 v2.5.1."),
        ("ORDER/OBX-2: R", "ADT^A01 has no group ORDER in HL7 v2.5.1."),
        ("PV1-44: R if PV1-222 = I", "Its condition looks at PV1-222 in HL7 v2.5.1: PV1 ends with 52."),
        ("PV1-44: R if not (PV1-2 = I or valued QQQ)", "Its condition looks at segment QQQ in HL7 v2.5.1"),
        ("PV1-2: {table: WARD}", "Table WARD is neither of the standard nor of the profile"),
        ("PV1-2: {constant: INPATIENT, length: 1}", "“INPATIENT” has 9 characters, and its length is 0..1."),
        ("PV1-2: {constant: X, table: L}", "“X” is not in table L."),
        ("PID-19: X 1..1", "It must be empty, and stand 1..1 times."),
    ],
)
def test_rule_that_no_message_can_keep_is_told(rule: str, words: str) -> None:
    ((path, text),) = check(rule, tables="{L: [A]}")
    assert path == rule.split(":")[0] and words in text


def test_required_part_of_what_must_be_empty_is_told() -> None:
    assert check("PID-19: X, PID-4: X, PID-4.1: R") == [("PID-4.1", "It is required, and PID-4 must be empty.")]


def test_statement_about_what_is_not_there_is_told() -> None:
    text = "version: 1\nmessage: ADT^A01\nhl7v2: 2.5.1\nstatements:\n  - {at: PID-99, holds: PV1-99 = I}\n"
    told = [issue.message for issue in check_profile(parse_profile(text))]
    assert told == [
        "There is no PID-99 in HL7 v2.5.1: PID ends with 39.",
        "Its condition looks at PV1-99 in HL7 v2.5.1: PV1 ends with 52.",
    ]


def test_what_can_be_kept_is_not_told() -> None:
    kept = "PID-3.4.2: R, PID-8: R, PID-8.1: R, ZWB-7.3: R, PROCEDURE/PR1-3: R, PV1-2: {table: 0004}, AL1: X"
    assert check(kept) == []
    assert check("OBX-5.5: R, OBSERVATION/OBX-5: R", message="ORU^R01") == []
    assert check("PID-40: R", version="2.8") == [], "2.8 has more fields than 2.5.1"


def test_command_names_message_and_place(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = (SITES / "community-hospital.yaml").read_text("utf-8").replace("PV1-19: RE", "PV1-190: RE")
    (tmp_path / "mine.yaml").write_text(text, "utf-8")
    assert main(["site", "check", "community-hospital"]) == 0
    assert "all can be kept" in capsys.readouterr().out
    assert main(["site", "check", str(tmp_path / "mine.yaml")]) == 1
    assert "error    ADT^A01  PV1-190  There is no PV1-190 in HL7 v2.5.1" in capsys.readouterr().out
