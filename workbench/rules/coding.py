"""Systems of codes and identifiers: whether they are named rightly, have the code, and call it so."""

from __future__ import annotations

from typing import Any

from workbench.fhirpath.node import Node
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import is_absolute, show


def check_coding(node: Node, place: Place, visit: Visit) -> None:
    """A Coding or a Quantity with a system."""
    system, code = node.value.get("system"), node.value.get("code")
    if not isinstance(system, str) or not isinstance(code, str) or visit.log.is_spoilt(place):
        return
    if not is_absolute(system):
        _tell_relative(system, "codes", node, place, visit)
        return
    verdict = visit.judge.codes.judge_in_system(system, code)
    profile = visit.judge.canonical(node.type)
    if verdict.found is False:
        said = f"“{code}” is not a code of {system}; correct the code or its system."
        at = Place(place, "code")
        visit.log.tell("error", "code-invalid", said, at, f"{node.type}.code system", profile)
        visit.log.spoil(at)
        return
    standing = visit.judge.codes.standing_of(system, code)
    if standing != "active":
        said = f"{system} holds “{code}” for {standing}; look whether another of its codes fits."
        visit.log.tell("warning", "business-rule", said, Place(place, "code"), f"{node.type}.code standing", profile)
    _check_display(system, code, node, place, visit)


def _check_display(system: str, code: str, node: Node, place: Place, visit: Visit) -> None:
    display = node.value.get("display")
    wanted = visit.judge.codes.display_of(system, code) if isinstance(display, str) else ""
    if wanted and _plain(wanted) != _plain(display) and _is_english(visit.scope.node.value):
        said = f"{system} calls “{code}” “{wanted}”, and not {show(display)}."
        profile = visit.judge.canonical(node.type)
        visit.log.tell("warning", "invalid", said, Place(place, "display"), "Coding.display", profile)


def check_identifier(node: Node, place: Place, visit: Visit) -> None:
    """A value of the system of addresses is a whole one (FHIR R4, Identifier.system)."""
    system = node.value.get("system")
    if isinstance(system, str) and not is_absolute(system) and not visit.log.is_spoilt(place):
        _tell_relative(system, "identifiers", node, place, visit)
    value, at = node.value.get("value"), Place(place, "value")
    if visit.log.is_spoilt(at):
        return
    if system == "urn:ietf:rfc:3986" and isinstance(value, str) and not is_absolute(value):
        said = f"“{value}” is no address, as its system says it is; write it whole, such as urn:oid:1.2.3."
        visit.log.tell("error", "value", said, at, "Identifier.value absolute", visit.judge.canonical("Identifier"))


def _tell_relative(system: str, what: str, node: Node, place: Place, visit: Visit) -> None:
    """A relative system says nothing to who does not know where the resource came from; the standard lets it stand."""
    said = f"“{system}” is not absolute, so that another system cannot know whose {what} these are."
    at, rule = Place(place, "system"), f"{node.type}.system absolute"
    visit.log.tell("warning", "value", said, at, rule, visit.judge.canonical(node.type))


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_english(resource: Any) -> bool:
    """The displays that are known here are English ones."""
    language = resource.get("language") if isinstance(resource, dict) else None
    return not isinstance(language, str) or language.lower().startswith("en")
