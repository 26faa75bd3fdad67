"""Words of differences: kinds and grades as people read them, in a cell, in a detail and aloud."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.diff.difference import Difference, DifferenceKind, Grade
from workbench.diff.difference_report import GRADE_WORDS as REPORT_WORDS

GRADE_WORDS: dict[str, str] = {grade: words for grade, words in REPORT_WORDS.items()}  # noqa: C416  # wider keys
COUNT_WORDS: dict[str, str] = {
    **GRADE_WORDS,
    "changed": "changed",
    "added": "added",
    "removed": "removed",
    "encoding": "of encoding alone",
    "masked": "masked",
    "same": "the same",
}
GRADE_MEANINGS: dict[Grade, str] = {
    "breaks-both": "What the app sends may be refused on the right, and what comes back may be what it does not know.",
    "breaks-sender": "What the app sends, asks or relies on may be refused or ignored on the right.",
    "breaks-receiver": "What comes back from the right may be what the app does not know, or lack what it needs.",
    "compatible": "The right offers more or asks less; nothing that worked stops.",
    "information": "It differs, and nobody need do anything, or a person must say what it means.",
}
KIND_MARKS: dict[DifferenceKind, str] = {
    "same": "",
    "changed": "≠",
    "added": "+",
    "removed": "−",
    "masked": "≈",
    "encoding": "~",
}
KIND_WORDS: dict[str, str] = {
    "same": "the same on both sides",
    "changed": "changed",
    "added": "on the right alone",
    "removed": "on the left alone",
    "masked": "differs, and a mask allows it",
    "encoding": "written otherwise, and means the same",
}
# An item view measures what it is given: a value of a megabyte is shown by its beginning, and whole in the detail.
_CELL_LIMIT = 300


def shorten(value: str | None) -> str | None:
    """A value as a cell shows it: its beginning, in one line."""
    if value is None:
        return None
    short = value[:_CELL_LIMIT].replace("\r", "↵").replace("\n", "↵")
    return f"{short}…" if len(value) > _CELL_LIMIT else short


def telling_name(difference: Difference) -> str:
    """Its name where that says more than its path: `Value quantity` says no more than `valueQuantity`."""
    step = difference.path.rpartition(".")[2].partition("[")[0]
    name = difference.name
    return "" if name == difference.path or name.replace(" ", "").casefold() == step.casefold() else name


def accessible_words(label: str, difference: Difference) -> str:
    """A row as a screen reader says it."""
    grade = GRADE_WORDS[difference.grade] if difference.grade != "information" and difference.differs else ""
    name = telling_name(difference)
    return ", ".join(part for part in (label, name, KIND_WORDS[difference.kind], grade) if part)


def to_tab_separated(rows: Iterable[Difference]) -> str:
    """Rows for the clipboard, as a spreadsheet takes them: mark, path, aspect, name, left, right, grade, why."""
    return "\n".join("\t".join(_flat(value) for value in _values(row)) for row in rows)


def _values(row: Difference) -> tuple[str, ...]:
    graded = row.grade if row.differs and row.why else ""
    return (
        KIND_MARKS[row.kind] or "=", row.path, row.aspect, row.name, row.left or "", row.right or "", graded, row.why,
    )  # fmt: skip


def _flat(value: str) -> str:
    return value.replace("\t", " ").replace("\r", " ").replace("\n", " ")
