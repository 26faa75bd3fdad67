"""The page that explains the scenario file shows files that can be read, and names every key."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.scenario.check_reader import CAPTURE_KINDS, CHECK_KINDS, ORDERINGS
from workbench.scenario.scenario_file import parse_scenario
from workbench.scenario.scenario_reader import STEP_KINDS
from workbench.scenario.variables import BUILT_IN

PAGE = (Path(__file__).parents[2] / "docs" / "scenario-format.md").read_text("utf-8")
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_every_whole_scenario_that_is_shown_can_be_read() -> None:
    shown = [block for text in (PAGE, README) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    assert len(shown) == 2
    for block in shown:
        assert parse_scenario(block, "page").steps


def test_every_kind_of_step_check_and_capture_and_each_variable_is_named() -> None:
    words = {*STEP_KINDS, *CHECK_KINDS, *CAPTURE_KINDS, *ORDERINGS, *BUILT_IN}
    assert [word for word in sorted(words) if f"`{word}" not in PAGE and f"{{{word}}}" not in PAGE] == []
