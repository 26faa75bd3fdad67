"""Invariants: the published constraints as their rules in words have it, where an expression says something else.

The expressions cannot be changed where they were published, and later releases of FHIR put most of these right.
"""

from __future__ import annotations

from functools import lru_cache

from workbench.fhirpath.expression import Expression, compile_expression

_PUBLISHED_REFERENCE = (
    "reference.startsWith('#').not() or "
    "(reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))"
)
_CONTAINED = "reference.substring(1) in %rootResource.contained.id"
_DATE_LENGTH = "($this as dateTime).toString().length() >= 8"

# What was published, and what is evaluated instead.
CORRECTIONS = {
    # ref-1: a reference that is a display or an identifier alone breaks no rule; `#` is the resource itself.
    _PUBLISHED_REFERENCE: (
        f"reference.exists() implies (reference = '#' or reference.startsWith('#').not() or {_CONTAINED})"
    ),
    f"{_PUBLISHED_REFERENCE} or (reference='#' and %rootResource!=%resource)": (
        f"reference.exists() implies (reference = '#' or reference.startsWith('#').not() or {_CONTAINED})"
    ),
    # bdl-8: an entry need not have a fullUrl.
    "fullUrl.contains('/_history/').not()": "fullUrl.exists() implies fullUrl.contains('/_history/').not()",
    # adf-0 and its like: a name that is there, as a whole.
    "name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')",
    "name.exists() implies name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": (
        "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')"
    ),
    "name.exists() implies name.exists() implies name.matches('[A-Z]([A-Za-z0-9_]){0,254}')": (
        "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')"
    ),
    # per-1: where the precisions differ, an end lasts until the end of its day, month or year.
    "start.hasValue().not() or end.hasValue().not() or (start <= end)": (
        "start.hasValue().not() or end.hasValue().not() or iif((start <= end).exists(), start <= end,"
        " start.lowBoundary() <= end.highBoundary())"
    ),
    # rng-2: quantities without a number, or of units that do not compare, have no order to break.
    "low.empty() or high.empty() or (low <= high)": (
        "low.value.empty() or high.value.empty() or low.comparable(high).not() or (low <= high)"
    ),
    # vs-1: the rule speaks of a dateTime, and a Period is allowed.
    _DATE_LENGTH: f"($this is dateTime) implies {_DATE_LENGTH}",
    # que-12: more than one condition needs a behaviour.
    "enableWhen.count() > 2 implies enableBehavior.exists()": "enableWhen.count() > 1 implies enableBehavior.exists()",
    # que-7: an answer is FHIR's boolean.
    "operator = 'exists' implies (answer is Boolean)": "operator = 'exists' implies (answer is boolean)",
    # ras-2: a probability need not be there.
    "probability is decimal implies (probability as decimal) <= 100": (
        "probability.empty() or ((probability is decimal) implies (probability as decimal) <= 100)"
    ),
    # pd-1: several telecoms are no boolean.
    "telecom or endpoint": "telecom.exists() or endpoint.exists()",
}


@lru_cache(maxsize=4096)
def compile_invariant(text: str) -> Expression:
    """Return the compiled constraint, put right where it is known to be wrong; raises as `compile_expression`."""
    return compile_expression(CORRECTIONS.get(" ".join(text.split()), text))
