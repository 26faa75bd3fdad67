"""PlaceFacts: what stands at a letter of a segment, and what the standard says of it: name, type, usage and table."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, FieldDefinition, TableOwner, Usage
from workbench.hl7v2.path import Path
from workbench.hl7v2.segment import NULL, Part, Segment

# Of these the field's own table is that of the first component, the code.
_CODED = ("CE", "CWE", "CNE", "CF", "CM_CD")


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """`value` is read, escapes and all; `in_table` is None where there is no value or no list of the table.

    A segment has a name alone; where the version defines nothing, only `path` and the value are known.
    """

    path: Path
    name: str = ""
    datatype: str = ""
    usage: Usage | None = None
    least: int = 0
    most: int | None = 1
    table: str = ""
    table_name: str = ""
    table_owner: TableOwner = ""
    value: str = ""
    in_table: bool | None = None
    value_name: str = ""


def find_parts(segment: Segment, offset: int) -> tuple[Part, ...]:
    """The field at `offset` of the message's text, then the repetition, component and subcomponent that are split.

    Empty where `offset` is before the first field; a separator belongs to the part before it.
    """
    field = _at(segment.fields, offset) if segment.fields and segment.fields[0].start <= offset else None
    if field is None:
        return ()
    found = [field]
    if field.is_split:
        repetitions = field.repetitions
        repetition = _at(repetitions, offset)
        found += [repetition] if len(repetitions) > 1 else []
        if repetition.is_split:
            component = _at(repetition.components, offset)
            found.append(component)
            found += [_at(component.subcomponents, offset)] if component.is_split else []
    return tuple(found)


def path_of_parts(segment: Segment, parts: tuple[Part, ...], *, several: bool) -> Path:
    """The path of the last of `parts`; `several` tells that the message has more than one segment of that name."""
    numbers = {part.level: part.number for part in parts}
    return Path(
        segment.name,
        segment.ordinal if several else None,
        numbers.get("field"),
        numbers.get("repetition"),
        numbers.get("component"),
        numbers.get("subcomponent"),
    )


def describe_place(segment: Segment, path: Path, dictionary: Dictionary) -> PlaceFacts:
    """What `dictionary` says of `path`, a place in `segment`; OBX-5 is of the type that OBX-2 names."""
    if path.field is None:
        return PlaceFacts(path, dictionary.segment_name(segment.name))
    part = segment.find_part(path)
    value = part.value if part else ""
    definition, table = find_definition(segment, path, dictionary)
    if definition is None:
        return PlaceFacts(path, value=value)
    most = definition.most if path.component is None else 1
    known = dictionary.table(table) if table else None
    code = _code_of(part, path, definition, table)
    return PlaceFacts(
        path,
        dictionary.name_of(path, datatype=value_type_of(segment, path)),
        definition.datatype,
        definition.usage,
        definition.least,
        most,
        table,
        known[0] if known else "",
        dictionary.table_owner(table) if table else "",
        value,
        code in known[1] if known and known[1] and code and code != NULL else None,
        dictionary.value_name(table, code) if table and code else "",
    )


def find_definition(
    segment: Segment, path: Path, dictionary: Dictionary
) -> tuple[ComponentDefinition | FieldDefinition | None, str]:
    """The definition of the deepest element that `path` names, and the number of the table its code is from."""
    field = dictionary.field(segment.name, path.field or 0)
    if field is None:
        return None, ""
    kind = value_type_of(segment, path) or field.datatype
    if path.component is None:
        shown = field if kind == field.datatype else FieldDefinition(field.name, kind, field.least, field.most)
        return shown, field.table
    components = dictionary.components(kind)
    if not components:
        return (field, field.table) if path.component == 1 and path.subcomponent in (None, 1) else (None, "")
    component = components[path.component - 1] if path.component <= len(components) else None
    if component is None:
        return None, ""
    table = component.table or (field.table if path.component == 1 and is_coded(kind, component) else "")
    if path.subcomponent is None:
        return component, table
    below = dictionary.components(component.datatype)
    if path.subcomponent <= len(below):
        return below[path.subcomponent - 1], below[path.subcomponent - 1].table
    return (component, table) if path.subcomponent == 1 else (None, "")


def value_type_of(segment: Segment, path: Path) -> str:
    """What OBX-2 says of OBX-5, whose type varies; empty for any other field."""
    if (segment.name, path.field) != ("OBX", 5):
        return ""
    part = segment.find_field(2)
    return part.text if part else ""


def is_coded(datatype: str, first: ComponentDefinition) -> bool:
    """Whether a type begins with a code, which the table of its field is asked for."""
    return datatype in _CODED or first.datatype in ("ID", "IS")


def _code_of(part: Part | None, path: Path, definition: ComponentDefinition, table: str) -> str:
    """The value that a table is asked for: of a coded field its first component."""
    if part is None or not table:
        return ""
    if path.component is None and part.level in ("field", "repetition") and definition.datatype in _CODED:
        return part.components[0].value
    return part.value


def _at(parts: tuple[Part, ...], offset: int) -> Part:
    return next((part for part in reversed(parts) if part.start <= offset), parts[0])
