"""Value faults: primitives against their format, codes outside a required value set, other values than fixed ones,
references to a type that is not allowed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from benchmarks.faults.fault import Fault, fault_at, with_item
from benchmarks.faults.official import CANONICAL, Json, Official
from benchmarks.faults.places import Property, Walk

# A value of each primitive type that its format or range does not allow (FHIR R4, Datatypes).
BAD_VALUES: dict[str, tuple[Any, ...]] = {
    "base64Binary": ("@@@@",),
    "boolean": ("true", 1, "yes"),
    "canonical": ("http://a b",),
    "code": (" padded", "two  spaces"),
    "date": ("2019-13-01", "01/02/2019", "2019-02-30", "2019-1-1"),
    "dateTime": ("2019-02-30", "2019-01-01T10:00:00", "2019-01-01 10:00:00Z", "2019-01-01T25:00:00Z"),
    "decimal": ("1.5", True),
    "id": ("under_score", "a" * 65),
    "instant": ("2019-01-01", "2019-01-01T10:00Z", "2019-01-01T10:00:00"),
    "integer": ("1", 1.5, 2147483648),
    "markdown": (5, ""),
    "oid": ("urn:oid:9.1", "1.2.3"),
    "positiveInt": (0, -1),
    "string": (5, "", True),
    "time": ("10:00", "25:00:00"),
    "unsignedInt": (-1,),
    "uri": ("http://a b",),
    "url": ("http://a b",),
    "uuid": ("urn:uuid:1",),
}
# Where a changed value also changes which rules hold, as a slice or a profile is chosen by it.
CHOOSING = ("url", "profile", "fullUrl", "system", "code", "linkId", "version")
TARGETS = ("Basic", "Library", "Substance", "Schedule", "Group", "Organization", "Patient", "Location")


def value_faults(official: Official, walk: Walk, body: Json) -> Iterator[Fault]:
    for holder in walk.holders(body):
        for found in walk.properties(holder, body):
            yield from bad_primitives(official, body, found)
            yield from codes_outside(official, body, found)
            yield from other_than_fixed(body, found)
            yield from wrong_targets(official, body, found)


def bad_primitives(official: Official, body: Json, found: Property) -> Iterator[Fault]:
    chooses = found.key in CHOOSING and found.holder.type in ("Coding", "Identifier", "Quantity", "Extension", "Meta")
    names = found.key == "id" and found.holder.is_resource and found.holder.steps
    if not official.is_primitive(found.type) or chooses or names or found.key in ("fullUrl", "linkId", "reference"):
        return
    for index, (path, _) in enumerate(found.items(body)):
        for bad in BAD_VALUES.get(found.type, ()):
            after = with_item(body, found, index, bad)
            kind = f"bad primitive: {found.type}"
            yield fault_at(kind, found.rule, (path, found.path, found.holder.path), found.holder, after)
        return


def codes_outside(official: Official, body: Json, found: Property) -> Iterator[Fault]:
    for _, element in found.asked:
        binding = element.get("binding", {})
        codes = official.codes(binding.get("valueSet", "")) if binding.get("strength") == "required" else None
        if codes is None or not codes:
            continue
        for index, (path, value) in enumerate(found.items(body)):
            other = _with_unknown_codes(value)
            if other is not None:
                after = with_item(body, found, index, other)
                places = (path, found.path, found.holder.path)
                yield fault_at("code outside a required binding", found.rule, places, found.holder, after)
            return


def _with_unknown_codes(value: Any) -> Any:
    if isinstance(value, str):
        return "no-such-code"
    if isinstance(value, dict) and "coding" in value:
        return {**value, "coding": [{**coding, "code": "no-such-code"} for coding in value["coding"]]}
    if isinstance(value, dict) and "code" in value:
        return {**value, "code": "no-such-code"}
    return None


def other_than_fixed(body: Json, found: Property) -> Iterator[Fault]:
    if found.key in ("url", "system"):
        return
    for structure, element in found.asked:
        asked = next((v for k, v in element.items() if k.startswith(("fixed", "pattern"))), None)
        if asked is None or structure["type"] == "Extension":
            continue
        for index, (path, value) in enumerate(found.items(body)):
            other = _other_than(value, asked)
            if other is not None:
                places = (path, found.path, found.holder.path)
                after = with_item(body, found, index, other)
                yield fault_at("other than fixed or pattern", element["id"], places, found.holder, after)
            return


def _other_than(value: Any, asked: Any) -> Any:
    if isinstance(value, str):
        return value + "-other"
    if not isinstance(value, dict) or not isinstance(asked, dict):
        return None
    other = copy.deepcopy(value)
    key = next((key for key in ("coding", "code", "value", "system") if key in asked), next(iter(asked), None))
    if key == "coding":
        for coding in other.get("coding", []):
            coding["code"] = "no-such-code"
        return other
    if isinstance(other.get(key), str):
        other[str(key)] = other[key] + "-other"
        return other
    return None


def wrong_targets(official: Official, body: Json, found: Property) -> Iterator[Fault]:
    """A relative reference to a type that the base, or the profile alone, leaves out."""
    if found.type != "Reference":
        return
    base = _targets(official, found.asked[0][1])
    asked = [_targets(official, element) for _, element in found.asked]
    if not base or "Resource" in base:
        return
    for index, (path, value) in enumerate(found.items(body)):
        if not isinstance(value, dict) or "/" not in value.get("reference", "") or "type" in value:
            continue
        for kind, choices in (
            ("reference to a type that the base leaves out", [t for t in TARGETS if t not in base]),
            (
                "reference to a type that the profile leaves out",
                [
                    t
                    for t in TARGETS
                    if t in base and not all(t in allowed or "Resource" in allowed for allowed in asked)
                ],
            ),
        ):
            if choices:
                after = with_item(body, found, index, {**value, "reference": f"{choices[0]}/none"})
                places = (f"{path}.reference", path, found.path, found.holder.path)
                yield fault_at(kind, found.rule, places, found.holder, after)
        return


def _targets(official: Official, element: Json) -> set[str]:
    targets: set[str] = set()
    for kind in element.get("type", []):
        for canonical in kind.get("targetProfile", []) if kind["code"] == "Reference" else ():
            profile = official.structure(canonical)
            targets.add(profile["type"] if profile else canonical.removeprefix(CANONICAL))
    return targets
