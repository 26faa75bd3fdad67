"""Our FHIRPath beside fhirpathpy: every published invariant on every element of the examples that it speaks of.

Usage: python -m benchmarks.fhirpath_truth --core CORE.tgz [--core MORE.tgz] [--faults FOLDER] PACKAGE.tgz…
Both get the expression as published, and fhirpathpy the functions that it leaves to its user. Resources in bundles are
left out, as are elements of primitive types. With --faults those whose invariants were broken are taken as well.
Printed are the verdicts of both where they part, counted by invariant.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import fhirpathpy
from fhirpathpy.models import models

from benchmarks.faults.official import Json, Official, read_examples
from benchmarks.faults.places import Walk, step_into
from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_resource, to_json
from workbench.fhirpath.environment import Environment, find_within
from workbench.fhirpath.expression import compile_expression, root_node
from workbench.fhirpath.node import Node
from workbench.fhirpath.tables import load_tables


def has_value(items: list[Any]) -> list[Any]:
    values = [getattr(item, "data", item) for item in items]
    return [len(values) == 1 and values[0] is not None and not isinstance(values[0], dict | list)]


# What fhirpathpy leaves to its user; a reference resolves to nothing, as it mostly does in a single example.
GIVEN = {
    "hasValue": {"fn": has_value, "arity": {0: []}},
    "htmlChecks": {"fn": lambda items: [True], "arity": {0: []}},
    "resolve": {"fn": lambda items: [], "arity": {0: []}},
}


def invariants(official: Official, body: Json) -> Iterator[tuple[str, str, Json, Json]]:
    """For each object outside of inner resources: its place, its type's name of it, itself, each constraint once."""
    for holder in Walk(official).holders(body):
        if (holder.is_resource and holder.steps) or ".contained[" in holder.path or ".resource" in holder.path:
            continue
        seen = set()
        for _, element in holder.asked:
            for constraint in element.get("constraint", []):
                if "expression" in constraint and constraint["expression"] not in seen:
                    seen.add(constraint["expression"])
                    base = holder.asked[0][1]["path"]
                    yield holder.path, base, step_into(body, holder.steps), constraint


def ours(root: Node, path: str, expression: str, environment: Environment) -> str:
    nodes = compile_expression(path).find([root], environment)
    try:
        return str(compile_expression(expression).judge(nodes[0], environment))
    except WorkbenchError:
        return "not evaluated"


def theirs(part: Json, base: str, expression: str, body: Json) -> str:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # trace() prints there
            found: list[Any] = fhirpathpy.evaluate(
                part,
                {"base": base, "expression": expression},
                {"resource": body, "rootResource": body, "ucum": "http://unitsofmeasure.org"},
                models["r4"],
                {"userInvocationTable": GIVEN},
            )
    except Exception as failure:  # noqa: BLE001 what a peer raises is what is measured
        return f"raises {type(failure).__name__}"
    if len(found) != 1:
        return "True" if found else "None"
    return str(found[0]) if isinstance(found[0], bool) else "True"


def compare(official: Official, examples: Sequence[tuple[str, Json]]) -> tuple[Counter[str], dict[str, Counter[str]]]:
    agreed: Counter[str] = Counter()
    parted: dict[str, Counter[str]] = {}
    tables = load_tables("4.0")
    for _, body in examples:
        value = parse_resource(to_json(body))
        root = root_node(value, tables)
        environment = Environment(tables, root, root, resolve=lambda name, within=root: find_in(name, within))
        for path, base, part, constraint in invariants(official, body):
            expression = constraint["expression"]
            left = ours(root, path, expression, environment)
            right = theirs(part, base, expression, body)
            agreed["agree" if left == right else "part"] += 1
            agreed["False"] += left == right == "False"
            if left != right:
                key = f"{constraint['key']}: {' '.join(expression.split())[:100]}"
                parted.setdefault(key, Counter())[f"{left} | {right}"] += 1
    return agreed, parted


def find_in(name: str, root: Node) -> Node | None:
    return find_within(name, Environment(load_tables("4.0"), root, root))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--core", action="append", type=Path, default=[])
    parser.add_argument("--faults", type=Path)
    options = parser.parse_args(arguments)
    agreed: Counter[str] = Counter()
    parted: dict[str, Counter[str]] = {}
    for package in options.packages:
        examples = list(read_examples(package))
        if options.faults:
            rows = map(json.loads, (options.faults / f"{package.stem}.ndjson").read_text("utf-8").splitlines())
            examples += [(row["example"], row["resource"]) for row in rows if row["kind"] == "invariant broken"]
        counts, found = compare(Official([*options.core, package]), examples)
        agreed += counts
        for key, verdicts in found.items():
            parted[key] = parted.get(key, Counter()) + verdicts
    total = agreed["agree"] + agreed["part"]
    share = agreed["agree"] / total
    print(f"{total:,} evaluations, {share:.2%} with the same verdict, {agreed['False']:,} of them false in both")
    print("\n| invariant | workbench, fhirpathpy: times |\n|---|---|")
    for key, verdicts in sorted(parted.items()):
        cells = ", ".join(f"{pair}: {count}" for pair, count in verdicts.most_common())
        print(f"| {key.replace('|', '¦')} | {cells.replace('|', '/')} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
