"""Report of a comparison: text for a terminal, JSON for programs, CSV for spreadsheets, one HTML page for people."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from workbench.diff.difference import Difference, Grade
from workbench.diff.difference_path import divide_path, find_segment, is_said
from workbench.fhir.resource import to_json
from workbench.plain_text import for_cell, printable, wrap_words

GRADE_WORDS: dict[Grade, str] = {
    "breaks-both": "breaks both",
    "breaks-sender": "breaks sender",
    "breaks-receiver": "breaks receiver",
    "compatible": "compatible",
    "information": "information",
}
"""The grades in words, the gravest first."""
COLUMNS = ("path", "aspect", "kind", "left", "right", "grade", "why", "name")
_MOST_SHOWN = 2_000
"""Characters of one value that the page shows; JSON and CSV hold it whole."""


def is_breaking(row: Difference) -> bool:
    return row.grade.startswith("breaks")


def is_graded(rows: Sequence[Difference]) -> bool:
    """Whether the grades tell anything; messages and resources have none of their own, and all is information."""
    return any(row.grade != "information" for row in rows)


def to_json_value(left: str, right: str, rows: Sequence[Difference]) -> dict[str, Any]:
    """`{"left", "right", "rows": [{"path", "aspect", "kind", "left", "right", "grade", "why", "name"}]}`."""
    return {"left": left, "right": right, "rows": [{name: getattr(row, name) for name in COLUMNS} for row in rows]}


def to_json_text(left: str, right: str, rows: Sequence[Difference]) -> str:
    return to_json(to_json_value(left, right, rows), indent=2) + "\n"


def to_csv(left: str, right: str, rows: Sequence[Difference]) -> str:
    """One line a row under the names of the columns, sides named in the header (RFC 4180).

    A value that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = {"left": f"left: {left}", "right": f"right: {right}"}
    writer.writerow([names.get(name, name) for name in COLUMNS])
    for row in rows:
        writer.writerow([for_cell(getattr(row, name) or "") for name in COLUMNS])
    return out.getvalue()


def to_text(left: str, right: str, rows: Sequence[Difference], *, width: int = 100) -> str:
    """Lines of about `width` characters: rows under the place that holds them, with their grades in words."""
    lines = [f"left   {printable(left)}", f"right  {printable(right)}", "", count_sentence(rows)]
    graded = is_graded(rows)
    kind_width = max((len(row.kind) for row in rows), default=0)
    places: dict[str, list[Difference]] = {}
    for row in rows:
        places.setdefault(_divide(row)[0], []).append(row)
    for place, members in places.items():
        lines += ["", *([printable(place)] if place else [])]
        widest = min(max(len(_leaf(row)) for row in members), width // 3)
        for row in members:
            lines += _row_lines(row, GRADE_WORDS[row.grade] if graded else "", kind_width, widest, width)
    return "\n".join(lines) + "\n"


def _row_lines(row: Difference, grade: str, kind_width: int, leaf_width: int, width: int) -> Iterator[str]:
    """`  breaks sender    removed  interaction[update]  update`, and below it why."""
    head = f"  {grade:<15}  {row.kind:<{kind_width}}  " if grade else f"  {row.kind:<{kind_width}}  "
    indent = " " * len(head)
    leaf = _leaf(row)
    if len(leaf) > leaf_width:
        yield head + leaf
        head = indent
        leaf = ""
    head += f"{leaf:<{leaf_width}}  "
    for at, line in enumerate(_value_lines(row, max(width - len(head), 24))):
        yield ((head if at == 0 else " " * len(head)) + line).rstrip()
    yield from (indent + line for line in wrap_words(printable(row.why), max(width - len(indent), 40), 8) if line)


def _value_lines(row: Difference, width: int) -> list[str]:
    """One side, or both in one line where there is room for it."""
    if row.kind in ("added", "removed"):
        return wrap_words(_side(row.right if row.kind == "added" else row.left), width, 6)
    left, right = _side(row.left), _side(row.right)
    if len(left) + len(right) + 3 <= width:
        return [f"{left} → {right}"]
    return [*wrap_words(left, width, 6), *wrap_words(f"→ {right}", width, 6)]


def _leaf(row: Difference) -> str:
    """The last step of its path, with the aspect where the step does not say it."""
    leaf = _divide(row)[1]
    return printable(leaf if is_said(leaf, row) else f"{leaf} {row.aspect}")


def _divide(row: Difference) -> tuple[str, str]:
    """The place that holds a row, and what it is called there: a field of HL7 v2 by its whole path and its name."""
    if segment := find_segment(row.path):
        field = row.path[segment.rfind(".") + 1 :]
        return segment, f"{field} {row.name}" if row.name and row.name != row.path else field
    return divide_path(row.path)


def count_sentence(rows: Sequence[Difference]) -> str:
    """`12 differences: 3 breaks sender, 9 compatible.`, or `12 differences.` where there are no grades to tell."""
    spelt = sum(row.kind == "encoding" for row in rows)
    of_encoding = f" Besides, {spelt:,} of encoding alone." if spelt else ""
    number = len(rows) - spelt
    if not number:
        return f"No differences{' of content' if spelt else ''}.{of_encoding}"
    told = f"{number:,} {'difference' if number == 1 else 'differences'}"
    if not is_graded(rows):
        return f"{told}.{of_encoding}"
    counts = Counter(row.grade for row in rows)
    parts = [f"{counts[grade]:,} {words}" for grade, words in GRADE_WORDS.items() if counts[grade]]
    return f"{told}: {', '.join(parts)}.{of_encoding}"


def to_html(left: str, right: str, rows: Sequence[Difference]) -> str:
    """One page that loads nothing, light or dark as the reader's system is, with filters by grade and text."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("workbench.diff", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    counts = Counter(row.grade for row in rows)
    graded = is_graded(rows)
    grades = [(grade, words, counts[grade]) for grade, words in GRADE_WORDS.items() if counts[grade] and graded]
    groups = [
        (path, name if name != path else "", [_page_row(row, graded) for row in group])
        for (path, name), group in groupby(rows, key=lambda row: (row.path, row.name))
    ]
    template = environment.get_template("difference_report.html")
    return template.render(left=left, right=right, sentence=count_sentence(rows), grades=grades, groups=groups)


def _page_row(row: Difference, graded: bool) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in COLUMNS}
    for side in ("left", "right"):
        values[side] = _shortened(values[side])
    words = GRADE_WORDS[row.grade] if graded else row.kind
    return values | {"words": words}


def _shortened(value: str | None) -> str | None:
    if value is None or len(value) <= _MOST_SHOWN:
        return value
    return f"{value[:_MOST_SHOWN]}… ({len(value):,} characters)"


def _side(value: str | None) -> str:
    return "nothing" if value is None else printable(value) or "“”"
