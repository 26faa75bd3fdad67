"""Terminology: value sets and code systems found by name, and codes judged by them.

What is decidable for one code is decided, even where a value set cannot be listed: a code of a system that is not
among the included ones is no member. What takes a terminology server is told as such.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from workbench.terminology.canonical_memory import CanonicalMemory
from workbench.terminology.code_system import CodeSystem
from workbench.terminology.concept_filter import meets
from workbench.terminology.implicit_value_set import find_implicit_value_set
from workbench.terminology.value_set import ConceptFilter, Membership, Selection, ValueSet
from workbench.terminology.well_known import is_surely_none, judge_well_known, list_well_known, name_of_system

_YES, _NO = Membership(True), Membership(False)
# Value sets that import each other go no deeper in any package; what does is a circle.
_DEEPEST = 20
FindValueSet = Callable[[str], ValueSet | None]
FindCodeSystem = Callable[[str], CodeSystem | None]
Codes = frozenset[tuple[str, str]]


class Terminology:
    """Judges by what `find_value_set` and `find_code_system` give; both take a canonical."""

    def __init__(self, find_value_set: FindValueSet, find_code_system: FindCodeSystem) -> None:
        def find(canonical: str) -> ValueSet | None:
            found = find_value_set(canonical) or find_implicit_value_set(canonical)
            return replace(found, lister=self._list_once) if found else None

        self._find_code_system = find_code_system
        self._value_sets = CanonicalMemory(find)
        self._listed: dict[str, Codes | None] = {}
        self._drawn_on: dict[str, tuple[str, ...]] = {}

    def value_set(self, canonical: str) -> ValueSet | None:
        return self._value_sets.get(canonical)

    def judge_code(self, canonical: str, system: str, code: str) -> Membership:
        """Tell whether a code is in a value set; an empty `system` stands for any of the systems in it."""
        drawn_on = () if system else self._systems_of(canonical)
        if drawn_on:
            return _any(self._judge(canonical, each, code, 0) for each in drawn_on)
        return self._judge(canonical, system, code, 0)

    def judge_in_system(self, system: str, code: str, version: str = "") -> Membership:
        """Tell whether a code system has a code; of another version than `version`, where that is not here."""
        known = judge_well_known(system, code)
        if known is not None:
            return known
        found = self._find_system(system, version)
        has = found.has(code) if found is not None else None
        if has is None and is_surely_none(system, code):
            return Membership(False, f"“{code}” cannot be a code of {name_of_system(system)}: look for a typing error")
        if found is None or found.content == "supplement":
            return Membership(None, f"the code system {name_of_system(system)} is not here")
        if has is None:
            part = "codes are not here" if not found.concepts else "codes are here in part only"
            return Membership(None, f"the code system {name_of_system(system)} is known by name, but its {part}")
        return _YES if has else Membership(False, f"the code system {name_of_system(system)} has no code “{code}”")

    def _find_system(self, system: str, version: str = "") -> CodeSystem | None:
        return self._find_code_system(f"{system}|{version}" if version else system)

    def _systems_of(self, canonical: str) -> tuple[str, ...]:
        """The systems whose codes may be in a value set, as far as that is known here."""
        if canonical not in self._drawn_on:
            self._drawn_on[canonical] = tuple(dict.fromkeys(self._draws_on(canonical, 0)))
        return self._drawn_on[canonical]

    def _draws_on(self, canonical: str, depth: int) -> Iterator[str]:
        value_set = self.value_set(canonical)
        if value_set is None or depth > _DEEPEST:
            return
        yield from (system for system, _, _ in value_set.expansion)
        for item in value_set.includes:
            if item.system:
                yield item.system
            else:
                for imported in item.value_sets[:1]:  # what all must hold is in the first
                    yield from self._draws_on(imported, depth + 1)

    def _judge(self, canonical: str, system: str, code: str, depth: int) -> Membership:
        value_set = self.value_set(canonical)
        if value_set is None:
            return Membership(None, f"the value set {canonical} is not installed")
        if depth > _DEEPEST:
            return Membership(None, f"the value set {canonical} takes itself in")
        if not value_set.includes:
            return self._judge_expansion(value_set, system, code)
        if value_set.active_only and self._is_inactive(system, code):
            return _NO
        found = _any(self._judge_selection(item, system, code, depth) for item in value_set.includes)
        if found.found is None and self._in_expansion(value_set, system, code):
            return _YES
        if found.found is not False and value_set.excludes:
            out = _any(self._judge_selection(item, system, code, depth) for item in value_set.excludes)
            if out.found is not False:
                return _NO if out.found else out
        return found

    def _judge_expansion(self, value_set: ValueSet, system: str, code: str) -> Membership:
        if self._in_expansion(value_set, system, code):
            return _YES
        if value_set.whole:
            return _NO
        return Membership(None, f"the value set {value_set.url} does not say here which codes it holds")

    def _in_expansion(self, value_set: ValueSet, system: str, code: str) -> bool:
        return any((system, code) == (named, known) for named, known, _ in value_set.expansion)

    def _is_inactive(self, system: str, code: str) -> bool:
        found = self._find_system(system)
        return found is not None and found.standing_of(code) == "inactive"

    def _judge_selection(self, item: Selection, system: str, code: str, depth: int) -> Membership:
        if item.system and system != item.system:
            return _NO
        verdicts = [self._judge(canonical, system, code, depth + 1) for canonical in item.value_sets]
        if item.system and not any(verdict.found is False for verdict in verdicts):
            verdicts.append(self._judge_own(item, code))
        return _all(verdicts)

    def _judge_own(self, item: Selection, code: str) -> Membership:
        if item.codes:
            return self._judge_listed(item, code)
        known = self.judge_in_system(item.system, code, item.version)
        return _all([known, *(self._judge_filter(item, by, code) for by in item.filters)])

    def _judge_filter(self, item: Selection, by: ConceptFilter, code: str) -> Membership:
        met = meets(self._find_system(item.system, item.version), by, code)
        if met is not None:
            return Membership(met)
        told = f"{by.property} {by.operation} {by.value}"
        return Membership(None, f"the rule “{told}” of {name_of_system(item.system)} cannot be followed here")

    def _judge_listed(self, item: Selection, code: str) -> Membership:
        if any(code == listed for listed, _ in item.codes):
            return _YES
        found = self._find_system(item.system, item.version)
        if found is None or found.is_case_sensitive:
            return _NO
        return Membership(any(code.casefold() == listed.casefold() for listed, _ in item.codes))

    def _list_once(self, value_set: ValueSet) -> Codes | None:
        if value_set.canonical not in self._listed:
            self._listed[value_set.canonical] = self._list(value_set, 0)
        return self._listed[value_set.canonical]

    def _list(self, value_set: ValueSet, depth: int) -> Codes | None:
        if depth > _DEEPEST:
            return None
        if not value_set.includes:
            listed = frozenset((system, code) for system, code, _ in value_set.expansion)
            return listed if value_set.whole else None
        parts = [self._list_selection(item, depth) for item in value_set.includes]
        less = [self._list_selection(item, depth) for item in value_set.excludes]
        found = [part for part in (*parts, *less) if part is not None]
        if len(found) < len(parts) + len(less):
            return None
        codes = _join(found[: len(parts)]) - _join(found[len(parts) :])
        if value_set.active_only:
            return frozenset((system, code) for system, code in codes if not self._is_inactive(system, code))
        return codes

    def _list_selection(self, item: Selection, depth: int) -> Codes | None:
        parts = [self._list_imported(canonical, depth) for canonical in item.value_sets]
        if item.system:
            parts.append(self._list_own(item))
        found = [part for part in parts if part is not None]
        if not found or len(found) < len(parts):
            return None
        return frozenset.intersection(*found)

    def _list_imported(self, canonical: str, depth: int) -> Codes | None:
        value_set = self.value_set(canonical)
        return self._list(value_set, depth + 1) if value_set else None

    def _list_own(self, item: Selection) -> Codes | None:
        system = self._find_system(item.system, item.version)
        if item.codes:
            codes: Iterable[str] = (code for code, _ in item.codes)
        elif system is None:
            known = list_well_known(item.system)
            if not known or item.filters:
                return None
            codes = known
        else:
            if not system.is_complete:
                return None
            verdicts = {code: [meets(system, by, code) for by in item.filters] for code in system.concepts}
            if any(met is None for met in (met for all_met in verdicts.values() for met in all_met)):
                return None
            codes = (code for code, all_met in verdicts.items() if all(all_met))
        return frozenset((item.system, code) for code in codes)


def _any(verdicts: Iterable[Membership]) -> Membership:
    """One that is sure to hold is enough; one that cannot be told leaves the whole untold."""
    result = _NO
    for verdict in verdicts:
        if verdict.found:
            return verdict
        if result is _NO or (verdict.found is None and result.found is False):
            result = verdict
    return result


def _all(verdicts: Iterable[Membership]) -> Membership:
    result = _YES
    for verdict in verdicts:
        if verdict.found is False:
            return verdict
        if verdict.found is None:
            result = verdict
    return result


def _join(parts: Iterable[Codes]) -> Codes:
    return frozenset().union(*parts)
