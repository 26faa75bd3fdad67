"""Differences between what two sites, or two sets of profiles, ask of HL7 v2 messages, message by message.

Where one side says nothing of a place, the version that it speaks decides. What all messages have alike is told once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from workbench.conformance.asked import Asked, path_of, place_of
from workbench.conformance.message_profile import USAGE_WORDS, PartRule, Rule
from workbench.conformance.rule_text import to_rule_text
from workbench.conformance.usage_count import Place
from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.name_order import merge_names

# How much a usage asks of who sends.
_STRICTNESS = {"X": -1, "W": -1, "B": 0, "O": 0, "": 0, "RE": 1, "C": 2, "R": 3}
_TIGHTER = {
    "R": "Who sends to the right without it is refused: always fill it.",
    "C": "Who sends to the right without it is refused where the condition holds: fill it there.",
    "RE": "Who sends to the right must be able to fill it where it is known; a message without it is taken.",
    "O": "It may be sent, and the right does not refuse it.",
    "B": "It may be sent, and the right does not refuse it.",
}
_FEWEST_ALIKE = 3
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is asked at one place; `said` are the things of which the profile speaks, the rest is the version's."""

    said: frozenset[str] = frozenset()
    usage: str = ""
    words: str = ""
    most: int | None = None
    length: int = 0
    constant: str = ""
    table: str = ""
    values: frozenset[str] = frozenset()


def diff_demands(left: Mapping[str, Asked], right: Mapping[str, Asked]) -> tuple[Difference, ...]:
    """The rows that differ; each side has what it asks by message, such as `ADT^A01`."""
    rows: list[Difference] = []
    shared = [name for name in merge_names(left, right) if name in left and name in right]
    for name in merge_names(left, right):
        if name in shared:
            rows += _diff_messages(name, left[name], right[name])
        else:
            rows.append(_tell_message(name, added=name in right))
    return tuple(_fold(rows, len(shared)))


def _tell_message(name: str, *, added: bool) -> Difference:
    if added:
        verdict = Verdict("compatible", "The right takes the message, and the left does not.")
    else:
        verdict = Verdict("breaks-sender", "The right does not take the message: it is refused there.")
    return make_row(name, "message", None if added else "taken", "taken" if added else None, verdict)


def _diff_messages(name: str, left: Asked, right: Asked) -> Iterator[Difference]:
    known = [{place[0] for place in asked.rules} for asked in (left, right)]
    told = set[str]()
    for place in sorted(dict.fromkeys((*left.rules, *_required(left), *right.rules, *_required(right)))):
        segment, path = place[0], path_of(place)
        lacks = [segment not in names for names in known]
        if lacks[0] != lacks[1] and (segment[:1] == "Z" or _is_complete((left, right)[lacks[1]])):
            if segment not in told:
                told.add(segment)
                yield _tell_local(f"{name}.{segment}", (left, right)[lacks[0]], lacks[0])
            continue
        label = left.name_of(place) or right.name_of(place) or path
        for row in _diff_facts(path, _facts(left, place, name), _facts(right, place, name), label):
            yield replace(row, path=f"{name}.{path}")


def _is_complete(asked: Asked) -> bool:
    return asked.profile is not None and asked.profile.complete


def _tell_local(path: str, asked: Asked, added: bool) -> Difference:
    """A segment of a site's own of which the other side does not speak, or that a complete profile leaves out."""
    name = path.rpartition(".")[2]
    is_required = _facts(asked, (name, 0, 0, 0), "").usage == "R"
    fields = sorted(place for place in asked.rules if place[0] == name and place[1] and not place[2])
    more = " …" if len(fields) > _MOST_NAMED else ""
    words = f"{name} with {', '.join(map(path_of, fields[:_MOST_NAMED]))}{more}" if fields else name
    if added and is_required:
        verdict = Verdict("breaks-sender", "The right asks for a segment that the left has not: send it.")
    elif added:
        verdict = Verdict("compatible", "The right knows a segment more, which may be sent and may come.")
    else:
        verdict = Verdict(
            "breaks-sender", "The right has not the segment: what it holds is refused or passed over there."
        )
    return make_row(path, "segment", None if added else words, words if added else None, verdict, name)


def _required(asked: Asked) -> list[Place]:
    return [place for path in asked.required if (place := place_of(path)) is not None]


def _facts(asked: Asked, place: Place, message: str) -> _Facts:
    """What the profile says, and for what it leaves open, the version."""
    rules = asked.rules.get(place, [])
    rule = rules[0] if rules else None
    part = rule if isinstance(rule, PartRule) else None
    definition = asked.definition_of(place) if place[1] else None
    said = {name for name, is_said in _said(rule, part) if is_said}
    usage: str = definition.usage if definition else ""
    words = ""
    most = definition.most if definition else None
    if not place[1]:
        usage, most = _in_structure(asked, place[0], message)
    if rule is not None and rule.usage_text:
        usage = "C" if rule.condition else rule.usage or ""
        words = to_rule_text(replace(rule, cardinality=None)) or rule.usage_text if rule.condition else usage
    if path_of(place) in asked.required:
        usage = words = "R"
        said.add("usage")
    if rule is not None and rule.cardinality is not None:
        most = rule.cardinality.most
    length = part.length.most or 0 if part and part.length else 0
    table = (part.table if part else "") or (definition.table if definition else "")
    constant = part.constant if part else ""
    return _Facts(frozenset(said), usage, words or usage, most, length, constant, table, asked.codes_of(place))


def _said(rule: Rule | None, part: PartRule | None) -> Iterator[tuple[str, bool]]:
    yield "usage", rule is not None and bool(rule.usage_text)
    yield "max", rule is not None and rule.cardinality is not None
    yield "length", part is not None and part.length is not None
    yield "constant", part is not None and bool(part.constant)
    yield "table", part is not None and bool(part.table)


def _in_structure(asked: Asked, segment: str, message: str) -> tuple[str, int | None]:
    """How the version has a segment in the structure of a message: whether it must stand, and how often it may."""
    code, _, event = message.partition("^")
    tree = asked.dictionary.structure(asked.dictionary.structure_of(code, event))
    waiting = list(tree.children) if tree else []
    while waiting:
        node = waiting.pop(0)
        if node.name == segment and node.kind == "segment":
            return ("R" if node.required else "O"), node.most
        waiting += node.children
    return "", None


def _diff_facts(path: str, left: _Facts, right: _Facts, name: str) -> Iterator[Difference]:
    said = left.said | right.said
    if "usage" in said and left.words != right.words:
        verdict = _judge_usage(left.usage, right.usage)
        yield make_row(path, "usage", _usage_words(left), _usage_words(right), verdict, name)
    if "X" in (left.usage, right.usage):
        return
    if "max" in said and left.most != right.most:
        yield make_row(path, "max", _most(left.most), _most(right.most), _judge_most(left.most, right.most), name)
    if left.length != right.length:
        yield make_row(path, "length", _number(left.length), _number(right.length), _judge_length(left, right), name)
    if left.constant != right.constant:
        yield make_row(path, "constant", left.constant or None, right.constant or None, _judge_constant(right), name)
    if "table" in said and (left.table, left.values) != (right.table, right.values):
        yield make_row(path, "table", _table(left), _table(right), _judge_values(left, right), name)


def _judge_most(left: int | None, right: int | None) -> Verdict:
    if left is None or (right is not None and right < left):
        return Verdict("breaks-sender", f"Who sends more than {right} to the right is refused.")
    return Verdict("breaks-receiver", f"More than {left} may come from the right: read them all.")


def _judge_usage(left: str, right: str) -> Verdict:
    here, there = _STRICTNESS.get(left, 0), _STRICTNESS.get(right, 0)
    if there < 0 <= here:
        both = "and who reads relies on it" if left == "R" else "take it out of what is sent"
        return Verdict("breaks-both" if left == "R" else "breaks-sender", f"The right does not take it: {both}.")
    if here < 0 <= there:
        return Verdict("breaks-receiver", "The left does not take it; it may come from the right.")
    if there > here:
        return Verdict("breaks-sender", _TIGHTER[right])
    if there < here:
        return Verdict("breaks-receiver", "It may be missing in what the right gives: read on without it.")
    if right == "C":
        return Verdict("breaks-both", "It is asked for in other cases: see both conditions.")
    return Verdict("information", "It is asked for as much, in another word.")


def _judge_length(left: _Facts, right: _Facts) -> Verdict:
    if right.length and (not left.length or right.length < left.length):
        return Verdict("breaks-sender", f"A value longer than {right.length} is refused on the right: shorten it.")
    longer = f"than {left.length} " if left.length else ""
    return Verdict("breaks-receiver", f"Values longer {longer}may come: make room for them.")


def _judge_constant(right: _Facts) -> Verdict:
    if right.constant:
        return Verdict("breaks-sender", f"The right takes “{right.constant}” alone.")
    return Verdict("breaks-receiver", "Another value may come from the right: read what stands there.")


def _judge_values(left: _Facts, right: _Facts) -> Verdict:
    gone, new = sorted(left.values - right.values), sorted(right.values - left.values)
    told = f"The right does not take {', '.join(gone[:8])}. " if gone else ""
    told += f"From there {', '.join(new[:8])} may come." if new else ""
    if not left.values or not right.values:
        return Verdict("information", "The values of one of the tables are not known here: compare them.")
    if gone and new:
        return Verdict("breaks-both", told)
    if gone or new:
        return Verdict("breaks-sender" if gone else "breaks-receiver", told.strip())
    return Verdict("information", "The table is called otherwise and has the same values.")


def _fold(rows: list[Difference], messages: int) -> Iterator[Difference]:
    """What differs alike in every message that both take is one row, without the message."""

    def key(row: Difference) -> tuple[str, ...]:
        path = row.path.partition(".")[2]
        return (path, row.aspect, row.left or "", row.right or "")

    counts = Counter(key(row) for row in rows if "." in row.path)
    alike = {each for each, count in counts.items() if count == messages >= _FEWEST_ALIKE}
    told = set[tuple[str, ...]]()
    for row in rows:
        each = key(row)
        if each not in alike:
            yield row
        elif each not in told:
            told.add(each)
            yield replace(row, path=each[0], why=f"{row.why} So in all {messages} messages.")


def _usage_words(facts: _Facts) -> str | None:
    known = next((words for usage, words in USAGE_WORDS.items() if usage == facts.words), "")
    return f"{facts.words} {known}".strip() or None


def _most(most: int | None) -> str:
    return "*" if most is None else str(most)


def _number(number: int) -> str | None:
    return str(number) if number else None


def _table(facts: _Facts) -> str | None:
    if not facts.table:
        return None
    shown = sorted(facts.values)
    return f"{facts.table} ({', '.join(shown[:12])}{' …' if len(shown) > 12 else ''})" if shown else facts.table
