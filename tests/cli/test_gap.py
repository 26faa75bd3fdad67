"""`workbench gap` holds a log against a site, a profile or a version, and prints it in each form."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.conformance.profile_file import parse_profile
from workbench.site.site_file import parse_site
from workbench.workspace.gap_run import GapFinished, GapProgress, GapRequest, find_gaps
from workbench.workspace.message_source import MessageSources

FIXTURES = Path(__file__).parents[2] / "fixtures"
MESSAGES = FIXTURES / "messages"
ADMISSION = MESSAGES / "adt-a01-admission-231.hl7"
PROFILE = "version: 1\nmessage: ADT^A01\nname: Hilltop\nrules:\n  PID-18: R\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["gap", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_log_that_keeps_what_a_site_asks_has_no_gaps(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for name in ("adt-a04-registration-231", "adt-a03-discharge-231"):
        (tmp_path / f"{name}.hl7").write_bytes((MESSAGES / f"{name}.hl7").read_bytes())
    code, out, _ = run(capsys, str(tmp_path), "--site", "academic-medical-center")
    assert code == 0 and "2 messages against Academic Medical Center" in out and "breaks" not in out


def test_gaps_of_a_folder_are_listed_with_their_first_place(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(MESSAGES), "--site", "academic-medical-center")
    assert code == 1
    assert "SIU^S12 (1)" in out.partition("not taken")[2] and "own segments ZPD, ZVN" in out
    assert "PV1-19 required in 1 message, first at" in out


def test_answers_in_a_log_are_no_messages_that_a_site_refuses(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer = b"MSH|^~\\&|EHR|ACADEMIC|REG|ACADEMIC|20260302||ACK^A01|1|P|2.3.1\rMSA|AA|ADT0001\r"
    registration = (MESSAGES / "adt-a04-registration-231.hl7").read_bytes()
    (tmp_path / "log.hl7").write_bytes(registration + b"\r\n" + answer)
    code, out, _ = run(capsys, str(tmp_path / "log.hl7"), "--site", "academic-medical-center")
    assert code == 0 and "ACK^A01" in out and "not taken" not in out


def test_log_of_a_version_that_the_site_refuses_is_a_gap(capsys: pytest.CaptureFixture[str]) -> None:
    log = str(MESSAGES / "adt-a01-admission.hl7")
    code, out, _ = run(capsys, log, "--site", "academic-medical-center")
    assert code == 1 and "not taken    2.5.1 (1): 2.3.1 is taken" in out and " breaks" not in out
    code, out, _ = run(capsys, log, "--site", "academic-medical-center", "--format", "json")
    assert code == 1 and json.loads(out)["taken_versions"] == ["2.3.1"]


def test_profile_of_a_file_counts_and_its_gap_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PROFILE, "utf-8")
    code, out, _ = run(capsys, str(ADMISSION), "--profile", str(tmp_path / "a.yaml"), "--format", "json")
    told = json.loads(out)
    (broken,) = (row for row in told["rows"] if row["path"] == "PID-18")
    assert (code, told["against"], told["messages"]) == (1, "Hilltop", 1)
    assert (broken["verdict"], broken["asked"], broken["rules"]) == ("breaks", "R", ["PID-18 R"])


def test_profile_in_place_of_the_sites_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PROFILE, "utf-8")
    code, out, _ = run(
        capsys, str(ADMISSION), "--site", "academic-medical-center", "--profile", str(tmp_path / "a.yaml")
    )
    assert code == 1 and "PID-18" in out


def test_version_that_is_named_counts_for_every_message(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(ADMISSION), "--hl7-version", "2.1", "--all")
    assert code == 1 and "against HL7 v2.1" in out
    code, _, err = run(capsys, str(ADMISSION), "--hl7-version", "2.99")
    assert code == 2 and "HL7 v2.99 is not known" in err


@pytest.mark.parametrize(("form", "start"), [("csv", "message,path,name"), ("html", "<!doctype html>")])
def test_report_is_written_in_each_form(capsys: pytest.CaptureFixture[str], form: str, start: str) -> None:
    code, out, _ = run(capsys, str(ADMISSION), "--format", form)
    assert code == 0 and out.startswith(start) and "Kim" not in out


def test_profile_as_sent_fits_into_a_site_file(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(ADMISSION), "--format", "profile")
    assert code == 0 and out.startswith("hl7v2:\n  messages:\n    ADT^A01:\n      profile:\n")
    text = (FIXTURES / "sites" / "community-hospital.yaml").read_text("utf-8")
    snippet = out.split("messages:\n", 1)[1]
    site = parse_site(text.split("  messages:\n")[0] + "  messages:\n" + snippet + "note:" + text.split("\nnote:")[1])
    rule = site.hl7v2.find_message("ADT^A01")
    assert rule and rule.profile and "PV2" in rule.profile.segment_names


def test_values_are_shown_on_request_alone(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, str(ADMISSION), "--all")
    assert "Kim" not in out
    _, out, _ = run(capsys, str(ADMISSION), "--all", "--values")
    assert "Kim" in out


def test_file_without_messages_and_file_that_is_not_there_are_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "a.hl7").write_text("hello", "utf-8")
    assert run(capsys, str(tmp_path / "a.hl7"))[0] == 2
    assert run(capsys, str(tmp_path / "none.hl7"))[0] == 2


def test_run_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    (tmp_path / "log.hl7").write_bytes((ADMISSION.read_bytes() + b"\r\n") * 100)
    sources = MessageSources([str(tmp_path / "log.hl7")])

    async def events(most: int) -> list[object]:
        seen: list[object] = []
        async with contextlib.aclosing(find_gaps(sources, GapRequest())) as told:
            async for event in told:
                seen.append(event)
                if len(seen) == most:
                    break
        return seen

    whole = asyncio.run(events(1000))
    assert [event.messages for event in whole if isinstance(event, GapProgress)] == [20, 40, 60, 80, 100]
    assert isinstance(whole[-1], GapFinished) and whole[-1].report.messages == 100
    assert len(asyncio.run(events(2))) == 2


def test_profile_that_is_read_from_xml_counts_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    xml = (
        '<HL7v2xConformanceProfile HL7Version="2.3.1"><HL7v2xStaticDef MsgType="ADT" EventType="A01">'
        '<Segment Name="MSH" Usage="R"/><Segment Name="PID" Usage="R"><Field Name="Set ID" Usage="X"/></Segment>'
        "</HL7v2xStaticDef></HL7v2xConformanceProfile>"
    )
    (tmp_path / "a.xml").write_text(xml, "utf-8")
    code, out, _ = run(capsys, str(ADMISSION), "--profile", str(tmp_path / "a.xml"), "--format", "json")
    rows = {row["path"]: row["verdict"] for row in json.loads(out)["rows"]}
    assert code == 1 and rows["PID-1"] == "breaks" and rows["PV1"] == "breaks"
    assert parse_profile(PROFILE).message == "ADT^A01"
