"""Profile dialog: the FHIR release and the profile that a resource is checked against, found by typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QListView,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.profile_model import DETAIL_ROLE, VERDICT_ROLE, ProfileModel, title_of
from ui.tasks import Report, beside
from ui.theme.tokens import SPACE_2, SPACE_4
from ui.widgets.choice import Choice
from ui.widgets.detail_delegate import DetailDelegate
from ui.widgets.dialog_buttons import DialogButtons
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.search_box import SearchBox

if TYPE_CHECKING:
    from workbench.definitions.structure import StructureHead
    from workbench.workspace.check_choices import CheckChoice

_KEYS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}


class ChooseProfileDialog(QDialog):
    """`chosen` carries the choice and the title of its profile; `type_name` is the type of the resource at hand."""

    chosen = Signal(object, str)

    def __init__(self, bench: Bench, choice: CheckChoice, type_name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._choice = choice
        self._type = type_name
        self.setWindowTitle("Check against")
        self.setMinimumSize(560, 420)
        self.release = Choice("FHIR release")
        self.release.offer(_releases())
        self.search = SearchBox("Find a profile by title, name, address or package")
        self.search.installEventFilter(self)
        self.model = ProfileModel(self)
        self.list = self._make_list()
        self.only_type = QCheckBox(f"&Only profiles of {type_name}")
        self.only_type.setChecked(bool(type_name))
        self.only_type.setVisible(bool(type_name))
        self.second = QCheckBox("Ask &fhir.resources too: a second opinion beside the verdict")
        self.second.setChecked(choice.second_opinion)
        self.count = make_label("", "quiet")
        self.notice = NoticeBar()
        self._lay_out()
        with QSignalBlocker(self.release):
            self.release.setCurrentIndex(max(0, self.release.findData(choice.release)))
        self.release.currentIndexChanged.connect(lambda _: self._load())
        self.search.searched.connect(self._search)
        self.only_type.toggled.connect(lambda _: self._narrow())
        self._narrow()
        self._load()
        self.search.setFocus()

    def accept(self) -> None:
        from workbench.workspace.check_choices import CheckChoice

        head = self.model.head_at(self.list.currentIndex())
        if head is None:
            self.chosen.emit(CheckChoice(self.release.value, second_opinion=self.second.isChecked()), "")
        else:
            canonical = f"{head.url}|{head.version}" if head.version else head.url
            choice = CheckChoice(self.release.value, canonical, head.package, self.second.isChecked())
            self.chosen.emit(choice, title_of(head))
        super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows move in the list while one types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _KEYS:
            row = self.list.currentIndex().row() + _KEYS[Qt.Key(event.key())]
            self.list.setCurrentIndex(self.model.index(max(0, min(row, self.model.rowCount() - 1))))
            return True
        return super().eventFilter(watched, event)

    # How it is built.

    def _make_list(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(DetailDelegate(DETAIL_ROLE, VERDICT_ROLE, view))
        view.setUniformItemSizes(True)
        view.setAccessibleName("Profiles")
        view.doubleClicked.connect(lambda _: self.accept())
        return view

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        label = make_label("FHIR &release")
        label.setTextFormat(Qt.TextFormat.AutoText)
        label.setBuddy(self.release)
        row.addWidget(label)
        row.addWidget(self.release, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.only_type)
        foot.addStretch(1)
        foot.addWidget(self.count)
        buttons = DialogButtons("C&heck against it")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.setSpacing(SPACE_2)
        layout.addWidget(self.notice)
        layout.addLayout(row)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        layout.addWidget(self.second)
        layout.addWidget(buttons)

    # What it offers.

    def _load(self) -> None:
        self.count.setText("Reading the packages…")
        work = beside(_find_profiles, self.release.value)
        self._bench.tasks.start(work, on_done=self._take, on_error=self._show_report, owner=self)

    def _take(self, heads: tuple[StructureHead, ...]) -> None:
        self.notice.hide()
        self.model.set_heads(heads)
        self._settle(self.model.row_of(self._choice.profile, self._choice.package) if self._choice.profile else 0)

    def _show_report(self, report: Report) -> None:
        self.model.set_heads(())
        self._settle(0)
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details)

    def _search(self, words: str) -> None:
        self.model.search(words)
        self._settle(1 if words and self.model.count_profiles() else 0)

    def _narrow(self) -> None:
        self.model.set_type(self._type if self.only_type.isChecked() else "")
        self._settle(0)

    def _settle(self, row: int) -> None:
        index: QModelIndex = self.model.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
        count = self.model.count_profiles()
        self.count.setText(f"{count:,} profiles" if count != 1 else "1 profile")


def _releases() -> tuple[tuple[str, str], ...]:
    from workbench.definitions.release import RELEASES

    named = tuple(
        (each.key, f"{each.name} ({each.version}{'' if each.complete else ', structure alone'})") for each in RELEASES
    )
    return (("", "What the text says of itself, else R4"), *named)


def _find_profiles(release: str) -> tuple[StructureHead, ...]:
    from workbench.workspace.known_definitions import known_profiles

    return known_profiles(release)
