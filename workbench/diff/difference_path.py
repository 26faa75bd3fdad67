"""Paths of differences taken apart into steps, at which rows meet in a tree and in a report."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.diff.difference import Difference

DEEPEST = 48
"""Steps that are told apart; what lies deeper stays together in the last one."""
# A field of HL7 v2, of one message among several where something stands before it: `ADT^A01.PID-3`, `message[7].PID-3`.
_FIELD = re.compile(r"^((?:(?:[A-Z0-9]{3}(?:\^[A-Z0-9]{3})?|message\[[^\]]*\])\.)?)([A-Z][A-Z0-9]{2}(?:\[\d+\])?)-")
_DEFINITION = re.compile(r"^([A-Z]\w+)(\[.+\])$")
# Most paths have no bracket around a dot, and are split at once.
_BRACKET = re.compile(r"\[[^\]]*\.")


def split_path(path: str) -> tuple[str, ...]:
    """`rest[server].resource[Patient]` in two steps, `PID-5.1` as the segment and the field with its segment.

    `ValueSet[us-core-x]`, a definition of a package, is the type and, in brackets, the definition.
    A dot within brackets belongs to the step around it.
    """
    if field := _FIELD.match(path):
        before, segment = field.groups()
        return (*filter(None, (before[:-1],)), segment, path[len(before) :])
    steps = _split_at_dots(path) if _BRACKET.search(path) else path.split(".")
    if definition := _DEFINITION.match(steps[0]):
        steps[:1] = definition.groups()
    return (*steps[: DEEPEST - 1], ".".join(steps[DEEPEST - 1 :])) if len(steps) > DEEPEST else tuple(steps)


def find_segment(path: str) -> str:
    """The segment of a field's path in HL7 v2, `OBX[3]` of `OBX[3]-5.1`; nothing for another path."""
    field = _FIELD.match(path)
    return "".join(field.groups()) if field else ""


def join_steps(steps: Iterable[str]) -> str:
    """The path of steps that `split_path` made, or of its first ones."""
    path = last = ""
    for step in steps:
        if not path:
            path = step
        elif last and step.startswith(f"{last}-"):
            path = path[: len(path) - len(last)] + step
        else:
            path += step if step.startswith("[") else f".{step}"
        last = step
    return path


def divide_path(path: str) -> tuple[str, str]:
    """The place that holds a path and its last step: `rest[server].resource[Patient]` and `interaction[read]`."""
    depth = 0
    for at in range(len(path) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(path[at], 0)
        if path[at] == "." and depth == 0:
            return path[:at], path[at + 1 :]
    return "", path


def is_said(step: str, difference: Difference) -> bool:
    """Whether the last step of a path tells the aspect that differs, so that it need not be named beside it."""
    aspect = difference.aspect
    return not aspect or step.partition("[")[0] in (aspect, "") or aspect == "value"


def _split_at_dots(path: str) -> list[str]:
    steps, start, depth = [], 0, 0
    for at, letter in enumerate(path):
        if letter == "[":
            depth += 1
        elif letter == "]":
            depth -= 1
        elif letter == "." and depth <= 0:
            steps.append(path[start:at])
            start = at + 1
    return [*steps, path[start:]]
