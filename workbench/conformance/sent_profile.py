"""Sent profile: the rules that the messages of a log keep as they were sent, for a site file to start from."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.conformance.asked import place_of
from workbench.conformance.gap import Gap, GapReport
from workbench.conformance.message_profile import MessageProfile, PartRule, Range, Rule, TableRule, Usage
from workbench.conformance.rule_path import RulePath, Step
from workbench.conformance.rule_tree import plant_rules

# What is in the message of any sender, and says nothing of this one.
_HEADER = ("MSH-1", "MSH-2", "MSH-9", "MSH-10", "MSH-12")
_MOST_CODES = 40
# A shorter limit is that of a code or a number, and says nothing of the sender.
_LEAST_TOLD = 5


def sent_profiles(report: GapReport) -> tuple[MessageProfile, ...]:
    """A profile for each message: required what all value, lengths and repetitions as seen, codes as tables.

    A table is made where few codes were seen often, so that a longer log would hardly show others.
    """
    return tuple(_profile(report, kind.message) for kind in report.types)


def _profile(report: GapReport, message: str) -> MessageProfile:
    rows = [row for row in report.rows if row.message == message and row.messages and row.path not in _HEADER]
    tables = tuple(_tables(rows))
    named = {table.number for table in tables}
    versions = [version for version, _ in report.versions if version != "none"]
    return MessageProfile(
        message=message,
        name=f"As sent: {message}",
        version=versions[0] if len(versions) == 1 else "",
        children=plant_rules(pair for row in rows for pair in _rules(row, rows, named)),
        tables=tables,
        description=f"Made of {report.messages:,} messages of a log; what they never did is not in it.",
    )


def _rules(row: Gap, rows: list[Gap], tables: set[str]) -> Iterator[tuple[RulePath, Rule]]:
    place = place_of(row.path)
    if place is None:
        return
    name, *numbers = place
    path = RulePath((), Step(name), tuple(number for number in numbers if number))
    usage: Usage = "R" if _count_holders(row, rows) == row.held else "RE"
    if not path.numbers:
        yield path, Rule(usage=usage, cardinality=Range(0, row.most) if row.most > 1 else None)
        return
    is_local = name[:1] == "Z"
    is_split = any(other.path.startswith(f"{row.path}.") for other in rows)
    yield (
        path,
        PartRule(
            number=path.numbers[-1],
            title=row.name if is_local else "",
            usage=usage,
            cardinality=Range(0, row.most) if row.most > 1 else None,
            length=Range(0, row.longest) if not is_split and row.longest >= _LEAST_TOLD else None,
            table=_table_name(row) if _table_name(row) in tables else "",
        ),
    )


def _count_holders(row: Gap, rows: list[Gap]) -> int:
    """How often what holds a place stands: its segment, the repetitions of its field, or the message itself.

    A component that is the whole of its field has no row of its own.
    """
    holder = row.path
    while holder := holder.rpartition(".")[0] or holder.rpartition("-")[0]:
        if (times := next((other.times for other in rows if other.path == holder), None)) is not None:
            return times
    return row.of


def _tables(rows: list[Gap]) -> Iterator[TableRule]:
    for row in rows:
        if row.values and len(row.values) == row.distinct <= _MOST_CODES and row.times >= 10 * row.distinct:
            yield TableRule(_table_name(row), row.name, tuple((code, "") for code, _ in sorted(row.values)))


def _table_name(row: Gap) -> str:
    return row.path.replace("-", "_").replace(".", "_")
