"""Comparison of two sides of any kind that can be compared, as rows with their grades."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.diff.difference import Difference, keep_differing
from workbench.errors import WorkbenchError
from workbench.workspace.comparison_side import Side, SideKind


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rows` in the order of what was compared; `kind` is what both sides are."""

    left_label: str
    right_label: str
    kind: SideKind
    rows: tuple[Difference, ...]


def compare(left: Side, right: Side, *, masks: tuple[str, ...] = (), same: bool = False) -> Comparison:
    """The rows in which both sides differ; of messages and resources all rows where `same` is set.

    `masks` are places of messages and resources that may differ. Raises WorkbenchError for sides of two kinds.
    """
    if left.kind != right.kind:
        raise WorkbenchError(
            f"{left.label} is {left.words}, and {right.label} is {right.words}.", hint="Name two of the same kind."
        )
    rows = _rows(left, right, masks, same)
    return Comparison(left.label, right.label, left.kind, rows if same else keep_differing(rows))


def _rows(left: Side, right: Side, masks: tuple[str, ...], same: bool) -> tuple[Difference, ...]:
    if left.kind == "capability statement":
        from workbench.diff.capability_diff import diff_capability_statements

        return diff_capability_statements(left.value, right.value)
    if left.kind == "smart-configuration":
        from workbench.diff.smart_configuration_diff import diff_smart_configurations

        return diff_smart_configurations(left.value, right.value)
    if left.kind == "message":
        from workbench.diff.hl7v2_diff import diff_messages

        return diff_messages(left.value, right.value, masks=masks)
    from workbench.diff.fhir_diff import diff_resources

    return diff_resources(left.value, right.value, masks=masks, same=same)
