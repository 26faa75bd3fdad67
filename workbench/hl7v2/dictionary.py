"""Dictionary: what the standard calls each segment, field and component, version by version (tables of hl7apy).

The tables are loaded at the first question, about 30 ms a version; nothing here is needed to read a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from workbench.hl7v2.names import SEGMENT_NAMES, to_words
from workbench.hl7v2.path import Path, parse_path

KNOWN_VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
Usage = Literal["R", "O", "W"]


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """`usage` is R (required), O (optional) or W (withdrawn); `table` is a number such as `0001`, or empty."""

    name: str
    datatype: str
    usage: Usage
    repeats: bool
    table: str


@dataclass(frozen=True, slots=True)
class ComponentDefinition:
    name: str
    datatype: str
    usage: Usage
    table: str


@dataclass(frozen=True, slots=True)
class StructureNode:
    """A segment or a group of a message structure, with what it holds in order."""

    name: str
    kind: Literal["segment", "group"]
    required: bool
    repeats: bool
    children: tuple[StructureNode, ...] = ()


@lru_cache(maxsize=len(KNOWN_VERSIONS))
def _load(version: str) -> Dictionary:
    from hl7apy import load_library

    library = load_library(version)
    tables = getattr(library, "TABLES", {})
    return Dictionary(version, library.SEGMENTS, library.DATATYPES_STRUCTS, library.MESSAGES, tables)


def load_dictionary(version: str) -> Dictionary:
    """The dictionary of `version`, or of the nearest one that is known; 2.5.1 where none is named."""
    return _load(_nearest_version(version))


def _nearest_version(version: str) -> str:
    if version in KNOWN_VERSIONS:
        return version
    wanted = [int(part) for part in version.split(".") if part.isascii() and part.isdecimal()]
    if wanted[:1] != [2]:
        return "2.5.1"
    below = [known for known in KNOWN_VERSIONS if [int(part) for part in known.split(".")] <= wanted]
    return below[-1] if below else KNOWN_VERSIONS[0]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One version's names, types and structures; a segment or field that it does not know has none."""

    version: str
    _segments: Mapping[str, Any]
    _datatypes: Mapping[str, Any]
    _messages: Mapping[str, Any]
    _tables: Mapping[str, Any]

    def segment_name(self, segment: str) -> str:
        """The segment's name; a Z segment is the site's own."""
        if segment[:1] == "Z":
            return "Local Segment"
        return SEGMENT_NAMES.get(segment, "")

    def knows_segment(self, segment: str) -> bool:
        return bool(self._fields(segment))

    def field(self, segment: str, number: int) -> FieldDefinition | None:
        fields = self._fields(segment)
        if not 0 < number <= len(fields):
            return None
        facts, (least, most) = fields[number - 1][1], fields[number - 1][2]
        if not facts:
            return None
        return FieldDefinition(to_words(facts[3]), facts[2], _usage(facts[2], least), most != 1, _table(facts[4]))

    def fields(self, segment: str) -> tuple[FieldDefinition, ...]:
        numbers = range(1, len(self._fields(segment)) + 1)
        return tuple(found for number in numbers if (found := self.field(segment, number)))

    def components(self, datatype: str) -> tuple[ComponentDefinition, ...]:
        """The components of a data type in order; none for a primitive."""
        return tuple(
            ComponentDefinition(to_words(facts[3]), facts[2], _usage(facts[2], least), _table(facts[4]))
            for _, facts, (least, _most), _ in self._datatypes.get(datatype, ())
        )

    def table(self, number: str) -> tuple[str, tuple[str, ...]] | None:
        """The name of a table and its values; the standard's tables are open to a site's own values."""
        found = self._tables.get(f"HL7{number}")
        return (found[0], tuple(found[1])) if found else None

    def name_of(self, path: str | Path, *, datatype: str = "") -> str:
        """What `path` is called, such as `Family Name` for `PID-5.1`; empty where the standard has no name for it.

        `datatype` is what OBX-2 says, for components of a field whose type varies.
        """
        place = parse_path(path) if isinstance(path, str) else path
        return _name_of(
            self.version, Path(place.segment, None, place.field, None, place.component, place.subcomponent), datatype
        )

    def structure(self, name: str) -> StructureNode | None:
        """The tree of a message structure such as `ADT_A01`."""
        found = self._messages.get(name)
        return StructureNode(name, "group", True, False, _children(found)) if found else None

    def structures(self) -> tuple[str, ...]:
        return tuple(sorted(self._messages))

    def _fields(self, segment: str) -> tuple[Any, ...]:
        found = self._segments.get(segment)
        return tuple(found[1]) if found and found[0] == "sequence" and len(found) > 1 else ()


@lru_cache(maxsize=16384)
def _name_of(version: str, path: Path, datatype: str) -> str:
    dictionary = _load(version)
    if path.field is None:
        return dictionary.segment_name(path.segment)
    field = dictionary.field(path.segment, path.field)
    if field is None or path.component is None:
        return field.name if field else ""
    component = _pick(dictionary, (datatype if field.datatype == "varies" else "") or field.datatype, path.component)
    if component is None:
        return field.name if path.component == 1 and path.subcomponent in (None, 1) else ""
    if path.subcomponent is None:
        return component.name
    below = _pick(dictionary, component.datatype, path.subcomponent)
    return below.name if below else component.name if path.subcomponent == 1 else ""


def _pick(dictionary: Dictionary, datatype: str, number: int) -> ComponentDefinition | None:
    components = dictionary.components(datatype)
    return components[number - 1] if number <= len(components) else None


def _usage(datatype: str, least: int) -> Usage:
    return "W" if datatype == "WD" else "R" if least else "O"


def _table(name: str | None) -> str:
    return name.removeprefix("HL7") if name else ""


def _children(facts: Any) -> tuple[StructureNode, ...]:
    nodes = []
    for name, below, (least, most), kind in facts[1]:
        is_group = kind == "GRP"
        shown = name.split("_", 2)[-1] if is_group else name
        nodes.append(
            StructureNode(
                shown, "group" if is_group else "segment", least > 0, most != 1, _children(below) if is_group else ()
            )
        )
    return tuple(nodes)
