"""Profile judge: one message held against a profile, each thing that is wrong as one issue with its place and rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.conformance.message_profile import (
    USAGE_WORDS,
    GroupRule,
    MessageProfile,
    Range,
    Rule,
    SegmentRule,
    Statement,
)
from workbench.conformance.part_judge import Finding, PartJudge, profile_words
from workbench.conformance.profile_plan import ProfilePlan, find_profile_plan
from workbench.conformance.segment_scope import SegmentIndex, SegmentScope
from workbench.conformance.text_place import TextPlaces
from workbench.hl7v2.message import Message
from workbench.hl7v2.path import Path
from workbench.hl7v2.placement import PlacedGroup, PlacedSegment, Placement, place_segments
from workbench.hl7v2.segment import NULL, Part, Segment
from workbench.hl7v2.structure_plan import ROOT
from workbench.issue import UNDECIDED, Issue, Severity


def judge_profile(message: Message, profile: MessageProfile) -> tuple[Issue, ...]:
    """What `profile` has against `message`, in the order of the message; nothing where it keeps all the rules.

    Of another message than the profile's own nothing else is said.
    """
    if not profile.is_of(message.type_name):
        return (_other_message(message, profile),)
    return _ProfileJudge(message, find_profile_plan(profile, message)).judge()


class _ProfileJudge:
    def __init__(self, message: Message, plan: ProfilePlan) -> None:
        self._message = message
        self._plan = plan
        self._profile = plan.profile
        self._places = TextPlaces(message.text)
        self._index = SegmentIndex(message)
        self._names = _count_names(message)
        self._issues: list[tuple[int, Issue]] = []

    def judge(self) -> tuple[Issue, ...]:
        self._judge_version()
        structure = self._plan.structure
        placement = None if structure is None else place_segments(self._message.segments, structure)
        for rule in self._plan.anywhere:
            self._judge_anywhere(rule, placement)
        for statement in self._profile.statements:
            if not statement.at:
                self._judge_statement(statement, None, SegmentScope(self._index), (0, 0, 0, 0))
        if placement is None:
            for segment in self._message.segments:
                self._judge_segment(segment, 0, ())
        else:
            self._walk(placement, placement.root, ())
        self._issues.sort(key=lambda pair: pair[0])
        return tuple(issue for _, issue in self._issues)

    def _judge_version(self) -> None:
        wanted, version = self._profile.version, self._message.version
        if wanted and version and version != wanted:
            text = f"MSH-12 says {version}, and {self._asker} is of {wanted}."
            header = self._message.segments[0]
            self._tell(header, Finding("error", "value", text, f"MSH-12 {wanted}", (12, 0, 0, 0)))

    def _walk(self, placement: Placement, group: PlacedGroup, around: tuple[PlacedGroup, ...]) -> None:
        """The group's children by number, then what stands in each; no deeper than the structure."""
        groups = (*around, group)
        self._count_children(placement, group, groups)
        for child in group.children:
            if isinstance(child, PlacedGroup):
                self._walk(placement, child, groups)
                continue
            if self._profile.complete and child.fit:
                self._tell_misplaced(child)
            if child.node or not self._profile.complete:
                self._judge_segment(child.segment, child.node, groups)

    def _count_children(self, placement: Placement, group: PlacedGroup, groups: tuple[PlacedGroup, ...]) -> None:
        """Usage and cardinality of what the structure has in this group."""
        structure, counted = placement.plan, self._plan.counted
        if not counted:
            return
        counts: dict[int, list[PlacedGroup | PlacedSegment]] = {}
        for child in group.children:
            counts.setdefault(child.node, []).append(child)
        for node in structure.children(group.node):
            rule = counted.get(node)
            if rule is None:
                continue
            found = counts.get(node, [])
            name = structure.nodes[node].name
            path = f"{group.path}/{name}" if group.path else name
            first = _first_segment(found[0]) if found else _last_segment(group)
            self._judge_count(rule, len(found), path, first or self._message.segments[0], groups)

    def _judge_anywhere(self, rule: SegmentRule | GroupRule, placement: Placement | None) -> None:
        """A rule without a group: what it asks at least holds for the whole message, and so does what it forbids."""
        structure = self._plan.structure
        if isinstance(rule, GroupRule):
            if structure is None or placement is None:
                return
            found = [group.node for group in placement.root.groups() if structure.nodes[group.node].name == rule.name]
            count, first = len(found), self._message.segments[-1]
        else:
            placed = placement.segments if placement is not None else ()
            misspelt = (each.segment for each in placed if each.fit == "name")
            meant = [segment for segment in misspelt if segment.name.strip().upper() == rule.name]
            segments = (*self._message.find_segments(rule.name), *meant)
            count, first = len(segments), segments[0] if segments else self._message.segments[-1]
        is_placed = structure is not None and (isinstance(rule, GroupRule) or structure.knows(rule.name))
        self._judge_count(rule, count, rule.name, first, (), has_most=not is_placed)

    def _judge_count(
        self, rule: Rule, count: int, path: str, at: Segment, groups: tuple[PlacedGroup, ...], *, has_most: bool = True
    ) -> None:
        usage = SegmentScope(self._index, None, groups).usage_of(rule)
        limits = rule.cardinality or Range()
        least = max(limits.least, 1) if usage == "R" else limits.least if count or usage is None else 0
        kind = "group" if isinstance(rule, GroupRule) else "segment"
        asks = " ".join(part for part in (rule.usage_text, str(rule.cardinality or "")) if part)
        when = f" ({rule.usage_text} if {rule.condition.text})" if rule.condition else ""
        if usage in ("X", "W") and count:
            severity: Severity = "error" if usage == "X" else "warning"
            text = f"The {kind} {path} is {USAGE_WORDS[usage]} by {self._asker}{when}; leave it out."
            self._add(at.start, Issue(severity, "structure", text, path, f"{path} {asks}"), at)
        elif count < least:
            text = (
                f"The {kind} {path} is missing, and {self._asker} requires it{when}."
                if not count
                else f"{path} stands {_times(count)}, and {self._asker} asks for {limits}."
            )
            self._add(at.end, Issue("error", "required", text, path, f"{path} {asks}"), at)
        elif has_most and limits.most is not None and count > limits.most:
            text = f"{path} stands {_times(count)}, and {self._asker} asks for {limits}."
            self._add(at.start, Issue("error", "structure", text, path, f"{path} {asks}"), at)

    def _judge_segment(self, segment: Segment, node: int, groups: tuple[PlacedGroup, ...]) -> None:
        around = groups[-1].node if groups else ROOT
        rule = self._plan.rule_of(node, around, segment.name)
        scope = SegmentScope(self._index, segment, groups)
        if self._profile.statements:
            for path, statement in self._plan.statements_at(node, around, segment.name):
                for numbers in self._valued_places(segment, path.numbers):
                    inner = SegmentScope(self._index, segment, groups, numbers[0], numbers[1])
                    self._judge_statement(statement, segment, inner, numbers)
        if rule.fields:
            for finding in PartJudge(self._plan, rule, scope, segment).judge():
                self._tell(segment, finding)

    def _judge_statement(
        self, statement: Statement, segment: Segment | None, scope: SegmentScope, numbers: tuple[int, int, int, int]
    ) -> None:
        """A statement that does not hold is told at its place; one about the message at its header."""
        holds = statement.holds.holds(scope.read)
        if holds:
            return
        at = statement.at or "MSH"
        said = statement.message or f"{self._asker} asks that {statement.holds.text}."
        rule = f"{at} {statement.holds.text}"
        if holds is None:
            if not statement.holds.text:
                return
            found = Finding("information", UNDECIDED, said, rule, numbers, "it is stated in words alone", at)
        else:
            found = Finding("error", "business-rule", said, rule, numbers)
        self._tell(segment or self._message.segments[0], found)

    def _tell_misplaced(self, placed: PlacedSegment) -> None:
        segment = placed.segment
        name = self._segment_path(segment)
        if placed.fit == "order":
            text = f"{name} stands out of the order that {self._asker} has; it belongs at {placed.path}."
        elif placed.fit == "name":
            text = f"{name} is no name of a segment: write {segment.name.strip().upper()}."
        else:
            text = f"{name} is not in {self._asker}; leave it out."
        issue = Issue("error", "structure", text, name, f"{segment.name} {placed.fit or 'not listed'}")
        self._add(segment.start, issue, segment)

    def _tell(self, segment: Segment, finding: Finding) -> None:
        field, repetition, component, subcomponent = (number or None for number in finding.numbers)
        ordinal = segment.ordinal if self._names[segment.name] > 1 else None
        path = Path(segment.name, ordinal, field, repetition, component, subcomponent)
        part = self._find_part(segment, path) or (segment.find_field(field) if field else None)
        start = part.start if part else segment.end if field else segment.start
        issue = Issue(
            finding.severity,
            finding.code,
            finding.text,
            str(path),
            finding.rule,
            cause=finding.cause,
            subject=finding.subject,
        )
        self._add(start, issue)

    def _find_part(self, segment: Segment, path: Path) -> Part | None:
        if path.field is None or not path.repetition:
            return segment.find_part(path)
        part = next(iter(self._index.repetitions(segment, path.field)[path.repetition - 1 : path.repetition]), None)
        return part.find_below(path.component, path.subcomponent) if part is not None else None

    def _valued_places(self, segment: Segment, numbers: tuple[int, ...]) -> Iterator[tuple[int, int, int, int]]:
        """The places of a segment that numbers lead to, in each repetition in which something stands."""
        if not numbers:
            yield (0, 0, 0, 0)
            return
        component, subcomponent = (*numbers[1:], 0, 0)[:2]
        parts = self._index.repetitions(segment, numbers[0])
        for part in parts:
            below = part.find_below(component, subcomponent)
            if below is not None and below.value not in ("", NULL):
                yield (numbers[0], part.number if len(parts) > 1 else 0, component, subcomponent)

    def _add(self, offset: int, issue: Issue, segment: Segment | None = None) -> None:
        line, column = self._places.place_of(offset)
        self._issues.append((offset, replace(issue, profile=self._profile.name, line=line, column=column)))

    def _segment_path(self, segment: Segment) -> str:
        return f"{segment.name}[{segment.ordinal}]" if self._names[segment.name] > 1 else segment.name

    @property
    def _asker(self) -> str:
        return profile_words(self._profile)


def _other_message(message: Message, profile: MessageProfile) -> Issue:
    said = message.type_name or "a message without a type"
    text = f"This is {said}, and {profile_words(profile)} is of {profile.message}."
    return Issue("error", "structure", text, "MSH-9", f"MSH-9 {profile.message}", profile.name, line=1, column=1)


def _count_names(message: Message) -> dict[str, int]:
    counts: dict[str, int] = {}
    for segment in message.segments:
        counts[segment.name] = counts.get(segment.name, 0) + 1
    return counts


def _first_segment(child: PlacedGroup | PlacedSegment) -> Segment | None:
    if isinstance(child, PlacedSegment):
        return child.segment
    return next((placed.segment for placed in child.segments()), None)


def _last_segment(group: PlacedGroup) -> Segment | None:
    """The last segment of a group; the way down is as deep as the structure."""
    for child in reversed(group.children):
        found = child.segment if isinstance(child, PlacedSegment) else _last_segment(child)
        if found is not None:
            return found
    return None


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"
