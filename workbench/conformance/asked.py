"""Asked: what a profile, or the version where it is silent, asks at each place of one message, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Placed, Rule
from workbench.conformance.rule_text import to_rule_text
from workbench.conformance.rule_tree import pick_rules, says_something
from workbench.conformance.usage_count import Place
from workbench.hl7v2.dictionary import ComponentDefinition, Dictionary, FieldDefinition, load_dictionary
from workbench.hl7v2.path import Path

_CODED = ("CE", "CWE", "CNE", "CF", "CQ")
_CODED_PARTS = (1, 3, 4, 6)
# Tables of places smaller than a state (45 CFR 164.514(b)(2)(i)(B)), and of persons.
_IDENTIFYING = frozenset({"0010", "0188", "0288", "0289"})
_MOST_TEXTS = 3
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.:/+*-]{0,19}")
_SEVERAL = 3
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True)
class Asked:
    """What is asked of messages of one type; `required` are paths that must be valued whatever the profile says."""

    version: str = ""
    profile: MessageProfile | None = None
    required: tuple[str, ...] = ()

    @cached_property
    def dictionary(self) -> Dictionary:
        return load_dictionary(self.version)

    @cached_property
    def rules(self) -> dict[Place, list[Rule]]:
        """The rules of the profile that say something, by place, whatever group they are for."""
        found: dict[Place, list[Rule]] = {}
        for path, rule in pick_rules(self.profile.children) if self.profile else ():
            if path.segment is not None and says_something(rule):
                numbers = (*path.numbers, 0, 0, 0)
                found.setdefault((path.segment.name, numbers[0], numbers[1], numbers[2]), []).append(rule)
        return found

    @cached_property
    def groups(self) -> dict[str, Rule]:
        return {group.name: group for group in _groups(self.profile.children)} if self.profile else {}

    def is_asked(self, place: Place) -> bool:
        return place in self.rules

    def text_of(self, place: Place) -> tuple[str, Literal["profile", "version", ""]]:
        """What is asked at `place`, and by whom."""
        rules = self.rules.get(place, ())
        texts = list(dict.fromkeys(filter(None, map(rule_words, rules))))
        more = f" or {len(texts) - _MOST_TEXTS} more" if len(texts) > _MOST_TEXTS else ""
        words = " or ".join(texts[:_MOST_TEXTS]) + more
        if path_of(place) in self.required and not any(rule.usage == "R" for rule in rules):
            # Required whatever the profile says, so beside each of its rules.
            words = ", ".join(filter(None, ("required", words)))
        if words:
            return words, "profile"
        definition = self._definition(place)
        return (_definition_words(definition), "version") if definition is not None else ("", "")

    def name_of(self, place: Place) -> str:
        named = next((rule.title for rule in self.rules.get(place, ()) if rule.title), "")
        return named or self.dictionary.name_of(_path(place))

    def keeps_values(self, place: Place) -> bool:
        """Whether a place holds codes, which name no person; identifiers, names, dates and texts stay unseen."""
        if not place[1]:
            return False
        if any(isinstance(rule, PartRule) and (rule.table or rule.constant) for rule in self.rules.get(place, ())):
            return not self.dictionary.components(self._datatype(place))
        definition = self._definition(place)
        if definition is not None and definition.table:
            return definition.table not in _IDENTIFYING and not self.dictionary.components(definition.datatype)
        field = self.dictionary.field(place[0], place[1])
        return field is not None and field.datatype in _CODED and place[2] in _CODED_PARTS and not place[3]

    def is_code(self, place: Place, value: str, count: int) -> bool:
        """Whether a value at a place of codes is one: of its table, or short, in capitals and seen several times."""
        known = self._codes(place)
        if value in known:
            return True
        return len(value) <= 2 or (count >= _SEVERAL and _CODE.fullmatch(value) is not None)

    def definition_of(self, place: Place) -> ComponentDefinition | None:
        """What the version says of a place; None where it has none such."""
        return self._definition(place)

    def codes_of(self, place: Place) -> frozenset[str]:
        """The values of the tables that the profile, or else the version, names at a place, where they are known."""
        return self._codes(place)

    def _codes(self, place: Place) -> frozenset[str]:
        tables = [rule.table for rule in self.rules.get(place, ()) if isinstance(rule, PartRule) and rule.table]
        definition = self._definition(place)
        tables += [definition.table] if definition is not None and definition.table else []
        codes: set[str] = set()
        for number in tables:
            own = self.profile.find_table(number) if self.profile else None
            standard = self.dictionary.table(number)
            codes |= own.codes if own else set(standard[1]) if standard else set()
        return frozenset(codes)

    def _datatype(self, place: Place) -> str:
        definition = self._definition(place)
        return definition.datatype if definition is not None else ""

    def _definition(self, place: Place) -> ComponentDefinition | None:
        return _find_definition(self.dictionary.version, place)


@lru_cache(maxsize=16384)
def _find_definition(version: str, place: Place) -> ComponentDefinition | None:
    """What a version says of a place; None where it has none such."""
    dictionary = load_dictionary(version)
    segment, number, *below = place
    definition: ComponentDefinition | None = dictionary.field(segment, number)
    for part in below:
        if part and definition is not None:
            components = dictionary.components(definition.datatype)
            definition = components[part - 1] if part <= len(components) else None
    return definition


def rule_words(rule: Rule) -> str:
    """A rule in one line: `R 1..3, at most 15 long, table 0004`."""
    usage = to_rule_text(rule)
    if rule.condition is not None and rule.condition.expression is None:
        said = "on a condition in words" if rule.condition.text else "on a condition that is not said"
        usage = f"{rule.usage_text} {usage} {said}".replace("  ", " ")
    words = [usage] if usage else []
    if isinstance(rule, PartRule):
        if rule.length is not None:
            least, most = rule.length.least, rule.length.most
            words.append(f"length {rule.length}" if least or most is None else f"length {most}")
        words += [f"“{rule.constant}”"] if rule.constant else []
        words += [f"table {rule.table}"] if rule.table else []
    return ", ".join(words)


def place_of(path: str) -> Place | None:
    """`PID-3.1` as a place; None for the name of a group."""
    segment, _, rest = path.partition("-")
    if not _SEGMENT.fullmatch(segment):
        return None
    numbers = [int(number) for number in rest.split(".") if number.isdecimal()]
    return (segment, *(*numbers, 0, 0, 0)[:3])  # type: ignore[return-value]


def _path(place: Place) -> Path:
    segment, *numbers = place
    field, component, subcomponent = (number or None for number in numbers)
    return Path(segment, None, field, None, component, subcomponent)


def path_of(place: Place) -> str:
    segment, *numbers = place
    dotted = ".".join(str(number) for number in numbers if number)
    return f"{segment}-{dotted}" if dotted else segment


def _definition_words(definition: ComponentDefinition) -> str:
    usage: str = definition.usage
    if isinstance(definition, FieldDefinition) and usage != "W":
        usage += f" {definition.least}..{'*' if definition.most is None else definition.most}"
    return f"{usage}, table {definition.table}" if definition.table else usage


def _groups(children: tuple[Placed, ...]) -> Iterator[GroupRule]:
    for child in children:
        if isinstance(child, GroupRule):
            yield child
            yield from _groups(child.children)
