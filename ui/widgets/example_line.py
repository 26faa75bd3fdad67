"""Example line: a line to type in, which shows an example of what belongs there."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit


def make_example_line(name: str, example: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(example)
    return line
