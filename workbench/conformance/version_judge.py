"""VersionJudge: a message of HL7 v2 held against its version, each issue with its place and the version's rule.

What is plainly right is passed over by tests compiled once; only what is not is looked at closely.
"""

from __future__ import annotations

from workbench.conformance.field_look import FieldLook
from workbench.conformance.header_look import HeaderLook, find_event, find_shift
from workbench.conformance.issue_log import IssueLog
from workbench.conformance.line_look import LineLook
from workbench.conformance.shift_look import ShiftLook
from workbench.conformance.soundness import find_unknown, load_soundness
from workbench.conformance.stranger_look import StrangerLook, is_cut
from workbench.conformance.structure_look import StructureLook, is_structure_sound
from workbench.conformance.value_look import ValueLook
from workbench.conformance.version_plan import VersionPlan, load_version_plan
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.hl7v2.message import Message
from workbench.hl7v2.placement import place_segments
from workbench.hl7v2.segment import HEADERS
from workbench.hl7v2.structure_plan import StructurePlan, load_plan
from workbench.issue import Issue

# The number of a line, the name of its segment and its fields by number.
_Row = tuple[int, str, list[str]]


def judge_version(message: Message, *, version: str = "") -> tuple[Issue, ...]:
    """What the standard has against `message`, in the order of its text.

    It is held against `version`, or against the one that MSH-12 names, or the nearest to it that is known.
    """
    shift = find_shift(message)
    stated = message.get(f"MSH-{12 + shift}.1") or "" if shift else message.version
    plan = load_version_plan(version or stated)
    log = IssueLog(message, f"HL7 v{plan.version}")
    lines = LineLook(log, message, plan)
    if lines.tell_glued():
        return log.issues()
    lines.look_at_feeds()
    HeaderLook(log, message, plan, bool(version)).look_at(shift)
    rows = _read_rows(message)
    passed = _look_at_structure(log, message, plan, rows, shift, lines)
    if shift:
        passed |= {index for index, (_, name, _) in enumerate(rows) if name == "MSH"}
    _look_at_fields(log, message, plan, rows, passed, lines)
    return log.issues()


def find_structure(message: Message, plan: VersionPlan, shift: int = 0) -> tuple[str, StructurePlan | None]:
    """The structure that a message is held against: MSH-9.3, or what the version gives the event.

    Where the fields of the header are shifted, MSH-9 may be, too.
    """
    code, event, named = (message.get(f"MSH-9.{number}") or "" for number in (1, 2, 3))
    if shift and not plan.dictionary.structure(plan.dictionary.structure_of(code, event)):
        code, event, named = (message.get(f"MSH-{9 + shift}.{number}") or "" for number in (1, 2, 3))
    by_event = plan.dictionary.structure_of(code, event or find_event(message, plan.version))
    for name in (named, by_event):
        if name and (found := load_plan(plan.version, name)) is not None:
            return name, found
    return named or by_event, None


def _read_rows(message: Message) -> list[_Row]:
    """Each segment's name and its fields by number, without making the segments."""
    lines, separator = message.lines, message.encoding.field
    rows = []
    for number in lines.filled:
        fields = lines.texts[number].split(separator)
        name = fields[0]
        if name.startswith(HEADERS):
            name = name[:3]
            fields = [name, separator, *fields[1:]]
        rows.append((number, name, fields))
    return rows


def _look_at_structure(
    log: IssueLog, message: Message, version: VersionPlan, rows: list[_Row], shift: int, lines: LineLook
) -> frozenset[int]:
    """Judge the order of segments; gives the indexes of those that have no place, of which no more is told."""
    name, plan = find_structure(message, version, shift)
    if plan is None:
        look = StrangerLook(log, version, name)
        for segment in message.segments:
            if segment.name[:1] != "Z" and not version.fields(segment.name):
                look.tell(segment, log.name(segment))
        return frozenset(index for index, (_, name, _) in enumerate(rows) if not version.fields(name))
    elif not is_structure_sound(plan, [name for _, name, _ in rows]):
        if (joined := lines.tell_joined(plan.leaves)) is not None:
            return frozenset({joined})
        placement = place_segments(message.segments, plan)
        StructureLook(log, version, name).look_at(placement)
        return frozenset(placed.segment.index for placed in placement.segments if placed.fit == "unknown")
    return frozenset()


def _look_at_fields(
    log: IssueLog,
    message: Message,
    plan: VersionPlan,
    rows: list[_Row],
    strangers: frozenset[int],
    lines: LineLook,
) -> None:
    soundness = load_soundness(plan.version, message.encoding)
    look = FieldLook(log, plan, ValueLook(log, plan))
    for index, (number, name, fields) in enumerate(rows):
        known = name[:1] != "Z" and plan.fields(name)
        if not known or index in strangers:
            continue
        if soundness is None:
            doubtful = [*range(1, len(known) + 1), *find_unknown(fields, len(known) + 1)]
        else:
            doubtful = soundness.find(name, fields)
        if name == "MSH" and 12 in doubtful and message.version and message.version not in KNOWN_VERSIONS:
            doubtful.remove(12)  # told as a version already
        if doubtful:
            segment = message.lines.segment_at(number)
            if not any(fields[1:]) and lines.tell_empty(segment):
                continue
            if index + 1 in strangers and is_cut(rows[index + 1][1]):
                doubtful = [place for place in doubtful if place < len(fields) - 1]
            elif soundness is not None and ShiftLook(log, soundness).tell(segment, fields, doubtful):
                continue
            for place in doubtful:
                look.look_at(segment, place)
