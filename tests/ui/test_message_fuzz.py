"""Messages damaged at random, read as an editor reads them: nothing raises, and every place stays in the text."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ui.models.message_pieces import describe_pieces, find_pieces
from ui.models.message_positions import MessagePositions
from ui.models.message_reading import MessageReading, read_message
from ui.models.message_tree_model import MessageTreeModel
from workbench.errors import WorkbenchError
from workbench.hl7v2.completion import complete
from workbench.hl7v2.insertion import list_insertable
from workbench.workspace.message_check import MessageChoice, check_messages

FIXTURES = [
    path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    for path in sorted((Path(__file__).parents[2] / "fixtures" / "messages").glob("*.hl7"))
]
ODD = ("|", "^", "~", "\\", "&", "\n", "\nMSH|^~\\&|", "\nZZZ|", "\nBTS|", "MSH", "😀", "\ufffc", "\x0b", "é", "")


def damage(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text = text[:at] + chance.choice(ODD) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.randint(1, 60) :]
            case 2:
                text = text[: at // 2] + text[at // 2 : at] * 2 + text[at:]
            case _:
                text = text[:at] + "".join(chance.sample(text[at : at + 40], len(text[at : at + 40]))) + text[at + 40 :]
        text = text[:6_000]
    return text


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_message_can_be_looked_at_everywhere(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # damage, not secrets
    model = MessageTreeModel()
    positions = MessagePositions(model)
    before: MessageReading | None = None
    for _ in range(120):
        text = damage(chance.choice(FIXTURES), chance)
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2
        reading = read_message(text, chance.randrange(units + 1), before)
        assert isinstance(reading, MessageReading | WorkbenchError)
        before = reading if isinstance(reading, MessageReading) else None
        model.show_empty = chance.random() < 0.5
        model.set_reading(before)
        if before is None:
            continue
        for _ in range(6):
            look_at(model, positions, before, chance.randrange(units + 1), units)
        look_at_lines(positions, before, text, chance)
        describe_pieces(text, find_pieces(text))


def look_at(
    model: MessageTreeModel, positions: MessagePositions, reading: MessageReading, position: int, units: int
) -> None:
    index = positions.index_at(position)
    span = positions.span_of(index)
    assert span is None or 0 <= span[0] <= span[1] <= units
    model.place_of(index)
    model.facts_of(index)
    assert reading.to_position(reading.to_offset(position)) in (position, position - 1)


def look_at_lines(positions: MessagePositions, reading: MessageReading, text: str, chance: random.Random) -> None:
    start = 0
    for line in text.split("\n")[:40]:
        width = len(line.encode("utf-16-le", "surrogatepass")) // 2
        column = chance.randrange(width + 1)
        positions.facts_in(start, line, column)
        for first, last in positions.spans_in(start, line, column):
            assert start <= first <= last <= start + width
        segment = positions.line_segment(start, line)
        if segment is not None:
            complete(segment, min(column, len(line)), reading.names, reading.placement, chance.randrange(-1, 3))
        start += width + 1
    if reading.placement is not None:
        list_insertable(reading.placement, reading.names, chance.randrange(reading.count))


def test_the_check_of_damaged_messages_says_something_of_each() -> None:
    chance = random.Random(99)  # noqa: S311  # damage, not secrets
    for _ in range(150):
        text = damage(chance.choice(FIXTURES), chance)
        found = check_messages(text, text.replace("\n", "\r").encode("utf-8", "surrogatepass"), MessageChoice())
        assert len(found.issues) == len(found.lengths)
        assert found.kind in ("message", "other", "empty")
