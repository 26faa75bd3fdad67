"""Split: the text of a line taken apart down to its subcomponents, whole or at one place."""

from __future__ import annotations

from functools import lru_cache

from workbench.hl7v2.escapes import EncodingCharacters, unescape_text
from workbench.hl7v2.path import Path

# A component is its text, or its subcomponents where it has several.
Component = str | tuple[str, ...]
Repetition = tuple[Component, ...]
Field = tuple[Repetition, ...]
HEADERS = ("MSH", "FHS", "BHS")
_EMPTY: Field = (("",),)
_FAR = 32


def read_below(text: str, place: Path, encoding: EncodingCharacters) -> str:
    """The value in the text of a field at what `place` names below it; empty where there is none."""
    component, subcomponent = place.component, place.subcomponent
    if component is not None or place.repetition is not None:
        if encoding.repetition in text:
            text = _take(text, encoding.repetition, place.repetition or 1)
        elif (place.repetition or 1) > 1:
            return ""
        if component is not None:
            if encoding.component in text:
                text = _take(text, encoding.component, component)
            elif component > 1:
                return ""
            if subcomponent is not None:
                text = _take(text, encoding.subcomponent, subcomponent)
    return _unescape_whole(text, place, encoding) if encoding.escape in text or "\x1b" in text else text


def _unescape_whole(text: str, place: Path, encoding: EncodingCharacters) -> str:
    """The text with its escapes read, unless it is split further."""
    deepest = 3 if place.subcomponent else 2 if place.component else 1 if place.repetition else 0
    below = (encoding.repetition, encoding.component, encoding.subcomponent)[deepest:]
    return text if any(mark and mark in text for mark in below) else unescape_text(text, encoding)


def _take(text: str, delimiter: str, number: int) -> str:
    if not delimiter or delimiter not in text:
        return text if number == 1 else ""
    pieces = text.split(delimiter, number) if number < _FAR else _split_whole(text, delimiter)
    return pieces[number - 1] if number <= len(pieces) else ""


@lru_cache(maxsize=2)
def _split_whole(text: str, delimiter: str) -> list[str]:
    """Kept, since who reads far pieces mostly reads one after another, and each would cost as much as all."""
    return text.split(delimiter)


def split_line(line: str, encoding: EncodingCharacters) -> tuple[str, tuple[Field, ...]]:
    """The name of a segment and its fields, each split into repetitions, components and subcomponents.

    Most lines have no repetitions and no subcomponents, and are split without a call for each field.
    """
    before: list[Field] = []
    if line.startswith(HEADERS):
        name, (msh2, *texts) = line[:3], line[4:].split(encoding.field)
        before = [((line[3:4],),), ((msh2,),)]
        line = line[4 + len(msh2) :]
    else:
        name, *texts = line.split(encoding.field)
    component, repetition, subcomponent = encoding.component, encoding.repetition, encoding.subcomponent
    if repetition in line or subcomponent in line or not component:
        found = [_split_field(text, repetition, component, subcomponent) if text else _EMPTY for text in texts]
    else:
        found = [(tuple(text.split(component)),) if text else _EMPTY for text in texts]
    return name, tuple(before + found) if before else tuple(found)


def _split_field(text: str, repetition: str, component: str, subcomponent: str) -> Field:
    if repetition and repetition in text:
        return tuple([_split_repetition(one, component, subcomponent) for one in text.split(repetition)])
    return (_split_repetition(text, component, subcomponent),)


def _split_repetition(text: str, component: str, subcomponent: str) -> Repetition:
    components = text.split(component) if component else [text]
    if not subcomponent or subcomponent not in text:
        return tuple(components)
    return tuple([tuple(one.split(subcomponent)) if subcomponent in one else one for one in components])
