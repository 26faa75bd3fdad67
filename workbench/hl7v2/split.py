"""Split: the text of a line taken apart down to its subcomponents, whole or at one place."""

from __future__ import annotations

from workbench.hl7v2.escapes import EncodingCharacters, unescape_text
from workbench.hl7v2.path import Path

Component = tuple[str, ...]
Repetition = tuple[Component, ...]
Field = tuple[Repetition, ...]
_EMPTY: Field = ((("",),),)


def read_below(text: str, place: Path, encoding: EncodingCharacters) -> str:
    """The value in the text of a field at what `place` names below it; empty where there is none."""
    deepest = 0
    if place.subcomponent is not None:
        deepest = 3
    elif place.component is not None:
        deepest = 2
    elif place.repetition is not None:
        deepest = 1
    if deepest:
        text = _take(text, encoding.repetition, place.repetition)
    if deepest > 1:
        text = _take(text, encoding.component, place.component)
    if deepest > 2:
        text = _take(text, encoding.subcomponent, place.subcomponent)
    if encoding.escape not in text and "\x1b" not in text:
        return text
    below = (encoding.repetition, encoding.component, encoding.subcomponent)[deepest:]
    return text if any(mark and mark in text for mark in below) else unescape_text(text, encoding)


def _take(text: str, delimiter: str, number: int | None) -> str:
    number = number or 1
    if not delimiter or delimiter not in text:
        return text if number == 1 else ""
    pieces = text.split(delimiter, number)
    return pieces[number - 1] if number <= len(pieces) else ""


def split_line(line: str, encoding: EncodingCharacters, *, header: bool = False) -> tuple[Field, ...]:
    """The fields of a line, each split into repetitions, components and subcomponents.

    Most fields are empty or have components alone; those are split without a call.
    """
    texts = line.split(encoding.field)
    before = [_whole(encoding.field), _whole(texts[1] if len(texts) > 1 else "")] if header else []
    del texts[: 2 if header else 1]
    repetition, component, subcomponent = (
        mark if mark and mark in line else ""
        for mark in (encoding.repetition, encoding.component, encoding.subcomponent)
    )
    if repetition or subcomponent or not component:
        found = [_split_field(text, repetition, component, subcomponent) if text else _EMPTY for text in texts]
    else:
        found = [
            ((tuple(zip(text.split(component))),) if component in text else (((text,),),)) if text else _EMPTY
            for text in texts
        ]
    return tuple(before + found)


def _whole(text: str) -> Field:
    return (((text,),),)


def _split_field(text: str, repetition: str, component: str, subcomponent: str) -> Field:
    if repetition and repetition in text:
        return tuple([_split_repetition(one, component, subcomponent) for one in text.split(repetition)])
    return (_split_repetition(text, component, subcomponent),)


def _split_repetition(text: str, component: str, subcomponent: str) -> Repetition:
    if not component or component not in text:
        return (tuple(text.split(subcomponent)),) if subcomponent and subcomponent in text else ((text,),)
    if subcomponent and subcomponent in text:
        return tuple([tuple(one.split(subcomponent)) for one in text.split(component)])
    return tuple(zip(text.split(component)))
