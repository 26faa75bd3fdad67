"""Truth of the differences between versions of HL7 v2: what another dictionary says changed, field by field.

Usage: python -m benchmarks.version_truth FOLDER [--list] [--hapi LIB]. FOLDER is `LocalData` of the repository
hl7tools-dotnet (MIT), which has a folder for each version with one JSON file for each segment. Data type, withdrawal
and repetition are held against each other for the fields that both dictionaries have in both versions. LIB holds the
jars hapi-base and hapi-structures-v23 to -v28 2.6.0 of Maven Central; `javap` reads the data types of their classes.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from workbench.hl7v2.dictionary import load_dictionary
from workbench.version_diff.version_diff import diff_versions
from workbench.version_diff.version_part import VersionPart

VERSIONS = ("2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8")
_FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-\d+")
_WITHDRAWN = ("W", "X")
Facts = dict[str, tuple[str, bool, bool]]
"""By field its data type, and whether it is withdrawn and may repeat."""
Change = tuple[str, str]


def their_facts(folder: Path, version: str) -> Facts:
    found: Facts = {}
    for path in sorted((folder / version / "Segments").glob("*.json")):
        for field in json.loads(path.read_text("utf-8-sig"))["fields"]:
            datatype = re.sub(r"^CM_.*", "CM", field["dataType"] or "").replace("VARIES", "varies")
            gone = field["usage"] in _WITHDRAWN
            found[field["id"].replace(".", "-")] = datatype, gone, field["rpt"] not in ("1", 1)
    return found


def their_changes(left: Facts, right: Facts) -> Iterator[Change]:
    for field in left.keys() & right.keys():
        here, there = left[field], right[field]
        if here[1] != there[1]:
            yield field, "withdrawn"
        elif not here[1]:
            if here[0] != there[0] and "CM" not in (here[0], there[0]):
                yield field, "datatype"
            if here[2] != there[2]:
                yield field, "max"


def our_changes(left: str, right: str, fields: set[str]) -> Iterator[Change]:
    """The same of our rows; the types CM, which are called by a name of their own from 2.3.1 on, left out."""
    parts = [VersionPart(load_dictionary(version)) for version in (left, right)]
    for row in diff_versions(parts[0], parts[1]):
        if row.path not in fields or not _FIELD.fullmatch(row.path):
            continue
        if row.aspect == "usage" and "withdrawn" in f"{row.left} {row.right}":
            yield row.path, "withdrawn"
        elif row.aspect == "max" and "*" in (row.left, row.right):
            yield row.path, "max"
        elif row.aspect == "datatype" and "CM" not in (_plain(row.left), _plain(row.right)):
            yield row.path, "datatype"


def _plain(datatype: str | None) -> str:
    return re.sub(r"^CM_.*", "CM", datatype or "")


def compare_with_hapi(library: Path) -> None:
    """Field by field, the data type that HAPI's classes return; CM and what is withdrawn left out."""
    (base,) = library.glob("hapi-base-*.jar")
    for version in VERSIONS:
        name = f"v{version.replace('.', '')}"
        (jar,) = library.glob(f"hapi-structures-{name}-*.jar")
        with zipfile.ZipFile(jar) as archive:
            entries = [entry for entry in archive.namelist() if f"/{name}/segment/" in entry and "$" not in entry]
        classes = [entry.removesuffix(".class").replace("/", ".") for entry in entries if entry.endswith(".class")]
        command = ["javap", "-cp", f"{jar}{os.pathsep}{base}", *classes]
        told = dict(_read_javap(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        dictionary = load_dictionary(version)
        places = [(segment, number) for segment in dictionary.segments() for number in range(1, 100)]
        fields = {place: field for place in places if (field := dictionary.field(*place)) and field.usage != "W"}
        shared = [place for place in fields if place in told and _plain(fields[place].datatype) != "CM"]
        differing = [place for place in shared if fields[place].datatype != told[place]]
        names = ", ".join(f"{segment}-{number}" for segment, number in differing)
        print(f"HAPI {version}: {len(shared)} fields, {len(differing)} of another data type {names}".rstrip())


def _read_javap(text: str) -> Iterator[tuple[tuple[str, int], str]]:
    """`getPid3_PatientIdentifierList` as the third field of PID, with the type that it gives."""
    segment = ""
    for line in text.splitlines():
        if found := re.search(r"class [\w.]+\.segment\.(\w+)", line):
            segment = found[1]
        found = re.search(r"(?:datatype\.(\w+)|model\.Varies)(?:\[\])? get(\w+?)_\w+\(", line)
        if found and found[2].upper().startswith(segment) and found[2][len(segment) :].isdigit():
            yield (segment, int(found[2][len(segment) :])), found[1] or "varies"


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    folder = Path(arguments[0])
    for left, right in pairwise(VERSIONS):
        here, there = their_facts(folder, left), their_facts(folder, right)
        known = {f"{name}-{at}" for name in load_dictionary(left).segments() for at in range(1, 200)}
        fields = here.keys() & there.keys() & known
        ours = set(our_changes(left, right, fields))
        theirs = {change for change in their_changes(here, there) if change[0] in fields}
        counts = []
        for aspect in ("datatype", "withdrawn", "max"):
            one, other = ({each for each in side if each[1] == aspect} for side in (ours, theirs))
            counts.append(f"{aspect} {len(one & other)} both, {len(one - other)} here, {len(other - one)} there")
        print(f"{left} to {right}: {'; '.join(counts)}")
        if "--list" in arguments:
            for change in sorted(ours ^ theirs):
                print(f"  {'here' if change in ours else 'there'} alone: {change[0]} {change[1]}")
    if "--hapi" in arguments:
        compare_with_hapi(Path(arguments[arguments.index("--hapi") + 1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
