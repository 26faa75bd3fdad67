from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.preferences import Preferences, read_preferences, save_preferences


def test_no_registry_is_set_until_the_user_sets_one(tmp_path: Path) -> None:
    assert read_preferences(tmp_path).package_registry == ""


def test_what_is_set_is_kept(tmp_path: Path) -> None:
    save_preferences(tmp_path / "new", Preferences("https://packages.example.org"))
    assert read_preferences(tmp_path / "new") == Preferences("https://packages.example.org")


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 2}'])
def test_a_file_that_is_not_ours_is_told_and_not_written_over(tmp_path: Path, content: str) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(content)
    with pytest.raises(WorkbenchError, match="preferences"):
        read_preferences(tmp_path)
    with pytest.raises(WorkbenchError):
        save_preferences(tmp_path, Preferences())
    assert path.read_text() == content
