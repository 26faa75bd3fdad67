"""Snapshots made for structures that come with a differential alone: the base, walked and changed as they say.

FHIR R4, Profiling, 5.1.0: what a differential does not say is inherited; its elements come in the base's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from workbench.definitions.differential import PlacedElement, lay_out
from workbench.definitions.structure import (
    Constraint,
    Discriminator,
    ElementDefinition,
    ElementType,
    Slicing,
    Structure,
)
from workbench.definitions.structure_json import CANONICAL

FindStructure = Callable[[str], Structure | None]
_BY_URL = Slicing((Discriminator("value", "url"),))
_BY_TYPE = Slicing((Discriminator("type", "$this"),))
# Beyond any real profile, and little enough to be made at once.
MOST_ELEMENTS = 20_000
DEEPEST = 60
_EXTENSIONS = ("extension", "modifierExtension")
# What a differential says of an element takes the place of what the base says.
_REPLACED = frozenset(
    """
    least most types content_reference binding fixed pattern least_value most_value most_length must_support
    is_modifier is_summary short definition is_attribute
    """.split()
)


def make_snapshot(structure: Structure, find: FindStructure) -> Structure | None:
    """Return `structure` with a snapshot; None where its base, or the base's own snapshot, is not here."""
    base = find(structure.base) if structure.base else None
    if base is None or base.is_differential or not base.elements:
        return None
    maker = _Maker(base, structure, find)
    for placed in lay_out(structure.elements, maker.is_choice):
        maker.apply(placed)
    elements = tuple(replace(element, said=frozenset()) for element in maker.elements)
    return replace(structure, elements=elements, made_snapshot=True, is_differential=False)


class _Maker:
    """The elements so far, in their order, and where each stands."""

    def __init__(self, base: Structure, structure: Structure, find: FindStructure) -> None:
        self._find = find
        self._adds = structure.derivation != "constraint"
        self.elements = [_rename(element, base.type, structure.type) for element in base.elements]
        self._inherited = tuple(self.elements)
        self._base = {element.id: element for element in self.elements}

    def is_choice(self, path: str) -> bool:
        return any(item.path == path for item in self.elements)

    def apply(self, placed: PlacedElement) -> None:
        said = placed.element
        place = self._place_of(said.id)
        if place is None:
            place = self._add(said)
        if place is None:
            return
        merged = _merge(self.elements[place], said)
        if placed.only_type and "types" not in said.said:
            merged = replace(merged, types=_of_type(merged.types, placed.only_type))
        self.elements[place] = merged
        if placed.only_type and merged.slice_name and merged.least:
            self._close_choice(merged)

    def _close_choice(self, required: ElementDefinition) -> None:
        """Where one type of a choice must stand, no other can (ElementDefinition, shortcuts for choices)."""
        place = self._place_of(required.id.rpartition(":")[0])
        if place is not None:
            closed = replace(_BY_TYPE, rules="closed")
            least = max(required.least, self.elements[place].least)
            whole = replace(self.elements[place], least=least, types=required.types, slicing=closed)
            self.elements[place] = whole

    def _add(self, said: ElementDefinition) -> int | None:
        """Make room for an element that is not there yet: a slice, a child of a type, or a new one."""
        parent, _, name = said.id.rpartition(".")
        if parent.count(".") > DEEPEST:
            return None
        if parent and self._place_of(parent) is None:
            self._add(ElementDefinition(parent, said.path.rpartition(".")[0]))
        if parent and not any(self._children(parent)):
            self._unfold(parent)
        if (place := self._place_of(said.id)) is not None:
            return place
        if ":" in name:
            return self._add_slice(said)
        return self._insert(replace(said, said=frozenset()), parent) if self._adds and parent else None

    def _add_slice(self, said: ElementDefinition) -> int | None:
        stem, _, name = said.id.rpartition(":")
        outer = f"{stem}:{name.rpartition('/')[0]}" if "/" in name else stem
        place = self._place_of(outer)
        if place is None:
            place = self._add(ElementDefinition(outer, said.path))
        if place is None:
            return None
        whole = self.elements[place]
        if whole.slicing is None and (implied := _implied_slicing(stem)):
            self.elements[place] = replace(whole, slicing=implied)
        origin = self._base.get(outer, whole)
        types = _of_type(origin.types, _type_name(stem, name))
        fresh = replace(origin, id=said.id, path=said.path, slice_name=name, slicing=None, least=0, types=types)
        return self._insert(fresh, outer)

    def _unfold(self, name: str) -> None:
        """Put the children that an element has by its type, its content reference or its slicing right behind it."""
        place = self._place_of(name)
        if place is None or len(self.elements) > MOST_ELEMENTS:
            return
        element = self.elements[place]
        fresh = list(self._inner(element))
        self.elements[place + 1 : place + 1] = fresh
        self._base.update((item.id, item) for item in fresh)

    def _inner(self, element: ElementDefinition) -> Iterator[ElementDefinition]:
        stem = element.id.rpartition(":")[0] if ":" in element.id.rpartition(".")[2] else ""
        if element.content_reference:
            origin = element.content_reference
            found = [item for item in self._inherited if item.id.startswith(origin + ".") and ":" not in item.id]
        elif stem and (found := [item for name, item in self._base.items() if name.startswith(stem + ".")]):
            origin = stem
        else:
            structure = self._structure_of(element)
            found, origin = list(structure.elements[1:]) if structure else [], structure.type if structure else ""
        for item in found:
            yield _move(item, origin, element)

    def _structure_of(self, element: ElementDefinition) -> Structure | None:
        codes = {kind.code for kind in element.types}
        profiles = [profile for kind in element.types for profile in kind.profiles]
        if len(profiles) == 1 and len(codes) == 1:
            profiled = self._find(profiles[0])
            if profiled is not None and not profiled.is_differential:
                return profiled
        return self._find(CANONICAL + codes.pop()) if len(codes) == 1 else self._find(CANONICAL + "Element")

    def _insert(self, element: ElementDefinition, after: str) -> int | None:
        """Put `element` behind `after`, its slices and all that lies in them; nowhere where `after` is not there."""
        inner = (f"{after}.", f"{after}:", f"{after}/")
        places = [n for n, item in enumerate(self.elements) if item.id == after or item.id.startswith(inner)]
        if not places:
            return None
        self.elements.insert(places[-1] + 1, element)
        return places[-1] + 1

    def _children(self, name: str) -> Iterator[ElementDefinition]:
        return (item for item in self.elements if item.id.startswith(name + "."))

    def _place_of(self, name: str) -> int | None:
        return next((place for place, item in enumerate(self.elements) if item.id == name), None)


def _merge(base: ElementDefinition, said: ElementDefinition) -> ElementDefinition:
    changed = {name: getattr(said, name) for name in _REPLACED & said.said}
    if said.binding is not None and base.binding is not None:
        changed["binding"] = replace(said.binding, value_set=said.binding.value_set or base.binding.value_set)
    if said.slicing is not None:
        changed["slicing"] = said.slicing
    if said.marks:
        changed["marks"] = tuple(dict.fromkeys((*base.marks, *said.marks)))
    if said.constraints:
        changed["constraints"] = _join(base.constraints, said.constraints)
    return replace(base, **changed)


def _join(base: tuple[Constraint, ...], said: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    by_key = {constraint.key: constraint for constraint in base}
    return tuple((by_key | {constraint.key: constraint for constraint in said}).values())


def _implied_slicing(name: str) -> Slicing | None:
    last = name.rpartition(".")[2]
    if last in _EXTENSIONS:
        return _BY_URL
    return _BY_TYPE if last.endswith("[x]") else None


def _type_name(stem: str, slice_name: str) -> str:
    """`valueQuantity`, as a slice of `value[x]`, has the type Quantity, `valueDateTime` has dateTime."""
    last = stem.rpartition(".")[2]
    if not last.endswith("[x]") or not slice_name.startswith(last[:-3]):
        return ""
    return slice_name[len(last) - 3 :]


def _of_type(types: tuple[ElementType, ...], name: str) -> tuple[ElementType, ...]:
    """Those types that `name` writes as a JSON name does, `DateTime`; all of them where there is none."""
    return tuple(kind for kind in types if kind.code[:1].upper() + kind.code[1:] == name) or types


def _rename(element: ElementDefinition, old: str, new: str) -> ElementDefinition:
    if old == new:
        return element
    return replace(element, id=new + element.id[len(old) :], path=new + element.path[len(old) :])


def _move(element: ElementDefinition, origin: str, target: ElementDefinition) -> ElementDefinition:
    cut = origin.count(".") + 1
    path = ".".join([target.path, *element.path.split(".")[cut:]])
    return replace(element, id=target.id + element.id[len(origin) :], path=path)
