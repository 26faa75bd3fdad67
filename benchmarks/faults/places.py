"""Places of a resource: each object and property of it with the definitions that ask something of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.faults.official import Json, Official
from benchmarks.faults.slices import choosing_names, is_by_type, lies_in, slices_of

# A definition that holds at a place: the structure it is from, and the element in it.
Asked = tuple[Json, Json]
Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """An object in the body. `sliced` are the places at which a slice may be told as missing when this changes."""

    steps: Steps
    path: str
    type: str
    asked: tuple[Asked, ...]
    sliced: tuple[str, ...]
    is_resource: bool = False


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an object as it stands in JSON; `type` is the one it has here, where there is a choice."""

    holder: Holder
    key: str
    path: str
    type: str
    asked: tuple[Asked, ...]

    @property
    def base(self) -> Json:
        """What the type itself asks."""
        return self.asked[0][1]

    @property
    def repeats(self) -> bool:
        return (self.base.get("base") or self.base).get("max", "1") not in ("0", "1")

    @property
    def least(self) -> int:
        return max(int(element.get("min", 0)) for _, element in self.asked)

    @property
    def most(self) -> int | None:
        found = [int(element["max"]) for _, element in self.asked if element.get("max", "*") != "*"]
        return min(found) if found else None

    @property
    def rule(self) -> str:
        return str(self.base["path"])

    def value(self, body: Json) -> Any:
        return step_into(body, self.holder.steps)[self.key]

    def items(self, body: Json) -> Iterator[tuple[str, Any]]:
        """Each value with its place."""
        value = self.value(body)
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield f"{self.path}[{index}]", item
        else:
            yield self.path, value


def step_into(body: Any, steps: Steps) -> Any:
    for step in steps:
        body = body[step]
    return body


class Walk:
    """The walk over one resource."""

    def __init__(self, official: Official) -> None:
        self.official = official

    def holders(self, body: Json) -> Iterator[Holder]:
        yield from self._resource(body, (), body["resourceType"], ())

    def properties(self, holder: Holder, body: Json) -> Iterator[Property]:
        inner = step_into(body, holder.steps)
        known = self.children(holder)
        for key in inner:
            if key in known:
                type_name, asked = known[key]
                name = asked[0][1]["path"].rpartition(".")[2].removesuffix("[x]")
                yield Property(holder, key, f"{holder.path}.{name}", type_name, asked)

    def children(self, holder: Holder) -> dict[str, tuple[str, tuple[Asked, ...]]]:
        """What may stand in an object by its name in JSON: the type and the definitions, the type's own first."""
        found: dict[str, tuple[str, list[Asked]]] = {}
        for structure, element in holder.asked:
            for child in self.official.children(structure, element["id"]):
                if child["path"].rpartition(".")[2] in element.get("choosing", ()):
                    continue  # another value here makes it another slice, or none
                parts = slices_of(self.official, structure, child) if is_by_type(child) else ()
                for asked in (child, *parts):
                    for key, type_name in _json_names(asked):
                        found.setdefault(key, (type_name, []))[1].append((structure, asked))
        return {key: (type_name, tuple(asked)) for key, (type_name, asked) in found.items()}

    def _resource(self, body: Json, steps: Steps, path: str, sliced: tuple[str, ...]) -> Iterator[Holder]:
        resource = step_into(body, steps)
        structure = self.official.type(str(resource.get("resourceType")))
        if structure is None:
            return
        asked = [(structure, structure["snapshot"]["element"][0])]
        for canonical in resource.get("meta", {}).get("profile", []):
            profile = self.official.structure(canonical)
            if profile is not None and profile["type"] == structure["type"]:
                asked.append((profile, profile["snapshot"]["element"][0]))
        yield from self._object(body, Holder(steps, path, structure["type"], tuple(asked), sliced, True))

    def _object(self, body: Json, holder: Holder) -> Iterator[Holder]:
        yield holder
        for found in list(self.properties(holder, body)):
            if self.official.is_primitive(found.type) or found.type == "xhtml":
                continue
            value = found.value(body)
            sliced = holder.sliced
            if any("slicing" in element for _, element in found.asked) and found.key not in ("extension",):
                sliced = (*sliced, holder.path, found.path)
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(item, dict):
                    at = (*holder.steps, found.key, *((index,) if isinstance(value, list) else ()))
                    path = f"{found.path}[{index}]" if isinstance(value, list) else found.path
                    yield from self._value(body, found, at, path, sliced)

    def _value(self, body: Json, found: Property, steps: Steps, path: str, sliced: tuple[str, ...]) -> Iterator[Holder]:
        if found.type in ("Resource", "DomainResource"):
            yield from self._resource(body, steps, path, sliced)
            return
        asked = tuple(self._unfold(found, step_into(body, steps)))
        if asked:
            yield from self._object(body, Holder(steps, path, found.type, asked, sliced))

    def _unfold(self, found: Property, value: Json) -> Iterator[Asked]:
        """The definitions that hold inside a value: its own children, those of its type, those of its extension."""
        own = [(structure, self._target(structure, element)) for structure, element in found.asked]
        inside = [asked for asked in own if self.official.children(asked[0], asked[1]["id"])]
        structure = self.official.type(found.type)
        if structure is not None and found.type not in ("BackboneElement", "Element"):
            yield structure, structure["snapshot"]["element"][0]
        yield from inside
        for structure, element in found.asked:
            if "slicing" in element:
                yield from self._slices(structure, element, value)
        extension = self.official.structure(str(value.get("url"))) if found.type == "Extension" else None
        if extension is not None:
            yield extension, extension["snapshot"]["element"][0]

    def _slices(self, structure: Json, element: Json, value: Json) -> Iterator[Asked]:
        for part in slices_of(self.official, structure, element):
            inside = self.official.children(structure, part["id"])
            if inside and lies_in(self.official, structure, element, part, value):
                yield structure, {**part, "choosing": choosing_names(element)}

    def _target(self, structure: Json, element: Json) -> Json:
        reference = element.get("contentReference")
        return self.official.elements(structure)[reference.rpartition("#")[2]] if reference else element


def _json_names(element: Json) -> Iterator[tuple[str, str]]:
    name = element["path"].rpartition(".")[2]
    if "contentReference" in element:
        yield name, "BackboneElement"
        return
    for kind in element.get("type", []):
        code = kind["code"]
        if code.startswith("http://hl7.org/fhirpath/"):
            code = next((e["valueUrl"] for e in kind.get("extension", []) if "valueUrl" in e), "string")
        yield (name.removesuffix("[x]") + code[0].upper() + code[1:] if name.endswith("[x]") else name), code
