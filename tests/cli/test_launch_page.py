"""Lines that launch in docs/launches.md, and that send in docs/https.md: understood, and run where they need nobody."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from workbench.cli import main, make_parser

DOCS = Path(__file__).parents[2] / "docs"
LINES = re.findall(r"^    workbench (launch .+?)(?: > .+)?$", (DOCS / "launches.md").read_text("utf-8"), re.MULTILINE)
OTHERS = re.findall(r"^    workbench (send .+)$", (DOCS / "https.md").read_text("utf-8"), re.MULTILINE)
ALONE = [line for line in LINES if "--as app" in line and "https:" not in line]
FAILING = ("--fault", "--discovery")


def test_page_has_lines_for_both_sides() -> None:
    assert len(ALONE) >= 5
    assert sum("--as ehr" in line for line in LINES) >= 4


@pytest.mark.parametrize("line", [*LINES, *OTHERS])
def test_line_is_understood(line: str) -> None:
    arguments = make_parser().parse_args(shlex.split(line))
    assert arguments.target if line.startswith("launch") else arguments.url


@pytest.mark.parametrize("line", ALONE)
def test_line_runs_as_it_is_written(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    expected = 1 if any(word in line for word in FAILING) else 0
    assert main(shlex.split(line)) == expected, "".join(capsys.readouterr())


def test_every_option_of_launch_and_key_stands_on_the_page_of_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = (DOCS / "command-line.md").read_text("utf-8")
    assert main(["launch", "--help"]) == main(["key", "make", "--help"]) == 0
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--cert"}
    assert sorted(option for option in options if option not in page) == []
