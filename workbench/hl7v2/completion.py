"""Completion: what may stand at a place of a message that is being written: segment names, events and table values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.hl7v2.dictionary import KNOWN_VERSIONS, Dictionary
from workbench.hl7v2.new_message import list_kinds
from workbench.hl7v2.path import Path
from workbench.hl7v2.place_facts import find_definition, find_parts, path_of_parts
from workbench.hl7v2.placement import Placement
from workbench.hl7v2.segment import Part, Segment

_MOST = 2_000


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` as it is put in place, and words that say what it is."""

    text: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in a line from column `start` to `end`, counted from 0; `begun` is what the cursor has passed."""

    start: int
    end: int
    begun: str
    suggestions: tuple[Suggestion, ...]


def complete(
    segment: Segment,
    column: int,
    dictionary: Dictionary,
    placement: Placement | None,
    before: int,
    *,
    own: Callable[[Path], tuple[Suggestion, ...]] | None = None,
) -> Completion | None:
    """What may stand at `column` of `segment`, whose own places count from 0; None where nothing is known.

    `before` is the index of the segment before it, -1 for none. Where `own` has values for a place, such as a site's,
    they count and not the version's.
    """
    if segment.encoding.field not in segment.text[:column] and column <= 3:
        begun = segment.text[:column]
        end = max(column, len(segment.text.partition(segment.encoding.field)[0][:3]))
        return Completion(0, end, begun, _suggest_segments(segment.encoding.field, dictionary, placement, before))
    parts = find_parts(segment, column)
    if not parts or parts[-1].whole:
        return None
    part = _innermost(parts[-1])
    begun = segment.text[part.start : column]
    path = path_of_parts(segment, parts, several=False)
    suggestions = (own(path) if own is not None else ()) or suggest_values(segment, path, dictionary)
    return Completion(part.start, max(column, part.end), begun, suggestions) if suggestions else None


def _innermost(part: Part) -> Part:
    """The part without those that it holds: a value alone."""
    return part.components[0].subcomponents[0] if part.is_split else part


def _suggest_segments(
    separator: str, dictionary: Dictionary, placement: Placement | None, before: int
) -> tuple[Suggestion, ...]:
    """What may stand after the segment before first, then all that the version has."""
    fitting = placement.names_after(before) if placement is not None else ()
    rest = (name for name in dictionary.segments() if name not in fitting)
    may = [Suggestion(name + separator, f"{dictionary.segment_name(name)} · may stand here") for name in fitting]
    others = [Suggestion(name + separator, dictionary.segment_name(name)) for name in rest if len(name) == 3]
    return tuple(may + others)


def suggest_values(segment: Segment, path: Path, dictionary: Dictionary) -> tuple[Suggestion, ...]:
    """The values that the version lists for a place of a segment; of MSH-9 and MSH-12 its events and the versions."""
    if segment.name == "MSH" and path.field == 9:
        return _suggest_kinds(segment, path.component or 1, dictionary)
    if segment.name == "MSH" and path.field == 12 and path.component in (None, 1):
        return tuple(Suggestion(version, f"HL7 v{version}") for version in reversed(KNOWN_VERSIONS))
    _, table = find_definition(segment, path, dictionary)
    found = dictionary.table(table) if table else None
    if not found:
        return ()
    words = f"table {table} {found[0]}".strip()
    named = ((value, dictionary.value_name(table, value)) for value in found[1][:_MOST])
    return tuple(Suggestion(value, f"{name} · {words}" if name else words) for value, name in named)


def _suggest_kinds(segment: Segment, component: int, dictionary: Dictionary) -> tuple[Suggestion, ...]:
    """Message codes; the events of the code that stands there; the structure of that event."""
    field = segment.find_field(9)
    named = [part.text for part in field.components] if field is not None else []
    code, event = (*named, "", "")[:2]
    kinds = [(kind.partition("^"), structure) for kind, structure in list_kinds(dictionary.version)]
    if component == 1:
        counts: dict[str, list[str]] = {}
        for (known, _, trigger), _ in kinds:
            counts.setdefault(known, []).append(trigger)
        return tuple(Suggestion(known, _some(triggers)) for known, triggers in counts.items())
    if component == 2:
        return tuple(Suggestion(trigger, name) for (known, _, trigger), name in kinds if known == code and trigger)
    fitting = [name for (known, _, trigger), name in kinds if known == code and trigger == event]
    return tuple(Suggestion(name, f"{code}^{event}") for name in fitting)


def _some(triggers: list[str]) -> str:
    shown = ", ".join(filter(None, triggers[:6]))
    return f"{shown} …" if len(triggers) > 6 else shown
