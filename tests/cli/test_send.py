"""`workbench send` sends what it is given and tells what came back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.cli import main
from workbench.cli.hl7_answer import message_text
from workbench.workspace.library import fixtures_folder

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import SandboxAddresses

MESSAGES = fixtures_folder() / "messages"
UPDATE = str(MESSAGES / "adt-a08-update.hl7")


def test_an_accepted_message_gives_0_and_the_answer(
    hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "hl7", UPDATE, "--to", hospital.mllp]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("pass: AA")
    assert rest[1].startswith("MSA|AA|")


def test_a_refused_message_gives_1_and_the_reason(
    hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    note = str(MESSAGES / "mdm-t02-note.hl7")
    assert main(["send", "hl7", note, "--to", hospital.mllp]) == 1
    assert capsys.readouterr().out.startswith("fail: AR: ")


def test_the_answer_as_json(hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]) -> None:
    note = str(MESSAGES / "mdm-t02-note.hl7")
    assert main(["send", "hl7", note, "--to", hospital.mllp, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["to"], told["accepted"], told["failure"]) == (hospital.mllp, False, None)
    assert told["acknowledgment"]["code"] == "AR"
    assert told["acknowledgment"]["errors"][0].keys() == {"location", "code", "severity", "text"}
    assert told["response"].startswith("MSH|")


@pytest.mark.parametrize(("declared", "codec"), [("8859/1", "latin-1"), ("GB 18030-2000", "gb18030"), ("", "utf-8")])
def test_an_answer_is_told_in_its_own_character_set(declared: str, codec: str) -> None:
    text = f"MSH|^~\\&|||||||ACK|1|P|2.5.1||||||{declared}\rMSA|AE|1|é is no ward\r"
    assert message_text(text.encode(codec)) == text


def test_a_message_with_lf_line_ends_goes_out_as_it_is_and_is_remarked_on(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lf.hl7"
    path.write_bytes((MESSAGES / "mdm-t02-note.hl7").read_bytes().replace(b"\r", b"\n"))
    assert main(["send", "hl7", str(path), "--to", hospital.mllp]) == 1
    assert "has LF line ends and was sent as it is" in capsys.readouterr().err


def test_each_message_of_a_file_has_its_own_result(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update, note = Path(UPDATE).read_bytes(), (MESSAGES / "mdm-t02-note.hl7").read_bytes()
    path = tmp_path / "batch.hl7"
    path.write_bytes(b"BHS|^~\\&\r" + update + b"\r\n# next\n" + note + update + b"BTS|4\r")
    assert main(["send", "hl7", str(path), "--to", hospital.mllp]) == 1
    printed = capsys.readouterr()
    *lines, last = printed.out.splitlines()
    lines = lines[: lines.index("")]
    assert [line.split(": ")[2] for line in lines] == ["pass", "fail", "pass"]
    assert lines[0].startswith("line 2: ADT^A08 ") and last == "2 of 3 messages were accepted."
    assert "BTS-1 says 4 where there are 3 messages." in printed.err
    path.write_bytes(update + update)
    assert main(["send", "hl7", str(path), "--to", hospital.mllp]) == 0


def test_a_message_that_cannot_be_read_is_not_sent_and_its_neighbours_are(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update = Path(UPDATE).read_bytes()
    path = tmp_path / "batch.hl7"
    path.write_bytes(update + b"MSH\rPID|1\r" + update)
    assert main(["send", "hl7", str(path), "--to", hospital.mllp, "--json"]) == 2
    messages = json.loads(capsys.readouterr().out)["messages"]
    assert [message["accepted"] for message in messages] == [True, False, True]
    assert "MSH" in messages[1]["trouble"] and messages[1]["offset"] == len(update)
    assert messages[2]["acknowledgment"]["code"] == "AA"


def test_nobody_there_is_a_failure_of_the_other_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "hl7", UPDATE, "--to", "mllp://127.0.0.1:1"]) == 1
    assert "the connection was refused" in capsys.readouterr().out
    assert main(["send", "fhir", "GET", "http://127.0.0.1:1/Patient", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["failure"]["kind"] == "refused"
    assert told["status"] is None


def test_a_file_that_is_not_there_is_our_failure(
    hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "hl7", "nowhere.hl7", "--to", hospital.mllp]) == 2
    assert capsys.readouterr().err == "workbench: Cannot read nowhere.hl7: No such file or directory.\n"
    assert main(["send", "fhir", "POST", hospital.fhir_base, "--body", "nowhere.json"]) == 2


def test_a_fhir_answer_is_shown_for_people(hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "fhir", "get", f"{hospital.fhir_base}/metadata"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("pass: 200 in ")
    assert '"resourceType": "CapabilityStatement"' in out


def test_a_refused_request_gives_1_with_its_outcome(
    hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "fhir", "GET", f"{hospital.fhir_base}/Patient/amara-okafor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["status"], told["accepted"]) == (401, False)
    assert told["body"]["resourceType"] == "OperationOutcome"
    assert told["issues"][0]["severity"] == "error"
    assert told["issues"][0]["message"]


def test_a_token_comes_from_the_environment_and_is_not_shown(
    hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "canary-4711")
    url = f"{hospital.fhir_base}/Patient/amara-okafor"
    assert main(["send", "fhir", "GET", url, "--token-env", "MY_TOKEN", "--json"]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)["status"] == 401
    assert "canary-4711" not in told.out + told.err
    assert main(["send", "fhir", "GET", url, "--token-env", "NOT_SET"]) == 2
    assert "NOT_SET holds no token" in capsys.readouterr().err


def test_a_body_and_headers_go_out_as_given(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "body.json"
    path.write_text("{", "utf-8")
    arguments = ["send", "fhir", "GET", f"{hospital.fhir_base}/metadata", "--header", "Accept: application/fhir+xml"]
    assert main([*arguments, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == 406
    assert main(["send", "fhir", "POST", f"{hospital.fhir_base}/Observation", "--body", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] in (400, 401)


def test_decimals_are_shown_with_the_digits_they_came_with(capsys: pytest.CaptureFixture[str]) -> None:
    import asyncio

    from workbench.exchange import Request, Response
    from workbench.transports.http_server import HttpServer

    async def answer(_: Request) -> Response:
        return Response(200, (("Content-Type", "application/fhir+json"),), b'{"resourceType":"Basic","value":72.50}')

    async def story() -> int:
        server = HttpServer(answer)
        await server.start()
        try:
            url = f"{server.address}/Basic"
            return await asyncio.to_thread(main, ["send", "fhir", "GET", url, "--json"])
        finally:
            await server.stop()

    assert asyncio.run(story()) == 0
    assert '"value": 72.50' in capsys.readouterr().out


def test_a_folder_is_sent_with_a_table_and_a_file_of_results_and_resumed(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, results = tmp_path / "messages", tmp_path / "results.csv"
    folder.mkdir()
    for number, name in enumerate(("adt-a08-update.hl7", "mdm-t02-note.hl7", "adt-a01-admission.hl7")):
        (folder / f"{number}.hl7").write_bytes((MESSAGES / name).read_bytes())
    send = ["send", "hl7", str(folder), "--to", hospital.mllp, "--results", str(results), "--connections", "2"]
    assert main([*send, "--every", "0.01"]) == 1
    out = capsys.readouterr().out
    table = [line.split() for line in out.splitlines()]
    assert ["accepted", "refused"] in table and ["ADT^A08", "1", "0"] in table and ["MDM^T02", "0", "1"] in table
    assert out.splitlines()[-1] == "2 of 3 messages were accepted."
    assert [line.split(",")[7] for line in results.read_text("utf-8").splitlines()] == [
        "outcome", "accepted", "refused", "accepted"
    ]  # fmt: skip
    assert main([*send, "--resume", str(results), "--quiet"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("takes ADT^A01, ADT^A03, ADT^A04, ADT^A08, ORU^R01 and SIU^S12.")
    assert lines[-1] == "2 of 3 messages were accepted."


def test_it_stops_at_the_first_that_is_not_accepted(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = MESSAGES / "mdm-t02-note.hl7"
    results = tmp_path / "r.json"
    arguments = ["send", "hl7", str(note), UPDATE, "--to", hospital.mllp, "--stop", "--results", str(results), "--json"]
    assert main(arguments) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["counts"] == {"refused": 1, "not sent": 1} == json.loads(results.read_text("utf-8"))["counts"]
    assert told["stopped"].startswith("It stopped at the first that was not accepted: ")
    assert [message["outcome"] for message in told["messages"]] == ["refused", "not sent"]


def test_a_log_of_an_interface_is_sent_and_control_ids_are_renewed(
    hospital: SandboxAddresses, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    update = Path(UPDATE).read_bytes().rstrip().replace(b"\r", b"<CR>")
    log = tmp_path / "engine.log"
    log.write_bytes(b"09:00 sent " + update + b"\n09:01 sent " + update + b"\n")
    assert main(["send", "hl7", str(log), "--to", hospital.mllp, "--renumber", "--json"]) == 0
    messages = json.loads(capsys.readouterr().out)["messages"]
    assert [message["line"] for message in messages] == [1, 2]
    assert len({message["control_id"] for message in messages}) == 2
    assert messages[0]["control_id"] == messages[0]["acknowledgment"]["control_id"] != messages[0]["original_id"]


def test_what_nobody_took_is_sent_again_as_often_as_asked(capsys: pytest.CaptureFixture[str]) -> None:
    send = ["send", "hl7", UPDATE, "--to", "mllp://127.0.0.1:1", "--retries", "2", "--retry-wait", "0.01", "--json"]
    assert main([*send, "--retry-on", "refused"]) == 1
    assert json.loads(capsys.readouterr().out)["messages"][0]["attempts"] == 3
    assert main([*send, "--retry-on", "timeout,AR"]) == 1
    assert json.loads(capsys.readouterr().out)["messages"][0]["attempts"] == 1
    assert main([*send, "--retry-on", "bad"]) == 2


@pytest.mark.parametrize("option", [["--rate", "0"], ["--rate", "5/d"], ["--connections", "0"], ["--every", "x"]])
def test_a_pace_that_is_none_is_refused(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", "hl7", UPDATE, "--to", "mllp://127.0.0.1:1", *option]) == 2
    assert "is not a" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals as Unix has them")
def test_ctrl_c_leaves_whole_results(hospital: SandboxAddresses, tmp_path: Path) -> None:
    path, results = tmp_path / "many.hl7", tmp_path / "r.csv"
    path.write_bytes(Path(UPDATE).read_bytes() * 40)
    command = [sys.executable, "-m", "workbench.cli", "send", "hl7", str(path), "--to", hospital.mllp]
    process = subprocess.Popen(
        [*command, "--rate", "20/s", "--results", str(results)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Stopping once what is on the way is answered" in err
    rows = results.read_text("utf-8").splitlines()[1:]
    outcomes = [row.split(",")[7] for row in rows]
    assert len(outcomes) == 40
    assert outcomes[0] == "accepted" and outcomes[-1] == "not sent" and set(outcomes) == {"accepted", "not sent"}
