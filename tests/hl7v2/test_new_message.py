"""New messages of every version and event: they are what the judge asks for."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from workbench.conformance.judge import judge
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.new_message import Extent, Parties, list_kinds, make_message
from workbench.hl7v2.placement import place_message

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
# Two ways to read what these structures require are alike, and a judge takes the first.
AMBIGUOUS = {"SUR_P09", "RTB_Knn"}


def make(kind: str, version: str = "2.5.1", extent: Extent = "usual") -> str:
    return make_message(kind, version=version, now=NOW, control_id="1", extent=extent)


@pytest.mark.parametrize("extent", ["required", "usual"])
@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_a_message_of_every_structure_passes_the_judge_of_its_version(version: str, extent: Extent) -> None:
    wrong = {}
    kinds = all_kinds(version)
    for kind in kinds:
        issues = judge(parse_message(make(kind, version, extent)))
        # A structure that no event uses is named in MSH-9.3 against the event's own.
        odd = kind.count("^") == 2
        grave = [each for each in issues if each.severity != "information" and not (odd and each.path == "MSH-9.3")]
        if grave:
            wrong[kind] = [issue.message for issue in grave]
    assert wrong == {}
    assert len(kinds) > 25


def all_kinds(version: str) -> list[str]:
    """Every event, and every structure that no event of the version uses, named by itself."""
    kinds = dict(list_kinds(version))
    unused = set(load_dictionary(version).structures()) - set(kinds.values()) - AMBIGUOUS
    named = [f"{name.replace('_', '^', 1)}^{name}" for name in sorted(unused)]
    return [kind for kind, structure in kinds.items() if structure not in AMBIGUOUS] + named


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_event_of_a_version_can_be_made(version: str) -> None:
    events = {event.replace("_", "^", 1) for event in load_dictionary(version).events()}
    assert events <= {kind for kind, _ in list_kinds(version)}


def test_a_usual_admission_has_what_most_senders_give() -> None:
    message = parse_message(make("ADT^A01"))
    assert [segment.name for segment in message.segments] == ["MSH", "EVN", "PID", "NK1", "PV1", "AL1"]
    assert message.type_name == "ADT^A01"
    assert message.structure == "ADT_A01"
    assert message.get("MSH-7") == "20260302091500+0000"
    assert message.get("PID-5.1") == "Okafor"


def test_a_result_stands_in_the_group_of_results() -> None:
    for version in ("2.3", "2.5.1", "2.8.2"):
        placement = place_message(parse_message(make("ORU^R01", version)))
        assert placement is not None
        assert placement.segments[-1].path.endswith("OBSERVATION[1]/OBX")


def test_a_note_is_text_and_a_vital_sign_a_number() -> None:
    note, sign = parse_message(make("MDM^T02")), parse_message(make("ORU^R01"))
    assert (note.get("OBX-2"), note.get("OBX-5")) == ("TX", "Seen and well")
    assert (sign.get("OBX-2"), sign.get("OBX-5"), sign.get("OBX-6.1")) == ("NM", "72", "/min")


def test_only_what_is_required_is_shorter() -> None:
    short = parse_message(make("ADT^A01", extent="required"))
    assert [segment.name for segment in short.segments] == ["MSH", "EVN", "PID", "PV1"]
    assert short.get("PID-8") is None


def test_the_parties_and_further_fields_are_as_given() -> None:
    parties = Parties(receiver="EHR", receiving_facility="COMMUNITY", authority="CHMRN")
    text = make_message(
        "ADT^A03", version="2.5.1", now=NOW, control_id="7", parties=parties, also=("PV1-36", "PV1-45", "PV1-99")
    )
    message = parse_message(text)
    assert [message.get(path) for path in ("MSH-5", "MSH-6", "MSH-10", "PID-3.4", "PV1-19.4")] == [
        "EHR", "COMMUNITY", "7", "CHMRN", "CHMRN",
    ]  # fmt: skip
    assert message.get("PV1-36")
    assert message.get("PV1-45") == "20260302091500+0000"


def test_the_same_clock_and_control_id_make_the_same_message() -> None:
    assert make("ORM^O01", "2.3") == make("ORM^O01", "2.3")
    assert re.fullmatch(r"(?:[^\r\n]+\r)+", make("ORM^O01", "2.3"))


def test_a_structure_may_be_named_in_place_of_an_event() -> None:
    assert parse_message(make("ADT_A01")).type_name == "ADT^A01"
    assert parse_message(make("ADT^A40^ADT_A39", "2.4")).structure == "ADT_A39"


@pytest.mark.parametrize(("kind", "version"), [("XYZ^Z99", "2.5.1"), ("", "2.5.1"), ("ADT^A01", "3.0")])
def test_what_a_version_does_not_have_is_refused_in_words(kind: str, version: str) -> None:
    with pytest.raises(WorkbenchError, match="HL7 v"):
        make(kind, version)
