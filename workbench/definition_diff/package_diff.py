"""Differences between two packages, of a guide or of a release of FHIR: what each defines, by its canonical.

What both define is held against each other down to its elements and codes; each row's path starts with what it is of,
such as `StructureDefinition[us-core-patient]` or the name of a type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from workbench.definition_diff.binding_diff import binds
from workbench.definition_diff.code_system_diff import diff_code_systems
from workbench.definition_diff.definition_presence import tell_presence
from workbench.definition_diff.element_words import unique_names
from workbench.definition_diff.package_side import PackageSide
from workbench.definition_diff.package_structures_diff import StructuresComparison, names_of_types
from workbench.definition_diff.search_parameter_diff import by_type_and_code, diff_search_parameters
from workbench.definition_diff.value_set_diff import diff_value_sets
from workbench.definitions.package_facts import ResourceHead
from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.name_order import merge_names
from workbench.packages.package import Package
from workbench.server_diff.capability_diff import diff_capability_statements

# Definitions of a package that rows tell of besides those with facts of their own, in the words of the rows.
_OTHERS = {
    "CapabilityStatement": "capability statement",
    "OperationDefinition": "operation",
    "ConceptMap": "concept map",
}


def diff_packages(left: PackageSide, right: PackageSide) -> tuple[Difference, ...]:
    """The rows that differ: the packages' own, structures, search parameters, value sets, code systems, the rest."""
    sides = left, right
    structures = StructuresComparison(left, right)
    rows = [*_diff_manifests(left, right), *_tell_parts(sides), *structures.rows(), *_diff_search_parameters(sides)]
    rows += _diff_value_sets(sides, structures.strengths)
    if not _of_releases(sides):  # of a release, the value sets tell which of the codes matter
        rows += _diff_code_systems(sides)
        rows += _diff_others(sides)
    return tuple(rows)


_Sides = tuple[PackageSide, PackageSide]


def _of_releases(sides: _Sides) -> bool:
    return all(side.is_release for side in sides)


def _diff_manifests(left: PackageSide, right: PackageSide) -> Iterator[Difference]:
    """What the packages say of themselves: the releases they are made for, and what they depend on."""
    if left.is_release and right.is_release:
        return
    versions = tuple(
        ", ".join(side.package.fhir_versions) or side.definitions.release.version for side in (left, right)
    )
    if versions[0] != versions[1]:
        why = "They are made for two releases of FHIR, which have other elements and names: see the rows of the types."
        yield make_row("fhirVersions", "fhirVersions", versions[0], versions[1], Verdict("breaks-both", why))
    if left.is_partial or right.is_partial:
        return  # a part says nothing of what the whole builds on
    here, there = left.package.dependencies, right.package.dependencies
    for name in merge_names(here, there):
        if here.get(name) != there.get(name):
            why = "What it builds on is another version, or other: compare those packages too."
            words = here.get(name), there.get(name)
            yield make_row(f"dependencies[{name}]", "dependencies", *words, Verdict("information", why))


def _tell_parts(sides: _Sides) -> Iterator[Difference]:
    """What a package that is here in part does not have here is not told as gone or new."""
    if any(side.is_partial for side in sides) and sides[0].package.label != sides[1].package.label:
        words = [
            f"{len(side.structures)} profiles and extensions, a part" if side.is_partial else "whole" for side in sides
        ]
        why = "Of one of the two packages only a part is here, and only what both have is compared: install the whole."
        yield make_row("package", "part", words[0], words[1], Verdict("information", why))


def _diff_search_parameters(sides: _Sides) -> Iterator[Difference]:
    if not all(side.definitions.release.complete for side in sides):
        return  # of STU3 the structure alone is known
    found = [side.package.search_parameters() for side in sides]
    if _of_releases(sides):
        types = names_of_types(sides)
        here, there = (by_type_and_code(items, types) for items in found)
        names = {key: key for key in (*here, *there)}
    else:
        here, there = ({item.url: item for item in items} for items in found)
        names = unique_names([*here, *there])
    for url in _in_order(names):
        place = f"SearchParameter[{names[url]}]"
        mine, other = here.get(url), there.get(url)
        if mine and other:
            yield from diff_search_parameters(mine, other, path=place)
        elif (item := mine or other) and not sides[mine is not None].is_partial:
            words = f"{item.code} of {', '.join(item.bases)}"
            yield tell_presence(place, "search parameter", words, added=mine is None)


def _diff_value_sets(sides: _Sides, strengths: Mapping[str, str]) -> Iterator[Difference]:
    here, there = (_by_url(side.package.value_set_heads()) for side in sides)
    if _of_releases(sides):  # a release brings also those that nothing is bound to, or that later stand elsewhere
        bound = {url for url, strength in strengths.items() if binds(strength)} & here.keys() & there.keys()
        here, there = ({url: side[url] for url in bound} for side in (here, there))

    def diff(url: str, place: str) -> Iterable[Difference]:
        mine, other = (side.definitions.value_set(url) for side in sides)
        if mine is None or other is None:
            return ()
        return diff_value_sets(mine, other, path=place, strength=strengths.get(url, "example"))

    yield from _diff_heads("ValueSet", "value set", (here, there), diff, _tellable(sides))


def _diff_code_systems(sides: _Sides) -> Iterator[Difference]:
    here, there = (_by_url(side.package.code_system_heads()) for side in sides)

    def diff(url: str, place: str) -> Iterable[Difference]:
        mine, other = (side.package.code_system(url) for side in sides)
        return diff_code_systems(mine, other, path=place) if mine and other else ()

    yield from _diff_heads("CodeSystem", "code system", (here, there), diff, _tellable(sides))


def _diff_others(sides: _Sides) -> Iterator[Difference]:
    """Capability statements down to what they ask; of the others only that one side has them."""
    packages = [side.package for side in sides]
    heads = [package.other_heads() if isinstance(package, Package) else () for package in packages]
    for type_name, words in _OTHERS.items():
        here, there = (_by_url(head for head in found if head.type == type_name) for found in heads)

        def diff(url: str, place: str, type_name: str = type_name) -> Iterable[Difference]:
            mine, other = (package.other(type_name, url) for package in packages if isinstance(package, Package))
            if type_name != "CapabilityStatement" or mine is None or other is None:
                return ()
            found = diff_capability_statements(mine, other)
            return (replace(row, path=f"{place}.{row.path}") for row in found if row.path not in ("date", "version"))

        yield from _diff_heads(type_name, words, (here, there), diff, _tellable(sides))


def _diff_heads(
    type_name: str,
    kind: str,
    sides: tuple[Mapping[str, ResourceHead], Mapping[str, ResourceHead]],
    diff: Callable[[str, str], Iterable[Difference]],
    tellable: tuple[bool, bool],
) -> Iterator[Difference]:
    """`tellable` says of removed and of added ones whether they are told."""
    left, right = sides
    names = unique_names([*left, *right])
    for url in _in_order(names):
        place = f"{type_name}[{names[url]}]"
        if url in left and url in right:
            yield from diff(url, place)
        elif tellable[url in right]:
            head = left.get(url) or right[url]
            yield tell_presence(place, kind, head.title or head.name, added=url in right)


def _tellable(sides: _Sides) -> tuple[bool, bool]:
    """What is gone is told where the right is here as a whole, what is new where the left is."""
    return not sides[1].is_partial, not sides[0].is_partial


def _by_url(heads: Iterable[ResourceHead]) -> dict[str, ResourceHead]:
    return {head.url: head for head in heads}


def _in_order(names: Mapping[str, str]) -> list[str]:
    return sorted(names, key=lambda url: names[url].casefold())
