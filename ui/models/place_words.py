"""Words for a place of a message: what the version says of it, in one line for the edge and in several for a tip."""

from __future__ import annotations

from workbench.hl7v2.dictionary import StructureNode
from workbench.hl7v2.place_facts import PlaceFacts
from workbench.hl7v2.placement import PlacedGroup
from workbench.hl7v2.segment import NULL

_USAGES = {"R": "required", "O": "optional", "W": "withdrawn"}
_LONGEST = 300


def describe_cardinality(least: int, most: int | None) -> str:
    """`0..1`, or `1..*` where there is no limit."""
    return f"{least}..{'*' if most is None else most}"


def describe_usage(facts: PlaceFacts) -> str:
    """`IS · optional 0..1 · table 0001 Administrative Sex`; empty for a segment and for what is not defined."""
    if facts.path.field is None or facts.usage is None:
        return ""
    usage = f"{_USAGES[facts.usage]} {describe_cardinality(facts.least, facts.most)}"
    return " · ".join(filter(None, (facts.datatype, usage, _describe_table(facts))))


def describe_line(facts: PlaceFacts, asked: str = "") -> str:
    """The place in one line: path, name, what the version says of it, and what a site asks."""
    return "  ·  ".join(filter(None, (name_place(facts), describe_usage(facts), _describe_value(facts), asked)))


def describe_tip(facts: PlaceFacts, version: str, group_path: str, asked: str = "") -> str:
    """The place in lines: name, rules, what a site asks, the value as it reads, and where the segment stands."""
    unknown = facts.path.field is not None and facts.usage is None and not facts.path.segment.startswith("Z")
    where = f"in {group_path}" if "/" in group_path else ""
    return "\n".join(
        filter(
            None,
            (
                name_place(facts),
                describe_usage(facts) or (f"v{version} does not define it" if unknown else ""),
                asked,
                _describe_value(facts),
                _read_value(facts),
                f"HL7 v{version} {where}".strip(),
            ),
        )
    )


def name_place(facts: PlaceFacts) -> str:
    """`PID-5.1 Family Name`."""
    return f"{facts.path} {facts.name}".strip()


def describe_group(group: PlacedGroup, node: StructureNode | None) -> str:
    """Where a group stands in its structure, and how often it may."""
    often = describe_cardinality(node.least, node.most) if node is not None else ""
    usage = "required" if node is not None and node.required else "optional"
    return f"{group.path} · group · {usage} {often}".strip()


def _describe_table(facts: PlaceFacts) -> str:
    if not facts.table:
        return ""
    owner = {"HL7": "HL7’s", "user": "a site’s own"}.get(facts.table_owner, "")
    named = f"table {facts.table} {facts.table_name}".strip()
    return f"{named} ({owner})" if owner else named


def _describe_value(facts: PlaceFacts) -> str:
    if facts.value == NULL:
        return "null: the receiver is to delete what it has"
    if facts.in_table is None:
        return ""
    if facts.in_table:
        return f"{facts.value_name}: in table {facts.table}" if facts.value_name else f"value is in table {facts.table}"
    return f"value is not in table {facts.table}"


def _read_value(facts: PlaceFacts) -> str:
    value = facts.value.replace("\ufffc", "⟨folded⟩")
    if not value or value == NULL:
        return ""
    return f"“{value[:_LONGEST]}…”" if len(value) > _LONGEST else f"“{value}”"
