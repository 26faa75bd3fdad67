from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.source.text_form import LONGEST_TEXT
from workbench.workspace.release_evidence import find_release_evidence
from workbench.workspace.validation_desk import MOST_ISSUES
from workbench.workspace.validation_input import Input, Piece, divide, find_inputs
from workbench.workspace.validation_processes import open_processes
from workbench.workspace.validation_result import (
    FileFinished,
    FileResult,
    FileStarted,
    ValidationEvent,
    ValidationRequest,
)
from workbench.workspace.validation_run import validate_files

GOOD = '{"resourceType":"Patient","active":true}'
BAD = '{"resourceType":"Patient","shoe":1}'


def run(*inputs: Input, jobs: int = 1, request: ValidationRequest | None = None) -> list[ValidationEvent]:
    async def gather() -> list[ValidationEvent]:
        return [event async for event in validate_files(inputs, request or ValidationRequest(), jobs=jobs)]

    return asyncio.run(gather())


def results(*inputs: Input, jobs: int = 1, request: ValidationRequest | None = None) -> list[FileResult]:
    return [event.result for event in run(*inputs, jobs=jobs, request=request) if isinstance(event, FileFinished)]


def given(text: str | bytes) -> Input:
    return Input("given", Path("-"), text.encode() if isinstance(text, str) else text)


def test_events_tell_of_each_file_in_its_order_with_its_number(tmp_path: Path) -> None:
    for name, text in (("b.json", BAD), ("a.json", GOOD)):
        (tmp_path / name).write_text(text, "utf-8")
    events = run(*find_inputs([str(tmp_path)]))
    assert [(type(event), event.index, event.count) for event in events] == [
        (FileStarted, 0, 2),
        (FileFinished, 0, 2),
        (FileStarted, 1, 2),
        (FileFinished, 1, 2),
    ]
    finished = [event.result for event in events if isinstance(event, FileFinished)]
    assert [(Path(result.file).name, result.valid) for result in finished] == [("a.json", True), ("b.json", False)]


def test_processes_give_what_one_gives_in_the_same_order(tmp_path: Path) -> None:
    for at in range(12):
        (tmp_path / f"{at:02}.json").write_text(BAD if at % 3 else GOOD, "utf-8")
    shoes = {f"shoe{at}": "a" * 60 for at in range(20)}
    bad = json.dumps({"resourceType": "Patient", **shoes})
    (tmp_path / "many.ndjson").write_text("\n".join([bad, GOOD] * 600), "utf-8")
    inputs = find_inputs([str(tmp_path)])
    assert len(list(divide(inputs[-1]))) > 1, "the lines are more than one piece of work"
    one, two = results(*inputs), results(*inputs, jobs=2)
    assert [(each.file, each.issues, each.resources, each.more) for each in two] == [
        (each.file, each.issues, each.resources, each.more) for each in one
    ]
    many = one[-1]
    assert (many.resources, len(many.issues)) == (1200, MOST_ISSUES)
    assert [issue.line for issue in many.issues if issue.is_error][::20][:3] == [1, 3, 5]
    assert many.more > 0


def test_a_file_of_many_messages_can_be_stopped_between_any_two_of_them() -> None:
    message = "MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.5.1\rPID|1\r"

    async def count_turns() -> int:
        turns = 0
        finished = asyncio.ensure_future(_drain(validate_files([given(message * 200)], ValidationRequest())))
        while not finished.done():
            await asyncio.sleep(0)
            turns += 1
        return turns

    assert asyncio.run(count_turns()) >= 200


async def _drain(events: AsyncIterator[ValidationEvent]) -> None:
    async for _ in events:
        pass


def test_small_files_go_to_a_process_together_and_come_back_each_as_its_own(tmp_path: Path) -> None:
    texts = {f"{at:03}.json": (GOOD, BAD, "", "[1]", f"{GOOD}\n{BAD}\n")[at % 5] for at in range(150)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    inputs = [*find_inputs([str(tmp_path)]), Input("gone.json", tmp_path / "gone.json")]
    one, two = (run(*inputs, jobs=jobs) for jobs in (1, 2))
    assert [type(event) for event in one] == [FileStarted, FileFinished] * 151 == [type(event) for event in two]
    told = [[(event.result.file, event.result.issues) for event in events[1::2]] for events in (one, two)]  # type: ignore[union-attr]
    assert told[0] == told[1]


def test_issues_stand_by_place_and_the_gravest_first_where_several_stand_at_one() -> None:
    (result,) = results(given('{"resourceType":"Observation",\n"status":"fin"}'))
    told = [(issue.line, issue.severity) for issue in result.issues]
    assert told == [(1, "error"), (1, "warning"), (2, "error")]


def test_folders_are_searched_and_hidden_files_and_those_of_packages_left_out(tmp_path: Path) -> None:
    for name in ("a.json", "in/b.XML", "in/c.ndjson", "in/.index.json", ".git/d.json", "package.json", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(GOOD, "utf-8")
    found = [each.path.relative_to(tmp_path).as_posix() for each in find_inputs([str(tmp_path)])]
    assert found == ["a.json", "in/b.XML", "in/c.ndjson"]
    assert len(find_inputs([str(tmp_path), str(tmp_path / "a.json")])) == 3, "a file named twice is judged once"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
def test_what_a_pipe_gives_is_judged_though_it_can_be_read_but_once(tmp_path: Path) -> None:
    for text, resources in ((BAD, 1), (f"{GOOD}\n{BAD}\n", 2)):
        pipe = tmp_path / f"pipe{resources}"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(text, "utf-8"))
        writer.start()
        (result,) = results(*find_inputs([str(pipe)]))
        writer.join()
        assert (result.resources, result.valid, result.failure) == (resources, False, "")
        assert [issue.path for issue in result.issues if issue.is_error] == ["Patient.shoe"]


def test_a_name_of_nothing_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="There is no file"):
        find_inputs([str(tmp_path / "missing.json")])
    with pytest.raises(WorkbenchError, match="There is no resource"):
        find_inputs([str(tmp_path)])


def test_lines_are_known_by_their_content_where_the_name_does_not_say_so() -> None:
    (result,) = results(given(f"{GOOD}\r\n\r\n{BAD}\r\n"))
    assert result.resources == 2
    assert [(issue.line, issue.column) for issue in result.issues if issue.is_error] == [(3, 27)]
    (result,) = results(given(json.dumps(json.loads(BAD), indent=1)))
    assert result.resources == 1


def test_ten_thousand_warnings_do_not_hide_an_error_behind_them() -> None:
    (result,) = results(given("\n".join([GOOD] * (MOST_ISSUES + 500) + [BAD])))
    assert len(result.issues) == MOST_ISSUES and result.more == 502
    assert [issue.line for issue in result.issues if issue.is_error] == [MOST_ISSUES + 501]
    assert not result.valid


def test_a_file_without_a_resource_is_invalid(tmp_path: Path) -> None:
    (tmp_path / "empty.ndjson").write_text("\n", "utf-8")
    (tmp_path / "empty.json").write_text("", "utf-8")
    for result in results(*find_inputs([str(tmp_path)])):
        assert [issue.severity for issue in result.issues] == ["fatal"]
        assert not result.valid and not result.failure


def test_a_file_that_cannot_be_read_is_told_and_the_others_judged(tmp_path: Path) -> None:
    gone = Input("gone.json", tmp_path / "gone.json")
    first, second = results(gone, given(GOOD))
    assert first.failure.startswith("It cannot be read") and not first.valid
    assert second.valid


def test_a_line_too_long_for_a_resource_is_refused_alone(tmp_path: Path) -> None:
    path = tmp_path / "long.ndjson"
    with path.open("wb") as file:
        file.write(GOOD.encode() + b"\n")
        file.write(b'{"resourceType":"Patient","id":"' + b"a" * (LONGEST_TEXT + 100) + b'"}\n')
        file.write(BAD.encode() + b"\n")
    (result,) = results(*find_inputs([str(path)]))
    told = [(issue.severity, issue.line) for issue in result.issues if issue.is_error]
    assert told == [("fatal", 2), ("error", 3)]


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('{"resourceType":"CapabilityStatement", "fhirVersion" : "4.3.0"}', "R4B"),
        ('{"resourceType":"ImplementationGuide","fhirVersion":["5.0.0"]}', "R5"),
        ('<CapabilityStatement xmlns="http://hl7.org/fhir"><fhirVersion value="3.0.1"/>', "STU3"),
        ('{"meta":{"profile":["http://hl7.org/fhir/StructureDefinition/vitalsigns|4.3.0"]}}', "R4B"),
        ('{"resourceType":"Patient"}', None),
    ],
)
def test_a_resource_may_tell_of_its_release(text: str, release: str | None) -> None:
    found = find_release_evidence(text.encode())
    assert (found[0].name if found else None) == release


def test_a_release_that_is_not_here_is_no_reason_to_take_another() -> None:
    first, second = results(given('{"resourceType":"Conformance","fhirVersion":"1.0.2"}'), given(GOOD))
    assert "FHIR 1.0 by its fhirVersion, which is not known here" in first.failure and second.valid


def test_the_release_that_was_asked_for_goes_before_what_the_resource_tells() -> None:
    text = '{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}'

    def against(item: Input, release: str = "") -> tuple[str, str]:
        (result,) = results(item, request=ValidationRequest(release))
        assert result.against is not None
        return result.against.release, result.against.why

    assert against(given(text)) == ("R5 5.0.0", "by its fhirVersion")
    assert against(given(text), "4.3") == ("R4B 4.3.0", "as was asked")
    assert against(given(GOOD)) == ("R4 4.0.1", "as nothing says otherwise")


def test_an_unknown_release_is_refused_before_anything_starts() -> None:
    with pytest.raises(WorkbenchError, match="no FHIR release “9”"):
        run(given(GOOD), request=ValidationRequest(release="9"))


def test_a_process_that_is_killed_is_told_in_words() -> None:
    piece = Piece(Path("-"), ((1, GOOD.encode()),))

    async def story() -> None:
        async with open_processes(ValidationRequest(), 1) as judge:
            assert (await judge((piece,)))[0].resources == 1
            multiprocessing.active_children()[0].kill()
            await judge((piece,))

    with pytest.raises(WorkbenchError, match="ended before its time"):
        asyncio.run(story())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_reports_what_was_finished(tmp_path: Path, jobs: str) -> None:
    for at in range(2000):
        (tmp_path / f"{at:04}.json").write_text(BAD, "utf-8")
    command = [sys.executable, "-c", "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"]
    command[-1] += "from workbench.cli import main; sys.exit(main())"
    process = subprocess.Popen(
        [*command, "validate", str(tmp_path), "--jobs", jobs], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    seen = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert seen.startswith(str(tmp_path))
    assert process.returncode == 130
    assert "resource" in out and "invalid" in out
    assert "Stopped after" in error and "of 2000 files" in error
    assert "Traceback" not in error
