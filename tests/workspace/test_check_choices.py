from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.check_choices import MOST_CHOICES, CheckChoice, RememberedChoice, read_choice, remember_choice

CHOICE = RememberedChoice(CheckChoice("4.0", "http://x/p|1", "x#1", second_opinion=True), "Patient of X 1")


def test_what_was_chosen_comes_back_by_the_path_of_the_document(tmp_path: Path) -> None:
    document = tmp_path / "ä.json"
    assert read_choice(tmp_path, document) is None
    remember_choice(tmp_path, document, CHOICE)
    assert read_choice(tmp_path, document) == CHOICE
    assert read_choice(tmp_path, tmp_path / "other.json") is None


def test_the_plain_choice_is_forgotten(tmp_path: Path) -> None:
    document = tmp_path / "a.json"
    remember_choice(tmp_path, document, CHOICE)
    remember_choice(tmp_path, document, RememberedChoice(CheckChoice()))
    assert read_choice(tmp_path, document) is None


def test_the_oldest_are_forgotten_first(tmp_path: Path) -> None:
    for number in range(MOST_CHOICES + 2):
        remember_choice(tmp_path, tmp_path / f"{number}.json", CHOICE)
    assert read_choice(tmp_path, tmp_path / "1.json") is None
    assert read_choice(tmp_path, tmp_path / "2.json") == CHOICE


@pytest.mark.parametrize("content", ["{", '{"version": 2, "choices": {}}', "[]", '{"version": 1, "choices": 3}'])
def test_a_file_that_is_not_ours_is_told_and_not_written_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "checks.json").write_text(content)
    with pytest.raises(WorkbenchError, match="checked against"):
        read_choice(tmp_path, tmp_path / "a.json")
    with pytest.raises(WorkbenchError):
        remember_choice(tmp_path, tmp_path / "a.json", CHOICE)
    assert (tmp_path / "checks.json").read_text() == content
