"""Rows told once: what an invariant changes at many elements, and what a slice only has from the element it slices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.diff.difference import Difference

_SLICE = re.compile(r":[^.\[]+")


def fold_constraints(rows: Iterable[Difference]) -> tuple[Difference, ...]:
    """What is told alike of one invariant at several elements becomes one row, at the first of them."""
    first: dict[tuple[str, str | None, str | None], int] = {}
    others: dict[int, int] = {}
    kept: list[Difference] = []
    for row in rows:
        if row.aspect == "constraint":
            fact = row.path.rpartition(".constraint[")[2], row.left, row.right
            if fact in first:
                others[first[fact]] = others.get(first[fact], 0) + 1
                continue
            first[fact] = len(kept)
        kept.append(row)
    for at, count in others.items():
        more = f"{count} other element{'s' if count > 1 else ''}"
        kept[at] = replace(kept[at], why=f"{kept[at].why} The same holds at {more}.")
    return tuple(kept)


def fold_slices(rows: Iterable[Difference]) -> Iterator[Difference]:
    """Rows of a slice that are those of the element it slices are left out; how often it may stand is its own."""
    told: set[tuple[str, str, str | None, str | None]] = set()
    for row in rows:
        plain = _SLICE.sub("", row.path)
        fact = plain, row.aspect, row.left, row.right
        if plain == row.path:
            told.add(fact)
        elif fact in told and not _counts_slices(row):
            continue
        yield row


def _counts_slices(row: Difference) -> bool:
    last = row.path.rpartition(".")[2]
    return row.aspect in ("min", "max") and ":" in last and not last.partition(":")[0].endswith("[x]")
