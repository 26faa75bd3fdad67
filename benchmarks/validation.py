"""Ratios of validation against its peers in one run: base structure, profiles with invariants, and growth with size.

Usage: python -m benchmarks.validation [--package US-CORE.tgz [--peer NAME=COMMAND]…]
Medians are compared, of interleaved rounds but for peers: one is a command as in `benchmarks.validation_truth`, asked
before ours; it tells itself how long it took for each resource, so that neither its start nor the pipe is counted.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.faults.official import Json, read_examples
from benchmarks.faults.peer import run_peer
from benchmarks.fhir_rooms import PATIENT, median_times, observation, print_ratios
from benchmarks.validation_truth import peer_command
from workbench.definitions.definitions import load_definitions
from workbench.fhir.resource import parse_resource, to_json
from workbench.packages.package import open_package
from workbench.validation.validator import Validator

ROUNDS = 80
# A peer is warm after so many rounds, of which the last are counted.
PEER_ROUNDS = 400
PEER_COUNTED = 100


def bundle(count: int) -> Json:
    return {"resourceType": "Bundle", "type": "collection", "entry": [observation(n) for n in range(count)]}


def repeated(work: Callable[[], object], times: int) -> Callable[[], object]:
    """So small a work some times in a row, as for the files of a folder, and not each time after another's."""

    def run() -> None:
        for _ in range(times):
            work()

    return run


def compare_base() -> None:
    """Both read the text, and both know R4B, since fhir.resources has no R4."""
    validator = Validator(load_definitions("4.3"))
    for title, value, rounds, times in (
        ("A Patient", PATIENT, 100, 20),
        ("A bundle of 1,000 entries", bundle(1000), 9, 1),
    ):
        text = to_json(value)
        assert not validator.check_structure(parse_resource(text)), validator.check_structure(parse_resource(text))
        works: dict[str, Callable[[], object]] = {
            "parse_resource and check_structure": lambda text=text: validator.check_structure(parse_resource(text)),
        }
        if importlib.util.find_spec("fhir"):
            name = str(value["resourceType"])
            model = getattr(importlib.import_module(f"fhir.resources.R4B.{name.lower()}"), name)
            works["fhir.resources R4B model_validate_json"] = lambda text=text, model=model: model.model_validate_json(
                text
            )
        else:
            print("fhir.resources is not installed; its ratio is left out (pip install fhir.resources).")
        several = {name: repeated(work, times) for name, work in works.items()}
        print_ratios(f"{title} from its text, base structure", median_times(several, rounds))


def compare_profiles(package: Path, peers: dict[str, str]) -> None:
    """Examples of US Core against all that they claim, each warm."""
    validator = Validator(load_definitions("4.0", [open_package(package)]))
    chosen = [(name, to_json(body)) for name, body in read_examples(package) if name in CHOSEN]
    rounds = [(f"{number} {name}", text) for number in range(PEER_ROUNDS) for name, text in chosen]
    told = {
        name: run_peer(peer_command(command, package, folder), rounds)
        for name, command in peers.items()
        for folder in [tempfile.mkdtemp()]
    }
    for name, text in chosen:
        times = median_times({"workbench": lambda text=text: validator.validate(parse_resource(text))}, ROUNDS)
        for peer, verdicts in told.items():
            warm = [verdicts[f"{number} {name}"]["micros"] for number in range(PEER_ROUNDS - PEER_COUNTED, PEER_ROUNDS)]
            times[peer] = statistics.median(warm) / 1e6
        print_ratios(f"{name} against all it claims", times)


CHOSEN = ("Patient-example.json", "Observation-blood-pressure.json", "Observation-bp-data-absent.json")


def show_growth() -> None:
    validator = Validator()
    bundles = {count: parse_resource(to_json(bundle(count))) for count in (100, 1000, 5000)}
    works = {str(count): lambda resource=resource: validator.validate(resource) for count, resource in bundles.items()}
    times = median_times(works, 7)
    costs = {count: times[str(count)] / count for count in bundles}
    print("Full validation of a bundle, cost of an entry by their number (the least is 1)")
    for count, cost in costs.items():
        print(f"  {count:<44,}{cost / min(costs.values()):>10.2f} ×")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path)
    parser.add_argument("--peer", action="append", default=[])
    options = parser.parse_args(arguments)
    compare_base()
    show_growth()
    if options.package:
        compare_profiles(options.package, dict(peer.split("=", 1) for peer in options.peer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
