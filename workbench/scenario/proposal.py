"""Proposals: what a recording should capture, fill in, mask and check, so that it replays clean at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.scenario.scenario import Capture, Check
from workbench.scenario.variables import escape_variables

# How far from the recording a time may lie and still be taken for “now”.
NEAR = timedelta(minutes=10)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?")
_GENERATED = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|[0-9a-f]{12,}|\d{6,}", re.I)
_LISTED = 5
MADE_BY_MESSAGE = {
    "ADT": ("Patient", "Encounter"),
    "ORU": ("Observation", "DiagnosticReport"),
    "MDM": ("DocumentReference",),
    "SIU": ("Appointment",),
}


@dataclass(frozen=True, slots=True)
class Replacement:
    """A recorded text whose place a variable takes."""

    literal: str
    variable: str


def fill_in(text: str, replacements: Sequence[Replacement]) -> str:
    """`text` as a scenario holds it, with each literal that stands as a word of its own replaced by its variable."""
    text = escape_variables(text)
    known = {replacement.literal: replacement.variable for replacement in replacements}
    if not known:
        return text
    words = "|".join(re.escape(literal) for literal in sorted(known, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])(?:{words})(?![\w-]|\.\w)", lambda found: f"${{{known[found[0]]}}}", text)


def find_times(text: str, now: datetime) -> Iterator[Replacement]:
    """The moments near `now` in a request, which a replay writes anew."""
    for found in {match[0] for match in _INSTANT.finditer(text)}:
        if is_near(found, now):
            yield Replacement(found, "instant")
    today = now.strftime("%Y-%m-%d")
    if f'"{today}"' in text:
        yield Replacement(today, "today")


def is_near(text: str, now: datetime) -> bool:
    """Tell whether `text` is an instant near `now`."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return abs((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now) <= NEAR


def looks_generated(identity: str) -> bool:
    """Tell whether an id looks like one that a system made up."""
    return _GENERATED.search(identity) is not None


def find_volatile(resource: Any, now: datetime, known: Sequence[str]) -> tuple[str, ...]:
    """Masks for the places whose value is a moment near `now` that no request gave, or one of the texts `known`."""
    found = {path: None for path, text in _walk(resource) if text in known or is_near(text, now)}
    return tuple(path for path in found if ".meta." not in path and path.count("."))


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        path = path or str(value.get("resourceType", ""))
        for name, item in value.items():
            yield from _walk(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, path)
    elif isinstance(value, str):
        yield path, value


def find_created(resource: Any, status: int | None) -> Iterator[tuple[str, str, str]]:
    """For each resource that an answer says is created: its type, its id, and the FHIRPath of that id."""
    if not isinstance(resource, dict):
        return
    kind, identity = resource.get("resourceType"), resource.get("id")
    if status == 201 and isinstance(kind, str) and isinstance(identity, str):
        yield kind, identity, f"{kind}.id"
    entries = resource.get("entry")
    if kind != "Bundle" or not isinstance(entries, list) or resource.get("type") == "searchset":
        return
    for index, entry in enumerate(entries):
        answer = entry.get("response") if isinstance(entry, dict) else None
        location = answer.get("location") if isinstance(answer, dict) else None
        made = re.search(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(/_history/|$)", str(location or ""))
        if made and isinstance(answer, dict) and str(answer.get("status", "")).startswith("201"):
            cut = f"replaceMatches('^.*{made[1]}/', '').replaceMatches('/_history/.*$', '')"
            yield made[1], made[2], f"Bundle.entry[{index}].response.location.{cut}"


def find_listed(resource: Any) -> Iterator[tuple[str, str, str]]:
    """For each resource of a search's answer: its type, its id, and the FHIRPath of that id."""
    if not isinstance(resource, dict) or resource.get("type") != "searchset":
        return
    entries = resource.get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        found = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(found, dict) and isinstance(found.get("id"), str):
            yield str(found.get("resourceType")), found["id"], f"Bundle.entry[{index}].resource.id"


def check_listed(resource: Any, replacements: Sequence[Replacement]) -> tuple[Check, ...]:
    """Checks of a search whose answer grows from run to run: that it still finds what it found."""
    known = {replacement.literal: replacement.variable for replacement in replacements}
    checks = [Check("fhirpath", "Bundle.type", "equals", "searchset")]
    for kind, identity, _ in list(find_listed(resource))[:_LISTED]:
        if identity in known:
            which = f"resourceType = '{kind}' and id = '${{{known[identity]}}}'"
        elif looks_generated(identity):
            which = f"resourceType = '{kind}'"
        else:
            which = f"resourceType = '{kind}' and id = '{identity}'"
        checks.append(Check("fhirpath", f"Bundle.entry.resource.where({which}).exists()", "equals", "true"))
    return tuple(dict.fromkeys(checks))


def name_capture(kind: str, taken: Sequence[str]) -> str:
    """`observation-id`, or `observation-id-2` where that is taken."""
    base = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name


def capture_id(kind: str, expression: str, taken: Sequence[str]) -> Capture:
    return Capture(name_capture(f"{kind}Id", taken), "fhirpath", expression)
