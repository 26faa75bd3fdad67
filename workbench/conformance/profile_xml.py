"""Profile XML: HL7's message profile (2.5.1, chapter 2.12) and NIST's export, read as complete profiles of messages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.conformance import igamt_xml
from workbench.conformance.igamt_constraints import Constraints, read_constraints
from workbench.conformance.igamt_xml import group_name
from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Placed, SegmentRule
from workbench.conformance.table_xml import find_tables
from workbench.conformance.xml_elements import XmlElement, parse_elements, read_xml
from workbench.conformance.xml_rules import read_limits, read_rule, segment_name
from workbench.errors import WorkbenchError

ROOT = "HL7v2xConformanceProfile"
# What NIST's tool exports beside a profile.
VALUE_SETS, BINDINGS, PREDICATES = _BESIDE = ("VALUESETS.xml", "VALUESETBINDINGS.xml", "CONSTRAINTS.xml")
# The element of a message by the root: today's form, and that of Messaging Workbench before it.
_DEFINITIONS = {ROOT: "HL7v2xStaticDef", "Specification": "Message"}
_BELOW = {"Field": "Component", "Component": "SubComponent", "SubComponent": ""}


def read_profile_xml(path: Path | str) -> tuple[MessageProfile, ...]:
    """The profiles of an XML file, and of an export of NIST's tool what lies beside it in files of their own.

    Raises WorkbenchError with file and line.
    """
    file = Path(path)
    root = read_xml(file)
    if root.name != igamt_xml.ROOT:
        return _read(root, str(path))
    beside = {name: read_xml(file.parent / name) for name in _BESIDE if (file.parent / name).is_file()}
    constraints = read_constraints(beside.get(PREDICATES), beside.get(BINDINGS))
    tables = find_tables(beside[VALUE_SETS]) if VALUE_SETS in beside else ()
    profiles = _read(root, str(path), constraints)
    return tuple(replace(profile, tables=(*profile.tables, *tables)) for profile in profiles)


def with_tables(profile: MessageProfile, path: Path | str) -> MessageProfile:
    """`profile` with the tables of another file, HL7's table profile or NIST's value sets, before its own."""
    more = find_tables(read_xml(Path(path)))
    if not more:
        raise WorkbenchError(f"{path} has no tables.", hint="Name a table profile or a library of value sets.")
    named = {table.number for table in more}
    return replace(profile, tables=(*more, *(table for table in profile.tables if table.number not in named)))


def parse_profile_xml(data: bytes, source: str = "") -> tuple[MessageProfile, ...]:
    return _read(parse_elements(data, source), source)


def _read(
    root: XmlElement, source: str, constraints: Constraints = igamt_xml.NO_CONSTRAINTS
) -> tuple[MessageProfile, ...]:
    is_igamt = root.name == igamt_xml.ROOT
    profiles = igamt_xml.read_igamt(root, source, constraints) if is_igamt else _read_hl7(root, source)
    if not profiles:
        hint = "Its tables can be taken with --tables." if find_tables(root) else "Export it again."
        raise WorkbenchError("This profile has no message.", hint=hint, source=source, line=root.line)
    return profiles


def _read_hl7(root: XmlElement, source: str) -> tuple[MessageProfile, ...]:
    if root.name not in _DEFINITIONS:
        raise WorkbenchError(
            f"This XML is “{root.name}”, and no message profile.",
            hint=f"A message profile is {ROOT} (HL7) or {igamt_xml.ROOT} (NIST).",
            source=source,
            line=root.line,
        )
    return tuple(_profile(root, definition, source) for definition in root.find_all(_DEFINITIONS[root.name]))


def _profile(root: XmlElement, definition: XmlElement, source: str) -> MessageProfile:
    about = root.find("MetaData")
    kind, event = definition.get("MsgType"), definition.get("EventType")
    return MessageProfile(
        message=f"{kind}^{event}" if event and kind != "ACK" else kind,
        name=about.get("Name") if about is not None else root.get("SpecName"),
        version=root.get("HL7Version").strip().lstrip("vV"),  # some tools write v2.4
        structure=definition.get("MsgStructID"),
        children=_children(definition, source),
        tables=find_tables(root),
        complete=True,
        description=definition.get("EventDesc"),
    )


def _children(element: XmlElement, source: str) -> tuple[Placed, ...]:
    children: list[Placed] = []
    for child in element.find_all("Segment", "SegGroup"):
        rule = read_rule(child, source) | {"title": child.get("LongName")}
        if child.name == "SegGroup":
            children.append(GroupRule(name=group_name(child.get("Name")), children=_children(child, source), **rule))
        else:
            fields = _parts(child, "Field", source)
            children.append(SegmentRule(name=segment_name(child, source), fields=fields, **rule))
    return tuple(children)


def _parts(element: XmlElement, name: str, source: str) -> tuple[PartRule, ...]:
    return tuple(
        PartRule(
            number=number,
            title=part.get("Name"),
            datatype=part.get("Datatype"),
            parts=_parts(part, _BELOW[name], source) if _BELOW[name] else (),
            **read_rule(part, source),
            **read_limits(part, source),
        )
        for number, part in enumerate(element.find_all(name), 1)
    )
