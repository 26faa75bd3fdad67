"""Insertion: the segments that the structure of a message allows, each with where it belongs, ready to be put there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
            places = tuple(_draw_near(place, placement, index) for place in places)
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


def _draw_near(place: Place, placement: Placement, index: int) -> Place:
    """A place after the last of its kind, put after the one that the cursor is in where that is of the same group."""
    if index < 0:
        return place
    steps, here = place.path.split("/"), placement.path_of(index).split("/")
    depth = len(steps) - 1 - len(place.opens)
    if len(here) <= depth or here[:depth] != steps[:depth]:
        return place
    name, at = _read_step(here[depth])
    if not at or _read_step(steps[depth])[0] != name:
        return place
    last, around = index, "/".join(here[: depth + 1])
    while last + 1 < len(placement.segments) and _is_within(placement.path_of(last + 1), around):
        last += 1
    path = "/".join((*steps[:depth], f"{name}[{at + 1}]", *steps[depth + 1 :]))
    return replace(place, after=last, path=path)


def _read_step(step: str) -> tuple[str, int]:
    """The name of a step and its ordinal, 0 where it has none."""
    name, _, rest = step.partition("[")
    return name, int(rest.rstrip("]") or 0)


def _is_within(path: str, around: str) -> bool:
    return path == around or path.startswith(f"{around}/")


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
