"""Profile writer: a message profile as the YAML that `profile_file` reads, one rule a line."""

from __future__ import annotations

from collections.abc import Iterable

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from workbench.conformance.message_profile import MessageProfile, PartRule, Rule, Statement, TableRule
from workbench.conformance.profile_file import VERSION
from workbench.conformance.rule_text import to_rule_text
from workbench.conformance.rule_tree import pick_rules, says_something
from workbench.yaml_file import to_yaml


def to_profile_yaml(profile: MessageProfile) -> str:
    """The text of a profile's own file. Conditions that are said in words alone stand as comments."""
    top = CommentedMap({"version": VERSION, "message": profile.message})
    top |= _said(profile)
    return to_yaml(top)


def to_messages_yaml(profiles: Iterable[MessageProfile], general: MessageProfile | None = None) -> str:
    """The part of a site file, under `hl7v2`, that holds the profiles, and `general` for every message."""
    messages = {profile.message: CommentedMap({"profile": _said(profile)}) for profile in profiles}
    hl7v2 = CommentedMap({"profile": _said(general)} if general is not None else {})
    hl7v2["messages"] = CommentedMap(messages)
    return to_yaml(CommentedMap({"hl7v2": hl7v2}))


def _said(profile: MessageProfile) -> CommentedMap:
    words = {"name": profile.name, "hl7v2": profile.version, "structure": profile.structure}
    words["description"] = profile.description
    said = CommentedMap({key: value for key, value in words.items() if value})
    if profile.complete:
        said["complete"] = True
    said["rules"] = _rules(profile)
    stated = [_statement(each) for each in profile.statements if each.holds.expression is not None]
    if stated:
        said["statements"] = CommentedSeq(stated)
    if profile.tables:
        said["tables"] = CommentedMap({table.number: _table(table) for table in profile.tables})
    return said


def _statement(statement: Statement) -> CommentedMap:
    said = {"at": statement.at, "holds": statement.holds.text, "message": statement.message}
    return CommentedMap({key: value for key, value in said.items() if value})


def _rules(profile: MessageProfile) -> CommentedMap:
    rules = CommentedMap()
    for path, rule in pick_rules(profile.children):
        if profile.complete or says_something(rule):
            key = str(path)
            rules[key] = _rule(rule)
            if rule.condition is not None and rule.condition.expression is None:
                said = " ".join(rule.condition.text.split())
                rules.yaml_add_eol_comment(f"{rule.usage_text} if: {said or 'it is not said when'}", key)
    return rules


def _rule(rule: Rule) -> str | CommentedMap:
    """The short form where it says it all."""
    said: dict[str, str | int] = {"name": rule.title, "usage": to_rule_text(rule)}
    if isinstance(rule, PartRule):
        said |= {
            "datatype": rule.datatype,
            "length": _length(rule),
            "conformance_length": rule.conformance_length,
            "constant": rule.constant,
            "table": rule.table,
        }
    said = {key: value for key, value in said.items() if value}
    if set(said) == {"usage"}:
        return str(said["usage"])
    mapping = CommentedMap(said)
    mapping.fa.set_flow_style()
    return mapping


def _length(rule: PartRule) -> str | int:
    if rule.length is None:
        return ""
    least, most = rule.length.least, rule.length.most
    return most if most is not None and not least else str(rule.length)


def _table(table: TableRule) -> CommentedMap | CommentedSeq:
    if not table.title and table.closed and not any(words for _, words in table.values):
        listed = CommentedSeq([code for code, _ in table.values])
        listed.fa.set_flow_style()
        return listed
    said = CommentedMap({"name": table.title} if table.title else {})
    if not table.closed:
        said["closed"] = False
    said["values"] = CommentedMap(dict(table.values))
    return said
