"""PartJudge: the fields of one segment and what stands in them, held against a profile's rules.

A component is asked for only where its field is valued, and a rule of a field only where its segment stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.conformance.message_profile import USAGE_WORDS, MessageProfile, PartRule, SegmentRule, TableRule, Usage
from workbench.conformance.profile_plan import ProfilePlan
from workbench.conformance.segment_scope import SegmentScope
from workbench.conformance.value_format import find_format
from workbench.hl7v2.escapes import unescape_text
from workbench.hl7v2.segment import Segment
from workbench.issue import UNDECIDED, Severity

NULL = '""'
_OWN_SYSTEM = re.compile(r"HL7\d{4}|99[A-Za-z0-9]{3}")
_KEPT = re.compile(r"(\d{1,9})([=#]?)")
_MOST_SHOWN = 40
_MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at a part of a segment, `numbers` being field, repetition, component and subcomponent."""

    severity: Severity
    code: str
    text: str
    rule: str
    numbers: tuple[int, ...]
    cause: str = ""
    subject: str = ""


class PartJudge:
    """Judges one segment by its rule, in its place in the message."""

    def __init__(self, plan: ProfilePlan, rule: SegmentRule, scope: SegmentScope, segment: Segment) -> None:
        self._plan = plan
        self._profile: MessageProfile = plan.profile
        self._rule = rule
        self._scope = scope
        self._segment = segment
        self._name = segment.name
        self._is_local = not plan.dictionary.knows_segment(segment.name)
        encoding = segment.encoding
        self._hollow = encoding.component + encoding.subcomponent + encoding.repetition

    def judge(self) -> Iterator[Finding]:
        segment = self._segment
        pieces = segment.text.split(segment.encoding.field)
        shift = 1 if segment.is_header else 0
        for rule in self._rule.fields:
            at = rule.number - shift
            if shift and rule.number <= 2:
                continue  # MSH-1 and MSH-2 say how to read, and are what they are
            text = pieces[at] if 0 < at < len(pieces) else ""
            if text or _asks_when_empty(rule):
                yield from self._judge_field(rule, text)
        if self._profile.complete and self._rule.fields:
            for number in _unlisted_numbers(self._rule.fields, len(pieces) - 1 + shift):
                text = pieces[number - shift] if number > shift else ""
                if self._is_valued(text) and not (shift and number <= 2):
                    yield self._unlisted((number, 0, 0, 0), text)

    def _judge_field(self, rule: PartRule, text: str) -> Iterator[Finding]:
        numbers = (rule.number, 0, 0, 0)
        repetition = self._segment.encoding.repetition
        repetitions = text.split(repetition) if repetition and repetition in text else [text]
        valued = [at for at, each in enumerate(repetitions) if self._is_valued(each)]
        yield from self._judge_usage(rule, numbers, text, is_valued=bool(valued))
        if not valued or self._usage(rule, numbers) in ("X", "W"):
            return
        count = valued[-1] + 1  # an empty one before another is a repetition too
        if rule.cardinality is not None and not rule.cardinality.holds(count):
            said = f"{self._words(rule, numbers)} has {_count_values(count)}, and {self._asker} asks for"
            yield self._finding("structure", f"{said} {rule.cardinality}.", f"{rule.cardinality}", numbers)
        for at in valued:
            place = (rule.number, at + 1 if len(repetitions) > 1 else 0, 0, 0)
            yield from self._judge_value(rule, repetitions[at], place, 1)

    def _is_valued(self, text: str) -> bool:
        """Whether anything but delimiters and the null value stands there."""
        return bool(text) and text != NULL and bool(text.strip(self._hollow))

    def _judge_usage(
        self, rule: PartRule, numbers: tuple[int, ...], text: str, *, is_valued: bool
    ) -> Iterator[Finding]:
        usage = self._usage(rule, numbers)
        if usage == "R" and not is_valued:
            why = 'holds “""”, which is no value' if text == NULL else "has no value"
            said = f"{self._words(rule, numbers)} {why}, and {self._asker} requires one{_when(rule)}."
            yield self._finding("required", said, rule.usage_text or str(rule.cardinality), numbers)
        elif usage in ("X", "W") and (is_valued or text == NULL):
            severity: Severity = "error" if usage == "X" else "warning"
            said = f"{self._words(rule, numbers)} is {USAGE_WORDS[usage]} by {self._asker}{_when(rule)}; leave it"
            yield self._finding("structure", f"{said} empty.", rule.usage_text, numbers, severity)
        elif usage is None and _may_be_wrong(rule, is_valued):
            yield self._undecided(rule, numbers)

    def _usage(self, rule: PartRule, numbers: tuple[int, ...]) -> Usage | None:
        if rule.condition is None and rule.usage is not None:
            return rule.usage
        scope = self._scope
        return SegmentScope(scope.index, scope.segment, scope.groups, numbers[0], numbers[1]).usage_of(rule)

    def _judge_value(self, rule: PartRule, text: str, numbers: tuple[int, ...], level: int) -> Iterator[Finding]:
        """Length, constant, table and parts of one repetition (`level` 1), component or subcomponent."""
        encoding = self._segment.encoding
        below = (encoding.component, encoding.subcomponent, "")[level - 1]
        is_split = bool(below) and below in text
        value = text if is_split else unescape_text(text, encoding)
        below_it = tuple(self._judge_parts(rule, text.split(below) if below else [text], numbers, level))
        told = {found.code for found in below_it}  # what is wrong in a part is wrong in its holder too
        if rule.length is not None and not rule.length.holds(len(value)) and "too-long" not in told:
            yield self._wrong_length(rule, len(value), numbers)
        elif rule.conformance_length and not is_split:
            yield from self._judge_kept(rule, len(value), numbers)
        if rule.datatype and self._is_local and not is_split:
            yield from self._judge_format(rule, value, numbers)
        if rule.constant and rule.constant not in (value, text):
            said = f"{self._words(rule, numbers)} is “{_short(value)}”, and {self._asker} asks for “{rule.constant}”."
            yield self._finding("value", said, f"constant {rule.constant}", numbers)
        elif rule.table and "code-invalid" not in told:
            code = text.split(below, 1)[0] if is_split else text
            yield from self._judge_code(rule, unescape_text(code, encoding), numbers)
        yield from below_it

    def _judge_parts(
        self, rule: PartRule, pieces: list[str], numbers: tuple[int, ...], level: int
    ) -> Iterator[Finding]:
        if not rule.parts or level > 2:
            return
        for part in rule.parts:
            at = (*numbers[: level + 1], part.number, 0)[:4] if level == 1 else (*numbers[:3], part.number)
            text = pieces[part.number - 1] if part.number <= len(pieces) else ""
            if not text and not _asks_when_empty(part):
                continue
            is_valued = self._is_valued(text)
            yield from self._judge_usage(part, at, text, is_valued=is_valued)
            if is_valued and self._usage(part, at) not in ("X", "W"):
                yield from self._judge_value(part, text, at, level + 1)
        for number in _unlisted_numbers(rule.parts, len(pieces)) if self._profile.complete else ():
            if self._is_valued(pieces[number - 1]):
                at = (*numbers[:2], number, 0) if level == 1 else (*numbers[:3], number)
                yield self._unlisted(at, pieces[number - 1])

    def _judge_kept(self, rule: PartRule, length: int, numbers: tuple[int, ...]) -> Iterator[Finding]:
        """What is longer than the conformance length is allowed, and may not arrive whole (2.7, 2.5.5.3)."""
        found = _KEPT.fullmatch(rule.conformance_length)
        if found is not None and length > int(found[1]):
            rest = "does not cut off the rest" if found[2] == "#" else "may cut off the rest"
            said = (
                f"{self._words(rule, numbers)} has {length:,} characters; {self._asker} keeps {found[1]}, and {rest}."
            )
            asks = f"conformance length {rule.conformance_length}"
            yield self._finding("informational", said, asks, numbers, "information")

    def _judge_format(self, rule: PartRule, value: str, numbers: tuple[int, ...]) -> Iterator[Finding]:
        """A local segment has its data types from the profile alone; those of others are the version's to judge."""
        form = find_format(self._plan.dictionary.version, rule.datatype)
        if form is not None and not form.accepts(value):
            said = f"“{_short(value)}” in {self._words(rule, numbers)} is no {rule.datatype}, written {form.shape}."
            yield self._finding("value", said, rule.datatype, numbers)

    def _judge_code(self, rule: PartRule, code: str, numbers: tuple[int, ...]) -> Iterator[Finding]:
        if not code or code == NULL:
            return
        known = self._plan.known_codes(rule.table)
        if known is not None and code not in known.codes and not _is_own_system(rule.table, code):
            said = f"“{_short(code)}” in {self._words(rule, numbers)} is not in table {_table_words(known.table)}."
            yield self._finding("code-invalid", said, f"table {rule.table}", numbers, known.severity)

    def _wrong_length(self, rule: PartRule, length: int, numbers: tuple[int, ...]) -> Finding:
        limits = rule.length
        most, least = (limits.most, limits.least) if limits else (None, 0)
        is_long = most is not None and length > most
        asked = f"{most:,} at most" if is_long else f"{least:,} at least"
        said = f"{self._words(rule, numbers)} has {length:,} characters, and {self._asker} asks for {asked}."
        return self._finding("too-long" if is_long else "value", said, f"length {limits}", numbers)

    def _unlisted(self, numbers: tuple[int, ...], text: str) -> Finding:
        said = f"{self._words(None, numbers)} is not in {self._asker}, and holds “{_short(text)}”; leave it empty."
        return self._finding("structure", said, "not listed", numbers)

    def _undecided(self, rule: PartRule, numbers: tuple[int, ...]) -> Finding:
        said = rule.condition.text if rule.condition else ""
        text = f"{self._words(rule, numbers)} is {rule.usage_text} by {self._asker}, on a condition in words: {said}"
        at = f"{self._name}-{_dotted(numbers)}"
        return Finding(
            "information",
            UNDECIDED,
            text,
            f"{at} {rule.usage_text}",
            numbers,
            cause="its condition is written in words alone",
            subject=at,
        )

    def _finding(
        self, code: str, text: str, asks: str, numbers: tuple[int, ...], severity: Severity = "error"
    ) -> Finding:
        return Finding(severity, code, text, f"{self._name}-{_dotted(numbers)} {asks}", numbers)

    @property
    def _asker(self) -> str:
        return profile_words(self._profile)

    def _words(self, rule: PartRule | None, numbers: tuple[int, ...]) -> str:
        name = self._plan.field_name(self._name, rule, tuple(n for n in (numbers[0], *numbers[2:]) if n))
        return f"{self._name}-{_dotted(numbers)} {name}".rstrip()


def profile_words(profile: MessageProfile) -> str:
    """What a sentence calls a profile."""
    return profile.name or f"the profile of {profile.message}"


def _dotted(numbers: tuple[int, ...]) -> str:
    """Field, component and subcomponent, without the repetition."""
    return ".".join(str(number) for number in (numbers[0], *numbers[2:]) if number)


def _when(rule: PartRule) -> str:
    return f" ({rule.usage_text} if {rule.condition.text})" if rule.condition else ""


def _is_own_system(table: str, code: str) -> bool:
    """Whether it is one of the coding systems that table 0396 describes and does not list: HL7nnnn and 99zzz."""
    return table == "0396" and _OWN_SYSTEM.fullmatch(code) is not None


def _asks_when_empty(rule: PartRule) -> bool:
    """Whether a rule may have something to say where nothing stands."""
    return rule.usage == "R" or rule.condition is not None or (rule.usage is None and rule.cardinality is not None)


def _unlisted_numbers(parts: tuple[PartRule, ...], count: int) -> Iterable[int]:
    """The numbers up to `count` for which there is no rule."""
    if parts and parts[-1].number == len(parts):
        return range(len(parts) + 1, count + 1)
    known = {part.number for part in parts}
    return [number for number in range(1, count + 1) if number not in known]


def _may_be_wrong(rule: PartRule, is_valued: bool) -> bool:
    """Whether a condition that nobody can decide would make something wrong of it."""
    if rule.condition is None or rule.condition.expression is not None or not rule.condition.text:
        return False
    return ("X" if is_valued else "R") in (rule.usage, rule.otherwise)


def _count_values(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _table_words(table: TableRule) -> str:
    codes = [code for code, _ in table.values]
    listed = ", ".join(codes[:_MOST_LISTED]) + (" …" if len(codes) > _MOST_LISTED else "")
    name = f"{table.number} {table.title}".rstrip()
    return f"{name} ({listed})" if codes else name
