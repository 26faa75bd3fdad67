"""Agreement with one other validator on what nobody made for it: mutants of examples, and a package's own resources.

Usage: python -m benchmarks.validation_agreement --peer COMMAND [--release 4.0] [--mutants N] [--sample N] PACKAGE.tgz
With --mutants, that many are bred of the examples of PACKAGE, which both validators also have as a package; else the
definitions in it are taken as they are: all of them by ours, and by the peer those that ours calls wrong and --sample
others. The command is as in `benchmarks.validation_truth`. Printed are the counts, and on what they part, a case each.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.faults.official import Json, read_examples
from benchmarks.faults.peer import ask_peer
from benchmarks.faults.verdict import Told
from benchmarks.mutants import Breeder
from benchmarks.validation_truth import peer_command
from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_resource, to_json
from workbench.packages.package import open_package
from workbench.validation.validator import Validator

LARGEST = 60_000
# What HL7's validator says because it has no server at hand: that what it does not know is wrong.
OFFLINE = ("could not be found", "No definition", "is null", "expecting one of []")


def mutants(package: Path, count: int, chance: random.Random) -> Iterator[tuple[str, Json]]:
    seeds = [body for _, body in read_examples(package) if len(to_json(body)) < LARGEST]
    breeder = Breeder(seeds, chance)
    for number in range(count):
        yield f"mutant {number}", breeder.mutant(most=2)


def own_resources(package: Path) -> Iterator[tuple[str, Json]]:
    with tarfile.open(package) as members:
        for member in members:
            folder, _, name = member.name.rpartition("/")
            content = members.extractfile(member) if folder == "package" and name.endswith(".json") else None
            if content is not None and name not in ("package.json", ".index.json"):
                body = json.loads(content.read())
                if "resourceType" in body:
                    yield name, body


def judge_ours(validator: Validator, resources: Sequence[tuple[str, Json]]) -> dict[str, list[Told]]:
    """Those that are refused before they are judged are left out: another validator may read them otherwise."""
    verdicts = {}
    for name, body in resources:
        try:
            issues = validator.validate(parse_resource(to_json(body)))
        except WorkbenchError:
            continue
        verdicts[name] = [Told(issue.path, f"{issue.rule}: {issue.message}") for issue in issues if issue.is_error]
    return verdicts


def show(title: str, found: list[tuple[str, Told]]) -> None:
    counts = Counter(_kind(told) for _, told in found)
    print(f"{title}: {len(found)}")
    for kind, count in counts.most_common(15):
        name, told = next((name, told) for name, told in found if _kind(told) == kind)
        print(f"  {count:>4}  {told.text[:150]} ({name}, {told.path})")


def _kind(told: Told) -> str:
    return re.sub(r"['“][^'”]*['”]|\d+|http\S+|\([^)]*\)", "…", told.text)[:60]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--release", default="4.0")
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    chance = random.Random(options.seed)  # noqa: S311 a sample that can be drawn again
    bred = mutants(options.package, options.mutants, chance)
    resources = list(bred if options.mutants else own_resources(options.package))
    on_top = [open_package(options.package)] if options.mutants and options.release == "4.0" else []
    ours = judge_ours(Validator(load_definitions(options.release, on_top)), resources)
    asked = set(ours)
    if not options.mutants:
        sound = sorted(name for name, errors in ours.items() if not errors)
        asked = {name for name, errors in ours.items() if errors} | set(
            chance.sample(sound, min(options.sample, len(sound)))
        )
    texts = [(name, to_json(body)) for name, body in resources if name in asked]
    with tempfile.TemporaryDirectory() as folder:
        theirs = ask_peer(peer_command(options.peer, options.package, folder), texts)
    told = {name: [e for e in errors if not any(w in e.text for w in OFFLINE)] for name, errors in theirs.items()}
    wrong = sum(bool(errors) for errors in ours.values())
    print(f"{len(ours):,} resources, {wrong:,} of them wrong by ours; the peer was asked of {len(told):,}")
    alike = sum(bool(ours[name]) == bool(told[name]) for name in told)
    print(f"valid or not in agreement: {alike:,} of {len(told):,} ({alike / len(told):.1%})")
    show("ours alone tells an error", [(name, ours[name][0]) for name in told if ours[name] and not told[name]])
    show("the peer alone tells an error", [(name, told[name][0]) for name in told if told[name] and not ours[name]])
    return 0


if __name__ == "__main__":
    sys.exit(main())
