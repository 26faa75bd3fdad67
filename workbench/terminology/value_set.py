"""ValueSet: which codes may stand somewhere, as a package says it, and whether a code is one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Membership:
    """`found` is None where it cannot be told offline; `reason` is a part of a sentence that says why."""

    found: bool | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConceptFilter:
    """What a code must meet to be selected: `concept is-a 123` (FHIR R4, ValueSet.compose.include.filter)."""

    property: str
    operation: str
    value: str


@dataclass(frozen=True, slots=True)
class Selection:
    """One include or exclude: of a code system the listed `codes`, those that meet all filters, or all of them.

    `codes` are (code, display); `value_sets` are canonicals, and what is selected is in each of them too.
    """

    system: str = ""
    version: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    filters: tuple[ConceptFilter, ...] = ()
    value_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueSet:
    """`expansion` are (system, code, display) where a package lists them; `whole` tells that the list is complete.

    With `active_only`, codes that their system no longer uses are left out (ValueSet.compose.inactive is false).
    """

    url: str
    version: str = ""
    name: str = ""
    title: str = ""
    status: str = ""
    includes: tuple[Selection, ...] = ()
    excludes: tuple[Selection, ...] = ()
    expansion: tuple[tuple[str, str, str], ...] = ()
    whole: bool = False
    active_only: bool = False
    package: str = ""
    lister: Callable[[ValueSet], frozenset[tuple[str, str]] | None] | None = field(
        default=None, compare=False, repr=False
    )

    def codes(self) -> Iterable[tuple[str, str]] | None:
        """Return (system, code) of each code; None where they cannot all be listed here."""
        return self.lister(self) if self.lister else None

    @property
    def canonical(self) -> str:
        return f"{self.url}|{self.version}" if self.version else self.url
