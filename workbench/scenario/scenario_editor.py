"""Editing of scenario files: what differs is changed in place, and every other line stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.scenario.scenario import Scenario
from workbench.scenario.scenario_reader import parse_document
from workbench.scenario.scenario_writer import to_document


def edit_document(text: str, scenario: Scenario, folders: Sequence[Path] = ()) -> str:
    parse_document(text, scenario.source, folders)
    return to_document(scenario)
