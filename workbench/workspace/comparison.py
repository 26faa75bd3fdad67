"""Comparison of two sides of any kind that can be compared, as rows with their grades."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.diff.difference import Difference, keep_telling
from workbench.diff.difference_filter import find_filter
from workbench.errors import WorkbenchError
from workbench.workspace.comparison_masks import expand_masks
from workbench.workspace.comparison_side import Side, SideKind, Tell, tell_nobody

if TYPE_CHECKING:
    from workbench.hl7v2.message import Message


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rows` in the order of what was compared; `kind` is what both sides are."""

    left_label: str
    right_label: str
    kind: SideKind
    rows: tuple[Difference, ...]


def compare(
    left: Side, right: Side, *, masks: tuple[str, ...] = (), same: bool = False, tell: Tell = tell_nobody
) -> Comparison:
    """The rows in which both sides differ, if only in how they are written; all rows where `same` is set.

    `masks` are places of messages and resources that may differ, filters in words such as `OBX and not OBX-5`, or
    `usual` for those that a replay has.
    Raises WorkbenchError for sides of two kinds.
    """
    if left.kind in _SENT and right.kind in _ASKING:
        rows = _diff_demand(left, right, tell)
        return Comparison(left.label, right.label, "demand", rows if same else keep_telling(rows))
    if left.kind != right.kind:
        turned = left.kind in _ASKING and right.kind in _SENT
        hint = "Name the messages on the left, and what is asked of them on the right."
        raise WorkbenchError(
            f"{left.label} is {left.words}, and {right.label} is {right.words}.",
            hint=hint if turned else "Name two of the same kind.",
        )
    if left.kind in _MASKED:
        masks = expand_masks(masks, "fhir" if left.kind == "resource" else "hl7v2")
    filters = [found for mask in masks if (found := find_filter(mask))]
    rows = _rows(left, right, tuple(mask for mask in masks if not find_filter(mask)), same, tell)
    if filters:
        rows = tuple(
            replace(row, kind="masked") if row.differs and any(each(row) for each in filters) else row for row in rows
        )
    return Comparison(left.label, right.label, left.kind, rows if same else keep_telling(rows))


# The share that reading two logs has in the time of their comparison.
_READING = 0.2
_MASKED: tuple[SideKind, ...] = ("message", "message log", "resource")
_SENT: tuple[SideKind, ...] = ("message", "message log")
_ASKING: tuple[SideKind, ...] = ("demand", "version")


def _diff_demand(left: Side, right: Side, tell: Tell) -> tuple[Difference, ...]:
    from workbench.workspace.message_demand import MessageDemand, diff_log, diff_message

    demand = right.value
    if right.kind == "version":
        demand = MessageDemand(version=right.value.dictionary.version)
    return diff_message(left.value, demand) if left.kind == "message" else diff_log(left.value, demand, tell)


def _rows(left: Side, right: Side, masks: tuple[str, ...], same: bool, tell: Tell) -> tuple[Difference, ...]:
    if left.kind == "message":
        from workbench.diff.hl7v2_diff import diff_messages

        return diff_messages(left.value, right.value, masks=masks, same=same)
    if left.kind == "message log":
        from workbench.diff.log_diff import diff_logs

        logs = _read_all(left, lambda done: tell(done * _READING)), _read_all(right, tell_nobody)
        return diff_logs(*logs, masks=masks, tell=lambda done: tell(_READING + done * (1 - _READING)))
    if left.kind == "resource":
        from workbench.diff.fhir_diff import diff_resources

        return diff_resources(left.value, right.value, masks=masks, same=same)
    return _DIFFERS[left.kind](left.value, right.value)


def _read_all(side: Side, tell: Tell) -> list[Message]:
    """The messages of a log that can be read."""
    from workbench.hl7v2.message import parse_message

    found, size = [], side.value.count_bytes() or 1
    for each in side.value.read():
        tell(each.read / size)
        if not each.trouble or each.type_name:
            found.append(parse_message(each.payload))
    return found


def _diff_capabilities(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.server_diff.capability_diff import diff_capability_statements

    return diff_capability_statements(left, right)


def _diff_configurations(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.server_diff.smart_configuration_diff import diff_smart_configurations

    return diff_smart_configurations(left, right)


def _diff_structures(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.definition_diff.package_side import structure_side
    from workbench.definition_diff.structure_diff import diff_structures
    from workbench.diff.release_moves import find_moves

    releases = left[1].release.key, right[1].release.key
    return diff_structures(structure_side(*left), structure_side(*right), moves=find_moves(*releases))


def _diff_value_sets(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.definition_diff.value_set_diff import diff_value_sets

    return diff_value_sets(left, right)


def _diff_code_systems(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.definition_diff.code_system_diff import diff_code_systems

    return diff_code_systems(left, right)


def _diff_search_parameters(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.definition_diff.search_parameter_diff import diff_search_parameters

    return diff_search_parameters(left, right)


def _diff_packages(left: Any, right: Any, *, are_releases: bool = False) -> tuple[Difference, ...]:
    from workbench.definition_diff.package_diff import diff_packages
    from workbench.definition_diff.package_side import PackageSide

    sides = [PackageSide(package, definitions, are_releases) for package, definitions in (left, right)]
    return diff_packages(sides[0], sides[1])


def _diff_releases(left: Any, right: Any) -> tuple[Difference, ...]:
    return _diff_packages(left, right, are_releases=True)


def _diff_versions(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.version_diff.version_diff import diff_versions

    return diff_versions(left, right)


def _diff_demands(left: Any, right: Any) -> tuple[Difference, ...]:
    from workbench.workspace.message_demand import diff_two

    return diff_two(left, right)


# Each imports what it needs alone, so that comparing two messages stays quick to start.
_DIFFERS: dict[SideKind, Callable[[Any, Any], tuple[Difference, ...]]] = {
    "capability statement": _diff_capabilities,
    "smart-configuration": _diff_configurations,
    "structure": _diff_structures,
    "value set": _diff_value_sets,
    "code system": _diff_code_systems,
    "search parameter": _diff_search_parameters,
    "package": _diff_packages,
    "release": _diff_releases,
    "demand": _diff_demands,
    "version": _diff_versions,
    "message structure": _diff_versions,
    "segment": _diff_versions,
    "data type": _diff_versions,
    "table": _diff_versions,
}
