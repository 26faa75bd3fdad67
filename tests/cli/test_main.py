"""The command line says what it can do, and refuses the rest in one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import __version__
from workbench.cli import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["sandbox", "run"], "the following arguments are required: SITE"),
        (["sandbox", "run", "x", "--http-port", "70000"], "“70000” is not a port from 0 to 65535"),
        (["send", "hl7", "x"], "the following arguments are required: --to"),
        (["send", "hl7", "x", "--to", "http://h:1"], "“http://h:1” is not an MLLP address"),
        (["send", "hl7", "x", "--to", "mllp://h"], "“mllp://h” is not an MLLP address"),
        (["send", "fhir", "LOOK", "http://h/"], "“LOOK” is not one of GET"),
        (["send", "fhir", "GET", "file:///etc/passwd"], "is not an address such as"),
        (["send", "fhir", "GET", "http://h/", "--header", "X"], "“X” is not a header"),
        (["send", "fhir", "GET", "http://h/", "--within", "soon"], "“soon” is not a time in seconds"),
        (["send", "fhir", "GET", "http://h/", "--token", "a", "--token-env", "B"], "not allowed with argument"),
        (["replay", "--var", "x"], "“x” is not NAME=VALUE"),
    ],
)
def test_bad_arguments_are_told_and_give_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_help_and_version_give_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Without a command the window opens." in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"workbench {__version__}\n"


def test_what_cannot_be_done_is_one_sentence_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "run", "nowhere"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("workbench: There is no site “nowhere”. Known sites: ")
    assert told.err.count("\n") == 1


def test_a_reader_who_has_enough_ends_the_command_without_a_traceback() -> None:
    command = f"{sys.executable} -m workbench.cli site list | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_a_terminal_without_our_letters_still_gets_the_words() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "replay", "nowhere"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "HOME": "/nonexistent"},
        check=False,
    )
    assert done.returncode == 2
    assert b"There is no scenario nowhere." in done.stderr


def test_quotes_and_arrows_become_those_that_a_plain_terminal_has() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "diff", "R4:Patient", "R5:Patient"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "HOME": "/nonexistent"},
        check=False,
    )
    assert b"preferred -> required" in done.stdout and b"?" not in done.stdout


def test_a_command_without_a_window_loads_neither_qt_nor_the_wire() -> None:
    heavy = ("PySide6", "asyncio", "httpx", "uvicorn", "hl7apy", "workbench.fhirpath", "jwt", "jinja2", "keyring")
    code = f"import sys; from workbench.cli import main; main(['site', 'list']); print(set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize(
    "command",
    [
        ["validate", "MESSAGE"],
        ["validate", "MESSAGE", "--hl7-version", "2.5.1", "--site", "community-hospital"],
        ["diff", "MESSAGE", "MESSAGE"],
        ["diff", "MESSAGE", "site:community-hospital"],
        ["diff", "hl7v2:2.3:ADT_A01", "hl7v2:2.5.1:ADT_A01"],
        ["gap", "MESSAGE", "--hl7-version", "2.5.1"],
        ["document", "open", "MESSAGE"],
        ["message", "new", "ADT^A01"],
    ],
    ids=" ".join,
)
def test_what_is_of_hl7_v2_alone_loads_none_of_the_definitions_of_fhir(tmp_path: Path, command: list[str]) -> None:
    message = tmp_path / "admit.hl7"
    message.write_bytes(b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1\rPID|1||7\rPV1|1|I\r")
    asked = [str(message) if word == "MESSAGE" else word for word in command]
    heavy = ("definitions", "validation", "packages", "profiles", "structure", "terminology", "fhirpath")
    names = {f"workbench.{name}" for name in heavy} | {"hl7apy", "fhir", "pydantic"}
    code = f"import sys; from workbench.cli import main; main({asked}); print({names} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()" and not done.stderr


def test_json_is_utf_8_and_whole_whatever_the_terminal_has() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "validate", "-", "--format", "json"],
        input='{"resourceType": "Patient", "gender": "männlich"}'.encode(),
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "HOME": "/nonexistent"},
        check=False,
    )
    (file,) = json.loads(done.stdout.decode())["files"]
    assert any("“männlich”" in issue["message"] for issue in file["issues"])
    listed = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "site", "list", "--json"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "", "HOME": "/nonexistent"},
        check=True,
    )
    assert len(json.loads(listed.stdout.decode())["sites"]) >= 2
