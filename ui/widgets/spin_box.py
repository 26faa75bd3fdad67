"""Spin boxes: a number within bounds, its text as far from the edge as that of a line."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox

from ui.theme.tokens import SPACE_2


def make_spin(least: int, most: int, name: str, tip: str = "", *, least_means: str = "") -> QSpinBox:
    """A spin box of whole numbers; the least of them may be shown as a word."""
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setSpecialValueText(least_means)
    spin.setAccessibleName(name)
    spin.setToolTip(tip)
    set_in(spin)
    return spin


def set_in(spin: QAbstractSpinBox) -> None:
    """Qt gives the text of a spin box no padding, whatever the style sheet says."""
    spin.lineEdit().setTextMargins(SPACE_2, 0, 0, 0)
