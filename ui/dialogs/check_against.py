"""CheckAgainst: what the resource of a page is checked against, chosen in a dialog and remembered for its file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from ui.bench import Bench
from ui.dialogs.choose_profile import ChooseProfileDialog
from ui.tasks import beside
from ui.views.request_page import RequestPage
from workbench.workspace.check_choices import CheckChoice, RememberedChoice, read_choice, remember_choice

if TYPE_CHECKING:
    from workbench.workspace.package_contents import ContentHead


class CheckAgainst(QObject):
    """Belongs to the panel that shows the pages."""

    def __init__(self, bench: Bench, panel: QWidget) -> None:
        super().__init__(panel)
        self._bench = bench
        self._panel = panel

    def choose(self, page: RequestPage) -> None:
        """Ask for the release and the profile."""
        check = page.resource.check
        kind = check.type if check is not None else ""
        dialog = ChooseProfileDialog(self._bench, page.resource.choice, kind, self._panel)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(partial(self.take, page))
        dialog.open()

    def take(self, page: RequestPage, choice: CheckChoice, title: str) -> None:
        """Check against `choice`, whose profile `title` names, also when the file is opened again."""
        page.resource.set_choice(choice, title)
        if page.path is not None:
            folder, remembered = self._bench.workspace.folder, RememberedChoice(choice, title)
            self._bench.tasks.start(beside(remember_choice, folder, page.path, remembered), owner=self)

    def take_profile(self, page: RequestPage, package: str, head: ContentHead) -> None:
        self.take(page, CheckChoice("", head.url, package), head.title)

    def recall(self, page: RequestPage) -> None:
        """Check against what was chosen the last time the file was open."""

        def take(found: RememberedChoice | None) -> None:
            if found is not None:
                page.resource.set_choice(found.choice, found.title)

        if page.path is not None:
            work = beside(read_choice, self._bench.workspace.folder, page.path)
            self._bench.tasks.start(work, on_done=take, owner=page)
