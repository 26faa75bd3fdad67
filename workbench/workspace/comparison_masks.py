"""Masks of a comparison: those that a replay has by itself, under one word, and those of the steps of a scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.scenario.masks import Standard
    from workbench.workspace.workspace import Workspace

USUAL = "usual"
"""Stands for what changes with each message or answer, such as MSH-7 and MSH-10."""


def expand_masks(masks: tuple[str, ...], standard: Standard) -> tuple[str, ...]:
    """The masks of one comparison, `usual` spelled out; those of a scenario that are of the other standard left out."""
    from workbench.scenario.masks import DEFAULT_MASKS

    if USUAL in masks:
        at = masks.index(USUAL)
        masks = (*masks[:at], *DEFAULT_MASKS[standard], *masks[at + 1 :])
    return tuple(dict.fromkeys(masks))


def read_scenario_masks(path: Path, workspace: Workspace, standard: Standard) -> tuple[str, ...]:
    """The masks of a scenario's steps for messages or for resources, and `usual` unless it leaves them out."""
    steps = workspace.read_scenario(path).steps
    own = dict.fromkeys(mask for step in steps for mask in step.masks if _standard_of(mask) == standard)
    usual = (USUAL,) if any(step.default_masks for step in steps) else ()
    return (*usual, *own)


def _standard_of(mask: str) -> Standard:
    from workbench.hl7v2.path import parse_path

    try:
        parse_path(mask)
    except WorkbenchError:
        return "fhir"
    return "hl7v2"
