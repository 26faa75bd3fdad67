"""Node: one element of a resource with its type, and the way from it to its children."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any

from workbench.definitions.type_table import TypedElement, TypeTable
from workbench.fhirpath.quantity import Quantity
from workbench.fhirpath.tables import Tables
from workbench.fhirpath.temporal import Temporal, TemporalKind, parse_temporal

UCUM = "http://unitsofmeasure.org"
# A resource stands where an element has one of these types; which one, it says itself.
# From how many choices on it is quicker to look which of them stand than to try each.
_FEW = 5
_ANY_RESOURCE = ("Resource", "DomainResource")
_PARENTS = {
    "code": "string", "id": "string", "markdown": "string", "url": "uri", "canonical": "uri", "oid": "uri",
    "uuid": "uri", "positiveInt": "integer", "unsignedInt": "integer",
    "Age": "Quantity", "Count": "Quantity", "Distance": "Quantity", "Duration": "Quantity", "Money": "Element",
    "SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity", "DomainResource": "Resource",
}  # fmt: skip
SYSTEM_TYPES = {
    "boolean": "Boolean", "integer": "Integer", "positiveInt": "Integer", "unsignedInt": "Integer",
    "integer64": "Integer", "decimal": "Decimal", "date": "Date", "dateTime": "DateTime", "instant": "DateTime",
    "time": "Time",
}  # fmt: skip


class Node:
    """An element: `value` is its JSON value (None where only `sibling`, the `_name` object beside it, stands)."""

    __slots__ = ("kind", "sibling", "value")

    def __init__(self, value: Any, kind: Kind, sibling: Any = None) -> None:
        self.value = value
        self.kind = kind
        self.sibling = sibling

    @property
    def type(self) -> str:
        """`Patient`, `Patient.contact`, `HumanName`, `code` …; empty where the definitions know none."""
        return self.kind.name

    def __repr__(self) -> str:
        return f"Node({self.type}, {self.value!r})"


# A JSON name, the name of its sibling (empty for what is not primitive) and the kind of what stands there.
Step = tuple[str, str, "Kind"]


class _Steps(dict[str, tuple[Step, ...]]):
    """The ways to an element by its name, found once for each kind."""

    __slots__ = ("_kind",)

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, name: str) -> tuple[Step, ...]:
        if len(self) > 1000:
            self.clear()
        steps = self[name] = self._kind.find_steps(name)
        return steps


class Kind:
    """A type as nodes need it: its names with those of its bases, and the ways to its elements.

    `convert` makes the System value of a JSON value; None where they are the same.
    """

    __slots__ = ("any_resource", "convert", "model", "name", "names", "primitive", "steps", "table")

    def __init__(self, name: str, model: Model, *, primitive: bool = False) -> None:
        self.name = name
        self.model = model
        self.primitive = primitive
        self.table: TypeTable | None = None if primitive else model.tables.table(name)
        self.names = frozenset(model.name_bases(name, self.table))
        self.any_resource = name in _ANY_RESOURCE
        self.convert = _CONVERTERS.get(name) or (_to_quantity if "Quantity" in self.names else None)
        self.steps = _Steps(self)

    def find_steps(self, name: str) -> tuple[Step, ...]:
        """`value` leads to `valueQuantity`, `valueString` …; a name that no definition has leads to the JSON's own."""
        model, table = self.model, self.table
        if self.primitive:
            return tuple(model.element_steps(name))
        if table is not None:
            names = table.choices.get(name) or table.choices.get(f"{name}[x]")
            if names is not None:
                return tuple(model.step_to(table.elements[json_name]) for json_name in names)
            if name in table.elements:
                return (model.step_to(table.elements[name]),)
        return ((name, f"_{name}", model.kind("")),)

    def step_to_json(self, json_name: str) -> Step:
        element = self.table.elements.get(json_name) if self.table else None
        if element is not None:
            return self.model.step_to(element)
        return next(iter(self.model.element_steps(json_name)), (json_name, f"_{json_name}", self.model.kind("")))


class Model:
    """The kinds of one set of definitions."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._kinds: dict[str, Kind] = {}

    def kind(self, name: str) -> Kind:
        found = self._kinds.get(name)
        if found is None:
            found = self._kinds[name] = Kind(name, self, primitive=self.is_primitive(name))
        return found

    def is_primitive(self, name: str) -> bool:
        return bool(name) and (self.tables.primitive(name) is not None or name == "xhtml")

    def knows(self, name: str) -> bool:
        return self.is_primitive(name) or self.tables.table(name) is not None or name in _ANY_RESOURCE

    def step_to(self, element: TypedElement) -> Step:
        kind = self.kind(element.type)
        return (element.json_name, f"_{element.json_name}" if kind.primitive else "", kind)

    def element_steps(self, name: str) -> Iterator[Step]:
        """What every element has, primitive ones too."""
        if name == "extension":
            yield ("extension", "", self.kind("Extension"))
        elif name == "id":
            yield ("id", "_id", self.kind("string"))

    def name_bases(self, name: str, table: TypeTable | None) -> Iterator[str]:
        for _ in range(10):
            if not name:
                return
            yield name
            base = table.base if table is not None else ""
            name = base or _PARENTS.get(name) or ("BackboneElement" if "." in name else "")
            table = self.tables.table(name) if name else None

    def node_of_resource(self, value: Any) -> Node:
        """A resource, typed by what it says it is; an unknown one has elements by their JSON names alone."""
        name = value.get("resourceType") if isinstance(value, dict) else None
        known = isinstance(name, str) and self.tables.is_resource(name)
        return Node(value, self.kind(name if known and isinstance(name, str) else ""))


@lru_cache(maxsize=8)
def model_of(tables: Tables) -> Model:
    """The kinds of these definitions, made once."""
    return Model(tables)


def follow(node: Node, steps: tuple[Step, ...], found: list[Any]) -> None:
    """Add to `found` the elements to which `steps` lead."""
    source = node.value
    if source.__class__ is not dict:
        source = node.sibling
        if source.__class__ is not dict:
            return
    if len(steps) > _FEW:
        steps = _choose(steps, source)
    for name, beside, kind in steps:
        raw = source.get(name)
        if not beside:
            if raw is None:
                continue
            if kind.any_resource:
                make = kind.model.node_of_resource
                found += [make(item) for item in raw if item is not None] if isinstance(raw, list) else [make(raw)]
            elif raw.__class__ is list:
                found += [Node(item, kind) for item in raw if item is not None]
            else:
                found.append(Node(raw, kind))
            continue
        sibling = source.get(beside)
        if sibling is None:
            if raw is None:
                continue
            if raw.__class__ is not list:
                found.append(Node(raw, kind))
            else:
                found += [Node(item, kind) for item in raw if item is not None]
        else:
            _pair(raw, sibling, kind, found)


def _choose(steps: tuple[Step, ...], source: dict[str, Any]) -> tuple[Step, ...]:
    """Those of many choices that stand in `source`, of which there is mostly one."""
    names = _names_of(steps)
    return tuple({names[key]: None for key in source if key in names})


@lru_cache(maxsize=1024)
def _names_of(steps: tuple[Step, ...]) -> dict[str, Step]:
    return {name: step for step in steps for name in step[:2] if name}


def _pair(raw: Any, sibling: Any, kind: Kind, found: list[Any]) -> None:
    """Values and the siblings beside them, which tell the same elements (FHIR, JSON representation of primitives)."""
    if not isinstance(raw, list) and not isinstance(sibling, list):
        found.append(Node(raw, kind, sibling))
        return
    values = raw if isinstance(raw, list) else [raw]
    siblings = sibling if isinstance(sibling, list) else [sibling]
    for place in range(max(len(values), len(siblings))):
        value = values[place] if place < len(values) else None
        beside = siblings[place] if place < len(siblings) else None
        if value is not None or beside is not None:
            found.append(Node(value, kind, beside))


def child_nodes(node: Node, name: str | None = None) -> list[Node]:
    """The children under one element name, or all of them in the order of the JSON."""
    found: list[Node] = []
    if name is not None:
        follow(node, node.kind.steps[name], found)
        return found
    source = node.value if isinstance(node.value, dict) else node.sibling
    if isinstance(source, dict):
        kind = node.kind
        for key in source:
            bare = key[1:] if key[:1] == "_" else key
            if key != "resourceType" and (bare is key or bare not in source):
                follow(node, (kind.step_to_json(bare),), found)
    return found


def to_value(item: Any) -> Any:
    """The System value of an item: a primitive's value, a Quantity; a complex element stays a Node."""
    if item.__class__ is not Node:
        return item
    value = item.value
    convert = item.kind.convert
    if convert is not None:
        value = convert(value)
    elif value.__class__ is float:
        value = Decimal(repr(value))
    return item if isinstance(value, dict | list) else value


def _to_decimal(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return Decimal(repr(value)) if isinstance(value, float) else value


def _to_integer(value: Any) -> Any:
    """An integer64 is a text in JSON (FHIR R5)."""
    return int(value) if isinstance(value, str) and len(value) < 20 and value.lstrip("-").isdecimal() else value


def _to_temporal(kind: TemporalKind | None) -> Any:
    @lru_cache(maxsize=1024)
    def read(text: str) -> Any:
        return parse_temporal(text, kind) or text

    def convert(value: Any) -> Any:
        return read(value) if isinstance(value, str) and len(value) < 64 else value

    return convert


def _to_moment(value: Any) -> Any:
    """A dateTime may have the precision of a date, and is a DateTime all the same."""
    found = _read_any(value)
    if isinstance(found, Temporal):
        return value if found.kind == "Time" else Temporal("DateTime", found.parts, found.offset)
    return value


def _to_quantity(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    amount, code = value.get("value"), value.get("code")
    amount = _to_decimal(amount)
    if not isinstance(amount, Decimal):
        return value
    unit = code if value.get("system") == UCUM and code else value.get("unit") or code
    return Quantity(amount, unit if isinstance(unit, str) else "1")


_read_any = _to_temporal(None)
_CONVERTERS: dict[str, Any] = {
    "decimal": _to_decimal,
    "integer64": _to_integer,
    "date": _to_temporal("Date"),
    "dateTime": _to_moment,
    "instant": _to_moment,
    "time": _to_temporal("Time"),
}
