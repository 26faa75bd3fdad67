"""Mask box: the places that a comparison lets differ, typed, or taken from a replay or the steps of a scenario."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from ui.bench import Bench
from ui.tasks import Report, beside
from workbench.scenario.masks import Standard
from workbench.workspace.comparison_masks import USUAL, read_scenario_masks


class MaskBox(QLineEdit):
    """`changed` follows what is finished; `failed` comes with what kept a scenario from being read."""

    changed = Signal()
    failed = Signal(Report)

    def __init__(self, bench: Bench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bench = bench
        self._told: tuple[str, ...] = ()
        self.standard: Standard = "hl7v2"
        self.setPlaceholderText("Masks, such as MSH-7 or *.meta")
        self.setAccessibleName("Masks: places that may differ")
        self.setToolTip(
            "Places that may differ, separated by spaces: MSH-7 MSH-10, Patient.meta, *.meta; "
            "“usual” stands for those of a replay"
        )
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(100)
        self.setMaximumWidth(260)
        self.editingFinished.connect(self._tell)
        self.textChanged.connect(lambda text: None if text else self._tell())

    @property
    def masks(self) -> tuple[str, ...]:
        return parse_masks(self.text())

    def add(self, masks: str) -> None:
        """Put places beside those that stand there."""
        self.setText(" ".join(parse_masks(f"{self.text()} {masks}")))
        self._tell()

    def fill_menu(self, menu: QMenu) -> None:
        """List the usual masks, and the scenarios whose steps have some."""
        menu.clear()
        menu.addAction("The usual ones of a replay", partial(self.add, USUAL))
        menu.addSeparator()
        for entry in self._bench.workspace.scenarios():
            menu.addAction(entry.name.replace("&", "&&"), partial(self.take_from, entry.path))

    def take_from(self, path: Path) -> None:
        """Add the masks of a scenario's steps."""
        self._bench.tasks.start(
            beside(read_scenario_masks, path, self._bench.workspace, self.standard),
            on_done=lambda masks: self.add(" ".join(masks)),
            on_error=self.failed.emit,
            owner=self,
        )

    def _tell(self) -> None:
        if self.masks != self._told:
            self._told = self.masks
            self.changed.emit()


def parse_masks(text: str) -> tuple[str, ...]:
    """The places in a masks box, separated by commas, semicolons, spaces or lines."""
    places = text.replace(",", " ").replace(";", " ").split()
    return tuple(dict.fromkeys(places))
