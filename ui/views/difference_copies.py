"""Difference copies: rows of a comparison given out, to the clipboard for a colleague or a sheet, and to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from ui.bench import Bench
from ui.models.comparison_work import ReportFormat
from ui.models.difference_words import to_tab_separated
from ui.side_reading import SideReading
from ui.tasks import beside
from ui.views.difference_view import DifferenceView
from workbench.diff.difference import Difference, keep_telling
from workbench.workspace.atomic import write_text


class DifferenceCopies(QObject):
    """Gives out the rows of `view`; `failed` carries the report of a file that could not be written."""

    failed = Signal(object)

    def __init__(self, bench: Bench, view: DifferenceView) -> None:
        super().__init__(view)
        self._bench = bench
        self._view = view
        self._reading = SideReading(bench)

    def copy_selected(self) -> None:
        self._copy_rows(self._view.selected_rows())

    def copy_shown(self) -> None:
        model = self._view.model
        self._copy_rows([model.difference(row) for row in model.shown_rows()])

    def copy_path(self) -> None:
        """The path of the selected row or branch, to send to a colleague."""
        path = self._view.model.path_of(self._view.tree.currentIndex())
        if path:
            QGuiApplication.clipboard().setText(path)
            self._bench.notice.emit("success", f"Copied {path if len(path) < 80 else f'{path[:77]}…'}.")

    def copy_text(self) -> None:
        """The selected rows as the command line prints them, sides, grades and why included."""
        from workbench.diff.difference_report import to_text

        rows = keep_telling(self._view.selected_rows())
        comparison = self._view.model.comparison
        QGuiApplication.clipboard().setText(to_text(comparison.left_label, comparison.right_label, rows))
        self._say_copied(len(rows))

    def _copy_rows(self, rows: Sequence[Difference]) -> None:
        QGuiApplication.clipboard().setText(to_tab_separated(rows))
        self._say_copied(len(rows))

    def _say_copied(self, count: int) -> None:
        self._bench.notice.emit("success", f"{count:,} row{'' if count == 1 else 's'} copied.")

    def export(self, format_name: ReportFormat) -> None:
        word = format_name.upper()
        name, _ = QFileDialog.getSaveFileName(
            self._view, f"Export as {word}", f"differences.{format_name}", f"{word} (*.{format_name})"
        )
        if name:
            self.export_to(Path(name), format_name)

    def export_to(self, path: Path, format_name: ReportFormat) -> None:
        """Write the differences that are shown, as the command line does."""
        comparison, shown = self._view.model.comparison, self._view.model.shown_rows()

        async def write() -> None:
            await beside(write_text, path, await self._reading.report(format_name, comparison, shown))

        self._bench.tasks.start(
            write(),
            on_done=lambda _: self._bench.notice.emit("success", f"Written to {path.name}."),
            on_error=self.failed.emit,
            name=f"Writing {path.name}",
            owner=self,
        )
