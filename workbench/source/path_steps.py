"""Steps of a FHIRPath location, such as `Patient.name[0].family`, as issues name the places of a resource."""

from __future__ import annotations

import re
from dataclasses import dataclass

_STEP = re.compile(r"(?:`([^`]*)`|([^.\[\]()`]+))(\([^)]*\))?(?:\[(\d+)\])?\.?")
_URL = re.compile(r"\(\s*['\"](.*)['\"]\s*\)")

# The data types that an element with a choice of types may have, in R5 and before (Extension.value[x]).
_CHOICE_TYPES = frozenset(
    re.findall(
        r"\w+",
        """
    Base64Binary Boolean Canonical Code Date DateTime Decimal Id Instant Integer Integer64 Markdown Oid PositiveInt
    String Time UnsignedInt Uri Url Uuid Address Age Annotation Attachment Availability CodeableConcept
    CodeableReference Coding ContactDetail ContactPoint Contributor Count DataRequirement Distance Dosage Duration
    Expression ExtendedContactDetail HumanName Identifier Meta MonetaryComponent Money ParameterDefinition Period
    Quantity Range Ratio RatioRange Reference RelatedArtifact SampledData Signature SimpleQuantity Timing
    TriggerDefinition UsageContext VirtualServiceDetail""",
    )
)


@dataclass(frozen=True, slots=True)
class Step:
    """One element on the way; `url` picks an extension, and `rest` is the path from here on as it was written."""

    name: str
    index: int | None
    url: str
    rest: str


def parse_steps(path: str) -> tuple[Step, ...]:
    """Return the steps of `path` as far as they name places: `ofType()` is left out, and another function ends them."""
    steps: list[Step] = []
    at = 0
    while match := _STEP.match(path, at):
        quoted, plain, arguments, index = match.groups()
        name = quoted if quoted is not None else plain
        if arguments is None or name == "extension":
            url = _URL.fullmatch(arguments or "")
            steps.append(Step(name, None if index is None else int(index), url[1] if url else "", path[at:]))
        elif name not in ("ofType", "as"):
            break
        at = match.end()
    return tuple(steps)


def is_choice(name: str, stem: str) -> bool:
    """Whether `name` is `stem` with one of the types it may have: `valueQuantity` of `value`."""
    return name.startswith(stem) and name[len(stem) :] in _CHOICE_TYPES
