"""Insertion: the segments that the structure of a message allows, each with where it belongs, ready to be put there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from workbench.hl7v2.dictionary import Dictionary
from workbench.hl7v2.escapes import STANDARD, EncodingCharacters
from workbench.hl7v2.new_message import Extent, make_segment
from workbench.hl7v2.placement import Place, Placement

_LAST_ORDINAL = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Insertable:
    """A segment that may be inserted at its `place`, the one nearest to the cursor; `name` is what it is called."""

    segment: str
    name: str
    place: Place

    @property
    def is_missing(self) -> bool:
        return self.place.missing


def list_insertable(placement: Placement, dictionary: Dictionary, index: int) -> tuple[Insertable, ...]:
    """What may be inserted near the segment of `index`: what is missing first, then by how near its place is."""
    found = []
    for name in placement.plan.leaves:
        places = placement.find_places(name)
        if name != "MSH" and len(name) == 3 and places:
            place = min(places, key=lambda each: (not each.missing, _distance(each, index), len(each.opens)))
            found.append(Insertable(name, dictionary.segment_name(name), place))
    return tuple(sorted(found, key=lambda each: (not each.is_missing, _distance(each.place, index), each.segment)))


def make_inserted(
    insertable: Insertable,
    dictionary: Dictionary,
    encoding: EncodingCharacters,
    *,
    code: str,
    now: datetime,
    extent: Extent = "required",
) -> str:
    """The text of the segment with what it requires filled in, in the encoding characters of its message."""
    text = make_segment(
        insertable.segment,
        version=dictionary.version,
        now=now,
        code=code,
        ordinal=_ordinal_of(insertable.place),
        extent=extent,
    )
    return translate(text, encoding) if encoding != STANDARD else text


def translate(text: str, encoding: EncodingCharacters) -> str:
    """A segment that was written with the usual encoding characters, with others."""
    kinds = ("field", "component", "repetition", "escape", "subcomponent")
    pairs = {getattr(STANDARD, kind): getattr(encoding, kind) for kind in kinds}
    return text.translate(str.maketrans({usual: own for usual, own in pairs.items() if own}))


def _distance(place: Place, index: int) -> tuple[bool, int]:
    """A place after the cursor is nearer than one before it."""
    return place.after < index, abs(place.after - index)


def _ordinal_of(place: Place) -> int:
    """Which of its kind it will be: its own ordinal, or that of the group that it opens or stands in."""
    steps = place.path.split("/")
    for step in reversed(steps[-2:]):
        if found := _LAST_ORDINAL.search(step):
            return int(found[1])
    return 1
