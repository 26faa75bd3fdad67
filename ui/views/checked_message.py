"""Checked message: an HL7 v2 message that is judged while it is typed, by a version and the rules of a site."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from ui.bench import Bench
from ui.views.checked_editor import CheckedEditor
from ui.views.message_view import MessageView
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.workspace.message_check import MessageChoice, check_messages
from workbench.workspace.text_check import TextCheck

if TYPE_CHECKING:
    from workbench.site.site import Site

CURRENT = "current"
NO_SITE = ""


class CheckedMessage(CheckedEditor):
    """`to_bytes` gives what goes out; it is held against MSH-12 and the current sandbox's site until others are chosen.

    `site` is the id of a site, `CURRENT` or `NO_SITE`.
    """

    chooser_room, chip_room = 22, 26

    def __init__(
        self, bench: Bench, view: MessageView, to_bytes: Callable[[], bytes], parent: QWidget | None = None
    ) -> None:
        super().__init__(bench, view.editor.text, view, parent)
        self._to_bytes = to_bytes
        self._view = view
        self.version = ""
        self.site = CURRENT
        self.choice_asked.connect(self._show_menu)
        self.checked.connect(self._name_choice)
        bench.current_changed.connect(self._follow_current)
        self._asked = self._find_choice()
        self._name_choice()
        view.set_site(self._find_site())

    def choose(self, *, version: str | None = None, site: str | None = None) -> None:
        """Check against another version or site from now on."""
        self.version = self.version if version is None else version
        self.site = self.site if site is None else site
        self._asked = self._find_choice()
        self._name_choice()
        self._view.set_site(self._find_site())
        self.check_now()

    def make_work(self) -> Callable[[], TextCheck]:
        return partial(check_messages, self.editor.text(), self._to_bytes(), self._asked)

    def _find_choice(self) -> MessageChoice:
        folder = str(self._bench.workspace.folder)
        if self.site == CURRENT:
            site = self._bench.current.site if self._bench.current is not None else None
            return MessageChoice(self.version, site.id, site.name, folder) if site else MessageChoice(self.version)
        names = {entry.id: entry.name for entry in self._bench.workspace.sites()} if self.site else {}
        if self.site not in names:
            return MessageChoice(self.version)
        return MessageChoice(self.version, self.site, names[self.site], folder)

    def _follow_current(self) -> None:
        if self.site == CURRENT and self._find_choice() != self._asked:
            self.choose()

    def _find_site(self) -> Site | None:
        """What is known of the site that the message is held against."""
        state = self._bench.current if self.site == CURRENT else self._bench.find_sandbox(self.site)
        return state.site if state is not None else None

    def _name_choice(self) -> None:
        held = self.check.against if self.check is not None and self.check.kind == "message" else ()
        version = f"HL7 v{self.version}" if self.version else "MSH-12"
        words = f"Against {', '.join(held or filter(None, (version, self._asked.site_name)))}"
        self.chooser.set_words(words)
        self.chooser.setToolTip(f"{words}\nChoose the version and the site to check against")
        self.chooser.setAccessibleName(words)

    # Choosing.

    def _show_menu(self) -> None:
        self.make_menu().popup(self.chooser.mapToGlobal(QPoint(0, 0)))

    def make_menu(self) -> QMenu:
        """Versions and sites to check against."""
        menu = QMenu(self)
        menu.addSection("Version")
        versions = {"": "What &MSH-12 says", **{version: f"HL7 v{version}" for version in reversed(KNOWN_VERSIONS)}}
        more = menu.addMenu(f"&Version: {versions[self.version].replace('&', '')}")
        _fill(more, versions, self.version, lambda version: self.choose(version=version))
        menu.addSection("Site")
        current = self._bench.current
        named = current.name if current is not None and current.site is not None else "none"
        sites = {CURRENT: f"Current sandbox’s: {named}", NO_SITE: "&None: the version alone"}
        sites |= {entry.id: entry.name for entry in self._bench.workspace.sites()}
        _fill(menu, sites, self.site, lambda site: self.choose(site=site))
        return menu


def _fill(menu: QMenu, words: dict[str, str], chosen: str, choose: Callable[[str], None]) -> None:
    group = QActionGroup(menu)
    for value, text in words.items():
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(value == chosen)
        action.triggered.connect(partial(_choose, choose, value))
        group.addAction(action)


def _choose(choose: Callable[[str], None], value: str, _on: bool) -> None:
    choose(value)
