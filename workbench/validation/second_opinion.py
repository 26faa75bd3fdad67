"""Second opinion of fhir.resources, a library of Python models: what it says beside the verdict, never instead of it.

It knows elements, cardinalities, types and formats; no invariants, bindings or profiles. R4B stands in for R4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from workbench.definitions.release import Release
from workbench.fhir.resource import Json, to_json
from workbench.issue import Issue

RULE = "fhir.resources"
MOST_SAID = 100
_MODULES = {
    "3.0": ("fhir.resources.STU3", "STU3"),
    "4.0": ("fhir.resources.R4B", "R4B"),
    "4.3": ("fhir.resources.R4B", "R4B"),
    "5.0": ("fhir.resources", "R5"),
}


def ask_second_opinion(resource: Json, release: Release) -> tuple[Issue, ...]:
    """Return what fhir.resources says of `resource`, all of it information, and that it says nothing where it does."""
    module, models = _MODULES[release.key]
    type_name = str(resource.get("resourceType"))
    said = _ask(resource, type_name, module, models)
    return tuple(Issue("information", "informational", sentence, path, RULE) for path, sentence in said)


def _ask(resource: Json, type_name: str, module: str, models: str) -> Iterator[tuple[str, str]]:
    from pydantic import ValidationError

    library = import_module(module)
    try:
        model = library.get_fhir_model_class(type_name)
    except (KeyError, ValueError):
        yield type_name, f"fhir.resources has no model of {type_name} ({models})."
        return
    try:
        model.model_validate_json(to_json(resource))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        for each in found[:MOST_SAID]:
            yield _path_of(type_name, each["loc"]), f"fhir.resources says: {_sentence(each['msg'])} ({models} models)"
    except KeyError as error:  # so it ends where a resource within is of a type that it does not know
        yield type_name, f"fhir.resources gave up: it has no model of {str(error.args[0]).strip()} ({models} models)."
    else:
        yield (
            type_name,
            f"fhir.resources says nothing against it ({models} models; no invariants, bindings or profiles).",
        )


def _path_of(type_name: str, location: Sequence[Any]) -> str:
    path = type_name
    for part in location:
        if part == "root":  # the value itself, which is of the wrong kind
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{str(part).removeprefix('_')}"
    return path


def _sentence(message: str) -> str:
    text = " ".join(message.removeprefix("Value error, ").split())[:400]
    return text if text.endswith(".") else f"{text}."
