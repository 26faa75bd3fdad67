"""Report of a gap analysis: text for a terminal, JSON for programs, CSV for spreadsheets, one HTML page for people."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import groupby
from textwrap import wrap
from typing import Any

from workbench.conformance.gap import VERDICT_WORDS, Gap, GapReport
from workbench.plain_text import for_cell, printable, tell_count, wrap_words

COLUMNS = (
    "message", "path", "name", "asked", "asker", "verdict", "broken", "rules", "example", "messages", "of", "times",
    "held", "most", "shortest", "longest", "distinct", "nulls", "values",
)  # fmt: skip
_MOST_VALUES_TOLD = 5
_MOST_SENDERS = 5


def to_json_value(report: GapReport) -> dict[str, Any]:
    """The report as it stands, its rows with the keys of `COLUMNS`; values are `[[code, count]]`."""
    told = {each.name: getattr(report, each.name) for each in fields(report) if each.name not in ("rows", "types")}
    types = [{each.name: getattr(kind, each.name) for each in fields(kind)} for kind in report.types]
    return told | {"types": types, "rows": [{name: getattr(row, name) for name in COLUMNS} for row in report.rows]}


def to_json_text(report: GapReport) -> str:
    return json.dumps(to_json_value(report), ensure_ascii=False, indent=2) + "\n"


def to_csv(report: GapReport) -> str:
    """One line a place under the names of the columns (RFC 4180); what a spreadsheet would run gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in report.rows:
        cells = {name: getattr(row, name) for name in COLUMNS}
        cells |= {"rules": "; ".join(row.rules), "values": values_text(row, most=len(row.values))}
        writer.writerow([for_cell(str(value)) for value in cells.values()])
    return out.getvalue()


def to_text(report: GapReport, *, width: int = 100, whole: bool = False) -> str:
    """Lines of about `width` characters: what was met, then by message the gaps, or all places where `whole` is set.

    Of messages that are not taken that alone is told, unless `whole` is set.
    """
    lines = [*head_lines(report, width), ""]
    taken = {kind.message for kind in report.types if kind.is_asked}
    gaps = (row for row in report.rows if row.message in taken and row.is_gap and not _is_told_by_segment(row))
    rows = report.rows if whole else tuple(gaps)
    for message, members in groupby(rows, key=lambda row: row.message):
        listed = list(members)
        widest = min(max(len(row.path) for row in listed), 24)
        lines += [message, *(line for row in listed for line in _row_lines(row, widest, width)), ""]
    lines.append(count_sentence(report.rows if whole else [row for row in report.rows if row.message in taken]))
    return "\n".join(lines) + "\n"


def head_lines(report: GapReport, width: int = 100) -> Iterator[str]:
    """What the log holds and what it was held against."""
    yield f"{tell_count(report.messages, 'message')} against {printable(report.against)}"
    for word, is_asked in (("types", True), ("not taken", False)):
        types = [(kind.message, kind.messages) for kind in report.types if kind.is_asked == is_asked]
        listed = _listed(types).replace(" (", "\N{NO-BREAK SPACE}(")
        for at, line in enumerate(wrap(listed, max(width - 15, 30), break_on_hyphens=False)):
            yield f"  {'' if at else word:<12} {line}".replace("\N{NO-BREAK SPACE}", " ")
    yield f"  versions     {_listed(report.versions)}"
    if report.untaken_versions:
        yield f"  not taken    {_listed(report.untaken_versions)}: {', '.join(report.taken_versions)} is taken"
    more = " …" if len(report.senders) > _MOST_SENDERS else ""
    yield f"  senders      {_listed(report.senders[:_MOST_SENDERS])}{more}"
    if report.local_segments:
        yield f"  own segments {', '.join(map(printable, report.local_segments))}"
    if report.unreadable:
        more = " …" if report.unreadable > len(report.unreadable_places) else ""
        yield f"  unreadable   {report.unreadable:,}: {', '.join(map(printable, report.unreadable_places))}{more}"


def count_sentence(rows: Sequence[Gap]) -> str:
    """`212 places: 3 breaks, 4 never used, 205 holds.`"""
    if not rows:
        return "No places."
    counts = Counter(row.verdict for row in rows)
    told = ", ".join(f"{counts[verdict]:,} {words}" for verdict, words in VERDICT_WORDS.items() if counts[verdict])
    return f"{tell_count(len(rows), 'place')}: {told}."


def usage_text(row: Gap) -> str:
    """How much a place is used: `98 of 100, up to 3 at once, 4 to 12 long, 57 different`."""
    if not row.messages:
        return f"in none of {row.of:,}"
    told = [f"{row.messages:,} of {row.of:,}"]
    if row.most > 1:
        told.append(f"up to {row.most:,} at once")
    if row.longest:
        told.append(
            f"{row.longest:,} long" if row.shortest == row.longest else f"{row.shortest:,} to {row.longest:,} long"
        )
    if row.distinct > 1:
        told.append(f"{'over ' if row.is_cut else ''}{row.distinct:,} different")
    return ", ".join(told)


def values_text(row: Gap, *, most: int = _MOST_VALUES_TOLD) -> str:
    """The codes with their counts: `I 812, O 77 …`; empty where values are not shown."""
    more = " …" if len(row.values) > most or (row.values and row.distinct > len(row.values)) else ""
    return ", ".join(f"{printable(code)} {count:,}" for code, count in row.values[:most]) + more


def why_text(row: Gap) -> str:
    """Which rules are broken, how often, and the first place: `PID-19 X in 3 messages, first at a.hl7:4`."""
    if not row.broken:
        return ""
    place = f", first at {printable(row.example)}" if row.example else ""
    return f"{'; '.join(map(printable, row.rules))} in {tell_count(row.broken, 'message')}{place}"


def to_html(report: GapReport) -> str:
    """One page that loads nothing, light or dark as the reader's system is, with filters by verdict and text."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("workbench.conformance", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    counts = Counter(row.verdict for row in report.rows)
    return environment.get_template("gap_report.html").render(
        report=report,
        head="\n".join(head_lines(report)),
        sentence=count_sentence(report.rows),
        verdicts=[(verdict, words, counts[verdict]) for verdict, words in VERDICT_WORDS.items() if counts[verdict]],
        groups=[
            (
                name,
                [(row, VERDICT_WORDS[row.verdict], usage_text(row), values_text(row), why_text(row)) for row in rows],
            )
            for name, rows in groupby(report.rows, key=lambda row: row.message)
        ],
    )


def _row_lines(row: Gap, widest: int, width: int) -> Iterator[str]:
    """`  breaks         PID-19     X            3 of 100`, and below it the rules and where."""
    head = f"  {VERDICT_WORDS[row.verdict]:<13}  {printable(row.path):<{widest}}  "
    told = "; ".join(filter(None, (row.name, row.asked and f"asked: {row.asked}", usage_text(row), values_text(row))))
    for at, line in enumerate(wrap_words(printable(told), max(width - len(head), 30), 4)):
        yield ((head if at == 0 else " " * len(head)) + line).rstrip()
    if why := why_text(row):
        for line in wrap_words(why, max(width - len(head), 30), 4):
            yield " " * len(head) + line


def _is_told_by_segment(row: Gap) -> bool:
    """A part of a segment that nobody asks for says no more than the segment."""
    return row.verdict == "unasked" and row.path[:1] == "Z" and "-" in row.path


def _listed(counts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{printable(name)} ({count:,})" for name, count in counts)
