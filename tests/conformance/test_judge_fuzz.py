"""Judge of HL7 v2 over mutated messages: it always answers, in linear time, and its two ways to look agree."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.conformance.field_look import FieldLook
from workbench.conformance.issue_log import IssueLog
from workbench.conformance.judge import judge
from workbench.conformance.soundness import load_soundness
from workbench.conformance.structure_look import StructureLook, is_structure_sound
from workbench.conformance.value_look import ValueLook
from workbench.conformance.version_judge import find_structure
from workbench.conformance.version_plan import VersionPlan, load_version_plan
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.placement import place_segments
from workbench.hl7v2.segment import HEADERS, Segment

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "fixtures/messages", ROOT.parent / "shared/data/hl7v2-messages")
TEXTS = [path.read_bytes() for folder in FOLDERS for path in sorted(folder.glob("*.hl7")) if "not-hl7" not in path.name]
PAIRS = [(first, last) for first in "!*+;<" for last in ">@_{}"]
PIECES = [
    b"|",
    b"^",
    b"~",
    b"&",
    b"\\",
    b"\r",
    b"\n",
    b'""',
    b"MSH",
    b"OBX|",
    b"PID|1",
    b"Z",
    b"\xff",
    b"\x00",
    b"2026",
    b"-",
]


def mutate(data: bytes, chance: random.Random) -> bytes:
    """A message with bytes taken out, put in, doubled or moved, and its version now and then another one."""
    if chance.random() < 0.2:
        data = data.replace(b"|2.5.1", b"|" + chance.choice(KNOWN_VERSIONS).encode(), 1)
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(5, len(data))
        end = min(len(data), at + chance.randrange(1, 40))
        kind = chance.randrange(4)
        if kind == 0:
            data = data[:at] + data[end:]
        elif kind == 1:
            data = data[:at] + chance.choice(PIECES) * chance.randrange(1, 4) + data[at:]
        elif kind == 2:
            data = data[:at] + data[at:end] * 2 + data[end:]
        else:
            other = chance.randrange(5, len(data))
            data = data[:other] + data[at:end] + data[other:]
    return data


def mutants(count: int, seed: int) -> Iterator[Message]:
    chance = random.Random(seed)  # noqa: S311 # the same messages at each run
    for _ in range(count):
        try:
            yield parse_message(mutate(chance.choice(TEXTS), chance))
        except WorkbenchError:
            continue


def pieces_of(segment: Segment) -> list[str]:
    pieces = segment.text.split(segment.encoding.field)
    return [segment.name, segment.encoding.field, *pieces[1:]] if segment.name in HEADERS else pieces


def find_by_closer_look(message: Message, plan: VersionPlan, segment: Segment, number: int) -> bool:
    log = IssueLog(message, "HL7")
    FieldLook(log, plan, ValueLook(log, plan)).look_at(segment, number)
    return bool(log.issues())


def redelimited(count: int, seed: int) -> Iterator[Message]:
    """Mutants whose five delimiters are others, now and then letters or digits that stand in the text too."""
    chance = random.Random(seed)  # noqa: S311 # the same messages at each run
    for message in mutants(count, seed):
        own = "".join(chance.sample('!#$%*+/:;<>?@_{}^|~&\\-.0A2"', 5))
        text = message.text.translate(dict(zip(map(ord, "|^~\\&"), own, strict=True)))
        try:
            yield parse_message(text)
        except WorkbenchError:
            continue


@pytest.mark.parametrize("make", [mutants, redelimited], ids=["mutants", "other delimiters"])
def test_what_is_passed_over_has_no_issue_at_a_closer_look(make: Callable[[int, int], Iterator[Message]]) -> None:
    looked = 0
    for message in make(400, 1):
        plan = load_version_plan(message.version)
        soundness = load_soundness(plan.version, message.encoding)
        if soundness is None:
            continue
        for segment in message.segments:
            if segment.name[:1] == "Z" or not plan.fields(segment.name):
                continue
            pieces = pieces_of(segment)
            doubtful = set(soundness.find(segment.name, pieces))
            for number in range(1, len(plan.fields(segment.name)) + 1):
                looked += 1
                if number not in doubtful:
                    assert not find_by_closer_look(message, plan, segment, number), (segment.text, number)
    assert looked > 10_000


@pytest.mark.usefixtures("settled_heap")
def test_delimiters_of_its_own_make_no_message_slow() -> None:
    """Patterns are made for no sender’s MSH-2."""

    def judging(text: str) -> float:
        message, started = parse_message(text), time.process_time()
        judge(message)
        return time.process_time() - started

    text = (ROOT / "fixtures/messages/oru-r01-lab.hl7").read_text("utf-8")
    judging(text)  # what is made once
    others = [text.translate(dict(zip(map(ord, "^~\\&"), f"{first}$%{last}", strict=True))) for first, last in PAIRS]
    gc.disable()  # it reckons by all that the tests before have left
    try:
        usual = sorted(judging(text) for _ in range(20))[10]
        spent = sum(judging(other) for other in others for _ in range(12))
    finally:
        gc.enable()
    assert spent < 12 * len(others) * 6 * usual, (spent, usual)


def test_a_structure_that_is_passed_over_has_no_issue_at_a_closer_look() -> None:
    sound = 0
    for message in mutants(600, 2):
        plan = load_version_plan(message.version)
        name, structure = find_structure(message, plan)
        if structure is None:
            continue
        log = IssueLog(message, "HL7")
        StructureLook(log, plan, name).look_at(place_segments(message.segments, structure))
        if is_structure_sound(structure, [segment.name for segment in message.segments]):
            sound += 1
            assert not log.issues()
        else:
            assert log.issues() or any(segment.name in ("FHS", "BHS", "ADD", "DSC") for segment in message.segments)
    assert sound > 50


@pytest.mark.parametrize("seed", range(4))
def test_every_mutant_is_judged_with_places_in_its_text(seed: int) -> None:
    judged = 0
    for message in mutants(500, 10 + seed):
        lines = message.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for issue in judge(message):
            judged += 1
            assert issue.message
            assert issue.rule.startswith("HL7 v2.")
            assert issue.line is not None
            assert issue.column is not None
            assert 1 <= issue.line <= len(lines)
            assert 1 <= issue.column <= len(lines[issue.line - 1]) + 1
    assert judged > 500


def measure(text: str) -> float:
    best = 9.0
    for _ in range(3):
        message = parse_message(text)
        start = time.process_time()
        judge(message)
        best = min(best, time.process_time() - start)
    return best


HEAD = "MSH|^~\\&|A|B|C|D|20260101||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||1^^^H^MR||A^B\rOBR|1|||1^x^L\r"


@pytest.mark.usefixtures("settled_heap")
@pytest.mark.parametrize(
    "many",
    [
        lambda count: HEAD + "OBX|1|NM|1^x^L||5|g|||||F\r" * count,
        lambda count: HEAD + "OBX|1|NM|1^x^L||bad|g|||||F\r" * count,
        lambda count: HEAD + "OBX|1|NM|1^x^L||5|g|||||F\rPV1|1|I\r" * count,
        lambda count: HEAD.replace("ORU^R01^ORU_R01", "ADT^A01") + "NK1|1|A^B\rAL1|1\rDG1|1\r" * count * 3,
        lambda count: HEAD + "XXX|1\r" * count,
        lambda count: HEAD + "OBX|1|TX|1^x^L||" + "text \\.br\\ " * count * 40 + "|||||F\r",
        lambda count: HEAD + "OBX|1|TX|1^x^L||" + "a\\b" * count * 40 + "|||||F\r",
        lambda count: HEAD + "OBX|1|ED|1^x^L||^application^pdf^Base64^" + "QUJD" * count * 100 + "||||||F\r",
        lambda count: HEAD.replace("A^B", "~".join(["A^B"] * count * 10)),
        lambda count: HEAD.replace("1^^^H^MR", "^".join(["A&B"] * count * 10)),
        lambda count: HEAD + "OBX" + "|1" * count * 20 + "\r",
    ],
)
def test_time_grows_with_the_message_and_not_faster(many: object) -> None:
    assert callable(many)
    judge(parse_message(many(2)))
    small, large = measure(many(400)), measure(many(3200))
    assert large < 40 * small + 0.1  # eight times the text; the square of it would be 64


def test_a_megabyte_and_five_thousand_observations_are_judged_in_a_blink() -> None:
    judge(parse_message(HEAD))
    assert measure(HEAD + "OBX|1|ED|1^x^L||^application^pdf^Base64^" + "QUJD" * 262_144 + "||||||F\r") < 0.5
    assert measure(HEAD + "OBX|1|NM|1^x^L||5|g|||||F\r" * 5000) < 1.0
