"""Pieces: the OBX of which each carries a part of one document, told apart from those that carry one each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.documents.base64_reading import begins_signed, has_end
from workbench.documents.carrier import Carrier


def join_pieces(carriers: Iterable[Carrier]) -> Iterator[tuple[Carrier, tuple[Carrier, ...]]]:
    """Each document as one carrier that holds all of its content, with the carriers of its pieces in their order.

    An OBX goes on with the one before where that is a document without its end, both are of one OBX-3 and of one type,
    and it does not begin as a document itself.
    """
    group: list[Carrier] = []
    for carrier in carriers:
        if group and _goes_on(group, carrier):
            group.append(carrier)
            continue
        if group:
            yield _join(group)
        group = [carrier]
    if group:
        yield _join(group)


def _goes_on(group: list[Carrier], carrier: Carrier) -> bool:
    first = group[0]
    if not (_is_base64(first) and _is_base64(carrier)) or _filing(first) != _filing(carrier):
        return False
    if begins_signed(carrier.content) or not begins_signed(first.content):
        return False
    if carrier.segment.index != group[-1].segment.index + 1 + len(group[-1].spill):
        return False
    is_late = carrier.set_id < group[-1].set_id
    return is_late or not has_end(first.content, group[-1].content)


def _is_base64(carrier: Carrier) -> bool:
    return carrier.place == 5 and carrier.value_type == "ED" and carrier.encoding.strip().lower() in ("", "base64")


def _filing(carrier: Carrier) -> tuple[str, str]:
    """OBX-3, and the type that ED names."""
    fields = carrier.segment.text.split(carrier.segment.encoding.field, 4)
    return fields[3] if len(fields) > 3 else "", carrier.declared


def _join(group: list[Carrier]) -> tuple[Carrier, tuple[Carrier, ...]]:
    pieces = (group[0], *sorted(group[1:], key=lambda each: each.set_id))
    if len(pieces) == 1:
        return group[0], pieces
    return replace(group[0], content="".join(each.content for each in pieces)), pieces
