"""Structure: one structure definition with its snapshot, as facts: a type, a profile, an extension or a logical model.

Element ids are those of the standard: `Patient.extension:race.value[x]` (FHIR R4, ElementDefinition, id).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

BindingStrength = Literal["required", "extensible", "preferred", "example"]
DiscriminatorKind = Literal["value", "exists", "pattern", "type", "profile", "position"]
SlicingRules = Literal["open", "closed", "openAtEnd"]
StructureKind = Literal["primitive-type", "complex-type", "resource", "logical"]
Derivation = Literal["", "specialization", "constraint"]


@dataclass(frozen=True, slots=True)
class ElementType:
    """One type an element may have: `profiles` it must meet, `targets` a reference or canonical of it may name."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    aggregation: tuple[str, ...] = ()
    versioning: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """Which codes an element takes: a canonical of a value set; `most` is the widest set where the strength is less."""

    strength: BindingStrength
    value_set: str
    most: str = ""


@dataclass(frozen=True, slots=True)
class Discriminator:
    kind: DiscriminatorKind
    path: str


@dataclass(frozen=True, slots=True)
class Slicing:
    discriminators: tuple[Discriminator, ...]
    rules: SlicingRules = "open"
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Constraint:
    """An invariant; `human` is its sentence where a package says one, `source` the canonical that brings it."""

    key: str
    severity: Literal["error", "warning"]
    expression: str
    human: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ElementDefinition:
    """What a structure says of one element. `most` is None where it repeats without end.

    `fixed` and `pattern` are (type name, JSON value), as `("code", "phone")`; `least_value` and `most_value` likewise.
    `content_reference` is the id of the element whose content this one has, such as `Questionnaire.item`.
    `short` and `definition` are the prose of a package; the built-in facts have none.
    `is_attribute` tells how it stands in XML. `marks` are the extensions of its own with which a guide flags the
    element, such as the uscdi-requirement of US Core. `said` is for the elements of a differential: which of these
    facts it states, by their names here; all others are inherited. It is empty in a snapshot.
    """

    id: str
    path: str
    least: int = 0
    most: int | None = None
    types: tuple[ElementType, ...] = ()
    slice_name: str = ""
    slicing: Slicing | None = None
    content_reference: str = ""
    binding: Binding | None = None
    fixed: tuple[str, Any] | None = None
    pattern: tuple[str, Any] | None = None
    least_value: tuple[str, Any] | None = None
    most_value: tuple[str, Any] | None = None
    most_length: int | None = None
    constraints: tuple[Constraint, ...] = ()
    must_support: bool = False
    is_modifier: bool = False
    is_summary: bool = False
    base_path: str = ""
    base_least: int = 0
    base_most: int | None = None
    short: str = ""
    definition: str = ""
    is_attribute: bool = False
    marks: tuple[str, ...] = ()
    said: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ExtensionContext:
    """Where an extension may stand (StructureDefinition.context): an element id, an extension's url or a FHIRPath."""

    kind: Literal["element", "extension", "fhirpath"]
    expression: str


@dataclass(frozen=True, slots=True)
class Structure:
    """`elements` is the snapshot in its order; `package` is `ID#VERSION` of what brings it.

    `made_snapshot` tells that the snapshot was generated here from the differential; `is_differential` that there is
    none yet, and `elements` are those of the differential alone.
    """

    url: str
    version: str
    name: str
    kind: StructureKind
    type: str
    base: str
    derivation: Derivation
    abstract: bool
    elements: tuple[ElementDefinition, ...]
    title: str = ""
    status: str = ""
    fhir_version: str = ""
    contexts: tuple[ExtensionContext, ...] = ()
    context_invariants: tuple[str, ...] = ()
    package: str = ""
    made_snapshot: bool = False
    is_differential: bool = False

    @property
    def called(self) -> str:
        """What people call it."""
        return self.title or self.name or self.url

    @property
    def canonical(self) -> str:
        return f"{self.url}|{self.version}" if self.version else self.url


@dataclass(frozen=True, slots=True)
class StructureHead:
    """What an index says of a structure before it is read; `package` is the label of what brings it."""

    url: str
    version: str
    name: str
    title: str
    kind: StructureKind
    type: str
    base: str
    derivation: Derivation
    package: str = ""
