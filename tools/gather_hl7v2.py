"""Gather what hl7apy does not tell of HL7 v2 into `tools/hl7v2_more.json`, from which `compile_hl7v2.py` takes it.

Usage: python tools/gather_hl7v2.py DICTIONARY TYPES LENGTHS
DICTIONARY is the unpacked npm package hl7-dictionary 1.0.1 (MIT): lengths, components that are required, and what
values of tables mean where HL7 Terminology does not tell. TYPES is the installed PyPI package hl7types 0.9.5 (MIT):
which fields are conditional, and lengths of components from 2.7 on.
LENGTHS is a table, separated by tabs, of version (`251`), segment, field, length, usage and number of repetitions (0
for no limit) as HAPI HL7v2 2.6.0 has them: a length that it has otherwise is left out. Repetitions of 2.5 are those of
2.5.1.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.definitions.core_facts import load_built_in

INTO = Path(__file__).parent / "hl7v2_more.json"
VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1", "2.8.2")
# Versions of which hl7apy does not tell how often a field may repeat at most.
WITHOUT_LIMITS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1")
# Versions whose components have lengths of their own, and those of which hl7apy does not tell what is required.
WITH_LENGTHS = ("2.5", "2.5.1", "2.6")
WITH_USAGE = ("2.5", "2.5.1")
WITH_TYPES_LENGTHS = ("2.7", "2.8", "2.8.1", "2.8.2")
REQUIRED = 2
SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-"
FIELD = re.compile(r"^ +([A-Z0-9]{3})\.(\d+) - .*? \([A-Za-z0-9_*]+\) ([A-Z]+)(?: rep)?", re.MULTILINE)

COMPONENT = re.compile(r"^    [a-z0-9]+_(\d+): [^\n]*= Field\(\n(.*?)^    \)", re.MULTILINE | re.DOTALL)
LENGTH = re.compile(r"\bmax_length=(\d+)")

Lengths = dict[tuple[str, str, int], tuple[int, int]]


def read_definitions(path: Path) -> dict[str, Any]:
    """The value of a file of the package, which is JSON within a statement."""
    text = path.read_text("utf-8")
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def read_lengths(path: Path) -> dict[tuple[str, str, int], tuple[int, int]]:
    """Length and number of repetitions by version, segment and field."""
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return {(row[0], row[1], int(row[2])): (int(row[3]), int(row[5])) for row in rows}


def gather(version: str, dictionary: Path, types: Path, lengths: Lengths) -> dict[str, Any]:
    found: dict[str, Any] = {}
    folder = dictionary / "lib" / version
    if folder.is_dir():
        segments = read_definitions(folder / "segments.js")
        found["lengths"] = {
            name: agreed(version, name, facts["fields"], lengths) for name, facts in sorted(segments.items())
        }
        if version in WITH_LENGTHS:
            parts = {name: facts["subfields"] for name, facts in sorted(read_definitions(folder / "fields.js").items())}
            found["component_lengths"] = {name: [part.get("len", 0) for part in each] for name, each in parts.items()}
        if version in WITH_USAGE:
            found["required_components"] = {name: places for name, each in parts.items() if (places := required(each))}
    if version in WITH_TYPES_LENGTHS:
        found["component_lengths"] = type_lengths(types / "hl7" / f"v{version.replace('.', '_')}" / "datatypes")
    found["conditional"] = conditional(types / "hl7" / f"v{version.replace('.', '_')}" / "segments")
    if version in WITHOUT_LIMITS:
        found["most"] = most(version, lengths)
    return found


def agreed(version: str, name: str, fields: list[dict[str, Any]], lengths: Lengths) -> list[int]:
    """The lengths of a segment's fields, 0 where the two sources do not say the same."""
    return [
        told if (told := part.get("len", 0)) == lengths.get((version.replace(".", ""), name, number), (0, 0))[0] else 0
        for number, part in enumerate(fields, 1)
    ]


def required(parts: list[dict[str, Any]]) -> list[int]:
    return [number for number, part in enumerate(parts, 1) if part["opt"] == REQUIRED]


def conditional(folder: Path) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for path in sorted(folder.glob("[A-Z]*.py")):
        for name, number, usage in FIELD.findall(path.read_text("utf-8")):
            if usage == "C":
                found.setdefault(name, []).append(int(number))
    return found


def most(version: str, lengths: Lengths) -> dict[str, dict[str, int]]:
    """Fields that may repeat, but not without a limit."""
    found: dict[str, dict[str, int]] = {}
    for (told, name, number), (_, limit) in sorted(lengths.items()):
        if told == ("251" if version == "2.5" else version.replace(".", "")) and limit > 1:
            found.setdefault(name, {})[str(number)] = limit
    return found


def meanings(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """What the values of each table mean, where HL7 Terminology has no code system of the table or not that code."""
    terminology = load_built_in("terminology")
    for number, table in sorted(read_definitions(path).items(), key=lambda each: int(each[0])):
        system = terminology.code_system(SYSTEM + number.zfill(4))
        known = system.concepts if system is not None else {}
        found = {
            code: text.strip() for code, text in table.get("values", {}).items() if code not in known and text.strip()
        }
        if found:
            yield number.zfill(4), found


def type_lengths(folder: Path) -> dict[str, list[int]]:
    """The greatest lengths of the components of each data type that has some, 0 for the others."""
    found: dict[str, list[int]] = {}
    for path in sorted(folder.glob("[A-Z]*.py")):
        lengths = {
            int(number): int(told[1])
            for number, body in COMPONENT.findall(path.read_text("utf-8"))
            if (told := LENGTH.search(body))
        }
        if lengths:
            found[path.stem] = [lengths.get(number, 0) for number in range(1, max(lengths) + 1)]
    return found


def to_text(facts: dict[str, dict[str, Any]]) -> str:
    """JSON with one record a line."""
    versions = []
    for version, sections in facts.items():
        texts = []
        for section, records in sections.items():
            lines = ",\n".join(
                f"{json.dumps(key)}:{json.dumps(record, ensure_ascii=False, separators=(',', ':'))}"
                for key, record in records.items()
            )
            texts.append(f"{json.dumps(section)}:{{\n{lines}\n}}")
        versions.append(f"{json.dumps(version)}:{{{','.join(texts)}}}")
    return "{" + ",\n".join(versions) + "}\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("dictionary", "types", "lengths"):
        parser.add_argument(name, type=Path)
    told = parser.parse_args(arguments)
    lengths = read_lengths(told.lengths)
    facts: dict[str, dict[str, Any]] = {
        version: gather(version, told.dictionary, told.types, lengths) for version in VERSIONS
    }
    facts["any"] = {"meanings": dict(meanings(told.dictionary / "lib" / "tables.js"))}
    INTO.write_text(to_text(facts), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
