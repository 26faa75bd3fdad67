"""Rule words: what the profiles of a site ask, in rows that a person reads, those of every message once."""

from __future__ import annotations

from workbench.conformance.message_profile import USAGE_WORDS, MessageProfile, PartRule, Range, Rule, TableRule, Usage
from workbench.conformance.rule_tree import pick_rules, says_something
from workbench.hl7v2.dictionary import load_dictionary
from workbench.site.site import Hl7v2Rules

_MOST_CODES = 8
_USAGE_WORDS: dict[Usage, str] = {**USAGE_WORDS, "RE": "where it is known", "X": "must be empty"}
_MOST_MESSAGES = 3


def tell_rules(rules: Hl7v2Rules) -> tuple[tuple[str, str], ...]:
    """The place with its name, and what is asked there: `PV1-3.3 Bed`, `required if PV1-2 = I · ADT^A01`."""
    profiles = [rule.profile for rule in rules.messages if rule.profile is not None]
    dictionary = load_dictionary(rules.version)
    messages: dict[tuple[str, str], list[str]] = {}
    for profile in profiles:
        for path, rule in pick_rules(profile.children):
            if says_something(rule) and (words := _words(rule, profile)):
                named = rule.title or (dictionary.name_of(str(path)) if path.segment and not path.groups else "")
                messages.setdefault((f"{path} {named}".rstrip(), words), []).append(profile.message)
        for statement in profile.statements:
            said = statement.message or statement.holds.text
            messages.setdefault((statement.at or "The message", said), []).append(profile.message)
    return tuple((place, words + _where(found, len(profiles))) for (place, words), found in messages.items())


def _where(messages: list[str], count: int) -> str:
    """In which messages it is asked; nothing where it is asked in all."""
    if len(messages) == count and count > 1:
        return ""
    more = f" and {len(messages) - _MOST_MESSAGES} more" if len(messages) > _MOST_MESSAGES else ""
    return f" · {', '.join(messages[:_MOST_MESSAGES])}{more}"


def _words(rule: Rule, profile: MessageProfile) -> str:
    words = [_usage_words(rule)]
    if rule.cardinality is not None:
        words.append(_count_words(rule.cardinality))
    if isinstance(rule, PartRule):
        if rule.length is not None:
            most = rule.length.most
            words.append(f"at most {most} long" if not rule.length.least and most else f"{rule.length} long")
        words += [f"“{rule.constant}”"] if rule.constant else []
        words += [_table_words(rule.table, profile.find_table(rule.table))] if rule.table else []
    return ", ".join(filter(None, words))


def _count_words(limits: Range) -> str:
    least, most = limits.least, limits.most
    if most is None:
        return f"at least {least} times" if least else "any number of times"
    if not least:
        return "at most once" if most == 1 else f"at most {most} times"
    return "once" if least == most == 1 else f"{least} to {most} times"


def _usage_words(rule: Rule) -> str:
    usage = _USAGE_WORDS[rule.usage] if rule.usage else ""
    if rule.condition is None:
        return usage
    otherwise = f", else {_USAGE_WORDS[rule.otherwise]}" if rule.otherwise not in (None, "O") else ""
    return f"{usage or 'optional'} if {rule.condition.text}{otherwise}"


def _table_words(number: str, table: TableRule | None) -> str:
    codes = [code for code, _ in table.values] if table else []
    listed = ", ".join(codes[:_MOST_CODES]) + (" …" if len(codes) > _MOST_CODES else "")
    return f"table {number} ({listed})" if codes else f"table {number}"
