"""RulePath: which part of a message a rule of a profile is for, such as `PID-3.1`, `OBSERVATION/OBX-5` or `ORDER/`.

Groups stand before the segment, each with a slash after it. `NTE(2)` is the second place that its group has for an NTE.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import WorkbenchError

_GROUP = r"[A-Z][A-Z0-9_]*"
_SEGMENT = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})(?:\((?P<place>[1-9]\d{0,2})\))?(?:-(?P<numbers>[1-9]\d{0,3}(?:\.[1-9]\d{0,3}){0,2}))?"
)
_GROUP_STEP = re.compile(rf"(?P<name>{_GROUP})(?:\((?P<place>[1-9]\d{{0,2}})\))?")
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class Step:
    """A group or segment by its name and which of its group's places for that name is meant, from 1."""

    name: str
    place: int = 1

    def __str__(self) -> str:
        return self.name if self.place == 1 else f"{self.name}({self.place})"


@dataclass(frozen=True, slots=True)
class RulePath:
    """`segment` is None where the rule is for the last of the `groups` itself; `numbers` are field and below."""

    groups: tuple[Step, ...] = ()
    segment: Step | None = None
    numbers: tuple[int, ...] = ()

    def __str__(self) -> str:
        groups = "/".join(map(str, self.groups))
        if self.segment is None:
            needs_slash = _SEGMENT_NAME.fullmatch(self.groups[-1].name) if self.groups else None
            return f"{groups}/" if needs_slash else groups
        place = f"-{'.'.join(map(str, self.numbers))}" if self.numbers else ""
        return f"{groups}/{self.segment}{place}" if groups else f"{self.segment}{place}"


def parse_rule_path(text: str) -> RulePath:
    """Read the place of a rule; raises WorkbenchError where it is none."""
    *before, last = text.strip().split("/")
    found = _SEGMENT.fullmatch(last)
    if found is None and last:
        before, last = [*before, last], ""
    steps = [_GROUP_STEP.fullmatch(step) for step in before]
    if not all(steps) or (found is None and not before):
        raise WorkbenchError(
            f"“{text}” is no place that a rule can be for.",
            hint="Write a place as PID, PID-3, PID-3.1, OBSERVATION/OBX-5, or a group as OBSERVATION.",
        )
    groups = tuple(Step(step["name"], int(step["place"] or 1)) for step in steps if step)
    if found is None:
        return RulePath(groups)
    numbers = tuple(int(number) for number in (found["numbers"] or "").split(".") if number)
    return RulePath(groups, Step(found["segment"], int(found["place"] or 1)), numbers)
