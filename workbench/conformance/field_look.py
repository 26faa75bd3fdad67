"""FieldLook: a close look at the fields of a segment, which names each thing that the version has against them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.soundness import may_lack_repetitions
from workbench.conformance.value_look import ValueLook
from workbench.conformance.version_plan import OID, OPEN_SEGMENTS, PAIRED, TYPED_BY, VersionPlan
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, ComponentDefinition, FieldDefinition, load_dictionary
from workbench.hl7v2.segment import Part, Segment
from workbench.plain_text import tell_count

_NULL = '""'
_LEVELS = ("component", "subcomponent")


@dataclass(frozen=True, slots=True)
class FieldLook:
    """One message's fields, looked at by the facts of one version."""

    log: IssueLog
    plan: VersionPlan
    values: ValueLook

    def look_at(self, segment: Segment, number: int) -> None:
        """Field `number` of a segment, there or not; of those that the version does not know, the first is enough."""
        fields = self.plan.fields(segment.name)
        part = segment.find_field(number)
        path = f"{self.log.name(segment)}-{number}"
        if number > len(fields):
            if part is not None and part.text and segment.name not in OPEN_SEGMENTS:
                self._tell_unknown(segment.name, number, path, part)
            return
        facts = fields[number - 1]
        if part is None or not part.text:
            if facts.least:
                self._tell_missing(facts, path, f"{segment.name}-{number}", part.start if part else segment.end)
            return
        if segment.is_header and number <= 2:
            return
        if facts.usage == "W":
            self._tell_withdrawn(facts, path, f"{segment.name}-{number}", part.start)
            return
        self._look_at_repetitions(facts, segment, part, path)

    def _look_at_repetitions(self, facts: FieldDefinition, segment: Segment, part: Part, path: str) -> None:
        rule = f"{segment.name}-{part.number}"
        named = TYPED_BY.get((segment.name, part.number)) if facts.datatype == "varies" else None
        typed = self._find_type(facts, segment, named, path, part) if named else facts
        repetitions = part.repetitions
        if facts.most is not None and len(repetitions) > facts.most and (extra := repetitions[facts.most]).text:
            kept = "one of them" if facts.most == 1 else facts.most
            limit = "does not repeat" if facts.most == 1 else f"repeats {facts.most} times at most"
            self.log.add(
                "error",
                "structure",
                f"{path} {facts.name} {limit}, and has {len(repetitions)} repetitions: keep {kept}.",
                path=f"{path}[{facts.most + 1}]",
                rule=f"{rule} repetitions",
                offset=extra.start,
            )
            repetitions = repetitions[: facts.most]
        elif len(repetitions) > 1 and not may_lack_repetitions(segment.name, facts):
            self._tell_empty_repetition(facts, repetitions, path, rule)
        if typed is not None:
            for repetition in repetitions:
                at = f"{path}[{repetition.number}]" if len(repetitions) > 1 else path
                self._look_at_part(typed, repetition, at, rule, 0)

    def _tell_empty_repetition(
        self, facts: FieldDefinition, repetitions: tuple[Part, ...], path: str, rule: str
    ) -> None:
        # The first name of a patient is the legal one, and empty where that is not known (2.5.1, 3.4.2.5).
        counted = repetitions[1:] if facts.datatype in ("XPN", "PN") else repetitions
        empty = next((repetition for repetition in counted if not repetition.text), None)
        if empty is not None:
            mark = empty.encoding.repetition
            said = (
                f"{path} {facts.name} has an empty repetition, since a “{mark}” stands at its end or before another: "
            )
            if empty.number == 1:
                said = (
                    f"{path} {facts.name} begins with an empty repetition, since a “{mark}” stands at its beginning: "
                )
            self.log.add(
                "warning",
                "structure",
                f"{said}take the “{mark}” out.",
                path=f"{path}[{empty.number}]",
                rule=f"{rule} empty repetition",
                offset=empty.start,
            )

    def _find_type(
        self, facts: FieldDefinition, segment: Segment, number: int, path: str, part: Part
    ) -> FieldDefinition | None:
        """The facts of a field with the type that another field of the segment names; None where it names none."""
        named = segment.find_field(number)
        if named is not None and self.plan.is_datatype(named.text):
            return FieldDefinition(facts.name, named.text, facts.least, facts.most, facts.table)
        name = f"{segment.name}-{number}"
        if (named is None or not named.text) and not self.plan.fields(segment.name)[number - 1].least:
            self.log.add(
                "error",
                "required",
                f"{name} names no data type, and {path} has a value: say in {name} what it is, such as ST, NM or CE.",
                path=f"{self.log.name(segment)}-{number}",
                rule=f"{name} required with {segment.name}-{part.number}",
                offset=named.start if named else segment.end,
            )
        elif named is not None and named.text and not self._is_type_listed(segment.name, number, named.text):
            self.log.add(
                "error",
                "code-invalid",
                f"“{named.text[:40]}” in {name} is no data type of {self.log.standard}, so {path} cannot be read.",
                path=f"{self.log.name(segment)}-{number}",
                rule=f"{name} data type",
                offset=named.start,
            )
        return None

    def _is_type_listed(self, segment: str, number: int, name: str) -> bool:
        """Whether the table of a field that names types lists one, or is judged itself."""
        table = self.plan.fields(segment)[number - 1].table
        listed = self.plan.dictionary.table(table)
        return bool(self.plan.values(table)) or (listed is not None and name in listed[1])

    def _look_at_part(self, facts: ComponentDefinition, part: Part, path: str, rule: str, depth: int) -> None:
        """A repetition, a component or a subcomponent, which has a value."""
        if part.text in ("", _NULL):
            return
        below = self.plan.parts(facts.datatype) if depth < 2 else ()
        if not depth and 0 < facts.length < len(part.text):
            self.values.tell_length(facts, part, path, rule, len(part.text))
        if not below:
            pieces = _split_below(facts, part, depth)
            first = _deepest(pieces[0])
            if self.values.look_at(self.plan.leaf(facts), facts, first, path, rule, whole=not depth):
                self._tell_split(facts, part, pieces, path, rule, depth)
            return
        pieces = part.components if depth == 0 else part.subcomponents
        if not any(piece.text for piece in pieces):
            return
        self._tell_too_many(facts, pieces, len(below), path, rule, depth)
        for number, definition in enumerate(below, 1):
            self._look_at_piece(definition, pieces, number, f"{path}.{number}", f"{rule}.{number}", depth)
        if facts.datatype in PAIRED:
            self._look_at_pair(facts.datatype, below, pieces, path, rule)
        if not depth:
            self.values.look_at_code(facts, pieces, path, rule)

    def _look_at_pair(
        self, datatype: str, below: tuple[ComponentDefinition, ...], pieces: tuple[Part, ...], path: str, rule: str
    ) -> None:
        """A universal identifier and its type: both or neither, and one of ISO is an OID."""
        first, second = PAIRED[datatype]
        texts = [pieces[number - 1].text if number <= len(pieces) else "" for number in (first, second)]
        names = [f"{path}.{number} {below[number - 1].name}" for number in (first, second)]
        if bool(texts[0]) != bool(texts[1]):
            missing, there = (1, 0) if texts[0] else (0, 1)
            number = (first, second)[missing]
            self.log.add(
                "error",
                "required",
                f"{names[missing]} is required where {names[there]} has a value: give both or neither.",
                path=f"{path}.{number}",
                rule=f"{rule}.{number} required with {rule}.{(first, second)[there]}",
                offset=pieces[number - 1].start if number <= len(pieces) else pieces[-1].end,
            )
        elif texts[1] == "ISO" and texts[0] != _NULL and not re.fullmatch(OID, texts[0], re.ASCII):
            self.log.add(
                "error",
                "value",
                f"“{texts[0][:60]}” in {names[0]} is no OID, which ISO in {path}.{second} says that it is.",
                path=f"{path}.{first}",
                rule=f"{rule}.{first} OID",
                offset=pieces[first - 1].start,
            )

    def _look_at_piece(
        self, facts: ComponentDefinition, pieces: tuple[Part, ...], number: int, path: str, rule: str, depth: int
    ) -> None:
        piece = pieces[number - 1] if number <= len(pieces) else None
        if piece is None or not piece.text:
            if facts.least:
                self._tell_missing(facts, path, rule, piece.start if piece else pieces[-1].end)
        elif facts.usage == "W":
            self._tell_withdrawn(facts, path, rule, piece.start)
        else:
            self._look_at_part(facts, piece, path, rule, depth + 1)

    def _tell_split(
        self, facts: ComponentDefinition, part: Part, pieces: tuple[Part, ...], path: str, rule: str, depth: int
    ) -> None:
        """Tell of what stands behind the first piece of a part that has none by its type."""
        extra = next((piece for piece in pieces[1:] if piece.text), None)
        if extra is not None:
            delimiter = part.encoding.component if depth == 0 else part.encoding.subcomponent
            letter = "S" if depth == 0 else "T"
            mark = part.encoding.escape or "\\"
            self.log.add(
                "warning",
                "structure",
                f"{path} {facts.name} is of type {facts.datatype}, which has no {_LEVELS[depth]}s, and a “{delimiter}” "
                f"splits it: write {mark}{letter}{mark} where it is text, or take the rest out.",
                path=path,
                rule=f"{rule} unknown {_LEVELS[depth]}",
                offset=extra.start,
            )

    def _tell_too_many(
        self, facts: ComponentDefinition, pieces: tuple[Part, ...], most: int, path: str, rule: str, depth: int
    ) -> None:
        extra = next((piece for piece in pieces[most:] if piece.text), None)
        if extra is not None:
            self.log.add(
                "warning",
                "structure",
                f"{path}.{extra.number} has a value, and type {facts.datatype} of {self.log.standard} has "
                f"{tell_count(most, _LEVELS[depth])}: a receiver need not read it.",
                path=f"{path}.{extra.number}",
                rule=f"{rule} unknown {_LEVELS[depth]}",
                offset=extra.start,
            )

    def _tell_missing(self, facts: ComponentDefinition, path: str, rule: str, offset: int) -> None:
        name = f"{path} {facts.name}".strip()
        self.log.add(
            "error",
            "required",
            f"{name} is required and has no value.",
            path=path,
            rule=f"{rule} required",
            offset=offset,
        )

    def _tell_withdrawn(self, facts: ComponentDefinition, path: str, rule: str, offset: int) -> None:
        name = f"{path} {facts.name}".strip()
        sentence = f"{name} is withdrawn in {self.log.standard} and must have no value."
        self.log.add("error", "structure", sentence, path=path, rule=f"{rule} withdrawn", offset=offset)

    def _tell_unknown(self, segment: str, number: int, path: str, part: Part) -> None:
        since = find_version_of_field(self.plan.version, segment, number)
        known = len(self.plan.fields(segment))
        later = f"; it comes with HL7 v{since}" if since else ""
        self.log.add(
            "warning",
            "extension",
            f"{path} has a value, and {segment} of {self.log.standard} has {known} fields{later}: "
            "a receiver need not read it.",
            path=path,
            rule=f"{segment}-{number} unknown field",
            offset=part.start,
        )


@lru_cache(maxsize=1024)
def find_version_of_field(version: str, segment: str, number: int) -> str:
    """The first version after `version` that has a field of that number; empty where none has."""
    later = KNOWN_VERSIONS[KNOWN_VERSIONS.index(version) + 1 :]
    return next((each for each in later if load_dictionary(each).field(segment, number)), "")


def _split_below(facts: ComponentDefinition, part: Part, depth: int) -> tuple[Part, ...]:
    """The pieces of a part that has none by its type; of one that may be anything, itself."""
    if depth >= 2 or facts.datatype in ("", "varies", "CM"):
        return (part,)
    return part.components if depth == 0 else part.subcomponents


def _deepest(part: Part) -> Part:
    """The first subcomponent of a component that its type does not split."""
    return part.subcomponents[0] if part.level == "component" else part
