"""Messages changed at random, held against each other: no exception, and nothing told that is not there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.diff.hl7v2_diff import diff_messages
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message, parse_message

MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"
TEXTS = [path.read_bytes() for path in sorted(MESSAGES.glob("*.hl7")) if path.stem != "faulty-not-hl7"]


def change(text: bytes, chance: random.Random) -> bytes:
    """One thing cut out, put in, turned over or put elsewhere, some times over."""
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        lines = text.split(b"\r")
        match chance.randrange(5):
            case 0:
                text = text[:at] + text[at + chance.randint(1, 40) :]
            case 1:
                text = text[:at] + bytes(chance.choice(b'|^~\\&\r\nAZ09"') for _ in range(4)) + text[at:]
            case 2:
                text = text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
            case 3:
                rest = lines[1:]
                chance.shuffle(rest)
                text = b"\r".join([lines[0], *rest])
            case _:
                lines.insert(chance.randint(1, len(lines)), chance.choice(lines))
                text = b"\r".join(lines)
    return text


def pairs(seed: int, count: int) -> Iterator[tuple[Message, Message]]:
    chance = random.Random(seed)  # noqa: S311  # the same messages each time
    while count:
        left = chance.choice(TEXTS)
        right = change(chance.choice((left, chance.choice(TEXTS))), chance)
        try:
            yield parse_message(left), parse_message(right)
        except WorkbenchError:
            continue  # its MSH is gone: there is no message to compare
        count -= 1


@pytest.mark.parametrize("seed", range(4))
def test_messages_changed_at_random_are_compared(seed: int) -> None:
    for left, right in pairs(seed, 25):
        every = diff_messages(left, right)
        assert tuple(row for row in every if row.kind != "same") == diff_messages(left, right, same=False)
        assert not diff_messages(right, right, same=False)
        assert all(row.left != row.right for row in every if row.differs)
