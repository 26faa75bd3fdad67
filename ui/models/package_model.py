"""Package model: the packages that are here as a list, each told as soon as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.widgets.plain_tip import plain_tip

if TYPE_CHECKING:
    from workbench.workspace.package_contents import PackageSummary

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
SUMMARY_ROLE = int(Qt.ItemDataRole.UserRole) + 1
DETAIL_ROLE = int(Qt.ItemDataRole.UserRole) + 2
VERDICT_ROLE = int(Qt.ItemDataRole.UserRole) + 3
# What other packages are built on; it stands last, since nobody comes here for it first.
_FOUNDATIONS = ("hl7.fhir.r", "hl7.terminology", "hl7.fhir.uv.extensions")
_RELEASES = {"3.0": "STU3", "4.0": "R4", "4.3": "R4B", "5.0": "R5"}


def name_of(label: str) -> str:
    """A label as words, `hl7.fhir.us.core 6.1.0`."""
    return label.replace("#", " ")


def releases_of(summary: PackageSummary) -> str:
    """The releases it is made for, as people call them."""
    keys = [".".join(version.split(".")[:2]) for version in summary.fhir_versions]
    return ", ".join(dict.fromkeys(_RELEASES.get(key, f"FHIR {key}") for key in keys))


def describe_package(summary: PackageSummary) -> str:
    """What matters of a package in one line: its release, where it is from, and what it lacks."""
    if summary.fault:
        return summary.fault
    where = "installed" if summary.folder is not None else "a part of it, built in" if summary.partial else "built in"
    lacks = len(summary.missing)
    missing = f"{lacks} {'dependency' if lacks == 1 else 'dependencies'} not here" if lacks else ""
    left_out = len(summary.unread)
    unread = f"{left_out} {'file' if left_out == 1 else 'files'} left out, no JSON" if left_out else ""
    return " · ".join(part for part in (releases_of(summary), where, missing, unread) if part)


def _rank(summary: PackageSummary) -> tuple[bool, bool]:
    return summary.folder is None, summary.label.startswith(_FOUNDATIONS)


class PackageModel(QAbstractListModel):
    """Installed packages stand first, then guides that are built in, then releases; each by label, from new to old."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._summaries: list[PackageSummary] = []

    def set_summaries(self, summaries: Sequence[PackageSummary]) -> None:
        self.beginResetModel()
        self._summaries = sorted(summaries, key=_rank)
        self.endResetModel()

    def update(self, summary: PackageSummary) -> None:
        """Tell more of a package that is listed."""
        row = self.row_of(summary.label)
        if row >= 0:
            self._summaries[row] = summary
            self.dataChanged.emit(self.index(row), self.index(row))

    def summary_at(self, index: _Index) -> PackageSummary | None:
        found: PackageSummary | None = index.data(SUMMARY_ROLE)
        return found

    def row_of(self, label: str) -> int:
        return next((row for row, each in enumerate(self._summaries) if each.label == label), -1)

    # What Qt asks of a list.

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._summaries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._summaries):
            return None
        summary = self._summaries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return name_of(summary.label)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name_of(summary.label)}, {describe_package(summary)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(summary.fault or summary.title or summary.label)
        details = {SUMMARY_ROLE: summary, DETAIL_ROLE: describe_package(summary)}
        return "error" if role == VERDICT_ROLE and summary.fault else details.get(role)
