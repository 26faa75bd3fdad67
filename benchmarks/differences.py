"""Ratios of comparisons against their peers, in one run: bundles of 1,000 entries, packages and releases.

Usage: python -m benchmarks.differences [FOLDER]. FOLDER holds US Core as us_core_311.tgz and us_core_610.tgz.
Peers that are not installed are left out: pip install deepdiff dictdiffer jsonpatch. Rounds are interleaved.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from benchmarks.fhir_rooms import median_times, observation, print_ratios
from workbench.definition_diff.package_diff import diff_packages
from workbench.definition_diff.package_side import PackageSide
from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import find_release
from workbench.diff.difference import Difference
from workbench.diff.fhir_diff import diff_resources
from workbench.fhir.resource import Json, to_json
from workbench.packages.package import open_package

PACKAGES = Path(__file__).parents[2] / "shared/data/us-core-packages"


def bundles() -> tuple[Json, Json]:
    """Two searchsets of 1,000 observations, of which 100 have another value."""
    left: Json = {"resourceType": "Bundle", "type": "searchset", "entry": [observation(n) for n in range(1000)]}
    right = copy.deepcopy(left)
    for number in range(0, 1000, 10):
        right["entry"][number]["resource"]["valueQuantity"]["value"] = Decimal("73.50")
    return left, right


def peers(left: Json, right: Json) -> dict[str, Callable[[], int]]:
    """What each peer that is installed finds, as a number of differences; they are given floats, as they ask for."""
    left, right = (json.loads(to_json(side)) for side in (left, right))
    found: dict[str, Callable[[], int]] = {}
    for name in ("deepdiff", "dictdiffer", "jsonpatch"):
        if importlib.util.find_spec(name) is None:
            print(f"{name} is not installed; its ratio is left out.")
            continue
        module = importlib.import_module(name)
        if name == "deepdiff":
            found[name] = lambda module=module: sum(map(len, module.DeepDiff(left, right).values()))  # type: ignore[misc]
        elif name == "dictdiffer":
            found[name] = lambda module=module: sum(1 for _ in module.diff(left, right))  # type: ignore[misc]
        else:
            found[name] = lambda module=module: len(module.make_patch(left, right).patch)  # type: ignore[misc]
    return found


def compare_bundles(title: str, left: Json, right: Json, rounds: int) -> None:
    works: dict[str, Callable[[], int]] = {
        "diff_resources, differing rows alone": lambda: len(diff_resources(left, right, same=False)),
        "the same with two masks": lambda: len(
            diff_resources(left, right, same=False, masks=("*.meta", "Bundle.entry.resource.id"))
        ),
        "diff_resources, every row": lambda: sum(row.differs for row in diff_resources(left, right)),
    } | peers(left, right)
    counts = {name: work() for name, work in works.items()}
    times = median_times(dict(works), rounds)
    print_ratios(title, {f"{name}: {counts[name]} differences": seconds for name, seconds in times.items()})


def compare_definitions(folder: Path) -> None:
    """A whole comparison, beside the opening of what was compiled before: what a person waits for."""
    works: dict[str, Callable[[], object]] = {"R4 against R5, all types": lambda: diff_releases("R4", "R5")}
    if folder.is_dir():
        works["US Core 3.1.1 opened from the cache"] = lambda: side_of(folder / "us_core_311.tgz")
        works["US Core 3.1.1 against 6.1.0, opened and compared"] = lambda: diff_packages(
            side_of(folder / "us_core_311.tgz"), side_of(folder / "us_core_610.tgz")
        )
    else:
        print(f"{folder} is absent; the ratios of US Core are left out.")
    for work in works.values():
        work()
    print_ratios("Definitions", median_times(works, 5))


def side_of(path: Path) -> PackageSide:
    package = open_package(path)
    return PackageSide(package, load_definitions("4.0", (package,)))


def diff_releases(left: str, right: str) -> tuple[Difference, ...]:
    sides = [
        PackageSide(load_core_facts(found), load_definitions(found.key), is_release=True)
        for found in map(find_release, (left, right))
    ]
    return diff_packages(sides[0], sides[1])


def main(arguments: list[str]) -> int:
    left, right = bundles()
    compare_bundles("Two bundles of 1,000 entries, 100 changes", left, right, 5)
    turned = right | {"entry": right["entry"][::-1]}
    compare_bundles("The same, the entries of the right in the other order", left, turned, 3)
    compare_definitions(Path(arguments[0]) if arguments else PACKAGES)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
