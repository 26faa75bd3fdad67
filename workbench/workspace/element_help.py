"""ElementHelp: what the definitions say of the element at a place of a resource's text, for the reader of that text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.definitions.definitions import Definitions
    from workbench.definitions.structure import ElementDefinition, Structure
    from workbench.source.path_steps import Step
    from workbench.workspace.check_choices import CheckChoice


@dataclass(frozen=True, slots=True)
class ElementHelp:
    """`path` is the place, `Patient.name[0].family`; `said_by` names the profile, extension or type that says it."""

    path: str
    element: ElementDefinition
    said_by: str


def explain_element(text: str, line: int, column: int, choice: CheckChoice) -> ElementHelp | None:
    """Return what is said of the element at a line and column, by its profile where that says something.

    None where the text cannot be read yet, and where nothing of that name is defined.
    """
    from workbench.errors import WorkbenchError
    from workbench.source.path_steps import parse_steps
    from workbench.source.source import parse_source
    from workbench.workspace.text_judge import definitions_for

    try:
        definitions = definitions_for(text, choice)
        source = parse_source(text, definitions)
    except WorkbenchError:
        return None
    path = source.path_at(line, column)
    found = _Walk(definitions, source.value, choice.profile).follow(parse_steps(path)[1:])
    if found is None:
        return None
    structure, element = found
    return ElementHelp(path, element, f"{structure.title or structure.name} {structure.version}".strip())


class _Walk:
    """The way from a resource down to one of its elements, through the types that are met on it."""

    def __init__(self, definitions: Definitions, resource: Any, profile: str) -> None:
        self._definitions = definitions
        self._named = profile
        self._value = resource
        self._extension = ""
        self._enter(resource)

    def follow(self, steps: Sequence[Step]) -> tuple[Structure, ElementDefinition] | None:
        for step in steps:
            if not self._step(step):
                return None
        return next(self._told(), None)

    def _enter(self, resource: Any) -> None:
        """From here on names are those of this resource's type and its profiles."""
        self._resource = resource if isinstance(resource, dict) else {}
        self._owner = str(self._resource.get("resourceType", ""))
        self._names = [self._owner]
        self._last = (self._owner, "")

    def _step(self, step: Step) -> bool:
        if self._definitions.is_resource(self._owner) and len(self._names) > 1:
            self._enter(self._value)
        table = self._definitions.table(self._owner) or self._definitions.table("Element")
        element = table.elements.get(step.name) if table is not None else None
        if table is None or element is None:
            return False
        self._last = (table.name, element.name)
        self._names.append(element.name)
        self._value = _member(self._value, step)
        self._extension = str(_get(self._value, "url")) if element.type == "Extension" else ""
        self._owner = element.type
        if element.type == "Resource":
            self._owner = str(_get(self._value, "resourceType"))
        return True

    def _told(self) -> Iterator[tuple[Structure, ElementDefinition]]:
        """By the extension's own definition, else by a profile of the resource, else by the type."""
        if self._extension:
            own = self._definitions.structure(self._extension)
            if own is not None and own.elements:
                yield own, own.elements[0]
        path = ".".join(self._names)
        for canonical in self._profiles():
            structure = self._definitions.structure(canonical)
            if structure is not None and structure.type == self._names[0]:
                yield from _elements(structure, path)
        owner, name = self._last
        structure = self._definitions.structure(owner.partition(".")[0]) if owner else None
        if structure is not None:
            yield from _elements(structure, f"{owner}.{name}" if name else owner)

    def _profiles(self) -> Iterator[str]:
        if self._named:
            yield self._named
        claimed = _get(_get(self._resource, "meta"), "profile")
        yield from (each for each in claimed if isinstance(each, str)) if isinstance(claimed, list) else ()


def _elements(structure: Structure, path: str) -> Iterator[tuple[Structure, ElementDefinition]]:
    """What it says of the element as such; slices say it of some alone."""
    return ((structure, element) for element in structure.elements if element.path == path and ":" not in element.id)


def _member(value: Any, step: Step) -> Any:
    found = _get(value, step.name) or _get(value, f"_{step.name}")
    if not isinstance(found, list):
        return found
    index = step.index or 0
    return found[index] if index < len(found) else None


def _get(value: Any, name: str) -> Any:
    return value.get(name, "") if isinstance(value, dict) else ""
