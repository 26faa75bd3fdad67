"""Message rows: what changes among the rows of a message's tree when it is read anew, and in its text by an edit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from ui.models.message_node import (
    Entry,
    GroupEntry,
    Node,
    PartEntry,
    RunEntry,
    SegmentEntry,
    kind_of,
    mark_of,
    segment_of,
    to_part_text,
)
from workbench.hl7v2.escapes import escape_text


def make_edit(node: Node, entry: PartEntry, typed: str, *, composite: bool) -> tuple[int, int, str] | None:
    """Where what was typed goes; a place past the end is filled up to."""
    segment, above = segment_of(node), node.parent.entry if node.parent is not None else None
    if segment is None:
        return None
    encoding = segment.encoding
    if entry.part is not None:
        text = to_part_text(entry.part, typed, composite=composite)
        return segment.start + entry.part.start, segment.start + entry.part.end, text
    if isinstance(above, SegmentEntry):
        there, end, separator = len(segment.fields), segment.end, encoding.field
    elif isinstance(above, PartEntry) and above.part is not None:
        below = entry.level == "subcomponent"
        there = len(above.part.subcomponents if below else above.part.components)
        end, separator = segment.start + above.part.end, encoding.subcomponent if below else encoding.component
    else:
        return None
    text = typed if composite else escape_text(typed, encoding)
    return end, end, separator * (entry.number - there) + text


def find_change(olds: Sequence[Entry | None], news: Sequence[Entry]) -> tuple[int, int, int, bool]:
    """Where rows come or go, how many old and new ones there are from there on that are not the same, and whether any
    row has changed at all."""
    same = _count_same(map(mark_of, olds), map(mark_of, news))
    tail = _count_same(map(mark_of, reversed(olds[same:])), map(mark_of, reversed(news[same:])))
    old, new = len(olds) - same - tail, len(news) - same - tail
    alike = _count_same(
        map(kind_of, reversed(olds[same : same + old])), map(kind_of, reversed(news[same : same + new]))
    )
    kept = min(old, new) - alike
    return same + kept, old - kept, new - kept, bool(old or new)


def _count_same(olds: Any, news: Any) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(olds, news, strict=False)))


def first_index(entry: Entry | None) -> int | None:
    """The index of the first segment of a row that holds some."""
    match entry:
        case GroupEntry(group):
            first = next(group.segments(), None)
            return first.segment.index if first is not None else None
        case RunEntry(_, entries):
            return first_index(entries[0])
        case SegmentEntry(segment):
            return segment.index
    return None
