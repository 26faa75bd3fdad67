"""TypeTable: the elements of one type by their JSON names, as walkers of resources need them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

JsonKind = Literal["string", "number", "integer", "boolean"]


@dataclass(frozen=True, slots=True)
class TypedElement:
    """One element under one JSON name: `valueQuantity` is the element `value[x]` with the type Quantity.

    `type` is a data type, `Resource`, or an inner type such as `Patient.contact`; `most` is None where it repeats
    without end. `value_set` is the canonical of a required binding, `targets` the resource types it may refer to.
    `is_attribute` tells how it stands in XML (`Element.id`, `Extension.url`).
    """

    json_name: str
    name: str
    type: str
    least: int
    most: int | None
    value_set: str = ""
    targets: tuple[str, ...] = ()
    is_attribute: bool = False

    @property
    def repeats(self) -> bool:
        return self.most != 1


@dataclass(frozen=True, slots=True)
class Primitive:
    """A primitive type; its JSON values are of `kind` and match `pattern` whole, where it has one."""

    name: str
    kind: JsonKind
    pattern: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class TypeTable:
    """`elements` by JSON name in the standard's order; `choices` are the JSON names of each element by its own name.

    There are several names for `value[x]` alone. `required` are the names of elements that must stand.
    `base` is the type it specializes: `DomainResource`, `Quantity`, `BackboneElement` …
    """

    name: str
    elements: Mapping[str, TypedElement]
    required: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]]
    base: str = ""
