"""Soundness: a plain yes for fields that are right, by patterns made once for each field and data type.

They are written with the usual delimiters, and texts with others are read as if they were written with those.
A no tells nothing: what is not plainly right is looked at closely by `field_look`, which alone finds issues.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from workbench.conformance.version_plan import (
    CODED,
    ESCAPE_BODY,
    NATIONAL,
    NATIONAL_PATTERN,
    OID,
    PAIRED,
    TYPED_BY,
    VersionPlan,
    load_version_plan,
)
from workbench.hl7v2.dictionary import ComponentDefinition, FieldDefinition
from workbench.hl7v2.escapes import EncodingCharacters
from workbench.hl7v2.segment import HEADERS

# A test of a field's text, which is asked for its truth alone.
Test = Callable[[str], object]
_FIELD, _COMPONENT, _REPETITION, _ESCAPE, _SUBCOMPONENT = "|", "^", "~", "\\", "&"
_USUAL = _FIELD + _COMPONENT + _REPETITION + _ESCAPE + _SUBCOMPONENT
# A character that no table or format has, for one that is usually a delimiter and here is none.
_LETTER = "\ufffd"
_NULL = '""'
_ANY_LENGTH = sys.maxsize
_NOTHING = "(?!)"
# Subcomponents beyond so many are looked at closely where there are any, since patterns of them all cost too much.
_MANY = 5
# A character that is none of the delimiters, and a text with escapes that are written right.
_PLAIN = f"[^{re.escape(_USUAL)}]"
_TEXT = f"(?:{_PLAIN}++|{re.escape(_ESCAPE)}{ESCAPE_BODY}{re.escape(_ESCAPE)})++"


@dataclass(slots=True)
class SegmentTests:
    """The tests and greatest lengths of a segment's fields, made as they are met, and which fields must be valued."""

    fields: tuple[FieldDefinition, ...]
    required: tuple[int, ...]
    tests: list[tuple[Test, int] | None]


@dataclass(frozen=True, slots=True)
class Soundness:
    """The tests for one version; `translation` is from a message's delimiters to the usual ones."""

    plan: VersionPlan
    translation: dict[int, str] = field(default_factory=dict, repr=False)
    _segments: dict[str, SegmentTests] = field(default_factory=dict, repr=False)
    _types: dict[tuple[ComponentDefinition, int], str] = field(default_factory=dict, repr=False)
    _varying: dict[tuple[str, int | None], Test] = field(default_factory=dict, repr=False)

    def find(self, name: str, pieces: Sequence[str]) -> list[int]:
        """The numbers of fields that are not plainly right; `pieces` are a name and, by number, its fields.

        Of those that the version does not know it is the first one alone.
        """
        if self.translation:
            pieces = [piece.translate(self.translation) for piece in pieces]
        tests = self._segments.get(name) or self._make_tests(name)
        count = len(pieces)
        doubtful = [number for number in tests.required if number >= count or not pieces[number]]
        known = tests.tests
        limit = len(known)
        for number in range(1, min(count, limit)):
            text = pieces[number]
            if not text:
                continue
            test, length = known[number] or self._make_test(tests, name, number)
            if len(text) <= length and test(text):
                continue
            if len(text) > length or not self._is_varying_sound(name, number, pieces, tests.fields[number - 1]):
                doubtful.append(number)
        return doubtful if count <= limit else doubtful + find_unknown(pieces, limit)

    def _is_varying_sound(self, name: str, number: int, pieces: Sequence[str], facts: FieldDefinition) -> bool:
        """Whether a field is right by the type that another field of the segment names."""
        named = TYPED_BY.get((name, number))
        if named is None or facts.datatype != "varies" or named >= len(pieces):
            return False
        datatype, most = pieces[named], facts.most
        test = self._varying.get((datatype, most))
        if test is None:
            if datatype == "ED" or not self.plan.is_datatype(datatype):
                return False
            told = FieldDefinition(facts.name, datatype, 0, most)
            test = self._varying[datatype, most] = self._compile(told)
        return bool(test(pieces[number]))

    def _make_tests(self, name: str) -> SegmentTests:
        fields = self.plan.fields(name)
        required = tuple(number for number, facts in enumerate(fields, 1) if facts.least)
        tests = SegmentTests(fields, required, [None] * (len(fields) + 1))
        if name in HEADERS:
            tests.tests[1:3] = [(bool, _ANY_LENGTH)] * 2
        self._segments[name] = tests
        return tests

    def _make_test(self, tests: SegmentTests, name: str, number: int) -> tuple[Test, int]:
        facts = tests.fields[number - 1]
        is_never_plain = facts.usage == "W" or (facts.datatype == "varies" and (name, number) in TYPED_BY)
        length = facts.length if self.plan.has_length(facts) and not is_never_plain else _ANY_LENGTH
        made = tests.tests[number] = (
            _never if is_never_plain else self._compile(facts, may_lack=may_lack_repetitions(name, facts)),
            length,
        )
        return made

    def _compile(self, facts: FieldDefinition, *, may_lack: bool = True) -> Test:
        one = self._pattern(facts, 0)
        delimiter, begin = re.escape(_REPETITION), ""
        if not may_lack and facts.most != 1:
            begin, delimiter = f"(?!{delimiter})", rf"{delimiter}(?!{delimiter}|\Z)"
        more = "*+" if facts.most is None else f"{{0,{facts.most - 1}}}+"
        pattern = f"(?:{one})?+" if facts.most == 1 else f"(?:{one})?+(?:{delimiter}(?:{one})?+){more}"
        return re.compile(begin + pattern, re.ASCII).fullmatch

    def _pattern(self, part: ComponentDefinition, depth: int) -> str:
        """What a repetition (`depth` 0), component or subcomponent may be, which is not empty."""
        key = part, depth
        if key not in self._types:
            parts = self.plan.parts(part.datatype)
            if parts and depth == 0 and part.datatype in CODED and self.plan.owner(part.table) == "HL7":
                parts = (replace(parts[0], datatype="ID", table=part.table), *parts[1:])
            whole = bool(parts) and depth < 2
            self._types[key] = self._sequence(part.datatype, parts, depth) if whole else self._leaf(part, depth)
        return self._types[key]

    def _pair(self, identifier: str, kind: str, delimiter: str) -> str:
        """An identifier and its type, or neither; one of ISO is an OID."""
        return f"(?:{OID}{delimiter}ISO|{identifier}{delimiter}(?!ISO){kind}|{delimiter}?+)"

    def _sequence(self, datatype: str, parts: Sequence[ComponentDefinition], depth: int) -> str:
        if depth and len(parts) > _MANY:
            return _NOTHING if any(part.least for part in parts[1:]) else self._pattern(parts[0], depth + 1)
        delimiter = re.escape((_COMPONENT, _SUBCOMPONENT)[depth])
        pattern, needed = "", False
        if datatype in PAIRED:
            first, second = (parts[number - 1] for number in PAIRED[datatype])
            pattern = self._pair(self._pattern(first, depth + 1), self._pattern(second, depth + 1), delimiter)
            parts = parts[: PAIRED[datatype][0] - 1]
        for part in reversed(parts):
            rest = f"(?:{delimiter}{pattern}){'' if needed else '?+'}" if pattern else ""
            needed = needed or bool(part.least)
            one = "" if part.usage == "W" else self._pattern(part, depth + 1)
            pattern = f"(?:{one}){'' if part.least else '?+'}{rest}"
        return pattern

    def _leaf(self, part: ComponentDefinition, depth: int) -> str:
        leaf = self.plan.leaf(part)
        if leaf.datatype in ("", "varies", "CM"):
            return f"[^{re.escape(_FIELD + _REPETITION)}]++" if depth == 0 else f"{_PLAIN}++"
        if format_ := self.plan.format(leaf.datatype):
            return f"(?:{format_.pattern}|{_NULL})"
        table = leaf.table or part.table
        values = self.plan.values(table) if leaf.datatype in ("ID", "IS") else frozenset()
        if values:
            listed = [re.escape(value) for value in sorted(values, key=len, reverse=True)]
            return f"(?:{'|'.join(listed)}|{_NULL}{f'|{NATIONAL_PATTERN}' if NATIONAL in values else ''})"
        if not depth:
            return _TEXT
        return f"{_PLAIN}{{1,{leaf.length}}}+" if leaf.length else f"{_PLAIN}++"


def may_lack_repetitions(segment: str, facts: ComponentDefinition) -> bool:
    """Whether a repetition may be empty: of text it is a blank line, and in a header the first is a default."""
    return segment in HEADERS or facts.datatype in ("", "varies", "CM", "TX", "FT", "ST")


def find_unknown(pieces: Sequence[str], known: int) -> list[int]:
    """The first valued field from number `known` on, if there is one."""
    return list(islice((number for number in range(known, len(pieces)) if pieces[number]), 1))


def _never(text: str) -> bool:
    return False


def load_soundness(version: str, encoding: EncodingCharacters) -> Soundness | None:
    """The tests of a version; None where the encoding characters are not five different ones, as the standard asks."""
    given = encoding.field + encoding.msh2[:4]
    soundness = _make_soundness(version)
    if given == _USUAL:
        return soundness
    if len(set(given)) != len(_USUAL):
        return None
    translation = dict.fromkeys(map(ord, _USUAL), _LETTER) | dict(zip(map(ord, given), _USUAL, strict=True))
    return replace(soundness, translation=translation)  # the same tests, made once for all


@lru_cache(maxsize=16)
def _make_soundness(version: str) -> Soundness:
    return Soundness(load_version_plan(version))
