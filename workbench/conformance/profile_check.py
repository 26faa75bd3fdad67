"""Profile check: a profile held against its version: places that are not there, and rules that no message can keep."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.conformance.condition import All, AnyOf, Expression, Not
from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Placed, Rule
from workbench.conformance.rule_path import RulePath, parse_rule_path
from workbench.conformance.rule_tree import pick_rules, says_something
from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, load_dictionary
from workbench.hl7v2.path import Path
from workbench.hl7v2.structure_plan import StructurePlan, load_plan
from workbench.issue import Issue


def check_profile(profile: MessageProfile, version: str = "") -> tuple[Issue, ...]:
    """What is doubtful in a profile, each issue at the place of its rule; `version` counts where it names none."""
    dictionary = load_dictionary(profile.version or version)
    kind, _, event = profile.message.partition("^")
    name = profile.structure or dictionary.structure_of(kind, event)
    structure = None if profile.complete or not profile.message else load_plan(dictionary.version, name)
    return tuple(_Check(profile, dictionary, structure).check())


class _Check:
    def __init__(self, profile: MessageProfile, dictionary: Dictionary, structure: StructurePlan | None) -> None:
        self._profile = profile
        self._dictionary = dictionary
        self._structure = structure
        self._standard = f"HL7 v{dictionary.version}"

    def check(self) -> Iterator[Issue]:
        for path, rule in pick_rules(self._profile.children):
            if says_something(rule):
                for text in self._faults(path, rule):
                    yield Issue("error", "value", text, str(path), "place", self._profile.name)
                for text in self._doubts(rule):
                    yield Issue("warning", "business-rule", text, str(path), "rule", self._profile.name)
        yield from self._statement_faults()
        for place, text in () if self._profile.complete else _below_forbidden(self._profile.children):
            yield Issue("warning", "business-rule", text, place, "rule", self._profile.name)

    def _faults(self, path: RulePath, rule: Rule) -> Iterator[str]:
        """Places that a message of this version does not have."""
        yield from self._place_faults(path)
        if rule.condition is not None and rule.condition.expression is not None:
            for place in _paths(rule.condition.expression):
                if (text := self._unknown(place)) is not None:
                    yield f"Its condition looks at {text}"
        if isinstance(rule, PartRule) and rule.table and not self._knows_table(rule.table):
            yield f"Table {rule.table} is neither of the standard nor of the profile; give its values under “tables”."

    def _statement_faults(self) -> Iterator[Issue]:
        for statement in self._profile.statements:
            texts = list(self._place_faults(parse_rule_path(statement.at))) if statement.at else []
            for place in _paths(statement.holds.expression) if statement.holds.expression else ():
                if (text := self._unknown(place)) is not None:
                    texts.append(f"Its condition looks at {text}")
            for text in texts:
                yield Issue("error", "value", text, statement.at or "MSH", "statement", self._profile.name)

    def _place_faults(self, path: RulePath) -> Iterator[str]:
        names = {node.name for node in self._structure.nodes[1:]} if self._structure else set()
        for group in path.groups:
            if names and group.name not in names:
                yield f"{self._profile.message} has no group {group.name} in {self._standard}."
        if path.segment is None:
            return
        name = path.segment.name
        field, component, subcomponent = (*path.numbers, None, None, None)[:3]
        if (text := self._unknown(Path(name, None, field, None, component, subcomponent))) is not None:
            yield f"There is no {text}"
        elif names and name not in names and name[:1] != "Z" and not self._profile.complete:
            yield f"{self._profile.message} has no segment {name} in {self._standard}."

    def _unknown(self, place: Path) -> str | None:
        """Words for a place that the version has not, from which on; a local segment has what its profile says."""
        if place.segment[:1] == "Z":
            return None
        if not self._dictionary.knows_segment(place.segment):
            return f"segment {place.segment} in {self._standard}; a local one begins with Z."
        if place.field is None:
            return None
        definition: ComponentDefinition | None = self._dictionary.field(place.segment, place.field)
        if definition is None:
            count = len(self._dictionary.fields(place.segment))
            return f"{place.segment}-{place.field} in {self._standard}: {place.segment} ends with {count}."
        shown = f"{place.segment}-{place.field}"
        for number in filter(None, (place.component, place.subcomponent)):
            if definition.datatype in ("varies", "var", "*"):
                return None
            components = self._dictionary.components(definition.datatype)
            if number > max(len(components), 1):
                return f"{shown}.{number} in {self._standard}: {shown} is {definition.datatype}."
            shown, definition = f"{shown}.{number}", components[number - 1] if components else definition
        return None

    def _knows_table(self, number: str) -> bool:
        is_standard = len(number) == 4 and number.isdecimal()
        return is_standard or self._profile.find_table(number) is not None

    def _doubts(self, rule: Rule) -> Iterator[str]:
        """Rules that contradict themselves."""
        if rule.usage == "X" and rule.condition is None and rule.cardinality is not None and rule.cardinality.least:
            yield f"It must be empty, and stand {rule.cardinality} times."
        if not isinstance(rule, PartRule):
            return
        if rule.constant and rule.length is not None and not rule.length.holds(len(rule.constant)):
            yield f"“{rule.constant}” has {len(rule.constant)} characters, and its length is {rule.length}."
        table = self._profile.find_table(rule.table)
        if rule.constant and table is not None and table.values and rule.constant not in table.codes:
            yield f"“{rule.constant}” is not in table {rule.table}."


def _paths(expression: Expression) -> Iterator[Path]:
    match expression:
        case Not(inner):
            yield from _paths(inner)
        case All(inner) | AnyOf(inner):
            for each in inner:
                yield from _paths(each)
        case _:
            yield expression.path


def _below_forbidden(children: tuple[Placed, ...]) -> Iterator[tuple[str, str]]:
    """Rules that ask for something where nothing may be."""
    forbidden: list[RulePath] = []
    for path, rule in pick_rules(children):
        holder = next((each for each in forbidden if _is_within(path, each)), None)
        if holder is not None and rule.usage == "R":
            yield str(path), f"It is required, and {holder} must be empty."
        if rule.usage == "X" and rule.condition is None and not isinstance(rule, GroupRule):
            forbidden.append(path)


def _is_within(path: RulePath, holder: RulePath) -> bool:
    depth = len(holder.numbers)
    return (
        path.segment == holder.segment
        and path.groups == holder.groups
        and len(path.numbers) > depth
        and path.numbers[:depth] == holder.numbers
    )
