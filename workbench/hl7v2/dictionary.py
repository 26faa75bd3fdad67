"""Dictionary: what the standard calls each segment, field and component, and how each message is built, by version.

The facts of a version are read at the first question, in a few milliseconds; nothing here is needed to read a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from workbench.hl7v2.dictionary_file import read_facts
from workbench.hl7v2.names import SEGMENT_NAMES
from workbench.hl7v2.path import Path, parse_path

KNOWN_VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
Usage = Literal["R", "O", "W"]
TableOwner = Literal["HL7", "user", ""]


@dataclass(frozen=True, slots=True)
class ComponentDefinition:
    """`most` is None where there is no limit; `table` is a number such as `0001`, or empty; `length` 0 if not told."""

    name: str
    datatype: str
    least: int = 0
    most: int | None = 1
    table: str = ""
    length: int = 0
    conditional: bool = False

    @property
    def usage(self) -> Usage:
        """R (required), O (optional) or W (withdrawn, or kept free for another version)."""
        return "W" if self.datatype == "WD" or self.most == 0 else "R" if self.least else "O"


@dataclass(frozen=True, slots=True)
class FieldDefinition(ComponentDefinition):
    """A field, which alone can repeat."""

    @property
    def repeats(self) -> bool:
        return self.most is None or self.most > 1


@dataclass(frozen=True, slots=True)
class StructureNode:
    """A segment or a group of a message structure, with what it holds in order; of a `choice` one child stands."""

    name: str
    kind: Literal["segment", "group"]
    least: int
    most: int | None
    children: tuple[StructureNode, ...] = ()
    choice: bool = False

    @property
    def required(self) -> bool:
        return self.least > 0

    @property
    def repeats(self) -> bool:
        return self.most is None or self.most > 1


@lru_cache(maxsize=len(KNOWN_VERSIONS))
def _load(version: str) -> Dictionary:
    return Dictionary(version, read_facts(version))


def load_dictionary(version: str) -> Dictionary:
    """The dictionary of `version`, or of the nearest one that is known; 2.5.1 where none is named."""
    return _load(_nearest_version(version))


def _nearest_version(version: str) -> str:
    if version in KNOWN_VERSIONS:
        return version
    bare = version.strip().lstrip("vV")
    if bare in KNOWN_VERSIONS:
        return bare
    wanted = [int(part) for part in bare.split(".") if part.isascii() and part.isdecimal()]
    if wanted[:1] != [2]:
        return "2.5.1"
    below = [known for known in KNOWN_VERSIONS if [int(part) for part in known.split(".")] <= wanted]
    return below[-1] if below else KNOWN_VERSIONS[0]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One version's names, types and structures; a segment or field that it does not know has none."""

    version: str
    _facts: Mapping[str, Mapping[str, Any]]

    def segment_name(self, segment: str) -> str:
        """The segment's name; a Z segment is the site's own."""
        if segment[:1] == "Z":
            return "Local Segment"
        return SEGMENT_NAMES.get(segment, "")

    def knows_segment(self, segment: str) -> bool:
        return bool(self._facts["segments"].get(segment))

    def segments(self) -> tuple[str, ...]:
        return tuple(self._facts["segments"])

    def field(self, segment: str, number: int) -> FieldDefinition | None:
        fields = self._facts["segments"].get(segment, ())
        return FieldDefinition(*fields[number - 1]) if 0 < number <= len(fields) else None

    def fields(self, segment: str) -> tuple[FieldDefinition, ...]:
        return tuple(FieldDefinition(*facts) for facts in self._facts["segments"].get(segment, ()))

    def datatypes(self) -> tuple[str, ...]:
        return tuple(self._facts["datatypes"])

    def components(self, datatype: str) -> tuple[ComponentDefinition, ...]:
        """The components of a data type in order; none for a primitive."""
        return tuple(ComponentDefinition(*facts) for facts in self._facts["datatypes"].get(datatype, ()))

    def tables(self) -> tuple[str, ...]:
        return tuple(self._facts["tables"])

    def table(self, number: str) -> tuple[str, tuple[str, ...]] | None:
        """The name of a table and its values; the standard's tables are open to a site's own values."""
        found = self._facts["tables"].get(number)
        return (found[0], tuple(found[2])) if found else None

    def value_name(self, table: str, value: str) -> str:
        """What a value of a table means, such as `Female` for F of 0001; empty where that is not known."""
        return _value_names().get(table, {}).get(value, "")

    def table_owner(self, number: str) -> TableOwner:
        """Whose values a table holds: HL7's, a site's own (`user`), or it cannot be told."""
        owner: TableOwner = self._facts["tables"].get(number, ("", ""))[1]
        return owner

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
        return _structure(self.version, name) if name in self._facts["structures"] else None

    def structures(self) -> tuple[str, ...]:
        return tuple(self._facts["structures"])

    def events(self) -> tuple[str, ...]:
        """The trigger events that use a structure of another name, such as `ADT_A08`."""
        return tuple(self._facts["events"])

    def structure_of(self, code: str, event: str) -> str:
        """The structure of message type `code` with trigger `event`, such as `ADT_A01` for ADT and A08 (table 0354)."""
        if not event or code == "ACK":
            return code
        name = f"{code}_{event}"
        structure: str = self._facts["events"].get(name, name)
        return structure


@lru_cache(maxsize=1)
def _value_names() -> Mapping[str, Mapping[str, str]]:
    return read_facts("values")["values"]


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


@lru_cache(maxsize=256)
def _structure(version: str, name: str) -> StructureNode:
    return StructureNode(name, "group", 1, 1, _children(_load(version)._facts["structures"][name]))


def _children(facts: list[Any]) -> tuple[StructureNode, ...]:
    return tuple(_node(*child) for child in facts)


def _node(name: str, least: int, most: int | None, below: list[Any] | None = None, choice: int = 0) -> StructureNode:
    if below is None:
        return StructureNode(name, "segment", least, most)
    return StructureNode(name, "group", least, most, _children(below), bool(choice))
