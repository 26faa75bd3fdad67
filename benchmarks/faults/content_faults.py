"""Content faults: what refers to, stands beside or is put into another thing in a way that is not allowed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.faults.fault import Fault, fault_at, with_item
from benchmarks.faults.official import Json, Official
from benchmarks.faults.places import Holder, Property, Walk, step_into


def content_faults(official: Official, walk: Walk, body: Json, extensions: Mapping[str, Json]) -> Iterator[Fault]:
    for holder in walk.holders(body):
        yield from beside_faults(official, walk, body, holder)
        if holder.is_resource:
            yield from misplaced_extensions(official, body, holder, extensions)
            yield from contained_faults(official, walk, body, holder)
        if holder.type == "Bundle.entry" or holder.path.rpartition(".")[2].startswith("entry["):
            yield from entry_faults(body, holder)
        for found in walk.properties(holder, body):
            yield from unknown_codes(official, body, found)


def unknown_codes(official: Official, body: Json, found: Property) -> Iterator[Fault]:
    """A code that its code system, which is here in full, does not have; not where a required binding says so too."""
    if found.type not in ("Coding", "CodeableConcept") or any(
        element.get("binding", {}).get("strength") == "required" for _, element in found.asked
    ):
        return
    for index, (path, value) in enumerate(found.items(body)):
        codings = value.get("coding", []) if found.type == "CodeableConcept" else [value]
        for number, coding in enumerate(codings):
            if official.has_whole_system(coding.get("system", "")) and "code" in coding:
                other = copy.deepcopy(value)
                (other["coding"][number] if found.type == "CodeableConcept" else other)["code"] = "no-such-code"
                inner = f"{path}.coding[{number}]" if found.type == "CodeableConcept" else path
                places = (inner, path, found.path, found.holder.path)
                after = with_item(body, found, index, other)
                yield fault_at("code that its system does not have", found.rule, places, found.holder, after)
                return


def misplaced_extensions(
    official: Official, body: Json, holder: Holder, extensions: Mapping[str, Json]
) -> Iterator[Fault]:
    """An extension of another type of resource, as some example has it, at the root of this one."""
    for url, extension in extensions.items():
        structure = official.structure(url)
        contexts = structure.get("context", []) if structure else []
        names = {context["expression"].partition(".")[0] for context in contexts if context["type"] == "element"}
        allowed = {holder.type, "Element", "Resource", "DomainResource", "Extension"}
        if names and not names & allowed and len(names) == len(contexts):
            after = copy.deepcopy(body)
            inner = step_into(after, holder.steps)
            inner["extension"] = [*inner.get("extension", []), copy.deepcopy(extension)]
            path = f"{holder.path}.extension"
            places = (f"{path}[{len(inner['extension']) - 1}]", path, holder.path)
            yield fault_at("extension where it may not stand", url, places, holder, after)


def beside_faults(official: Official, walk: Walk, body: Json, holder: Holder) -> Iterator[Fault]:
    """What stands beside a primitive says nothing, or is longer than its values."""
    inner = step_into(body, holder.steps)
    for found in walk.properties(holder, body):
        if not official.is_primitive(found.type) or f"_{found.key}" in inner or found.key == "id":
            continue
        after = copy.deepcopy(body)
        beside: Any = [{}, {}, {"id": "x"}] if found.repeats else {}
        step_into(after, holder.steps)[f"_{found.key}"] = beside
        indexed = (f"{found.path}[{n}]" for n in range(3)) if found.repeats else ()
        places = (found.path, f"{holder.path}._{found.key}", *indexed, holder.path)
        yield fault_at("nothing beside a primitive", found.rule, places, holder, after)


def contained_faults(official: Official, walk: Walk, body: Json, holder: Holder) -> Iterator[Fault]:
    """What is contained is of a type that the reference to it may not name."""
    inner = step_into(body, holder.steps)
    for number, resource in enumerate(inner.get("contained", [])):
        after = copy.deepcopy(body)
        step_into(after, holder.steps)["contained"][number] = {
            "resourceType": "Basic",
            "id": resource.get("id", "x"),
            "code": {"text": "x"},
        }
        for found in walk.properties(holder, body):
            for path, value in found.items(body) if found.type == "Reference" else ():
                targets = [kind.get("targetProfile", []) for kind in found.base.get("type", [])]
                any_type = any(not target or target[0].endswith("/Resource") for target in targets)
                if value.get("reference") == f"#{resource.get('id')}" and not any_type:
                    places = (path, f"{path}.reference", f"{holder.path}.contained[{number}]", holder.path)
                    yield fault_at("contained resource of a wrong type", found.rule, places, holder, after)


def entry_faults(body: Json, holder: Holder) -> Iterator[Fault]:
    """An entry of a bundle that is no history, batch or transaction has neither request nor response."""
    bundle = step_into(body, holder.steps[:-2])
    outer = holder.path.rpartition(".")[0]
    places = (holder.path, outer)
    if bundle.get("type") in ("collection", "searchset", "document", "message"):
        request = {"method": "GET", "url": "Patient/1"}
        for key, rule, value in (("request", "bdl-3", request), ("response", "bdl-4", {"status": "200"})):
            after = copy.deepcopy(body)
            step_into(after, holder.steps)[key] = value
            yield fault_at("bundle rule broken", rule, places, holder, after)
    if "fullUrl" in step_into(body, holder.steps) and "resource" in step_into(body, holder.steps):
        kind = step_into(body, holder.steps)["resource"].get("resourceType")
        for rule, url in (
            ("bdl-8", f"http://example.org/fhir/{kind}/1/_history/1"),
            ("fullUrl agrees with id", f"http://example.org/fhir/{kind}/some-other-id"),
            ("fullUrl is absolute", f"{kind}/1"),
        ):
            after = copy.deepcopy(body)
            step_into(after, holder.steps)["fullUrl"] = url
            yield fault_at("bundle rule broken", rule, (f"{holder.path}.fullUrl", *places), holder, after)
