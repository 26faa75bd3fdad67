"""The truth of judging HL7 v2: single faults of every version, sound messages that look unusual, and published ones.

Usage: python -m benchmarks.conformance_truth [--hapi COMMAND] [--messages FOLDER]… [--details FILE], in an environment
that has hl7apy 1.3.5 and hl7types 0.9.5 too. COMMAND runs `benchmarks/peers/Hl7v2Judge.java` with the jars of HAPI
HL7v2 2.6.0. A fault is found where something is told that is not told of the same message without it. Tables in
Markdown are printed; with --details FILE, a JSON row for each fault that ours missed and for each published message.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hl7apy.parser import parse_message as parse_with_hl7apy
from hl7types import decode_er7

from benchmarks.faults.hl7v2_faults import RIGHT, WRONG, each
from workbench.conformance.judge import judge
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message

OURS = "workbench"
# Versions that a party does not have: it is not asked of them.
LACKS = {"HAPI HL7v2": ("2.8.2",)}
Judge = Callable[[Sequence[str]], list[list[str]]]


def judge_ours(texts: Sequence[str]) -> list[list[str]]:
    return [_judge_one(text) for text in texts]


def _judge_one(text: str) -> list[str]:
    try:
        issues = judge(parse_message(text.encode()))
    except WorkbenchError as error:
        return [f"error  {error}"]
    return [f"{issue.severity} {issue.path} {issue.rule}" for issue in issues if issue.severity != "information"]


def judge_with_hl7apy(texts: Sequence[str]) -> list[list[str]]:
    found = []
    for text in texts:
        report: list[str] = []
        try:
            if not parse_with_hl7apy(text).validate():
                report.append("invalid")
        except Exception as error:  # noqa: BLE001 - whatever it raises is its verdict
            report.append(f"{type(error).__name__}: {error}"[:200])
        found.append(report)
    return found


def judge_with_hl7types(texts: Sequence[str]) -> list[list[str]]:
    found = []
    for text in texts:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                decode_er7(text)
                errors = []
            except Exception as error:  # noqa: BLE001 - whatever it raises is its verdict
                errors = [f"{type(error).__name__}: {error}"[:300]]
        said = [str(warning.message) for warning in told]
        found.append(errors + [each for each in said if "unknown segment 'Z" not in each])
    return found


def make_hapi(command: str) -> Judge:
    def judge_with_hapi(texts: Sequence[str]) -> list[list[str]]:
        lines = "".join(f"{base64.b64encode(text.encode()).decode()}\n" for text in texts)
        done = subprocess.run(command.split(), input=lines, capture_output=True, text=True, check=True)
        return [line.split(" / ") if line else [] for line in done.stdout.split("\n")[: len(texts)]]

    return judge_with_hapi


def has_place(told: list[str], path: str) -> bool:
    """Whether ours tells of `path` or of what is around or within it, groups left out."""
    for line in told:
        place = line.split(" ")[1].rpartition("/")[2].split("-")
        place[0] = place[0].partition("[")[0]
        shown = "-".join(place).replace("[2]", "")
        if shown.startswith(path) or path.startswith(shown) or ("OBSERVATION" in shown and path == "OBR"):
            return True
    return False


def show_faults(judges: dict[str, Judge], details: list[dict[str, Any]]) -> None:
    made = list(each(WRONG))
    bases, wrongs = [base for *_, base, _ in made], [wrong for *_, wrong in made]
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for name, run in judges.items():
        for (fault, version, _, wrong), before, after in zip(made, run(bases), run(wrongs), strict=True):
            if version in LACKS.get(name, ()):
                continue
            new = [line for line in after if line not in before]
            found = bool(new)
            if name == OURS:
                found = has_place(new, fault.path) and any(line.startswith(fault.weight) for line in new)
                alone = len(new) == 1
                rows[fault.kind]["alone"].append(alone)
                if not found or not alone or before:
                    details.append(
                        {"fault": fault.kind, "version": version, "told": new, "before": before, "text": wrong}
                    )
            rows[fault.kind][name].append(found)
    print(f"| single fault | made | {' | '.join(judges)} |\n|---|---|{'---|' * len(judges)}")
    total: dict[str, list[bool]] = defaultdict(list)
    for kind, by_name in rows.items():
        cells = [_share(by_name[name], by_name["alone"] if name == OURS else None) for name in judges]
        print(f"| {kind} | {len(by_name[OURS])} | {' | '.join(cells)} |")
        for name, found in by_name.items():
            total[name] += found
    cells = [_share(total[name], total["alone"] if name == OURS else None) for name in judges]
    print(f"| **all** | {len(made)} | {' | '.join(cells)} |\n")


def show_right(judges: dict[str, Judge], details: list[dict[str, Any]]) -> None:
    made = list(each(RIGHT))
    texts = [text for *_, text in made]
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for name, run in judges.items():
        for (fault, version, _, text), told in zip(made, run(texts), strict=True):
            if version in LACKS.get(name, ()):
                continue
            rows[fault.kind][name].append(not told)
            if told and name == OURS:
                details.append({"right": fault.kind, "version": version, "told": told, "text": text})
    print(f"| nothing wrong | made | {' | '.join(judges)} |\n|---|---|{'---|' * len(judges)}")
    for kind, by_name in rows.items():
        cells = [_share(by_name[name], None) for name in judges]
        print(f"| {kind} | {len(by_name[OURS])} | {' | '.join(cells)} |")
    cells = [_share([held for by_name in rows.values() for held in by_name[name]], None) for name in judges]
    print(f"| **all** | {len(made)} | {' | '.join(cells)} |\n")


def _share(found: list[bool], alone: list[bool] | None) -> str:
    text = f"{100 * sum(found) / len(found):.0f}%" if found else "–"
    return f"{text} ({100 * sum(alone) / len(alone):.0f}%)" if alone else text


def show_published(judges: dict[str, Judge], folders: Sequence[Path], details: list[dict[str, Any]]) -> None:
    paths = [path for folder in folders for path in sorted(folder.glob("*.hl7"))]
    texts = [read_text(path) for path in paths]
    verdicts = {name: run(texts) for name, run in judges.items()}
    print(f"| of {len(paths)} published messages | {' | '.join(judges)} |\n|---|{'---|' * len(judges)}")
    errors = {
        name: [[line for line in told if is_error(name, line)] for told in each] for name, each in verdicts.items()
    }
    print(f"| without an error | {' | '.join(str(sum(not told for told in errors[name])) for name in judges)} |")
    alike = [sum(bool(a) == bool(b) for a, b in zip(errors[OURS], errors[name], strict=True)) for name in judges]
    print(f"| the same verdict as ours | {' | '.join(map(str, alike))} |")
    for at, path in enumerate(paths):
        details.append({"message": path.name, **{name: errors[name][at] for name in judges}})


def is_error(name: str, line: str) -> bool:
    return line.startswith(("error", "fatal")) if name == OURS else True


def read_text(path: Path) -> str:
    """The text as peers take it: without a byte order mark, and each segment ended by a carriage return."""
    text = path.read_bytes().decode("utf-8-sig")
    return "\r".join(line for line in text.replace("\r", "\n").split("\n") if line) + "\r"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hapi", default="", metavar="COMMAND")
    parser.add_argument("--messages", action="append", type=Path, default=[], metavar="FOLDER")
    parser.add_argument("--details", type=Path, metavar="FILE")
    told = parser.parse_args(arguments)
    judges: dict[str, Judge] = {OURS: judge_ours}
    judges |= {"HAPI HL7v2": make_hapi(told.hapi)} if told.hapi else {}
    judges |= {"hl7types": judge_with_hl7types, "hl7apy": judge_with_hl7apy}
    details: list[dict[str, Any]] = []
    show_faults(judges, details)
    show_right(judges, details)
    if told.messages:
        show_published(judges, told.messages, details)
    if told.details:
        told.details.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in details), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
