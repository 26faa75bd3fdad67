"""Whatever a message has become, a profile judges it, a log counts it, and both tell places that are there."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.conformance.asked import Asked
from workbench.conformance.gap_count import GapCount
from workbench.conformance.gap_report import to_csv, to_text
from workbench.conformance.profile_judge import judge_profile
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message, parse_message
from workbench.site.site_file import read_site

FIXTURES = Path(__file__).parents[2] / "fixtures"
TEXTS = [path.read_bytes() for path in sorted((FIXTURES / "messages").glob("*.hl7"))]
PROFILES = [
    replace(rule.profile, message="")
    for path in sorted((FIXTURES / "sites").glob("*.yaml"))
    for rule in read_site(path).hl7v2.messages
    if rule.profile is not None
]


def mutate(data: bytes, chance: random.Random) -> bytes:
    text = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(text)) if text else 0
        match chance.randrange(6):
            case 0:
                del text[at : at + chance.randint(1, 20)]
            case 1:
                text[at:at] = bytes(chance.choice(b'|^~\\&\r\nMSHZ0"') for _ in range(chance.randint(1, 6)))
            case 2:
                text[at:at] = text[max(0, at - 80) : at]
            case 3:
                del text[at:]
            case 4:
                text[at:at] = b'""'
            case _:
                text[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(text)


def messages(seed: int, count: int) -> list[Message]:
    chance, found = random.Random(seed), list[Message]()  # noqa: S311
    while len(found) < count:
        try:
            found.append(parse_message(mutate(chance.choice(TEXTS), chance)))
        except WorkbenchError:
            continue
    return found


@pytest.mark.parametrize("seed", range(4))
def test_mutated_messages_are_judged_and_counted(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    counted = GapCount("x", lambda _: Asked("", chance.choice(PROFILES), ("PID-3.1",)))
    for message in messages(seed, 150):
        lines = message.text.count("\r") + message.text.count("\n") + 1
        for issue in judge_profile(message, chance.choice(PROFILES)):
            assert issue.message and issue.rule and issue.path
            assert issue.line and issue.column and issue.line <= lines
        counted.add(message, "log.hl7", 1)
    report = counted.report()
    assert report.messages == 150 and len(to_csv(report).splitlines()) > len(report.rows)
    assert to_text(report, whole=True).count("\n") > len(report.rows)


@pytest.mark.parametrize("msh2", ["", "^", "^~", "^~\\", "||||", "aaaa", "^^^^", "&&&&&"])
def test_delimiters_that_are_few_or_the_same_break_nothing(msh2: str) -> None:
    message = parse_message(TEXTS[0].replace(b"^~\\&", msh2.encode(), 1))
    for profile in PROFILES:
        judge_profile(message, profile)
    counted = GapCount("x", lambda _: Asked())
    counted.add(message)
    assert counted.report().messages == 1


def test_message_of_many_fields_and_types_is_bounded() -> None:
    counted = GapCount("x", lambda _: Asked())
    counted.add(parse_message("MSH|^~\\&|A|B|C|D|||ADT^A01|1|P|2.5.1\rPID|" + "|".join("^".join("12") * 3000) + "\r"))
    for number in range(400):
        counted.add(parse_message(f"MSH|^~\\&|A|B|C|D|||T{number}^E|1|P|2.5.1\r"))
    report = counted.report()
    assert len(report.types) == 301 and max(len(row.path) for row in report.rows) < 20
