"""Differentials laid out: each element with the id and the path that its place in the snapshot has.

Ids may be missing, and `valueQuantity` may stand for a slice of `value[x]` (FHIR R4, ElementDefinition, path and id).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from workbench.definitions.structure import ElementDefinition

IsChoice = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class PlacedElement:
    """`only_type` is the type that a shortcut such as `valueQuantity` leaves, the first letter as it was written.

    With a shortcut, the element is a slice of the choice, or within a slice the choice itself.
    """

    element: ElementDefinition
    only_type: str = ""


def lay_out(elements: Iterable[ElementDefinition], is_choice: IsChoice) -> Iterator[PlacedElement]:
    """Yield the elements of a differential; `is_choice` tells whether there is an element `Observation.value[x]`."""
    current: dict[str, str] = {}
    for element in elements:
        names = _id_of(element, current).split(".")
        paths = element.path.split(".")
        only_type = ""
        for place in range(1, len(paths)):
            owner = ".".join(paths[:place])
            stem = _choice_of(owner, paths[place], is_choice) if len(names) == len(paths) else ""
            if stem == paths[place]:
                paths[place], names[place] = f"{stem}[x]", names[place].replace(stem, f"{stem}[x]", 1)
            elif stem:
                only_type = paths[place][len(stem) :] if place == len(paths) - 1 else ""
                names[place] = _name_of_choice(names, place, stem, paths[place])
                paths[place] = f"{stem}[x]"
        name = current[element.path] = ".".join(names)
        slice_name = element.slice_name or names[-1].partition(":")[2]
        yield PlacedElement(replace(element, id=name, path=".".join(paths), slice_name=slice_name), only_type)


def _id_of(element: ElementDefinition, current: dict[str, str]) -> str:
    """The id as it stands; where it is no more than the path, it is made of the slices the element lies in."""
    if element.id != element.path or "." not in element.path:
        return element.id
    parent, _, last = element.path.rpartition(".")
    above = current.get(parent, parent)
    return f"{above}.{last}:{element.slice_name}" if element.slice_name else f"{above}.{last}"


def _choice_of(owner: str, part: str, is_choice: IsChoice) -> str:
    """Return `value` for `valueQuantity`, and for a mere `value`, where the owner has an element `value[x]`."""
    if part.endswith("[x]"):
        return ""
    ends = [end for end in range(1, len(part) + 1) if not part[end : end + 1].islower()]
    return next((part[:end] for end in ends if is_choice(f"{owner}.{part[:end]}[x]")), "")


def _name_of_choice(names: list[str], place: int, stem: str, written: str) -> str:
    if ":" in names[place]:
        return f"{stem}[x]:{names[place].partition(':')[2]}"
    in_slice = any(":" in name for name in names[:place])
    return f"{stem}[x]" if in_slice else f"{stem}[x]:{written}"
