"""Rows of the resource types of two capability statements: missing, renamed, or held against each other.

What is told alike of each of the many types that both offer is one row with the path `resource[*]`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from workbench.diff.difference import Difference, Verdict, make_row
from workbench.diff.release_moves import renamed_types
from workbench.server_diff.capability import NO_PART, Part, Rest, is_older
from workbench.server_diff.capability_grades import VERBS
from workbench.server_diff.capability_items import diff_resource, merge_keys

# DSTU2 has it, of which no definitions are here.
_RENAMED_BEFORE = (("DiagnosticOrder", "ServiceRequest"),)
LEAST_ALIKE = 5
"""Of how many types the same must be told before it is told once."""


def diff_types(path: str, left: Rest, right: Rest, releases: tuple[str, str]) -> Iterator[Difference]:
    """Rows of all resource types of both sides, which are of the FHIR `releases`."""
    renames = _renames(left, right, releases)
    rows: list[tuple[str, Difference]] = []
    common = 0
    taken = set(renames.values())
    for name in merge_keys(left.resources, right.resources):
        other = renames.get(name, name)
        place = f"{path}[{name}]"
        if name in left.resources and other in right.resources:
            common += 1
            if other != name:
                why = f"{name} is called {other} in the right's release: rename it in addresses and resources."
                rows.append(("", make_row(place, "type", name, other, Verdict("breaks-both", why), name)))
            found = diff_resource(place, name, left.resources[name], right.resources[other])
            rows += [(name, row) for row in found]
        elif name not in taken:
            part = left.resources.get(name) or right.resources.get(name, NO_PART)
            rows.append(("", _tell_type(place, name, part, removed=name in left.resources)))
    yield from _fold(path, *_fold_expectations(path, rows), common)


def _fold_expectations(
    path: str, rows: list[tuple[str, Difference]]
) -> tuple[list[Difference], list[tuple[str, Difference]]]:
    """Where one side never says how binding a thing is, once and not at each."""
    found: list[Difference] = []
    for lacks, word in (("left", "right"), ("right", "left")):
        alone = {id(row) for _, row in rows if row.aspect == "expectation" and getattr(row, lacks) is None}
        if len(alone) >= LEAST_ALIKE:
            rows = [(name, row) for name, row in rows if id(row) not in alone]
            why = f"The {word} says of {len(alone)} things how binding they are, and the {lacks} does not."
            left, right = (None if lacks == side else f"said of {len(alone)}" for side in ("left", "right"))
            found.append(make_row(f"{path}[*]", "expectation", left, right, Verdict("information", why), "How binding"))
    return found, rows


def _tell_type(path: str, name: str, part: Part, *, removed: bool) -> Difference:
    """One row for a type that the other side lacks, with what it offers in numbers."""
    interactions = list(part.lists.get("interaction", {}))
    counts = [
        count_words(len(part.lists.get(what, {})), words)
        for what, words in (("interaction", "interaction"), ("searchParam", "search parameter"))
    ]
    shown = ", ".join(counts)
    named = ", ".join(code for code in interactions if code in VERBS) or "nothing"
    if removed:
        verdict = Verdict("breaks-sender", f"The right does not offer {name}; the left offers {named} of it.")
        return make_row(path, "resource", shown, None, verdict, name)
    verdict = Verdict("compatible", f"The right also offers {name}: {named}.")
    return make_row(path, "resource", None, shown, verdict, name)


def _fold(path: str, first: list[Difference], rows: list[tuple[str, Difference]], common: int) -> Iterator[Difference]:
    """After `first`, what is said alike of every type that both offer, once; then all other rows."""
    yield from first
    alike: dict[tuple[str, str, str | None, str | None], list[str]] = defaultdict(list)
    keys = [_fold_key(path, name, row) if name and common >= LEAST_ALIKE else None for name, row in rows]
    for key, (name, _) in zip(keys, rows, strict=True):
        if key is not None:
            alike[key].append(name)
    told: set[tuple[str, str, str | None, str | None]] = set()
    rest: list[Difference] = []
    for key, (name, row) in zip(keys, rows, strict=True):
        if key is None or len(alike[key]) < common:
            rest.append(row)
        elif key not in told:
            told.add(key)
            why = f"So it is for each of the {common} types that both offer. Of {name}: {row.why}"
            place, words = key[0], row.name.replace(name, "Every type", 1)
            yield replace(row, path=place, name=words, left=key[2], right=key[3], why=why)
    yield from rest


def _fold_key(path: str, name: str, row: Difference) -> tuple[str, str, str | None, str | None]:
    place = path + "[*]" + row.path.removeprefix(f"{path}[{name}]").replace(name, "*")
    left, right = (value and value.replace(name, "*") for value in (row.left, row.right))
    return place, f"{row.aspect} {row.grade}", left, right


def count_words(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _renames(left: Rest, right: Rest, releases: tuple[str, str]) -> dict[str, str]:
    """Types of the left that the right's release calls otherwise, where each stands on one side alone."""
    renames: dict[str, str] = {}
    if releases[0] == releases[1]:
        return renames
    backward = is_older(releases[1], releases[0])
    ours, theirs = left.resources, right.resources
    for old, new in (*_RENAMED_BEFORE, *renamed_types()):
        one, other = (new, old) if backward else (old, new)
        alone = one in ours and one not in theirs and other in theirs and other not in ours
        if alone and one not in renames and other not in renames.values():
            renames[one] = other
    return renames
