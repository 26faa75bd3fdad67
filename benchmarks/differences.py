"""Ratios of comparisons against their peers, in one run: bundles, HL7 v2 messages, packages, releases, versions.

Usage: python -m benchmarks.differences [FOLDER]. FOLDER holds US Core as us_core_311.tgz and us_core_610.tgz.
Peers that are not installed are left out: pip install deepdiff dictdiffer jsonpatch hl7. Rounds are interleaved.
"""

from __future__ import annotations

import copy
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from benchmarks.fhir_rooms import median_times, observation, print_ratios
from workbench.definition_diff.package_diff import diff_packages
from workbench.definition_diff.package_side import PackageSide
from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import find_release
from workbench.diff.difference import Difference
from workbench.diff.fhir_diff import diff_resources
from workbench.diff.hl7v2_diff import diff_messages
from workbench.fhir.resource import Json, to_json
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.message import parse_message
from workbench.packages.package import open_package
from workbench.version_diff.version_diff import diff_versions
from workbench.version_diff.version_part import VersionPart

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


def result_message(values: Sequence[int], orders: Sequence[int]) -> bytes:
    """One ORU^R01 with those orders of eight results each, which have the values that stand at their numbers."""
    lines = ["MSH|^~\\&|LAB|H|EHR|H|20260101||ORU^R01^ORU_R01|C1|P|2.5.1", "PID|1||7^^^A^MR||Okafor^Amara||19840312|F"]
    for number, order in enumerate(orders, 1):
        lines.append(f"ORC|RE|P{order}|F{order}")
        lines.append(f"OBR|{number}|P{order}|F{order}|24331-1^Lipid panel^LN|||20260101")
        for place, value in enumerate(values[8 * order : 8 * order + 8], 1):
            code, unit = f"{1000 + place}-3^Result {place}^LN", "mg/dL^mg/dL^UCUM"
            lines.append(f"OBX|{place}|NM|{code}||{value}|{unit}|10-20|H|||F|||20260101")
    return "\r".join([*lines, ""]).encode()


def compare_messages(title: str, left: bytes, right: bytes, rounds: int) -> None:
    """From bytes to rows, as each peer needs them; deepdiff gets the lists that python-hl7 makes."""

    def find(same: bool) -> int:
        return sum(row.differs for row in diff_messages(parse_message(left), parse_message(right), same=same))

    works: dict[str, Callable[[], int]] = {
        "diff_messages, differing rows alone": lambda: find(same=False),
        "diff_messages, every row": lambda: find(same=True),
    }
    if importlib.util.find_spec("hl7") and importlib.util.find_spec("deepdiff"):
        parse, deepdiff = importlib.import_module("hl7").parse, importlib.import_module("deepdiff").DeepDiff

        def find_by_lists() -> int:
            sides = [to_lists(parse(side.decode())) for side in (left, right)]
            return sum(map(len, deepdiff(*sides).values()))

        works["deepdiff over the lists of python-hl7"] = find_by_lists
    else:
        print("hl7 or deepdiff is not installed; their ratio is left out.")
    counts = {name: work() for name, work in works.items()}
    times = median_times(dict(works), rounds)
    print_ratios(title, {f"{name}: {counts[name]} differences": seconds for name, seconds in times.items()})


def to_lists(part: object) -> object:
    return [to_lists(each) for each in part] if isinstance(part, list) else part


def compare_versions() -> None:
    works: dict[str, Callable[[], object]] = {
        f"HL7 v{left} against v{right}": partial(diff_hl7v2_versions, left, right)
        for left, right in (("2.3", "2.5.1"), ("2.5.1", "2.8.2"))
    }
    for work in works.values():
        work()
    print_ratios("Versions of HL7 v2, whole", median_times(works, 5))


def diff_hl7v2_versions(left: str, right: str) -> tuple[Difference, ...]:
    return diff_versions(VersionPart(load_dictionary(left)), VersionPart(load_dictionary(right)))


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
    values = list(range(100, 900))
    changed = [999 if number % 8 == 0 else value for number, value in enumerate(values)]
    orders = list(range(100))
    sides = result_message(values, orders), result_message(changed, orders)
    compare_messages("Two messages of 1,002 segments, 100 changes", *sides, 5)
    turned = result_message(changed, [*orders[:3], *orders[4:], 3])
    compare_messages("The same, the fourth order of the right at the end", sides[0], turned, 3)
    compare_versions()
    compare_definitions(Path(arguments[0]) if arguments else PACKAGES)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
