"""`workbench replay` tells each step as it finishes, a table at the end, and the verdict by its exit code."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.workspace import Workspace

HEAD = "version: 1\nname: {name}\nsites: [{sites}]\nsteps:\n"
PASSES = "  - name: ask what it offers\n    fhir: GET metadata\n"
FAILS = "  - name: expect a teapot\n    fhir: GET metadata\n    checks:\n      - status: 418\n"
SKIPS = "  - name: notes by FHIR\n    when: {note: fhir}\n    fhir: GET metadata\n"
BOTH = "community-hospital, academic-medical-center"


@pytest.fixture
def write(tmp_path: Path):
    def write_scenario(steps: str, *, name: str = "Metadata", sites: str = "community-hospital") -> str:
        path = tmp_path / f"{name.lower()}.scenario.yaml"
        path.write_text(HEAD.format(name=name, sites=sites) + steps, "utf-8")
        return str(path)

    return write_scenario


def test_what_passes_gives_0_and_a_line_for_each_step(write, folder: Path, capsys) -> None:
    assert main(["--workspace", str(folder), "replay", write(PASSES)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Metadata at Community Hospital"
    assert lines[1].startswith("  pass  1. ask what it offers (")
    assert lines[2].startswith("  pass: 1 passed (")
    assert lines[-1] == "1 replay: 1 passed."


def test_what_fails_gives_1_with_expected_and_actual(write, folder: Path, capsys) -> None:
    assert main(["--workspace", str(folder), "replay", write(PASSES + FAILS)]) == 1
    out = capsys.readouterr().out
    assert "  fail  2. expect a teapot (" in out
    assert "expected “418”\n            actual   “200”" in out
    assert out.endswith("1 replay: 1 failed.\n")


def test_several_replays_end_in_a_table(write, folder: Path, capsys) -> None:
    files = [write(PASSES, name="One", sites=BOTH), write(SKIPS, name="Other", sites=BOTH)]
    assert main(["--workspace", str(folder), "replay", *files]) == 0
    lines = capsys.readouterr().out.splitlines()
    head = next(index for index, line in enumerate(lines) if line.startswith("scenario "))
    assert [line.split() for line in lines[head + 1 : head + 3]] == [["One", "pass", "pass"], ["Other", "pass", "skip"]]
    assert lines[-1] == "4 replays: 3 passed, 1 skipped."


def test_a_site_on_the_command_line_counts_before_the_file(write, folder: Path, capsys) -> None:
    arguments = ["--workspace", str(folder), "replay", write(PASSES), "--site", "academic-medical-center"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("Metadata at Academic Medical Center\n")


def test_a_folder_gives_every_scenario_below_it(write, folder: Path, tmp_path: Path, capsys) -> None:
    write(PASSES, name="One")
    write(PASSES, name="Two")
    assert main(["--workspace", str(folder), "replay", str(tmp_path)]) == 0
    assert "2 replays: 2 passed." in capsys.readouterr().out


def test_variables_of_the_command_line_count(write, folder: Path, capsys) -> None:
    steps = "variables:\n  where: Patient\nsteps:\n  - fhir: GET ${where}\n"
    path = Path(write(""))
    path.write_text(path.read_text("utf-8").removesuffix("steps:\n") + steps, "utf-8")
    assert main(["--workspace", str(folder), "replay", str(path)]) == 1
    assert main(["--workspace", str(folder), "replay", str(path), "--var", "where=metadata"]) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.scenario.yaml"], "There is no scenario nowhere.scenario.yaml."),
        (["{good}", "--site", "nowhere"], "There is no site “nowhere”."),
        (["{good}", "--remote", "nowhere"], "There is no remote sandbox “nowhere”."),
        (["{bad}"], "bad.scenario.yaml:5:5: “fihr” is not a kind of step. Did you mean fhir?"),
        (["{homeless}"], "“Homeless” names no site. Say where to replay it"),
        (["{empty}"], "There is no scenario in"),
        (["{good}", "--secret-env", "NOT_SET"], "The environment variable NOT_SET holds no secret."),
    ],
)
def test_what_cannot_be_done_gives_2_before_anything_is_sent(
    arguments: list[str], sentence: str, write, folder: Path, tmp_path: Path, capsys
) -> None:
    (tmp_path / "empty").mkdir()
    files = {
        "good": write(PASSES, name="Good"),
        "bad": write("  - fihr: GET metadata\n", name="Bad"),
        "homeless": write(PASSES, name="Homeless", sites=""),
        "empty": str(tmp_path / "empty"),
    }
    filled = [argument.format(**files) for argument in arguments]
    assert main(["--workspace", str(folder), "replay", *filled]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.out == ""


def test_a_remote_sandbox_is_reached_at_its_addresses(write, folder: Path, hospital, capsys) -> None:
    Workspace(folder).save_remote(RemoteSandbox("st-mary", "St. Mary", hospital.fhir_base, like="community-hospital"))
    assert main(["--workspace", str(folder), "replay", write(PASSES + SKIPS), "--remote", "st-mary"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Metadata at St. Mary\n")
    assert "2 passed" in out


def test_a_remote_sandbox_that_is_not_there_fails_the_replay(write, folder: Path, capsys) -> None:
    Workspace(folder).save_remote(RemoteSandbox("gone", "Gone", "http://127.0.0.1:1/fhir"))
    assert main(["--workspace", str(folder), "replay", write(PASSES), "--remote", "gone"]) == 1
    assert "refused the connection" in capsys.readouterr().out


def test_reports_are_written_and_json_stands_alone(write, folder: Path, tmp_path: Path, capsys) -> None:
    junit, html = tmp_path / "out" / "report.xml", tmp_path / "out" / "report.html"
    arguments = ["--workspace", str(folder), "replay", write(PASSES + FAILS), "--json"]
    assert main([*arguments, "--junit", str(junit), "--html", str(html)]) == 1
    told = capsys.readouterr()
    assert isinstance(json.loads(told.out), dict)
    assert "Metadata at Community Hospital" in told.err
    assert "expect a teapot" in junit.read_text("utf-8")
    assert "expect a teapot" in html.read_text("utf-8")


def test_a_full_disk_while_a_report_is_written_is_a_sentence_and_gives_2(
    write, folder: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.xml"
    report.write_text("of yesterday", "utf-8")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert main(["--workspace", str(folder), "replay", write(PASSES), "--junit", str(report)]) == 2
    told = capsys.readouterr()
    assert "1 replay: 1 passed." in told.out
    assert told.err == (
        f"workbench: Cannot save {report}: No space left on device. The file is as it was before. "
        "Free some space on the disk or save in another folder.\n"
    )
    assert report.read_text("utf-8") == "of yesterday"


def test_what_was_finished_is_kept_when_a_later_replay_cannot_begin(
    write, folder: Path, tmp_path: Path, capsys
) -> None:
    own = folder / "sites" / "mine.yaml"
    own.parent.mkdir(parents=True)
    shipped = Workspace(folder).sites()[-1].path.read_text("utf-8")
    own.write_text(
        shipped.replace("id: community-hospital", "id: mine").replace("population: standard", "population: mars"),
        "utf-8",
    )
    report = tmp_path / "report.xml"
    arguments = ["--workspace", str(folder), "replay", write(PASSES), "--site", "community-hospital", "--site", "mine"]
    assert main([*arguments, "--junit", str(report)]) == 2
    told = capsys.readouterr()
    assert "1 replay: 1 passed." in told.out
    assert "There is no population named “mars”." in told.err
    assert "ask what it offers" in report.read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="signals as Unix has them")
@pytest.mark.timeout(60)
def hear_ctrl_c() -> None:
    """A program that a script runs in the background starts deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C reaches another process in another way on Windows")
def test_ctrl_c_gives_130_with_what_was_finished(write, folder: Path, tmp_path: Path) -> None:
    files = [write(PASSES, name="Done"), write(PASSES + "  - wait: 60\n", name="Long")]
    report = tmp_path / "report.xml"
    command = [sys.executable, "-u", "-m", "workbench.cli", "--workspace", str(folder), "replay", *files]
    with subprocess.Popen(
        [*command, "--junit", str(report)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("Long at"):
                process.stdout.readline()
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Stopped after 1 of 2 replays." in out
    assert out.endswith("1 replay: 1 passed.\n")
    assert "Traceback" not in err
    assert "Done" in report.read_text("utf-8")
    assert "Long" not in report.read_text("utf-8")


LAUNCHED = """\
  - name: sign in
    launch: standalone
    scope: launch/patient patient/Patient.r
    user: berg
    patient: grace-nguyen
    as: visit
  - name: read
    fhir: GET Patient/grace-nguyen
    with: visit
"""
SEARCHED = "  - name: look for visits\n    fhir: GET Encounter?patient=grace-nguyen\n    with: visit\n"


def test_scopes_that_are_needed_are_told_and_nothing_is_sent(write, folder: Path, capsys) -> None:
    assert main(["--workspace", str(folder), "replay", "--scopes", write(LAUNCHED)]) == 0
    assert capsys.readouterr().out.splitlines() == ["Metadata at community-hospital", "  1. sign in: patient/Patient.r"]
    assert main(["--workspace", str(folder), "replay", "--scopes", "--json", write(LAUNCHED + SEARCHED)]) == 1
    (told,) = json.loads(capsys.readouterr().out)["scopes"]
    assert (told["step"], told["needed"]) == (1, "patient/Patient.r patient/Encounter.s")
    assert told["missing"] == "patient/Encounter.s"


def test_a_scope_that_is_not_asked_for_is_hinted_at_before_its_step_is_refused(write, folder: Path, capsys) -> None:
    main(["--workspace", str(folder), "replay", write(LAUNCHED + SEARCHED)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  hint  1. It does not ask for patient/Encounter.s, which steps after it need."
