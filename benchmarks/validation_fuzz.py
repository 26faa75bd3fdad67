"""Fuzz of the validator: mutated resources, as values and as bytes of JSON and XML, each judged or refused in words.

Usage: python -m benchmarks.validation_fuzz [--count N] [--seed N] [--package PACKAGE.tgz…]
The seeds are the shipped patients and the examples of the packages. Anything but a verdict or a refusal in words ends
it, with the mutant told; else it prints how many there were of each, the slowest, and the memory.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.faults.official import read_examples
from benchmarks.mutants import Breeder
from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_resource, to_json
from workbench.packages.package import open_package
from workbench.source.source import parse_source
from workbench.source.xml_writer import to_xml
from workbench.validation.validator import Validator

PIECES = (
    b"<",
    b"/>",
    b'"',
    b"&",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e999",
    b"\x00",
    b"\xff",
    b"<!DOCTYPE a>",
)
RESOURCES = Path(__file__).parents[1] / "fixtures/resources"


def read_seeds(packages: Sequence[Path]) -> list[Json]:
    shipped = [parse_resource(path.read_bytes()) for path in sorted(RESOURCES.rglob("*.json"))]
    entries = [entry["resource"] for bundle in shipped for entry in bundle.get("entry", [])]
    published = [body for package in packages for _, body in read_examples(package)]
    return entries + [body for body in published if len(to_json(body)) < 40_000]


def break_bytes(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(PIECES) + data[at + chance.choice((0, 1, 5)) :]
    return data


def fuzz(count: int, seed: int, packages: Sequence[Path]) -> tuple[Counter[str], float]:
    """How many of each outcome there were, and the seconds of the slowest."""
    chance = random.Random(seed)  # noqa: S311 the same mutants each time
    breeder = Breeder(read_seeds(packages), chance)
    opened = [open_package(package) for package in packages]
    validators = [Validator(load_definitions(release, opened if release == "4.0" else ())) for release in RELEASES]
    outcomes: Counter[str] = Counter()
    slowest = (0.0, "")
    for number in range(count):
        validator = chance.choice(validators)
        mutant = breeder.mutant()
        started = time.perf_counter()
        try:
            outcomes[judge(mutant, validator, chance)] += 1
        except WorkbenchError as error:
            assert str(error), "a refusal without words"
            outcomes["refused in words"] += 1
        except BaseException:
            print(f"mutant {number} of seed {seed}: {to_json(mutant)[:2000]}", file=sys.stderr)
            raise
        slowest = max(slowest, (time.perf_counter() - started, to_json(mutant)[:200]))
    print(f"{count:,} mutants of {len(breeder.seeds)} seeds: {dict(outcomes)}")
    print(f"the slowest took {slowest[0] * 1000:.0f} ms: {slowest[1]}")
    return outcomes, slowest[0]


RELEASES = ("4.0", "4.0", "4.0", "4.3", "5.0", "3.0")


def judge(mutant: Json, validator: Validator, chance: random.Random) -> str:
    """As a value, or as text with its places told, or as text whose bytes are broken."""
    kind = chance.randrange(4)
    if kind < 2:
        issues = validator.validate(mutant)
    else:
        text = to_json(mutant).encode() if kind == 2 else to_xml(mutant, validator.definitions).encode()
        data = break_bytes(text, chance) if chance.randrange(2) else text
        source = parse_source(data, validator.definitions)
        issues = tuple(source.locate(issue) for issue in (*source.issues, *validator.validate(source.value)))
    assert all(issue.message.strip() and issue.severity for issue in issues)
    return "invalid" if any(issue.is_error for issue in issues) else "valid"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--package", action="append", type=Path, default=[])
    options = parser.parse_args(arguments)
    tracemalloc.start(1)
    fuzz(options.count, options.seed, options.package)
    print(f"at most {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB of Python's memory in use")
    return 0


if __name__ == "__main__":
    sys.exit(main())
