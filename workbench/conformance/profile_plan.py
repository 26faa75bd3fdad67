"""ProfilePlan: a profile laid over the structure of a message: for each place in it the rules that hold there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from workbench.conformance.message_profile import (
    GroupRule,
    MessageProfile,
    PartRule,
    Placed,
    Rule,
    SegmentRule,
    Statement,
    TableRule,
)
from workbench.conformance.rule_path import RulePath, Step, parse_rule_path
from workbench.conformance.rule_tree import pick_rules, plant_rules, says_something
from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, StructureNode, load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import Path
from workbench.hl7v2.structure_plan import StructurePlan, compile_structure, load_plan
from workbench.issue import Severity

_Parts = dict[tuple[int, ...], PartRule]


@dataclass(frozen=True, slots=True)
class KnownCodes:
    """The values of a table, and how grave another value is."""

    table: TableRule
    codes: frozenset[str]
    severity: Severity


@dataclass(frozen=True)
class ProfilePlan:
    """`structure` is None where nobody knows it. `counted` are the rules of usage and cardinality by node.

    `anywhere` are rules that one segment or group in the message is enough for, since they name no group.
    """

    profile: MessageProfile
    dictionary: Dictionary
    structure: StructurePlan | None
    counted: dict[int, Rule]
    anywhere: tuple[SegmentRule | GroupRule, ...]
    _rules: dict[int, SegmentRule]
    _paths: tuple[tuple[RulePath, Rule], ...]
    _segments: dict[tuple[int, int, str], SegmentRule] = field(default_factory=dict)
    _codes: dict[str, KnownCodes | None] = field(default_factory=dict)
    _statements: dict[tuple[int, int, str], tuple[tuple[RulePath, Statement], ...]] = field(default_factory=dict)

    def rule_of(self, node: int, group: int, name: str) -> SegmentRule:
        """The rules of a segment at `node`, or where that is 0, of one that stands in `group` without a node."""
        key = node, group, name
        if key not in self._segments:
            if len(self._segments) > 10_000:  # names come from messages
                self._segments.clear()
            self._segments[key] = self._make_rule(node, group, name)
        return self._segments[key]

    def statements_at(self, node: int, group: int, name: str) -> tuple[tuple[RulePath, Statement], ...]:
        """The statements that must hold in a segment, or in parts of it, where it stands."""
        key = node, group, name
        if key not in self._statements:
            if len(self._statements) > 10_000:
                self._statements.clear()
            steps, here = self._steps_of(node, group, name)
            self._statements[key] = tuple(
                (path, statement)
                for path, statement in self._placed
                if _is_at(path, here, name) and _lie_in(path.groups, steps)
            )
        return self._statements[key]

    @cached_property
    def _placed(self) -> tuple[tuple[RulePath, Statement], ...]:
        return tuple((parse_rule_path(each.at), each) for each in self.profile.statements if each.at)

    def known_codes(self, number: str) -> KnownCodes | None:
        """The values of a table, the profile's own or else the version's; None where nobody knows any."""
        if number not in self._codes:
            self._codes[number] = self._find_codes(number)
        return self._codes[number]

    def _find_codes(self, number: str) -> KnownCodes | None:
        table, owner = self.profile.find_table(number), self.dictionary.table_owner(number)
        if table is None:
            name, codes = self.dictionary.table(number) or ("", ())
            table = TableRule(number, name, tuple((code, "") for code in codes), closed=owner == "HL7")
        return KnownCodes(table, table.codes, "error" if table.closed else "information") if table.values else None

    def field_name(self, segment: str, rule: PartRule | None, numbers: tuple[int, ...]) -> str:
        """What a part is called, by the profile or the standard; empty where nobody names it."""
        if rule is not None and rule.title:
            return rule.title
        field, component, subcomponent = (*numbers, None, None)[:3]
        return self.dictionary.name_of(Path(segment, None, field, None, component, subcomponent))

    def _make_rule(self, node: int, group: int, name: str) -> SegmentRule:
        if self.profile.complete:
            rule = self._rules.get(node) or SegmentRule(name=name)
        else:
            rule = _gather(name, self._matching(node, group, name))
        return _with_tables(rule, self.profile, self.dictionary)

    def _matching(self, node: int, group: int, name: str) -> Iterator[tuple[RulePath, Rule]]:
        """The rules of a segment, the more general ones first."""
        steps, here = self._steps_of(node, group, name)
        found = [(path, rule) for path, rule in self._paths if _is_at(path, here, name) and _lie_in(path.groups, steps)]
        yield from sorted(found, key=lambda pair: (len(pair[0].groups), pair[0].segment == here and here.place > 1))

    def _steps_of(self, node: int, group: int, name: str) -> tuple[tuple[Step, ...], Step]:
        """The groups around a segment, and its own step in the innermost."""
        if self.structure is None:
            return (), Step(name)
        chain = self.structure.chains[node or group]
        around = chain[1:-1] if node else chain[1:]
        steps = tuple(_step_of(self.structure, number) for number in around)
        return steps, _step_of(self.structure, node) if node else Step(name)


def _is_at(path: RulePath, here: Step, name: str) -> bool:
    return path.segment is not None and path.segment.name == name and path.segment.place in (1, here.place)


def _lie_in(wanted: tuple[Step, ...], steps: tuple[Step, ...]) -> bool:
    """Whether the groups named stand right around it; those further out need not be named."""
    nearest = steps[max(len(steps) - len(wanted), 0) :]
    return len(nearest) == len(wanted) and all(
        step.name == each.name and each.place in (1, step.place) for each, step in zip(wanted, nearest, strict=True)
    )


def _step_of(structure: StructurePlan, node: int) -> Step:
    """A node by its name, and which of its group's places for that name it is."""
    parent, name = structure.parent(node), structure.nodes[node].name
    before = structure.nodes[parent].children[: structure.at[node]]
    return Step(name, 1 + sum(1 for each in before if each.name == name))


def _gather(name: str, rules: Iterator[tuple[RulePath, Rule]]) -> SegmentRule:
    """One rule of all that hold for a segment; of each part the last."""
    merged: dict[RulePath, Rule] = {}
    for path, rule in rules:
        if says_something(rule):
            merged[RulePath((), Step(name), path.numbers)] = rule
    planted = plant_rules(merged.items())
    found = planted[0] if planted else None
    return found if isinstance(found, SegmentRule) else SegmentRule(name=name)


def find_profile_plan(profile: MessageProfile, message: Message) -> ProfilePlan:
    """The plan of a profile for a message: in the structure that the profile names, or the message."""
    version = load_dictionary(message.version or profile.version).version
    if profile.complete:
        return load_profile_plan(profile, version, "")
    structure = profile.structure or message.structure
    return load_profile_plan(profile, version, structure if load_plan(version, structure) is not None else "")


@lru_cache(maxsize=256)
def load_profile_plan(profile: MessageProfile, version: str, structure: str) -> ProfilePlan:
    """The plan of a profile for messages of a version that is known, and a structure of it; made once."""
    dictionary = load_dictionary(version)
    paths = tuple(pick_rules(profile.children))
    if profile.complete:
        plan, rules = _compile_complete(profile.children, profile.structure)
        segments = {node: rule for node, rule in rules.items() if isinstance(rule, SegmentRule)}
        return ProfilePlan(profile, dictionary, plan, dict(rules), (), segments, paths)
    known = load_plan(dictionary.version, structure)
    counted, anywhere = _count_rules(known, paths)
    return ProfilePlan(profile, dictionary, known, counted, anywhere, {}, paths)


def _count_rules(
    structure: StructurePlan | None, paths: tuple[tuple[RulePath, Rule], ...]
) -> tuple[dict[int, Rule], tuple[SegmentRule | GroupRule, ...]]:
    """Rules of usage and cardinality by node; those that name no group ask of the message what they ask at least."""
    counted: dict[int, Rule] = {}
    anywhere: list[SegmentRule | GroupRule] = []
    for path, rule in paths:
        if path.numbers or not says_something(rule) or not isinstance(rule, SegmentRule | GroupRule):
            continue
        nodes = [] if structure is None else list(_nodes_at(structure, path))
        named = path.segment or path.groups[-1]
        if len(path.groups) - (path.segment is None) == 0 and named.place == 1:
            anywhere.append(rule)
            rule = _without_least(rule)
        counted |= dict.fromkeys(nodes, rule)
    return counted, tuple(anywhere)


def _without_least(rule: SegmentRule | GroupRule) -> SegmentRule | GroupRule:
    """What it asks at most, which holds in each group by itself; how often X stands is told for the message."""
    most = replace(rule.cardinality, least=0) if rule.cardinality else None
    return replace(rule, usage=None, otherwise=None, condition=None, cardinality=most)


def _nodes_at(structure: StructurePlan, path: RulePath) -> Iterator[int]:
    for node in range(1, len(structure.nodes)):
        kind = "group" if path.segment is None else "segment"
        steps = tuple(_step_of(structure, number) for number in structure.chains[node][1:])
        wanted = path.groups if path.segment is None else (*path.groups, path.segment)
        last, here = wanted[-1], steps[-1]
        is_here = here.name == last.name and last.place in (1, here.place)
        if structure.nodes[node].kind == kind and is_here and _lie_in(wanted[:-1], steps[:-1]):
            yield node


def _compile_complete(children: tuple[Placed, ...], name: str) -> tuple[StructurePlan, dict[int, Rule]]:
    """The structure that the rules themselves are, and each rule by the number of its node."""
    rules: dict[int, Rule] = {}

    def number(placed: tuple[Placed, ...]) -> tuple[StructureNode, ...]:
        nodes = []
        for child in placed:
            rules[len(rules) + 1] = child
            if isinstance(child, GroupRule):
                nodes.append(StructureNode(child.name, "group", *_bounds(child), number(child.children)))
            else:
                nodes.append(StructureNode(child.name, "segment", *_bounds(child)))
        return tuple(nodes)

    return compile_structure(StructureNode(name, "group", 1, 1, number(children))), rules


def _bounds(rule: Rule) -> tuple[int, int | None]:
    """How often it may stand, for placing; a rule that says nothing of it is met once at most."""
    least = 1 if rule.usage == "R" and rule.condition is None else 0
    return least, rule.cardinality.most if rule.cardinality else 1


def _with_tables(rule: SegmentRule, profile: MessageProfile, dictionary: Dictionary) -> SegmentRule:
    """The rules with those that the profile's tables imply: wherever the version names one of them, it holds.

    A complete profile says itself where its tables hold.
    """
    if not profile.tables or profile.complete:
        return rule
    parts: _Parts = {}
    for number, definition in enumerate(dictionary.fields(rule.name), 1):
        parts |= dict(_table_parts((number,), definition, profile, dictionary, depth=3))
    if not parts:
        return rule
    merged: dict[RulePath, Rule] = {RulePath((), Step(rule.name), at): part for at, part in parts.items()}
    for path, said in pick_rules((rule,)):
        implied = parts.get(path.numbers)
        is_implied = isinstance(said, PartRule) and not said.table and implied is not None
        merged[path] = replace(said, table=implied.table) if is_implied else said  # type: ignore[call-arg, union-attr]
    planted = plant_rules(merged.items())[0]
    return planted if isinstance(planted, SegmentRule) else rule


def _table_parts(
    numbers: tuple[int, ...],
    definition: ComponentDefinition,
    profile: MessageProfile,
    dictionary: Dictionary,
    *,
    depth: int,
) -> Iterator[tuple[tuple[int, ...], PartRule]]:
    if definition.table and profile.find_table(definition.table):
        yield numbers, PartRule(number=numbers[-1], table=definition.table)
    if len(numbers) < depth:
        for number, below in enumerate(dictionary.components(definition.datatype), 1):
            yield from _table_parts((*numbers, number), below, profile, dictionary, depth=depth)
