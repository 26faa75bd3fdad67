"""Scenario files: read strictly, written as a person would, edited in place."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.scenario.scenario import Capture, Check, FhirInteraction, Launch, ReceiveHl7v2, Scenario, SendHl7v2, Wait
from workbench.scenario.scenario_file import edit_scenario_text, parse_scenario, read_scenario, to_scenario_text

TEXT = """# Why this scenario exists
version: 1
name: Vitals in a visit
description: >
  An app is launched
  in a visit.
sites: [community-hospital, academic-medical-center]   # both
needs: [smart launch, Observation.create]
variables:
  # whom it is about
  patient: amara-okafor
  scope:
    default: launch patient/*.rs   # version 2
    scopes=v1: launch patient/*.read

steps:
  # first we launch
  - launch: ehr
    scope: ${scope}
    user: raman
    patient: ${patient}
    encounter: ${patient}-open
    as: visit
    checks:
      - granted: patient/Patient.rs

  # then we read
  - name: Read the patient
    fhir: GET Patient/${patient}
    with: visit
    when: {note: fhir}
    capture: {family: {fhirpath: "Patient.name[0].family"}}
    checks:
      - status: 200   # as it should
      # and a date
      - fhirpath: Patient.birthDate
        equals: 1984-03-12
      - fhirpath: Patient.weight
        equals: 72.50
      - body: |
          {"a": 1.50}
    masks: [Patient.meta]

  - hl7v2: |
      MSH|^~\\&|A|B|||${now}||ADT^A01|${control-id}|P|2.5.1
      PID|1||1||${family}
    checks:
      - {acknowledgment: AA}
      - {hl7: MSA-2, equals: "${control-id}"}
  # at last
  - receive: hl7v2
    within: 30
  - wait: 1
"""


def test_a_file_is_read() -> None:
    scenario = parse_scenario(TEXT)
    launch, read, send, receive, wait = scenario.steps
    assert scenario.description == "An app is launched in a visit."
    assert scenario.variables == (("patient", "amara-okafor"), ("scope", "launch patient/*.rs"))
    assert scenario.variants[0].condition == "scopes=v1"
    assert isinstance(launch, Launch)
    assert (launch.kind, launch.saves_as, launch.name) == ("ehr", "visit", "EHR launch")
    assert isinstance(read, FhirInteraction)
    assert (read.method, read.path, read.launch, read.when) == (
        "GET",
        "Patient/${patient}",
        "visit",
        (("note", "fhir"),),
    )
    assert read.captures == (Capture("family", "fhirpath", "Patient.name[0].family"),)
    assert read.checks[2] == Check("fhirpath", "Patient.weight", "equals", "72.50")
    assert read.checks[3].expected == '{"a": 1.50}\n'
    assert isinstance(send, SendHl7v2)
    assert send.message.startswith("MSH|^~\\&|A|B|||${now}||ADT^A01|")
    assert send.name == "Send ADT^A01"
    assert isinstance(receive, ReceiveHl7v2)
    assert isinstance(wait, Wait)
    assert wait.seconds == 1


def test_what_is_written_reads_back_and_is_what_a_person_writes() -> None:
    scenario = parse_scenario(TEXT)
    text = to_scenario_text(scenario)
    assert parse_scenario(text) == scenario
    assert "  - hl7v2: |\n      MSH|^~\\&|A|B|" in text
    assert "when: {note: fhir}" in text
    assert "sites: [community-hospital, academic-medical-center]" in text
    assert to_scenario_text(parse_scenario(text)) == text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("version: 1", "version: 2"), "of version 2"),
        (("version: 1\n", ""), "“version” is missing"),
        (("name: Vitals in a visit", "nme: x"), "“name” is missing"),
        (("  - wait: 1", "  - weit: 1"), "Did you mean wait?"),
        (("    user: raman", "    usr: raman"), "Did you mean user?"),
        (("with: visit", "with: visitt"), "Did you mean visit?"),
        (("GET Patient/${patient}", "GET Patient/${patiend}"), "Did you mean ${patient}?"),
        (("PID|1||1||${family}", "PID|1||1||${famly}"), "Did you mean ${family}?"),
        (("PID|1||1||${family}", "PID|1||1||${family"), "is not closed"),
        (("- status: 200", "- statsu: 200"), "Did you mean status?"),
        (("- status: 200", "- acknowledgment: AA"), "no “acknowledgment”"),
        (("equals: 1984-03-12", "equal: 1984-03-12"), "Did you mean equals?"),
        (("fhir: GET Patient/${patient}", "fhir: Patient"), "must be a method and a path"),
        (("launch: ehr", "launch: her"), "one of ehr, standalone"),
        (("within: 30", "within: soon"), "must be a number"),
        (("family: {fhirpath:", "family: {path:"), "must say where"),
        (("patient: amara-okafor", "now: amara-okafor"), "of the workbench’s own"),
        (("patient: amara-okafor", "patient: ${patient}"), "made of itself"),
        (("{hl7: MSA-2, equals:", "{hl7: MSA-2, acknowledgment: AA, equals:"), "Make two checks"),
        (("hl7: MSA-2", "hl7: MSA2"), "MSA2"),
        (("masks: [Patient.meta]", "masks: [Patient..meta]"), "Patient..meta"),
        (("steps:", "stebs:"), "“steps” is missing"),
    ],
)
def test_a_fault_is_told_with_its_line_and_what_was_expected(change: tuple[str, str], said: str) -> None:
    assert change[0] in TEXT
    with pytest.raises(WorkbenchError) as caught:
        parse_scenario(TEXT.replace(*change), "x.scenario.yaml")
    assert said in str(caught.value)
    at_top = "is missing" in said
    assert caught.value.line == (2 if at_top else TEXT[: TEXT.index(change[0])].count("\n") + 1)
    assert caught.value.source == "x.scenario.yaml"


def test_messages_may_stand_in_files_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "a.hl7").write_bytes(b"MSH|^~\\&|A\rPID|${patient}\r")
    path = tmp_path / "scenarios" / "x.scenario.yaml"
    head = "version: 1\nname: X\nvariables: {patient: '1'}\n"
    path.write_text(head + "steps:\n  - hl7v2: {file: a.hl7}\n")
    step = read_scenario(path).steps[0]
    assert isinstance(step, SendHl7v2)
    assert (step.message, step.file) == ("MSH|^~\\&|A\rPID|${patient}\r", "a.hl7")
    assert "file: a.hl7" in to_scenario_text(read_scenario(path))
    for name in ("../messages/a.hl7", "/etc/passwd", "b.hl7", "C:\\x", "a/../../a.hl7"):
        path.write_text(head + f"steps:\n  - hl7v2: {{file: '{name}'}}\n")
        with pytest.raises(WorkbenchError) as caught:
            read_scenario(path)
        assert caught.value.line == 5


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("MSH|^~\\&|")
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "a.hl7").symlink_to(tmp_path / "secret")
    with pytest.raises(WorkbenchError, match="There is no file"):
        parse_scenario("version: 1\nname: X\nsteps:\n  - hl7v2: {file: a.hl7}\n", str(folder / "x.scenario.yaml"))


def test_an_unreadable_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="Cannot read"):
        read_scenario(tmp_path / "no.scenario.yaml")
    path = tmp_path / "x.scenario.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WorkbenchError, match="not UTF-8"):
        read_scenario(path)


def test_a_mutated_file_raises_nothing_but_its_own_error() -> None:
    chance = random.Random(5)  # noqa: S311 # the same files at each run
    for _ in range(250):
        text = list(TEXT)
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(4)] = chance.choice(
                [
                    "",
                    ":",
                    "- ",
                    "\n",
                    "[",
                    "{",
                    "  ",
                    "&a",
                    "*a",
                    "!x",
                    "${",
                    "'",
                    "\t",
                    "\x00",
                    "é",
                    "|",
                    "9" * 30,
                    "1e999",
                ]
            )
        try:
            scenario = parse_scenario("".join(text))
        except WorkbenchError:
            continue
        assert parse_scenario(to_scenario_text(scenario)) == scenario


def test_any_text_survives_writing() -> None:
    chance = random.Random(6)  # noqa: S311 # the same texts at each run
    pieces = [
        "a",
        " ",
        "\n",
        "\t",
        "#",
        ": ",
        "- ",
        "'",
        '"',
        "\\",
        "|",
        "é",
        "\u2028",
        "\x85",
        "{",
        "$${",
        "0",
        "true",
        "  ",
    ]
    for _ in range(150):
        body = "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 30)))
        step = FhirInteraction(name="N", method="POST", path="X", body=body, checks=(Check("body", expected=body),))
        scenario = Scenario("S", "", (step,))
        assert parse_scenario(to_scenario_text(scenario)) == scenario


def test_bytes_that_are_no_text_survive_writing() -> None:
    data = b"MSH|^~\\&|\xff\x00\x1b\rPID"
    step = SendHl7v2(name="N", message=data.decode("utf-8", "surrogateescape"), verbatim=True)
    scenario = parse_scenario(to_scenario_text(Scenario("S", "", (step,))))
    assert scenario.steps == (step,)


# Editing


def test_an_edit_that_changes_nothing_changes_no_byte() -> None:
    assert edit_scenario_text(TEXT, parse_scenario(TEXT)) == TEXT


def edit(**changes: object) -> str:
    scenario = replace(parse_scenario(TEXT), **changes)
    text = edit_scenario_text(TEXT, scenario)
    assert parse_scenario(text) == scenario
    return text


def changed_lines(text: str) -> tuple[list[str], list[str]]:
    old, new = TEXT.splitlines(), text.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_a_renamed_scenario_changes_one_line() -> None:
    assert changed_lines(edit(name="New name")) == (["name: Vitals in a visit"], ["name: New name"])


def with_step(index: int, **changes: object) -> str:
    steps = list(parse_scenario(TEXT).steps)
    steps[index] = replace(steps[index], **changes)
    return edit(steps=tuple(steps))


def test_one_check_is_changed_and_its_neighbours_and_comments_stay() -> None:
    checks = parse_scenario(TEXT).steps[1].checks
    text = with_step(1, checks=(replace(checks[0], expected="201"), *checks[1:]))
    assert changed_lines(text) == (["      - status: 200   # as it should"], ["      - status: 201  # as it should"])


def test_a_check_is_added_and_one_removed_in_place() -> None:
    checks = parse_scenario(TEXT).steps[1].checks
    text = with_step(1, checks=(checks[0], checks[2], checks[3], Check("header", "ETag", "exists", True)))
    gone, new = changed_lines(text)
    assert gone == ["      # and a date", "      - fhirpath: Patient.birthDate", "        equals: 1984-03-12"]
    assert new == ["      - header: ETag"]


def test_a_key_is_added_and_another_taken_away() -> None:
    gone, new = changed_lines(with_step(1, when=(), within=5.0))
    assert gone == ["    when: {note: fhir}"]
    assert new == ["    within: 5"]


def test_a_step_is_removed_with_its_comment_and_another_added() -> None:
    steps = parse_scenario(TEXT).steps
    text = edit(steps=(*steps[:3], steps[4], Wait(name="Wait 9 s", seconds=9.0)))
    gone, new = changed_lines(text)
    assert gone == ["  # at last", "  - receive: hl7v2", "    within: 30"]
    assert new == ["  - wait: 9"]


def test_a_moved_step_takes_its_comment_along() -> None:
    steps = parse_scenario(TEXT).steps
    text = edit(steps=(*steps[:2], steps[3], steps[2], steps[4]))
    assert changed_lines(text) == ([], [])
    assert "  # at last\n  - receive: hl7v2\n    within: 30\n" in text
    assert text.index("receive: hl7v2") < text.index("- hl7v2: |")


def test_a_message_is_changed_in_its_block() -> None:
    text = with_step(2, message="MSH|^~\\&|X\nPID|2\n", name="Send a message")
    assert "  - hl7v2: |\n      MSH|^~\\&|X\n      PID|2\n    checks:\n" in text
    assert "# at last" in text


def test_variables_and_variants_are_changed_in_place() -> None:
    text = edit(variables=(("patient", "daniel-kim"), ("scope", "launch patient/*.rs"), ("new", "1")))
    assert changed_lines(text) == (["  patient: amara-okafor"], ["  patient: daniel-kim", "  new: 1"])
    assert "  # whom it is about\n" in text


def test_random_edits_keep_the_comments_of_what_stays() -> None:
    chance = random.Random(8)  # noqa: S311 # the same edits at each run
    steps = parse_scenario(TEXT).steps
    for _ in range(15):
        chosen = list(steps[:2]) + chance.sample(steps[2:], chance.randrange(0, 4))
        if chance.random() < 0.5:
            chosen.insert(chance.randrange(2, len(chosen) + 1), Wait(name="Pause", seconds=chance.randrange(9)))
        text = edit(
            steps=tuple(chosen), description=chance.choice(["", "Other words", "An app is launched in a visit."])
        )
        assert "# Why this scenario exists" in text
        assert "# first we launch" in text
        assert "# as it should" in text
        assert "# whom it is about" in text
