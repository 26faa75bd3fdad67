"""The recipe of the docs for an app in CI, walked with an app that is right and with ones that are not."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.own_app import OwnApp, Slip, own_app
from workbench.cli import main

PAGE = (Path(__file__).parents[2] / "docs" / "launches.md").read_text("utf-8")
RECIPE = PAGE.partition("## For QA: your app in CI")[2].partition("\n## ")[0]
PLAIN, WITH_FAULT = re.findall(r"^    workbench (launch .+)$", RECIPE, re.MULTILINE)
SLIPS: dict[Slip, str] = {
    "no-state": "sends no `state`",
    "plain-challenge": "makes its code challenge by `plain`",
    "token-in-query": "puts the token into an address",
}


def run_line(line: str, app: OwnApp) -> int:
    """The exit code of a line of the page, with the app at its own port; the shell's part is left to the shell."""
    command = line.partition(" > ")[0].replace("http://127.0.0.1:8000", app.address)
    return main(shlex.split(command))


def failed(text: str) -> list[str]:
    review: dict[str, Any] = json.loads(text)["review"]
    return sorted(each["id"] for each in review["verdicts"] if each["outcome"] == "fail")


@pytest.fixture(autouse=True)
def _build_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_app_that_is_right_passes_the_build_and_leaves_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    with own_app() as app:
        assert run_line(PLAIN, app) == 0
        assert app.seen == ["Okafor"]
    told = capsys.readouterr()
    assert failed(told.out) == []
    assert "None of" in told.err and "Sequence diagram of" in Path("launch.html").read_text("utf-8")


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_fails_the_build_by_the_requirement_that_the_page_names(
    slip: Slip, capsys: pytest.CaptureFixture[str]
) -> None:
    row = next(line for line in RECIPE.splitlines() if line.startswith(f"| {SLIPS[slip]} |"))
    with own_app(slip) as app:
        assert run_line(PLAIN, app) == 1
    told = capsys.readouterr()
    assert failed(told.out) == re.findall(r"`([a-z-]+)`", row.split("|")[2])
    assert all(f"{requirement} · " in told.err for requirement in failed(told.out))


def test_an_app_that_turns_a_changed_state_down_does_well_and_one_that_takes_it_fails() -> None:
    with own_app() as app:
        assert run_line(WITH_FAULT, app) == 0
        assert app.seen == []
    with own_app("takes-any-state") as app:
        assert run_line(WITH_FAULT, app) == 1
        assert app.seen == ["Okafor"]
