"""New message: the segments of a structure of any version and event, filled with what is required, or what is usual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, Dictionary, FieldDefinition, StructureNode, load_dictionary
from workbench.hl7v2.path import parse_path
from workbench.hl7v2.plausible_values import Values
from workbench.hl7v2.structure_plan import ANY_SEGMENT
from workbench.hl7v2.times import format_time

Extent = Literal["required", "usual"]

# Optional segments that most senders give, some in certain messages alone, and the fields that they fill.
_USUAL_SEGMENTS = frozenset("EVN PID PV1 ORC OBR TXA SCH RGS AIS RXR QPD RCP".split())
_USUAL_IN: Mapping[str, frozenset[str]] = {
    "ADT": frozenset(("NK1", "AL1")),
    "VXU": frozenset(("NK1",)),
}
# An observation is usual where a group of its own has it, after what it was made for.
_OBSERVATION = "OBX"
_OBSERVED = frozenset(("OBR", "RXA", "TXA"))
_USUAL_FIELDS: Mapping[str, tuple[int, ...]] = {
    "EVN": (1, 2),
    "PID": (1, 3, 5, 7, 8, 11, 13),
    "PV1": (1, 2, 3, 7, 19, 44),
    "NK1": (1, 2, 3),
    "AL1": (1, 2, 3, 5),
    "ORC": (1, 2, 3, 9, 12),
    "OBR": (1, 2, 3, 4, 7, 16, 22, 25),
    "OBX": (1, 2, 3, 5, 6, 11, 14),
    "NTE": (1, 3),
    "TXA": (1, 2, 3, 4, 9, 12, 17, 19),
    "SCH": (1, 2, 6, 7),
    "QPD": (1, 2),
    "RCP": (1,),
    "AIS": (1, 3, 4),
    "MSA": (1, 2),
}
# What is put where a structure takes any segment.
_ANY_STANDS_FOR = ("NTE", "RDT")
_HEART_RATE = ("8867-4", "Heart rate", "LN")
# What a field holds in place of what its type and its name would give; `@` is who assigns numbers.
_Fixed = Mapping[tuple[str, int], tuple[str, ...]]
_FIXED: _Fixed = {
    ("OBX", 2): ("NM",),
    ("OBX", 3): _HEART_RATE,
    ("OBX", 5): ("72",),
    ("OBX", 6): ("/min", "", "UCUM"),
    ("OBR", 4): ("85353-1", "Vital signs", "LN"),
    ("PV1", 19): ("V-1001", "", "", "@", "VN"),
    ("DG1", 3): ("I10", "Essential hypertension", "I10"),
    ("SCH", 6): ("BOOKED", "Booked", "L"),
    ("SCH", 7): ("CHECKUP", "Check-up", "L"),
    ("RCP", 1): ("I",),
    ("QPD", 2): ("1",),
    ("IPR", 8): ("100",),
    ("AL1", 3): ("7980", "Penicillin", "RXNORM"),
    ("AL1", 5): ("Hives",),
    ("MSA", 2): ("1",),
    ("ORC", 1): ("NW",),
    ("NK1", 2): ("Okafor", "Chidi"),
    ("NK1", 3): ("SPO", "Spouse"),
    ("NTE", 3): ("Seen and well",),
    ("TXA", 12): ("4712", "WORKBENCH"),
    ("TXA", 13): ("4711", "WORKBENCH"),
}
_FIXED_IN: Mapping[str, _Fixed] = {
    "MDM": {
        ("OBX", 2): ("TX",),
        ("OBX", 3): ("11506-3", "Progress note", "LN"),
        ("OBX", 5): ("Seen and well",),
        ("OBX", 6): ("",),
    }
}


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sends to whom, and who assigns the patient's number."""

    application: str = "WORKBENCH"
    facility: str = "WORKBENCH"
    receiver: str = "EHR"
    receiving_facility: str = "HOSPITAL"
    authority: str = "HOSPITAL"


def make_message(
    kind: str,
    *,
    version: str,
    now: datetime,
    control_id: str,
    extent: Extent = "usual",
    parties: Parties | None = None,
    also: Collection[str] = (),
) -> str:
    """A message of `kind`, such as `ADT^A01` or `ORU^R01`, its segments ended by carriage returns.

    `also` names fields that are filled whatever the extent, as far as the version has them, such as `PV1-44`.
    Raises WorkbenchError where the version or its structure for the event is not known.
    """
    if version not in KNOWN_VERSIONS:
        raise WorkbenchError(f"HL7 v{version} is not known.", hint=f"The versions are {', '.join(KNOWN_VERSIONS)}.")
    dictionary = load_dictionary(version)
    code, event, name = _read_kind(kind, dictionary)
    structure = dictionary.structure(name)
    if structure is None:
        raise WorkbenchError(
            f"HL7 v{version} has no structure for {kind}.",
            hint="Name one of its types and events, such as ADT^A01; “workbench message list” lists them.",
        )
    sides = parties or Parties()
    event = event or ("A01" if _requires_event(dictionary) else "")
    names = (code, event, name) if _names_structure(dictionary) else (code, event)
    header = _make_header("^".join(names).rstrip("^"), version, format_time(now), control_id, sides)
    values = Values(dictionary, now, sides.authority)
    fixed = {**_FIXED, **_FIXED_IN.get(code, {})}
    places = frozenset((place.segment, place.field or 0) for place in map(parse_path, also))
    filler = _Filler(dictionary, values, header, event, extent, fixed, places, Counter())
    return "".join(f"{filler.fill(segment)}\r" for segment in choose_segments(structure, extent, code))


def make_segment(
    segment: str,
    *,
    version: str,
    now: datetime,
    code: str = "",
    event: str = "",
    ordinal: int = 1,
    extent: Extent = "required",
    authority: str = "HOSPITAL",
) -> str:
    """One segment for a message of type `code`, the `ordinal`-th of its kind, with its set ID."""
    dictionary = load_dictionary(version)
    first = dictionary.field(segment, 1)
    also = frozenset(((segment, 1),)) if first is not None and first.datatype == "SI" else frozenset[tuple[str, int]]()
    fixed = {**_FIXED, **_FIXED_IN.get(code, {})}
    counts = Counter({segment: ordinal - 1})
    filler = _Filler(dictionary, Values(dictionary, now, authority), "", event, extent, fixed, also, counts)
    text = filler.fill(segment)
    return text if "|" in text else f"{text}|"


def list_kinds(version: str) -> tuple[tuple[str, str], ...]:
    """Each message type with its event that a version has a structure for, and that structure, in order."""
    dictionary = load_dictionary(version)
    kinds = {event.replace("_", "^", 1): dictionary.structure_of(*event.split("_", 1)) for event in dictionary.events()}
    for name in dictionary.structures():
        code, _, event = name.partition("_")
        if event.count("_") == 0 and dictionary.structure_of(code, event) == name:
            kinds.setdefault(f"{code}^{event}" if event else code, name)
    return tuple(sorted(kinds.items()))


def choose_segments(structure: StructureNode, extent: Extent, code: str) -> tuple[str, ...]:
    """The names of the segments of a new message, in order; a usual one that is optional comes once."""
    usual = _USUAL_SEGMENTS | _USUAL_IN.get(code, frozenset()) if extent == "usual" else frozenset[str]()
    return tuple(_choose(structure, usual, set()))


def _choose(group: StructureNode, usual: frozenset[str], there: set[str]) -> Iterator[str]:
    """What a group holds: what it requires and what is usual, or else its first segment."""
    children = group.children[:1] if group.choice else group.children
    empty = True
    parting = _find_parting(children)
    for number, child in enumerate(children):
        if child.required or number in parting or _is_usual(child, usual, there):
            empty = False
            yield from _choose_one(child, usual, there)
    if empty and children:
        yield from _choose_one(children[0], usual, there)


def _find_parting(children: tuple[StructureNode, ...]) -> frozenset[int]:
    """The optional children that part a required one from an optional one of its name, which it would be taken for."""
    return frozenset(
        at + 1
        for number, child in enumerate(children)
        for at, before in enumerate(children[:number])
        if child.required and not before.required and child.name == before.name and at + 1 < number
    )


def _choose_one(child: StructureNode, usual: frozenset[str], there: set[str]) -> Iterator[str]:
    if child.kind == "group":
        yield from _choose(child, usual, there)
        return
    any_name = next((name for name in _ANY_STANDS_FOR if name not in there), _ANY_STANDS_FOR[0])
    name = any_name if child.name == ANY_SEGMENT else child.name
    there.add(name)
    yield name


def _is_usual(child: StructureNode, usual: frozenset[str], there: set[str]) -> bool:
    """Whether most senders give what is optional: a segment, or a group with the first that it asks for."""
    if child.kind == "segment" or not child.children:
        return child.name in usual and child.name not in there
    first = next((each for each in child.children if each.required), child.children[0])
    if first.name == _OBSERVATION:
        return bool(usual and _OBSERVED & there) and first.name not in there
    return _is_usual(first, usual, there)


def _read_kind(kind: str, dictionary: Dictionary) -> tuple[str, str, str]:
    """Message code, event and structure of `ADT^A01`, `ADT^A01^ADT_A01` or `ADT_A01`."""
    named = kind.strip()
    code, _, rest = named.partition("^" if "^" in named else "_")
    event, _, structure = rest.partition("^")
    return code, event, structure or dictionary.structure_of(code, event)


def _make_header(kind: str, version: str, time: str, control_id: str, parties: Parties) -> str:
    sides = (parties.application, parties.facility, parties.receiver, parties.receiving_facility)
    return "|".join(("MSH", "^~\\&", *sides, time, "", kind, control_id, "P", version))


def _requires_event(dictionary: Dictionary) -> bool:
    components = dictionary.components("MSG")
    return len(components) > 1 and components[1].usage == "R"


def _names_structure(dictionary: Dictionary) -> bool:
    """Whether MSH-9 of this version has a place for the structure."""
    field = dictionary.field("MSH", 9)
    return field is not None and len(dictionary.components(field.datatype)) > 2


@dataclass(frozen=True, slots=True)
class _Filler:
    """Fills the segments of one message, which are counted for their set IDs."""

    dictionary: Dictionary
    values: Values
    header: str
    event: str
    extent: Extent
    fixed: _Fixed
    also: frozenset[tuple[str, int]]
    counts: Counter[str]

    def fill(self, segment: str) -> str:
        if segment == "MSH":
            return self.header
        self.counts[segment] += 1
        fields = [
            self._fill_field(segment, number) if self._is_filled(segment, number, field) else ""
            for number, field in enumerate(self.dictionary.fields(segment), 1)
        ]
        return "|".join((segment, *fields)).rstrip("|")

    def _is_filled(self, segment: str, number: int, field: FieldDefinition) -> bool:
        usual = self.extent == "usual" and number in _USUAL_FIELDS.get(segment, ())
        return field.usage == "R" or (field.usage == "O" and (usual or (segment, number) in self.also))

    def _fill_field(self, segment: str, number: int) -> str:
        field = self.dictionary.field(segment, number)
        if field is None:
            return ""
        if (segment, number) == ("EVN", 1):
            return self.event
        if (segment, number) in self.fixed:
            return self.values.write(field, self.fixed[segment, number])
        return self.values.make_field(field, ordinal=self.counts[segment])
