"""Panel stack: the panels in the middle of the window, each made when it is first shown."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QStackedWidget, QWidget

from ui.bench import Bench
from ui.panels.panel import Panel


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """A panel's name, its words, and where its class is found."""

    name: str
    title: str
    icon: str
    module: str
    class_name: str


PANELS = (
    PanelEntry("sandboxes", "Sandboxes", "sandboxes", "ui.panels.sandboxes", "SandboxesPanel"),
    PanelEntry("launch", "Launch", "launch", "ui.panels.launch", "LaunchPanel"),
    PanelEntry("compose", "Compose", "compose", "ui.panels.compose", "ComposePanel"),
    PanelEntry("send-many", "Send many", "send", "ui.panels.send_many", "SendManyPanel"),
    PanelEntry("listen", "Listen", "listen", "ui.panels.listen", "ListenPanel"),
    PanelEntry("compare", "Compare", "compare", "ui.panels.compare", "ComparePanel"),
    PanelEntry("scenarios", "Scenarios", "scenarios", "ui.panels.scenarios", "ScenariosPanel"),
    PanelEntry("packages", "Packages", "packages", "ui.panels.packages", "PackagesPanel"),
)


class PanelStack(QStackedWidget):
    """Imports and makes a panel at its first showing; `on_made` connects it to the window."""

    def __init__(self, bench: Bench, on_made: Callable[[Panel], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._on_made = on_made
        self._panels: dict[str, Panel] = {}
        self.current_name = ""

    @property
    def made(self) -> tuple[Panel, ...]:
        return tuple(self._panels.values())

    def panel(self, name: str) -> Panel:
        """The panel of that name, made if it was not yet."""
        if name not in self._panels:
            entry = next(entry for entry in PANELS if entry.name == name)
            make = getattr(importlib.import_module(entry.module), entry.class_name)
            # Made where it will stand: moved there whole, each of its widgets would take on the style sheet anew.
            panel: Panel = make(self._bench, self)
            self._panels[name] = panel
            self.addWidget(panel)
            self._on_made(panel)
        return self._panels[name]

    def show_panel(self, name: str) -> Panel:
        panel = self.panel(name)
        self.current_name = name
        self.setCurrentWidget(panel)
        return panel
