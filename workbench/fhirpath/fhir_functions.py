"""Functions that FHIR adds: extensions, values, references, profiles, value sets and narrative (FHIR R4, FHIRPath)."""

from __future__ import annotations

from typing import Any

from workbench.fhirpath.environment import Frame, NotEvaluated, find_within
from workbench.fhirpath.invocation import Registry, add_plain
from workbench.fhirpath.node import Node, child_nodes
from workbench.fhirpath.value import EMPTY, FALSE, TRUE, text_of

REGISTRY: Registry = {}


@add_plain(REGISTRY, "extension", 1)
def _extension(frame: Frame, items: list[Any], url: list[Any]) -> list[Any]:
    wanted = text_of(url)
    if wanted is None:
        return EMPTY
    found = [child for item in items if item.__class__ is Node for child in child_nodes(item, "extension")]
    return [child for child in found if isinstance(child.value, dict) and child.value.get("url") == wanted]


@add_plain(REGISTRY, "hasValue")
def _has_value(frame: Frame, items: list[Any]) -> list[Any]:
    return TRUE if _get_value(frame, items) else FALSE


@add_plain(REGISTRY, "getValue")
def _get_value(frame: Frame, items: list[Any]) -> list[Any]:
    """The value of the one primitive, not of a complex element, and not of one that has only extensions."""
    if len(items) != 1:
        return EMPTY
    value = items[0].value if items[0].__class__ is Node else items[0]
    return EMPTY if value is None or isinstance(value, dict | list) else items


@add_plain(REGISTRY, "resolve")
def _resolve(frame: Frame, items: list[Any]) -> list[Any]:
    """The resources that references or canonicals name; what is not a reference names nothing."""
    environment = frame.run.environment
    found = []
    for item in items:
        value = item.value if item.__class__ is Node else item
        reference = value.get("reference") if isinstance(value, dict) else value
        if not isinstance(reference, str):
            continue
        frame.run.spend(10)
        if environment.resolve is not None:
            target = environment.resolve(reference)
        else:
            target = find_within(reference, environment)
            if target is None:
                raise NotEvaluated(f"“{reference}” is not within this resource")
        if target is not None:
            found.append(target)
    return found


@add_plain(REGISTRY, "memberOf", 1)
def _member_of(frame: Frame, items: list[Any], value_set: list[Any]) -> list[Any]:
    canonical, ask = text_of(value_set), frame.run.environment.member_of
    if canonical is None or not items:
        return EMPTY
    if len(items) > 1 or not isinstance(items[0], Node):
        raise NotEvaluated("memberOf() is asked of one code")
    found = None if ask is None else ask(items[0], canonical)
    if found is None:
        raise NotEvaluated(f"whether a code is in the value set {canonical} cannot be told here")
    return TRUE if found else FALSE


@add_plain(REGISTRY, "conformsTo", 1)
def _conforms_to(frame: Frame, items: list[Any], profile: list[Any]) -> list[Any]:
    canonical, ask = text_of(profile), frame.run.environment.conforms_to
    if canonical is None or not items:
        return EMPTY
    if len(items) > 1 or not isinstance(items[0], Node):
        raise NotEvaluated("conformsTo() is asked of one element")
    found = None if ask is None else ask(items[0], canonical)
    if found is None:
        raise NotEvaluated(f"whether an element conforms to {canonical} cannot be told here")
    return TRUE if found else FALSE


@add_plain(REGISTRY, "htmlChecks")
def _html_checks(frame: Frame, items: list[Any]) -> list[Any]:
    text, ask = text_of(items), frame.run.environment.html_checks
    if text is None:
        return EMPTY
    if ask is None:
        raise NotEvaluated("the rules of narrative are not checked here")
    return TRUE if ask(text) else FALSE
