"""What a site asks of messages is told in rows that a person reads, those of every message once."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.site.rule_words import tell_rules
from workbench.site.site_file import parse_site, read_site

SITES = Path(__file__).parents[2] / "fixtures" / "sites"
TEXT = (SITES / "community-hospital.yaml").read_text("utf-8")


def test_rules_of_every_message_name_none_and_others_name_theirs() -> None:
    told = dict(tell_rules(read_site(SITES / "academic-medical-center.yaml").hl7v2))
    assert told["PID-3 Patient Identifier List"] == "required, 1 to 5 times"
    assert told["PID-19 SSN Number Patient"] == "must be empty"
    assert told["PV1-2 Patient Class"] == "table 0004 (I, O, E, P)"
    assert told["PV1-3.3 Bed"] == "required if PV1-2 = I · ADT^A01"
    assert told["ZWB-1 Ward Board Flag"] == "required, table AMC01 (FALL, ISO, VIP) · ADT^A01"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("PV1-10: RE 0..1", "where it is known, at most once"),
        ("PV1-10: 2..*", "at least 2 times"),
        ("PV1-10: O 0..4", "optional, at most 4 times"),
        ("PV1-10: C(R/X) if PV1-2 = I", "required if PV1-2 = I, else must be empty"),
        ("PV1-10: {length: 2..5, constant: MED, table: 0069}", "2..5 long, “MED”, table 0069"),
    ],
)
def test_each_kind_of_rule_has_its_words(rule: str, words: str) -> None:
    text = TEXT.replace("          PV1-19: RE\n", f"          {rule}\n")
    assert dict(tell_rules(parse_site(text).hl7v2))["PV1-10 Hospital Service"] == f"{words} · ADT^A01"


def test_statements_are_told_by_their_message_or_what_must_hold() -> None:
    said = "        statements:\n          - at: PID-3\n            holds: PID-3.1 matches '[0-9]+'\n"
    said += "            message: Digits alone.\n"
    said += "          - holds: PV1-2 = I\n"
    text = TEXT.replace("        rules:\n          PV1: R 1..1\n", said + "        rules:\n          PV1: R 1..1\n", 1)
    told = dict(tell_rules(parse_site(text).hl7v2))
    assert (told["PID-3"], told["The message"]) == ("Digits alone. · ADT^A01", "PV1-2 = I · ADT^A01")


def test_site_without_profiles_has_no_rows() -> None:
    bare = TEXT.split("  # What every message must keep")[0] + "  messages: {}\nnote:" + TEXT.split("\nnote:")[1]
    assert tell_rules(parse_site(bare).hl7v2) == ()
