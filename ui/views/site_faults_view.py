"""Site faults view: all that a running site does wrongly on purpose, in a launch and in what it publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from ui.views.discovery_edits_view import DiscoveryEditsView
from ui.views.launch_faults_view import LaunchFaultsView
from ui.widgets.choice import Option
from workbench.authorization_server.configuration import smart_configuration
from workbench.authorization_server.discovery_edits import DiscoveryEdits

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import Sandbox


class SiteFaultsView(QWidget):
    """`changed` comes after each change; `count` is how many are on."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sandbox: Sandbox | None = None
        self.launch = LaunchFaultsView()
        self.discovery = DiscoveryEditsView()
        self.launch.changed.connect(self.changed)
        self.discovery.changed.connect(self._take_discovery)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_2)
        layout.setSpacing(SPACE_4)
        layout.addWidget(self.launch)
        layout.addWidget(self.discovery)
        layout.addStretch(1)
        self.set_sandbox(None)

    @property
    def count(self) -> int:
        return 0 if self._sandbox is None else self.launch.count + self.discovery.count

    def set_sandbox(self, sandbox: Sandbox | None) -> None:
        """Show and change what this running site does; without one nothing can be."""
        self._sandbox = sandbox
        self.launch.set_faults(sandbox.faults if sandbox is not None else None)
        self.discovery.setEnabled(sandbox is not None)
        if sandbox is None:
            self.discovery.show_edits(DiscoveryEdits(), {})
            return
        site, issuer = sandbox.site, sandbox.addresses.issuer
        types = [rules.type for rules in site.fhir.resources]
        self.discovery.show_edits(sandbox.discovery, smart_configuration(site.smart, issuer, types))

    def offer_clients(self, clients: tuple[Option, ...]) -> None:
        self.launch.offer_clients(clients)

    def _take_discovery(self, edits: DiscoveryEdits) -> None:
        if self._sandbox is not None:
            self._sandbox.discovery = edits
            self.changed.emit()
