"""Packages panel: the FHIR packages that are here, what each holds and lacks, and ways to bring more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QListView,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ui.bench import Bench
from ui.models.package_model import DETAIL_ROLE, VERDICT_ROLE, PackageModel, name_of
from ui.models.side_source import SideSource
from ui.package_installs import PackageInstalls
from ui.panels.panel import Command, Panel
from ui.tasks import Report
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_2, SPACE_3
from ui.views.package_view import PackageView
from ui.widgets.detail_delegate import DetailDelegate
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.side_by_side import put_side_by_side
from ui.widgets.wire_editor import local_files
from workbench.workspace.package_contents import ContentHead, PackageSummary, list_labels, read_summary

if TYPE_CHECKING:
    from workbench.workspace.packages import PackageHere


class PackagesPanel(Panel):
    """The list at the left, the chosen one at the right."""

    title = "Packages"
    icon_name = "packages"

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(bench, parent)
        self.model = PackageModel(self)
        self.list = self._make_list()
        self.view = PackageView(bench)
        self.notice = NoticeBar()
        splitter = put_side_by_side(self._make_left(), self.view, (220, 780))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(splitter, 1)
        self.list.selectionModel().currentChanged.connect(lambda now, _: self._show_chosen(now))
        self.view.use_asked.connect(self._use)
        self.view.compare_asked.connect(self._compare_definition)
        self.view.open_asked.connect(lambda name, data: self.hand_over.emit("compose", "resource", (name, data)))
        self.view.remove_asked.connect(self._ask_remove)
        self.view.missing_asked.connect(lambda summary: self.ask_registry(summary.missing))
        self.installs = PackageInstalls(bench, self)
        self.installs.installed.connect(self._take_installed)
        self.installs.removed.connect(self._take_removed)
        self.installs.failed.connect(self._show_failure)
        self.setAcceptDrops(True)
        self.refresh()

    @property
    def chosen(self) -> PackageSummary | None:
        return self.model.summary_at(self.list.currentIndex())

    def choose(self, label: str) -> None:
        row = self.model.row_of(label)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))

    def refresh(self, label: str = "") -> None:
        """Read anew what is here, and choose `label`, or what was chosen."""
        chosen = self.chosen
        wanted = label or (chosen.label if chosen is not None else "")
        self.bench.tasks.stream(
            self._read(), on_item=partial(self._take, wanted), owner=self, name="Reading the packages"
        )

    async def _read(self) -> AsyncIterator[tuple[PackageSummary, ...] | PackageSummary]:
        """All labels at once, then what each says of itself."""
        listed = await self.bench.checker.run(list_labels)
        yield listed
        for summary in listed:
            yield await self.bench.checker.run(read_summary, summary.label)

    def _take(self, wanted: str, told: tuple[PackageSummary, ...] | PackageSummary) -> None:
        if isinstance(told, PackageSummary):
            self.model.update(told)
            if self.chosen is not None and self.chosen.label == told.label:
                self.view.set_package(told)
            return
        self.model.set_summaries(told)
        self._count.setText(str(len(told)))
        self.list.setCurrentIndex(self.model.index(max(0, self.model.row_of(wanted))))

    def _show_chosen(self, index: QModelIndex) -> None:
        summary = self.model.summary_at(index)
        if summary is not None:
            self.view.set_package(summary)

    def _use(self, summary: PackageSummary, head: ContentHead) -> None:
        self.hand_over.emit("compose", "profile", (summary.label, head))

    def _compare_definition(self, summary: PackageSummary, head: ContentHead) -> None:
        side = SideSource(f"{head.title}, {name_of(summary.label)}", text=f"{summary.label}|{head.url}")
        self.hand_over.emit("compare", "side", side)

    def compare_package(self) -> None:
        """Hand the chosen package to Compare as one side."""
        if self.chosen is not None:
            self.hand_over.emit("compare", "side", SideSource(name_of(self.chosen.label), text=self.chosen.label))

    def _show_menu(self, place: QPoint) -> None:
        if self.chosen is not None:
            menu = QMenu(self)
            label = self.chosen.label
            menu.addAction("Co&mpare with another…", self.compare_package)
            menu.addAction("&Copy the name and version", lambda: QGuiApplication.clipboard().setText(label))
            menu.exec(self.list.viewport().mapToGlobal(place))

    def commands(self) -> tuple[Command, ...]:
        made = [
            Command("Install a package from a file…", self.choose_files, icon="open"),
            Command("Install a package from a registry…", self.ask_registry, icon="remote"),
            Command("Read the packages again", self.refresh, icon="refresh"),
        ]
        if self.chosen is not None:
            made.append(
                Command("Compare this package", self.compare_package, name_of(self.chosen.label), "", "compare")
            )
        return tuple(made)

    # Installing and removing.

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Install packages", "", "FHIR packages (*.tgz *.tar.gz)")
        self.install_files(names)

    def install_files(self, names: list[str]) -> None:
        for name in names:
            self.install_file(Path(name))

    def install_file(self, path: Path, *, replace: bool = False) -> None:
        self.notice.hide()
        self.installs.install_file(path, replace=replace)

    def ask_registry(self, labels: tuple[str, ...] = ()) -> None:
        """Ask which packages to install from which registry; `labels` are proposed."""
        from ui.dialogs.install_package import InstallPackageDialog

        dialog = InstallPackageDialog(self.bench, labels, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.install_asked.connect(self._install_named)
        dialog.open()

    def _install_named(self, names: list[str], registry: str) -> None:
        self.notice.hide()
        for name in names:
            self.installs.install_named(name, registry)

    def _take_installed(self, package: PackageHere) -> None:
        lacks = len(package.missing)
        words = f"{name_of(package.label)} is installed."
        needs = "1 package" if lacks == 1 else f"{lacks} packages"
        hint = f"It depends on {needs} not here; checks say what they cannot decide without them." if lacks else ""
        self.notice.show_notice("success", words, hint)
        self.view.forget()
        self.refresh(package.label)

    def _take_removed(self, package: PackageHere) -> None:
        self.notice.show_notice("success", f"{name_of(package.label)} is removed.")
        self.refresh()

    def _show_failure(self, report: Report, path: Path | None) -> None:
        action = None
        if path is not None and "already" in report.sentence:
            action = ("&Replace it", partial(self.install_file, path, replace=True))
        self.notice.show_notice("error", report.sentence, report.hint, details=report.details, action=action)

    def _ask_remove(self, summary: PackageSummary) -> None:
        from ui.dialogs.questions import ask_remove_package

        box = ask_remove_package(self, name_of(summary.label), str(summary.folder))
        box.accepted.connect(lambda: self.installs.remove(summary.label))

    def receive(self, kind: str, payload: object) -> None:
        if kind == "path" and isinstance(payload, Path):
            self.install_file(payload)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.install_files(local_files(event.mimeData()))
        event.acceptProposedAction()

    # How it is built.

    def _make_list(self) -> QListView:
        view = QListView()
        view.setModel(self.model)
        view.setItemDelegate(DetailDelegate(DETAIL_ROLE, VERDICT_ROLE, view))
        view.setUniformItemSizes(True)
        view.setProperty("bare", True)
        view.setAccessibleName("Packages")
        view.setMinimumWidth(180)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        return view

    def _make_left(self) -> QWidget:
        left = QWidget()
        self._count = make_label("", "quiet")
        head = QHBoxLayout()
        head.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_2)
        head.setSpacing(SPACE_2)
        head.addWidget(make_label("Packages", "heading"))
        head.addWidget(self._count)
        head.addStretch(1)
        install = QPushButton("&Install")
        install.setIcon(make_icon("add"))
        install.setToolTip("Install a package from a .tgz, which can also be dropped here, or from a registry")
        menu = QMenu(install)
        menu.addAction(make_icon("open"), "From a &file…", self.choose_files)
        menu.addAction(make_icon("remote"), "From a &registry…", lambda: self.ask_registry())
        install.setMenu(menu)
        foot = QHBoxLayout()
        foot.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_3)
        foot.addWidget(install)
        layout = QVBoxLayout(left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.list, 1)
        layout.addLayout(foot)
        return left
