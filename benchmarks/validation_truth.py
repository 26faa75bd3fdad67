"""The truth of the verdicts: published examples, single faults made of them, and other validators beside ours.

Usage: python -m benchmarks.validation_truth --faults FOLDER [--peer NAME=COMMAND]… [--keep FOLDER] PACKAGE.tgz…
FOLDER is what `python -m benchmarks.faults.make` wrote from the same packages. In a peer's command {package} stands for
the package's id and version (hl7.fhir.us.core#6.1.0) and {folder} for a folder where it is unpacked. What peers said is
kept with --keep, and read from there when they are asked the same again. Tables in Markdown are printed; with --details
FILE, a JSON row for each example with an error and for each fault that was not found, or not alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from benchmarks.faults.official import Json, read_examples
from benchmarks.faults.peer import ask_peer
from benchmarks.faults.verdict import Finding, Told, judge, plain_path
from workbench.definitions.definitions import load_definitions
from workbench.fhir.resource import parse_resource, to_json
from workbench.packages.package import open_package
from workbench.validation.validator import Validator

OURS = "workbench"


@dataclass(slots=True)
class Tally:
    """What one validator made of the good examples and of the faults, by kind."""

    examples: Counter[str] = field(default_factory=Counter)
    sound: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))


@dataclass(frozen=True, slots=True)
class Work:
    """One package with its examples and the faults made of them."""

    package: Path
    label: str
    examples: dict[str, Json]
    faults: list[Json]


def read_work(package: Path, folder: Path) -> Work:
    lines = (folder / f"{package.stem}.ndjson").read_text("utf-8").splitlines()
    return Work(
        package, read_label(package), dict(read_examples(package)), [parse_resource_row(line) for line in lines]
    )


def read_label(package: Path) -> str:
    with tarfile.open(package) as members:
        content = members.extractfile("package/package.json")
        manifest = json.loads(content.read()) if content else {}
    return f"{manifest['name']}#{manifest['version']}"


def parse_resource_row(line: str) -> Json:
    row: Json = json.loads(line)
    row["text"] = line.partition('"resource":')[2].strip()[:-1]
    return row


def judge_ours(work: Work, texts: Iterable[tuple[str, str]]) -> dict[str, list[Told]]:
    validator = Validator(load_definitions("4.0", [open_package(work.package)]))
    verdicts: dict[str, list[Told]] = {}
    for name, text in texts:
        issues = validator.validate(parse_resource(text))
        verdicts[name] = [Told(issue.path, f"{issue.rule}: {issue.message}") for issue in issues if issue.is_error]
    return verdicts


def judge_with(command: str, work: Work, texts: Sequence[tuple[str, str]], keep: Path | None) -> dict[str, list[Told]]:
    asked = hashlib.sha256(json.dumps([command, work.label, texts]).encode()).hexdigest()
    kept = keep / f"{asked[:32]}.json" if keep else None
    if kept and kept.exists():
        return {
            name: [Told(*error) for error in errors] for name, errors in json.loads(kept.read_text("utf-8")).items()
        }
    with tempfile.TemporaryDirectory() as folder:
        told = ask_peer(peer_command(command, work.package, folder), texts)
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        errors = {name: [(error.path, error.text) for error in found] for name, found in told.items()}
        kept.write_text(json.dumps(errors), "utf-8")
    return told


def peer_command(command: str, package: Path, folder: str) -> str:
    """The command with what stands in it for the package; unpacked in `folder` where the peer wants a folder."""
    if "{folder}" in command:
        with tarfile.open(package) as members:
            members.extractall(folder, filter="data")
    return command.format(package=read_label(package), folder=f"{folder}/package")


def measure(
    work: Work, name: str, command: str, tally: Tally, details: TextIO | None, keep: Path | None
) -> dict[str, list[Told]]:
    texts = [(f"example:{file}", to_json(body)) for file, body in work.examples.items()]
    texts += [(f"fault:{row['id']}", row["text"]) for row in work.faults]
    started = time.perf_counter()
    told = judge_with(command, work, texts, keep) if command else judge_ours(work, texts)
    print(f"<!-- {name} {work.label}: {time.perf_counter() - started:.1f} s -->", file=sys.stderr)
    for file in work.examples:
        errors = told[f"example:{file}"]
        tally.examples[work.label] += 1
        tally.sound[work.label] += not errors
        if errors:
            note(details, name, work, {"example": file, "errors": [(e.path, e.text) for e in errors]})
    for row in work.faults:
        before = told[f"example:{row['example']}"]
        if any(plain_path(error.path) == plain_path(row["places"][0]) for error in before):
            continue  # there is no telling a second fault at a place that has one
        finding = judge(row["places"], told[f"fault:{row['id']}"], before)
        tally.faults[row["kind"]].append(finding)
        if not finding.placed or finding.elsewhere:
            described = {key: row[key] for key in ("id", "kind", "rule", "example", "places")}
            elsewhere = [(e.path, e.text) for e in finding.elsewhere]
            found = {"found": finding.found, "placed": finding.placed, "elsewhere": elsewhere}
            note(details, name, work, {**described, **found})
    return told


def note(details: TextIO | None, validator: str, work: Work, row: dict[str, Any]) -> None:
    if details is not None:
        details.write(json.dumps({"validator": validator, "package": work.label, **row}, ensure_ascii=False) + "\n")


def print_examples(tallies: dict[str, Tally], labels: Sequence[str]) -> None:
    print("| examples without an error |", " | ".join(labels), "| all |")
    print("|---" * (len(labels) + 2) + "|")
    for name, tally in tallies.items():
        cells = [f"{tally.sound[label]} of {tally.examples[label]}" for label in labels]
        share = sum(tally.sound.values()) / sum(tally.examples.values())
        print(f"| {name} |", " | ".join(cells), f"| {share:.1%} |")


def print_faults(tallies: dict[str, Tally]) -> None:
    print("\n| single fault | made |", " | ".join(tallies), "|")
    print("|---" * (2 + len(tallies)) + "|")
    kinds = sorted(next(iter(tallies.values())).faults)
    for kind in kinds:
        print_row(kind, [tally.faults[kind] for tally in tallies.values()])
    print_row("**all**", [[f for kind in kinds for f in tally.faults[kind]] for tally in tallies.values()])


def print_row(kind: str, cells: list[list[Finding]]) -> None:
    """Each cell: found at the right place, and with nothing new elsewhere."""
    shown = []
    for cell in cells:
        placed = [finding for finding in cell if finding.placed]
        alone = [finding for finding in placed if not finding.elsewhere]
        shown.append(f"{len(placed) / len(cell):.1%} ({len(alone) / len(cell):.1%})" if cell else "none to judge")
    print(f"| {kind} | {len(cells[0])} |", " | ".join(shown), "|")


def print_agreement(verdicts: dict[str, dict[str, list[Told]]]) -> None:
    """How often two agree on whether a resource has an error at all."""
    names = list(verdicts)
    print("\n| verdict valid or not, in agreement |", " | ".join(names), "|")
    print("|---" * (len(names) + 1) + "|")
    for left in names:
        shares = []
        for right in names:
            common = verdicts[left].keys() & verdicts[right].keys()
            same = sum(bool(verdicts[left][key]) == bool(verdicts[right][key]) for key in common)
            shares.append(f"{same / len(common):.1%}")
        print(f"| {left} |", " | ".join(shares), "|")


def print_partings(verdicts: dict[str, dict[str, list[Told]]], kinds: dict[str, str]) -> None:
    """On what ours and each of the others part, by kind."""
    print("\n| parting from ours | where ours alone has an error | where the other alone has one |\n|---|---|---|")
    ours = verdicts[OURS]
    for name, theirs in verdicts.items():
        if name != OURS:
            keys = [key for key in ours if key in theirs]
            left = Counter(kinds.get(key, "example") for key in keys if ours[key] and not theirs[key])
            right = Counter(kinds.get(key, "example") for key in keys if theirs[key] and not ours[key])
            cells = [f"{c.total()}: " + ", ".join(f"{n} {kind}" for kind, n in c.most_common(8)) for c in (left, right)]
            print(f"| {name} | {cells[0]} | {cells[1]} |")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--faults", type=Path, required=True)
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--details", type=Path)
    options = parser.parse_args(arguments)
    commands = {OURS: "", **dict(peer.split("=", 1) for peer in options.peer)}
    works = [read_work(package, options.faults) for package in options.packages]
    tallies = {name: Tally() for name in commands}
    verdicts: dict[str, dict[str, list[Told]]] = {name: {} for name in commands}
    details = options.details.open("w", encoding="utf-8") if options.details else None
    for work in works:
        for name, command in commands.items():
            told = measure(work, name, command, tallies[name], details, options.keep)
            verdicts[name] |= {f"{work.label} {key}": errors for key, errors in told.items()}
    if details:
        details.close()
    print_examples(tallies, [work.label for work in works])
    print_faults(tallies)
    print_agreement(verdicts)
    kinds = {f"{work.label} fault:{row['id']}": row["kind"] for work in works for row in work.faults}
    print_partings(verdicts, kinds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
