"""Profile reduction: of a complete profile what it asks beyond its version, as rules that a person reads and keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.conformance.message_profile import MessageProfile, PartRule, Rule
from workbench.conformance.rule_path import RulePath
from workbench.conformance.rule_tree import pick_rules, plant_rules
from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, load_dictionary
from workbench.hl7v2.structure_plan import StructurePlan, load_plan


def reduce_profile(profile: MessageProfile) -> MessageProfile:
    """The same without what the version asks anyway, and without what it only allows; it is no longer complete."""
    dictionary = load_dictionary(profile.version)
    structure = load_plan(dictionary.version, profile.structure)
    kept = tuple(_kept(profile, dictionary, structure))
    named = {rule.table for _, rule in kept if isinstance(rule, PartRule) and rule.table}
    tables = tuple(table for table in profile.tables if table.number in named)
    return replace(profile, children=plant_rules(kept), tables=tables, complete=False)


def _kept(
    profile: MessageProfile, dictionary: Dictionary, structure: StructurePlan | None
) -> Iterator[tuple[RulePath, Rule]]:
    forbidden = None  # the place that may not be valued, below which nothing is left to ask
    for path, rule in pick_rules(profile.children):
        if path.segment is None or _says_how_to_read(path) or (forbidden is not None and _is_below(path, forbidden)):
            continue
        forbidden = path if rule.usage == "X" and rule.condition is None else None
        known = dictionary.knows_segment(path.segment.name)
        if not isinstance(rule, PartRule):
            if not known or _says_more_of_segment(rule, path, structure):
                yield path, replace(rule, title="" if known else rule.title)
            continue
        definition = _definition(dictionary, path) if known else None
        shown = _without_known(rule, definition, profile)
        if definition is None or _says_more(shown, definition):
            yield path, shown


def _says_more_of_segment(rule: Rule, path: RulePath, structure: StructurePlan | None) -> bool:
    name = path.segment.name if path.segment else ""
    if rule.usage in ("X", "W") or rule.condition is not None:
        return True
    nodes = structure.leaves.get(name, ()) if structure is not None else ()
    if not nodes:
        return rule.usage == "R"
    is_new = not any(structure is not None and structure.nodes[node].required for node in nodes)
    return rule.usage == "R" and is_new and not path.groups


def _says_how_to_read(path: RulePath) -> bool:
    """Whether it is MSH-1 or MSH-2, which are what they are."""
    return path.segment is not None and path.segment.name == "MSH" and path.numbers[:1] in ((1,), (2,))


def _is_below(path: RulePath, holder: RulePath) -> bool:
    depth = len(holder.numbers)
    return (path.groups, path.segment, path.numbers[:depth]) == (holder.groups, holder.segment, holder.numbers)


def _without_known(rule: PartRule, definition: ComponentDefinition | None, profile: MessageProfile) -> PartRule:
    """A rule without what its version says of the place, and without limits of what may not be there."""
    if definition is None:
        return rule
    if rule.usage == "X" and rule.condition is None:
        return PartRule(number=rule.number, usage="X")
    cardinality = rule.cardinality
    if cardinality is not None and (cardinality.most == definition.most or cardinality.most is None):
        cardinality = None
    table = rule.table if profile.find_table(rule.table) else ""
    length = None if rule.length is not None and rule.length.most == definition.length else rule.length
    return replace(rule, title="", datatype="", cardinality=cardinality, length=length, table=table)


def _says_more(rule: PartRule, definition: ComponentDefinition) -> bool:
    is_stricter = rule.usage not in (None, "O", "B") and rule.usage != definition.usage
    is_shorter = rule.length is not None and rule.usage in ("R", "RE")
    return bool(is_stricter or is_shorter or rule.condition or rule.constant or rule.table or rule.cardinality)


def _definition(dictionary: Dictionary, path: RulePath) -> ComponentDefinition | None:
    if path.segment is None or not path.numbers:
        return None
    definition: ComponentDefinition | None = dictionary.field(path.segment.name, path.numbers[0])
    for number in path.numbers[1:]:
        components = dictionary.components(definition.datatype) if definition is not None else ()
        definition = components[number - 1] if number <= len(components) else None
    return definition
