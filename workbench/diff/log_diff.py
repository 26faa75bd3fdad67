"""Differences between two logs of HL7 v2 messages: which messages each has, and what of the others differs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace

from workbench.diff.alignment import pair_alike, weave
from workbench.diff.difference import Difference, Verdict, keep_telling, make_row
from workbench.diff.hl7v2_diff import diff_messages
from workbench.hl7v2.message import Message


def diff_logs(
    left: Sequence[Message],
    right: Sequence[Message],
    *,
    masks: Sequence[str] = (),
    tell: Callable[[float], object] = lambda _: None,
) -> tuple[Difference, ...]:
    """The rows that differ; messages are known by their text, their control ID, or type and patient, and then by place.

    Each path starts with the message that it is of, `message[CONTROL-ID].PID-5.1`. `tell` is called with how far it
    is, from 0 to 1.
    """
    return tuple(_rows(left, right, masks, tell))


def _rows(
    left: Sequence[Message], right: Sequence[Message], masks: Sequence[str], tell: Callable[[float], object]
) -> Iterator[Difference]:
    partners = pair_alike(left, right, (lambda message: message.text, lambda message: message.control_id, _subject))
    for number, (one, other) in enumerate(weave(left, right, partners), 1):
        tell(min(number / max(len(left), len(right)), 1.0))
        shown = one or other
        if shown is None:
            continue
        place = f"message[{shown.control_id or number}]"
        if one is not None and other is not None:
            for row in keep_telling(diff_messages(one, other, masks=masks, same=False)):
                yield replace(row, path=f"{place}.{row.path}")
        else:
            words = " ".join(filter(None, (shown.type_name, shown.get("PID-3.1"))))
            sides = (words, None) if one is not None else (None, words)
            yield make_row(place, "message", sides[0], sides[1], Verdict("information", ""), shown.type_name)


def _subject(message: Message) -> Hashable:
    patient = message.get("PID-3.1")
    return (message.type_name, patient) if patient else None
