"""Agreement of profile differences with HL7's own comparer: what both tell, what one alone tells.

Usage: python -m benchmarks.difference_truth TOLD.jsonl LEFT.tgz RIGHT.tgz. TOLD.jsonl is what peers/Hl7Comparer.java
printed of the same two packages; the parts of HL7's validator are on Maven Central (ca.uhn.hapi.fhir).
Must support, least number and base of each element are held against each other; slices by the element they slice.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.differences import side_of
from workbench.definition_diff.package_diff import diff_packages

Fact = tuple[str, str, str]
_TEXTS = {
    "mustSupport": "Elements differ in definition for mustSupport",
    "min": "Element minimum cardinalities differ",
    "baseDefinition": "Values for baseDefinition differ",
}
_SLICE = re.compile(r":[^.]+")
_ROW = re.compile(r"StructureDefinition\[(.+?)\]\.(.+)")


def theirs(path: Path) -> Iterator[Fact]:
    for line in path.read_text("utf-8").splitlines():
        told = json.loads(line)
        name = told["url"].rpartition("/")[2]
        for message in told["messages"]:
            for aspect, text in _TEXTS.items():
                if message["text"].startswith(text):
                    place = message.get("path") or ""
                    yield name, "" if aspect == "baseDefinition" else _SLICE.sub("", place), aspect


def ours(left: Path, right: Path) -> Iterator[Fact]:
    for row in diff_packages(side_of(left), side_of(right)):
        found = _ROW.fullmatch(row.path)
        if found and row.aspect in _TEXTS:
            yield found[1], "" if row.aspect == "baseDefinition" else _SLICE.sub("", found[2]), row.aspect


def main(arguments: list[str]) -> int:
    told, left, right = map(Path, arguments)
    here, there = set(ours(left, right)), set(theirs(told))
    print(f"both {len(here & there)}, HL7's alone {len(there - here)}, ours alone {len(here - there)}")
    for title, facts in (("HL7's alone", there - here), ("ours alone", here - there)):
        print(title)
        for name, place, aspect in sorted(facts):
            print(f"  {name} {place} {aspect}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
