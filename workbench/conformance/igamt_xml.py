"""IGAMT XML: profiles as NIST's tool for guides exports them: messages, segments and data types by reference."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from workbench.conformance.constraining import constrain_children, constrain_parts, place_of
from workbench.conformance.igamt_constraints import Assertion, Constraints, Target
from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Placed, SegmentRule, Statement
from workbench.conformance.rule_path import RulePath, Step
from workbench.conformance.table_xml import find_tables
from workbench.conformance.xml_elements import XmlElement
from workbench.conformance.xml_rules import read_limits, read_rule, segment_name, table_number
from workbench.errors import WorkbenchError
from workbench.hl7v2.path import Path

ROOT = "ConformanceProfile"
NO_CONSTRAINTS = Constraints()
# Components of components; what lies deeper is no part of a message.
_DEEPEST = 3
_NAME = re.compile(r"[^A-Z0-9_]")


def read_igamt(root: XmlElement, source: str, constraints: Constraints = NO_CONSTRAINTS) -> tuple[MessageProfile, ...]:
    """The profiles of all messages; raises WorkbenchError with its line where one names what is not there."""
    return _Igamt(root, source, constraints).read()


def group_name(text: str) -> str:
    """A group's name as rules write it: capitals, digits and low lines."""
    name = _NAME.sub("_", text.strip().upper().rpartition(".")[2]) or "GROUP"
    return name if name[0].isalpha() else f"G{name}"


class _Igamt:
    def __init__(self, root: XmlElement, source: str, constraints: Constraints) -> None:
        self._root = root
        self._source = source
        self._constraints = constraints
        self._segments = self._by_id("Segments", "Segment")
        self._datatypes = self._by_id("Datatypes", "Datatype")
        self._rules: dict[str, SegmentRule] = {}
        self._stated: dict[str, list[tuple[Target, Assertion]]] = {}
        self._collecting: list[tuple[Target, Assertion]] = []
        self._statements: list[Statement] = []

    def read(self) -> tuple[MessageProfile, ...]:
        messages = self._root.find("Messages")
        about = self._root.find("MetaData")
        name = about.get("Name") if about is not None else ""
        version = self._root.get("HL7Version")
        tables = find_tables(self._root)
        return tuple(
            MessageProfile(
                message="^".join(part for part in (message.get("Type"), message.get("Event")) if part),
                name=message.get("Name") or message.get("Identifier") or name,
                version=version,
                structure=message.get("StructID"),
                children=self._children(message, ()),
                tables=tables,
                complete=True,
                description=message.get("Description"),
                statements=self._take_statements(),
            )
            for message in (messages.find_all("Message") if messages is not None else ())
        )

    def _by_id(self, holder: str, name: str) -> dict[str, XmlElement]:
        found = self._root.find(holder)
        return {element.get("ID"): element for element in found.find_all(name)} if found is not None else {}

    def _take_statements(self) -> tuple[Statement, ...]:
        taken, self._statements = tuple(self._statements), []
        return taken

    def _children(self, element: XmlElement, around: tuple[Step, ...]) -> tuple[Placed, ...]:
        children: list[Placed] = []
        for child in element.find_all("Segment", "Group"):
            rule = read_rule(child, self._source)
            name = group_name(child.get("Name")) if child.name == "Group" else self._segment(child).name
            step = Step(name, 1 + sum(each.name == name for each in children))
            if child.name == "Group":
                children.append(GroupRule(name=name, children=self._children(child, (*around, step)), **rule))
            else:
                children.append(replace(self._segment(child), **rule))
                self._state(child.get("Ref"), name, around, step)
        stated = self._constraints.predicates_of(element.name, element)
        return constrain_children(tuple(children), stated) if stated else tuple(children)

    def _segment(self, reference: XmlElement) -> SegmentRule:
        key = reference.get("Ref")
        if key not in self._rules:
            segment = self._segments.get(key)
            if segment is None:
                raise self._missing("segment", key, reference)
            name = segment_name(segment, self._source)
            self._collecting = [((), each) for each in self._constraints.assertions_of("Segment", segment)]
            self._stated[key] = self._collecting
            fields = self._read_parts(tuple(segment.find_all("Field")), name, ())
            fields = self._constrain(fields, "Segment", segment, name, ())
            self._rules[key] = SegmentRule(name=name, title=segment.get("Description"), fields=fields)
        return self._rules[key]

    def _state(self, key: str, name: str, around: tuple[Step, ...], step: Step) -> None:
        """The statements of a segment and of its data types, at the place where it stands in the message."""
        for holder, assertion in self._stated.get(key, ()):
            at = RulePath(around, step, (*holder, *assertion.target))
            found = assertion.statement(partial(_place_below, name, holder), str(at))
            if found is not None:
                self._statements.append(found)

    def _read_parts(self, elements: tuple[XmlElement, ...], segment: str, holder: Target) -> tuple[PartRule, ...]:
        return tuple(self._part(element, segment, (*holder, number)) for number, element in enumerate(elements, 1))

    def _part(self, element: XmlElement, segment: str, place: Target) -> PartRule:
        key = element.get("Datatype")
        datatype = self._datatypes.get(key)
        said = read_limits(element, self._source)
        if not said["table"]:
            said["table"] = table_number(_binding(element))
        below: tuple[PartRule, ...] = ()
        if datatype is not None and len(place) < _DEEPEST:
            below = self._read_parts(tuple(datatype.find_all("Component")), segment, place)
            below = self._constrain(below, "Datatype", datatype, segment, place)
            self._collecting += [(place, each) for each in self._constraints.assertions_of("Datatype", datatype)]
        if below:
            said["length"] = None  # of what is split, the parts have their own
        return PartRule(
            number=place[-1],
            title=element.get("Name"),
            datatype=datatype.get("Name") if datatype is not None else key,
            parts=below,
            **read_rule(element, self._source),
            **said,
        )

    def _constrain(
        self, parts: tuple[PartRule, ...], level: str, element: XmlElement, segment: str, holder: Target
    ) -> tuple[PartRule, ...]:
        """What is said of a segment's or a data type's parts besides."""
        predicates = self._constraints.predicates_of(level, element)
        tables = self._constraints.tables_of(level, element)
        if not predicates and not tables:
            return parts
        return constrain_parts(parts, predicates, tables, lambda target: place_of((*holder, *target), segment))

    def _missing(self, what: str, key: str, element: XmlElement) -> WorkbenchError:
        return WorkbenchError(
            f"The profile names the {what} “{key}”, and has none of that ID.",
            hint="Export it again, with all it refers to.",
            source=self._source,
            line=element.line,
        )


def _place_below(segment: str, holder: Target, target: Target) -> Path | None:
    return place_of((*holder, *target), segment)


def _binding(element: XmlElement) -> str:
    """The value set that older exports name at the field; of a suggestion, or of several, none decides."""
    said = (element.get("Binding") or element.get("BindingIdentifier")).replace(",", ":")
    return "" if ":" in said or element.get("BindingStrength") == "S" else said
