"""Arrangement of the window: its bars and docks, as they were left or as they fit at first."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QWidget

_WHOLE = (1440, 900)
_INSPECTOR_ABOVE = 1240
_LEAST_STRIP = 140


class Arrangement:
    """Puts the bars and the two docks around the middle of `window`, and remembers where the user put them."""

    def __init__(self, window: QMainWindow, settings: QSettings) -> None:
        self._window = window
        self._settings = settings
        self._hidden: list[QDockWidget] = []
        self._held: QDockWidget | None = None
        window.setMinimumSize(800, 520)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

    def add_bar(self, name: str, widget: QWidget, area: Qt.ToolBarArea) -> None:
        bar = QToolBar()
        bar.setObjectName(name)
        bar.setMovable(False)
        bar.addWidget(widget)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.toggleViewAction().setVisible(False)
        self._window.addToolBar(area, bar)

    def add_dock(self, name: str, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        """A dock without a title bar, since its widget has a head of its own."""
        dock = QDockWidget(title.replace("&", ""), self._window)
        dock.setObjectName(name)
        dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetClosable)
        dock.setTitleBarWidget(QWidget())
        dock.setWidget(widget)
        dock.toggleViewAction().setText(title)
        self._window.addDockWidget(area, dock)
        return dock

    def restore(self) -> None:
        """As it was left; at first as large as the screen allows."""
        room = self._window.screen().availableSize()
        self._window.resize(min(_WHOLE[0], room.width()), min(_WHOLE[1], room.height()))
        geometry, state = self._settings.value("window/geometry"), self._settings.value("window/state")
        if isinstance(geometry, QByteArray):
            self._window.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self._window.restoreState(state)

    def remember(self) -> None:
        self.show_docks()
        if self._held is not None and self._has_room:
            self._held.show()
        self._settings.setValue("window/geometry", self._window.saveGeometry())
        self._settings.setValue("window/state", self._window.saveState())

    def hold_back(self, inspector: QDockWidget) -> None:
        """Leave the panels the room of the inspector until it has something to show; one that was hidden stays so."""
        if self._is_first or not inspector.isHidden():
            self._held = inspector
            inspector.toggleViewAction().triggered.connect(lambda _: self._let_go())
        inspector.hide()

    def open_held(self, inspector: QDockWidget) -> None:
        """It has something to show; what the user has opened or closed in the meantime stays as it is."""
        if self._held is inspector and self._has_room:
            self._let_go()
            inspector.show()
            if self._is_first:
                width = max(300, self._window.width() // 4)
                self._window.resizeDocks([inspector], [width], Qt.Orientation.Horizontal)

    @property
    def _is_first(self) -> bool:
        return self._settings.value("window/state") is None

    @property
    def _has_room(self) -> bool:
        """A first window that is narrow keeps its inspector closed until that is asked for."""
        return not self._is_first or self._window.width() >= _INSPECTOR_ABOVE

    def _let_go(self) -> None:
        self._held = None

    def give_room(self, strip: QDockWidget) -> None:
        """The strip, which was one line while it had nothing to show, gets the height it had when it last had."""
        remembered = self._settings.value("window/strip_height", 0, int)
        wanted = remembered if isinstance(remembered, int) and remembered > 0 else self._window.height() // 4
        height = min(max(_LEAST_STRIP, wanted), self._window.height() // 2)
        self._window.resizeDocks([strip], [height], Qt.Orientation.Vertical)

    def remember_height(self, strip: QDockWidget) -> None:
        if not strip.isHidden():
            self._settings.setValue("window/strip_height", strip.height())

    def fit(self, event: QResizeEvent, strip: QDockWidget) -> None:
        """Leave the panel its room where the window gets lower."""
        most = max(_LEAST_STRIP, event.size().height() * 2 // 7)
        if event.size().height() < event.oldSize().height() and strip.height() > most:
            self._window.resizeDocks([strip], [most], Qt.Orientation.Vertical)

    def hide_docks(self, *docks: QDockWidget) -> None:
        """Hide what is shown of `docks` for a while."""
        self._hidden = [dock for dock in docks if not dock.isHidden()]
        for dock in self._hidden:
            dock.hide()

    def show_docks(self) -> None:
        for dock in self._hidden:
            dock.show()
        self._hidden = []
