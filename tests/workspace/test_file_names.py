"""File names are readable and stay in their folder on every system."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest

from workbench.workspace.file_names import LONGEST, file_name_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Vitals in a visit", "vitals-in-a-visit.yaml"),
        ("ADT^A01 → Patient (2.5.1)", "adt-a01-patient-2-5-1.yaml"),
        ("../../etc/passwd", "etc-passwd.yaml"),
        ("..\\..\\windows", "windows.yaml"),
        ("C:\\boot", "c-boot.yaml"),
        ("con", "con-file.yaml"),
        ("COM1", "com1-file.yaml"),
        ("nul.", "nul-file.yaml"),
        ("console", "console.yaml"),
        ("", "unnamed.yaml"),
        ("…", "unnamed.yaml"),
        ("Überweisung", "überweisung.yaml"),
        ("a\x00b\nc", "a-b-c.yaml"),
        ("-rf", "rf.yaml"),
    ],
)
def test_a_name_becomes_a_safe_file_name(name: str, expected: str) -> None:
    assert file_name_of(name, ".yaml") == expected


@pytest.mark.parametrize("name", ["a" * 500, "ß" * 500, "漢字" * 300, "/".join("abc" * 200)])
def test_a_file_name_is_never_too_long_nor_a_path(name: str) -> None:
    made = file_name_of(name, ".scenario.yaml")
    assert len(made.encode()) <= LONGEST + len(".scenario.yaml")
    assert PurePosixPath(made).name == PureWindowsPath(made).name == made
