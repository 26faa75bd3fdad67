"""Side by side: two widgets that share a width, of which neither can be pushed away."""

from __future__ import annotations

from PySide6.QtWidgets import QSplitter, QWidget


def put_side_by_side(left: QWidget, right: QWidget, widths: tuple[int, int]) -> QSplitter:
    """Return both in a splitter with `widths` in pixels at first; what room is gained goes to the right."""
    splitter = QSplitter()
    splitter.addWidget(left)
    splitter.addWidget(right)
    splitter.setChildrenCollapsible(False)
    splitter.setStretchFactor(1, 1)
    splitter.setSizes(list(widths))
    return splitter
