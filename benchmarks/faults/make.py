"""Make of single faults from the published examples of packages, the same ones for the same seed.

Usage: python -m benchmarks.faults.make --core CORE.tgz [--core MORE.tgz] --into FOLDER [--seed N] [--each N] PACKAGE…
Of each kind and rule, `--each` faults are taken of those that the examples let be made, and one of the shapes. One
NDJSON file a package is written: {"id", "kind", "rule", "example", "places", "resource"}.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.faults.content_faults import content_faults
from benchmarks.faults.fault import Fault
from benchmarks.faults.invariant_faults import invariant_faults
from benchmarks.faults.official import Json, Official, read_examples
from benchmarks.faults.places import Walk
from benchmarks.faults.shape_faults import shape_faults
from benchmarks.faults.slice_faults import slice_faults
from benchmarks.faults.value_faults import value_faults
from workbench.fhir.resource import to_json

# Kinds that every element lets be made: one of each element says it all.
SHAPES = (
    "nothing beside a primitive",
    "array for a single value",
    "empty value",
    "object for a primitive",
    "text for an object",
)


def all_faults(official: Official, body: Json, extensions: Mapping[str, Json]) -> Iterator[Fault]:
    """Every single fault that a resource lets be made; `extensions` are examples of such, by their url."""
    walk = Walk(official)
    yield from shape_faults(official, walk, body)
    yield from value_faults(official, walk, body)
    yield from slice_faults(official, walk, body)
    yield from invariant_faults(official, walk, body)
    yield from content_faults(official, walk, body, extensions)


def sample_faults(
    official: Official, examples: Sequence[tuple[str, Json]], seed: int, each: int
) -> list[tuple[str, Fault]]:
    """Of each kind and rule, `each` faults by reservoir, so that not all of them are ever held."""
    chosen: dict[tuple[str, str], list[tuple[str, Fault]]] = {}
    seen: Counter[tuple[str, str]] = Counter()
    choice = random.Random(seed)  # noqa: S311 a sample that can be drawn again, no secret
    extensions = {extension["url"]: extension for _, body in examples for extension in body.get("extension", [])}
    for name, body in examples:
        for fault in all_faults(official, body, extensions):
            key = (fault.kind, fault.rule)
            seen[key] += 1
            kept = chosen.setdefault(key, [])
            most = 1 if fault.kind in SHAPES else each
            if len(kept) < most:
                kept.append((name, fault))
            elif (place := choice.randrange(seen[key])) < most:
                kept[place] = (name, fault)
    return [found for key in sorted(chosen) for found in chosen[key]]


def write_faults(path: Path, faults: Sequence[tuple[str, Fault]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for number, (example, fault) in enumerate(faults):
            row = {
                "id": number,
                "kind": fault.kind,
                "rule": fault.rule,
                "example": example,
                "places": list(dict.fromkeys(fault.places)),
                "resource": fault.body,
            }
            out.write(to_json(row) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--core", action="append", type=Path, default=[])
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--each", type=int, default=4)
    options = parser.parse_args(arguments)
    options.into.mkdir(parents=True, exist_ok=True)
    for package in options.packages:
        official = Official([*options.core, package])
        faults = sample_faults(official, list(read_examples(package)), options.seed, options.each)
        write_faults(options.into / f"{package.stem}.ndjson", faults)
        print(f"{package.stem}: {len(faults)} faults")
        for kind, count in sorted(Counter(fault.kind for _, fault in faults).items()):
            print(f"  {count:>5}  {kind}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
