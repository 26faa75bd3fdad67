"""Rule texts: usage, cardinality and condition in one line, such as `R 1..3`, `X` or `C(R/X) if PV1-2 = I`."""

from __future__ import annotations

import re

from workbench.conformance.condition import Condition, parse_condition
from workbench.conformance.message_profile import USAGES, Range, Rule, Usage
from workbench.errors import WorkbenchError

FORMS = "R, RE, O, X, B or W; R 1..3 with a cardinality; C(R/X) if PV1-2 = I with a condition"
_RANGE = re.compile(r"(?:(?P<least>\d{1,7})?\.\.(?P<most>\d{1,7}|\*)?)|(?P<exact>\d{1,7})")
_RULE = re.compile(
    r"(?:(?P<usage>[A-Z]{1,2})|C\((?P<when>[A-Z]{1,2})/(?P<otherwise>[A-Z]{1,2})\))?"
    r"(?:(?:\A|\s+)(?P<range>\d*\.\.(?:\d+|\*)?|\d+))?"
    r"(?:\s+if\s+(?P<condition>.+))?",
    re.DOTALL,
)
# What a file of others says in one word, and what it means by the standard (2.5.1, 2.12.6.2).
CONDITIONAL: dict[str, tuple[Usage, Usage]] = {"C": ("R", "X"), "CE": ("RE", "X")}


def parse_rule(text: str) -> Rule:
    """Read usage, cardinality and condition; raises WorkbenchError that names the forms that are possible.

    `R if …` is short for `C(R/O) if …`.
    """
    found = _RULE.fullmatch(text.strip())
    if found is None or not text.strip() or found["usage"] in CONDITIONAL:
        hint = f"Write C(R/X) or C(R/O) for C. A rule is {FORMS}." if found and found["usage"] else f"It is {FORMS}."
        raise WorkbenchError(f"“{text}” is no rule.", hint=hint)
    usage, otherwise = _usage(found["usage"] or found["when"] or ""), _usage(found["otherwise"] or "")
    condition = parse_condition(found["condition"]) if found["condition"] else None
    if otherwise and condition is None:
        raise WorkbenchError(f"“{text}” does not say when.", hint="Add a condition, such as “if PV1-2 = I”.")
    if condition is not None and otherwise is None:
        otherwise = "O"
    return Rule(
        usage=usage,
        condition=condition,
        otherwise=otherwise,
        cardinality=parse_range(found["range"]) if found["range"] else None,
    )


def to_rule_text(rule: Rule) -> str:
    """The text that `parse_rule` reads as the same; a condition in words alone cannot be read, and is left out."""
    condition = rule.condition if rule.condition and rule.condition.expression else None
    usage = rule.usage_text if condition or not rule.condition else ""
    parts = [usage, "" if rule.cardinality is None else str(rule.cardinality), _condition_text(condition)]
    return " ".join(part for part in parts if part)


def parse_range(text: str) -> Range:
    """Read `1..3`, `1..*`, `..10` or `5`; raises WorkbenchError."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise WorkbenchError(f"“{text}” is no range.", hint="Write it as 1..3, 1..*, ..10 or 5.")
    if found["exact"]:
        return Range(int(found["exact"]), int(found["exact"]))
    most = found["most"]
    whole = Range(int(found["least"] or 0), int(most) if most and most != "*" else None)
    if whole.most is not None and whole.least > whole.most:
        raise WorkbenchError(f"The range “{text}” ends before it begins.", hint="Put the smaller number first.")
    return whole


def _condition_text(condition: Condition | None) -> str:
    return f"if {' '.join(condition.text.split())}" if condition else ""


def _usage(word: str) -> Usage | None:
    if not word:
        return None
    for usage in USAGES:
        if word == usage:
            return usage
    raise WorkbenchError(f"“{word}” is no usage.", hint=f"Usages are {', '.join(USAGES)} and C(R/X).")
