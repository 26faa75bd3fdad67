"""Profile files: a message profile as YAML, one rule a line by its place, read strictly.

The same keys stand in a site file under `profile`, and in a file of its own beside it, with `version` and `message`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from workbench.conformance.condition import parse_condition
from workbench.conformance.message_profile import MessageProfile, PartRule, Range, Rule, Statement, TableRule
from workbench.conformance.rule_path import RulePath, parse_rule_path
from workbench.conformance.rule_text import FORMS, parse_range, parse_rule
from workbench.conformance.rule_tree import pick_rules, plant_rules, says_something
from workbench.errors import WorkbenchError
from workbench.yaml_file import YamlMap, parse_yaml, read_yaml

VERSION = 1


def read_profile(path: Path | str) -> MessageProfile:
    """Read a profile of its own file; raises WorkbenchError with file, line, column and what was expected."""
    return _lone_profile(read_yaml(Path(path)))


def parse_profile(text: str, source: str = "") -> MessageProfile:
    return _lone_profile(parse_yaml(text, source))


def _lone_profile(top: YamlMap) -> MessageProfile:
    version = top.integer("version", least=1)
    if version > VERSION:
        raise top.refuse(
            "version",
            f"This profile has version {version}; this workbench reads versions up to {VERSION}.",
            "Update the workbench, or ask whoever wrote the file for an older version.",
        )
    return profile_of(top, top.text("message"))


def profile_of(top: YamlMap, message: str) -> MessageProfile:
    """The profile of `message` that a mapping holds."""
    profile = MessageProfile(
        message=message,
        name=top.text("name", ""),
        version=top.text("hl7v2", ""),
        structure=top.text("structure", ""),
        complete=top.flag("complete", False),
        description=" ".join(top.text("description", "").split()),
        children=plant_rules(_rules(top.map("rules", default=True))),
        tables=tuple(_tables(top.map("tables", default=True))),
        statements=tuple(map(_statement, top.maps("statements", default=True))),
    )
    top.finish()
    return profile


def merge_profiles(general: MessageProfile, special: MessageProfile) -> MessageProfile:
    """`special` with the rules and tables of `general` that it does not give itself; it must not be complete."""
    both = (*pick_rules(general.children), *pick_rules(special.children))
    rules = {path: rule for path, rule in both if says_something(rule)}
    tables = {table.number: table for table in (*general.tables, *special.tables)}
    statements = (*general.statements, *special.statements)
    return replace(special, children=plant_rules(rules.items()), tables=tuple(tables.values()), statements=statements)


def _rules(rules: YamlMap) -> Iterator[tuple[RulePath, Rule]]:
    seen = dict[RulePath, str]()
    for key in rules.names():
        try:
            path = parse_rule_path(key)
        except WorkbenchError as error:
            raise rules.refuse(key, error.message, error.hint) from error
        if path in seen:
            raise rules.refuse(key, f"“{key}” has a rule already, as “{seen[path]}”.", "Join the two.")
        seen[path] = key
        yield path, _rule(rules, key, path)


def _rule(rules: YamlMap, key: str, path: RulePath) -> Rule:
    value = rules.raw(key)
    if isinstance(value, dict):
        return _long_rule(rules.map(key), path)
    return _as_part(_parse(rules, key), path)


def _long_rule(said: YamlMap, path: RulePath) -> Rule:
    """A rule as a mapping, for what the short form has no words for."""
    rule: Rule = replace(_parse(said, "usage") if "usage" in said else Rule(), title=said.text("name", ""))
    if path.numbers:
        rule = PartRule(
            number=path.numbers[-1],
            **_said(rule),
            datatype=said.text("datatype", ""),
            length=_range(said, "length"),
            conformance_length=said.text("conformance_length", ""),
            constant=said.text("constant", ""),
            table=said.text("table", ""),
        )
    said.finish()
    return rule


def _as_part(rule: Rule, path: RulePath) -> Rule:
    if not path.numbers:
        return rule
    return PartRule(number=path.numbers[-1], **_said(rule))


def _said(rule: Rule) -> dict[str, Any]:
    return {each.name: getattr(rule, each.name) for each in fields(Rule)}


def _parse(said: YamlMap, key: str) -> Rule:
    try:
        return parse_rule(said.text(key))
    except WorkbenchError as error:
        if error.line is not None:
            raise
        raise said.refuse(key, error.message, error.hint or f"A rule is {FORMS}.") from error


def _range(said: YamlMap, key: str) -> Range | None:
    """A single number is the most."""
    if key not in said:
        return None
    text = said.text(key)
    try:
        return parse_range(f"..{text}" if text.isdecimal() else text)
    except WorkbenchError as error:
        raise said.refuse(key, error.message, error.hint) from error


def _statement(said: YamlMap) -> Statement:
    """`holds` is a condition, `at` the place in which it must hold, `message` what is said where it does not."""
    at = said.text("at", "")
    try:
        if at and parse_rule_path(at).segment is None:
            raise WorkbenchError(f"“{at}” is a group; a statement is for a segment or a part of one.")
    except WorkbenchError as error:
        raise said.refuse("at", error.message, error.hint) from error
    try:
        holds = parse_condition(said.text("holds"))
    except WorkbenchError as error:
        if error.line is not None:
            raise
        raise said.refuse("holds", error.message, error.hint) from error
    statement = Statement(holds, " ".join(said.text("message", "").split()), at)
    said.finish()
    return statement


def _tables(tables: YamlMap) -> Iterator[TableRule]:
    for key in tables.value:  # a number where it is written without quotes
        if isinstance(tables.raw(key), dict):
            yield _table(tables.map(key), str(key))
        else:
            yield TableRule(str(key), values=tuple((code, "") for code in tables.texts(key)))


def _table(said: YamlMap, number: str) -> TableRule:
    if isinstance(said.raw("values"), dict):
        values = said.map("values")
        pairs = tuple((str(key), values.text(key)) for key in values.value)
    else:
        pairs = tuple((code, "") for code in said.texts("values"))
    table = TableRule(number, said.text("name", ""), pairs, said.flag("closed", True))
    said.finish()
    return table
