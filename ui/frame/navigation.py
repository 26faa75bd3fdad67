"""Navigation: the list of panels at the left, as icons and words or as icons alone."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from ui.frame.panel_stack import PANELS
from ui.theme.icons import make_icon


class Navigation(QListWidget):
    """`chosen` carries the panel's name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setAccessibleName("Panels")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._compact = False
        for number, entry in enumerate(PANELS, 1):
            item = QListWidgetItem(make_icon(entry.icon), entry.title, self)
            item.setData(Qt.ItemDataRole.UserRole, entry.name)
            item.setToolTip(f"{entry.title} (Ctrl+{number})")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, entry.title)
        self.currentItemChanged.connect(self._tell)
        self._fit()

    def set_current(self, name: str) -> None:
        """Mark the panel that is shown, without asking for it again."""
        self.blockSignals(True)
        for row in range(self.count()):
            if self.item(row).data(Qt.ItemDataRole.UserRole) == name:
                self.setCurrentRow(row)
        self.blockSignals(False)

    def set_compact(self, compact: bool) -> None:
        """Show icons alone, where the window is narrow."""
        if compact == self._compact:
            return
        self._compact = compact
        for row, entry in enumerate(PANELS):
            self.item(row).setText("" if compact else entry.title)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        metrics = self.fontMetrics()
        side = metrics.height()
        self.setIconSize(QSize(side, side))
        words = max(metrics.horizontalAdvance(entry.title) for entry in PANELS)
        for row in range(self.count()):
            self.item(row).setSizeHint(QSize(0, side + 18))
        self.setFixedWidth(side + 44 if self._compact else round(side + words * 1.1) + 60)

    def _tell(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
