"""Choose scopes: what an app asks for, or a site withholds, by ticking types of records and what is done with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.models.scope_grid_model import ScopeGridModel
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.widgets.choice import Choice
from ui.widgets.labels import make_label
from ui.widgets.row_table import settle_rows
from ui.widgets.search_box import SearchBox
from workbench.smart.scope_words import PLAIN, describe_scope
from workbench.smart.scopes import Scope, ScopeVersion, parse_scopes

_WHOSE = (
    ("patient", "of the patient in context"),
    ("user", "of all that the user may see"),
    ("system", "of everybody"),
)
_SHOWN = 12


class ChooseScopesDialog(QDialog):
    """`chosen` carries the scopes as text; what cannot be ticked, such as a granular scope, stays as it was written."""

    chosen = Signal(str)

    def __init__(
        self,
        title: str,
        text: str,
        version: ScopeVersion,
        types: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        scopes = parse_scopes(text)
        ticked = [scope for scope in scopes if _can_tick(scope, version)]
        self._contexts: dict[str, list[Scope]] = {name: [] for name, _ in _WHOSE}
        for scope in ticked:
            self._contexts[scope.context or "patient"].append(scope)
        self._rest = tuple(s.text for s in scopes if s not in ticked and s.text not in PLAIN)
        self.whose = Choice("Whose records")
        self.whose.offer(_WHOSE)
        self.whose.setMinimumContentsLength(24)
        first = next((name for name, found in self._contexts.items() if found), "patient")
        self.whose.setCurrentIndex(self.whose.findData(first))
        self._shown_context = first
        self.model = ScopeGridModel(version, types, self)
        self.model.set_scopes(self._contexts[first])
        self.model.changed.connect(self._tell)
        self.search = SearchBox("Find a type of records")
        self.plain = {name: self._make_box(name, any(s.text == name for s in scopes)) for name in PLAIN}
        self.words = make_label(role="quiet", wrap=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self.whose.currentIndexChanged.connect(lambda _: self._change_context())
        self._tell()

    @property
    def text(self) -> str:
        """The scopes as they are now, those without records first."""
        self._keep_context()
        plain = tuple(name for name, box in self.plain.items() if box.isChecked())
        records = tuple(scope.text for found in self._contexts.values() for scope in found)
        return " ".join((*plain, *records, *self._rest))

    def accept(self) -> None:
        self.chosen.emit(self.text)
        super().accept()

    def _keep_context(self) -> None:
        texts = " ".join(self.model.to_scopes(self._shown_context))
        self._contexts[self._shown_context] = list(parse_scopes(texts))

    def _change_context(self) -> None:
        self._keep_context()
        self._shown_context = self.whose.value
        self.model.set_scopes(self._contexts[self._shown_context])
        self._tell()

    def _tell(self) -> None:
        scopes = parse_scopes(self.text)
        lines = [f"{scope.text}: {describe_scope(scope)}" for scope in scopes[:_SHOWN]]
        more = [f"and {len(scopes) - _SHOWN} more"] if len(scopes) > _SHOWN else []
        self.words.setText("\n".join((*lines, *more)) or "No scope is chosen.")

    def _make_box(self, name: str, on: bool) -> QCheckBox:
        box = QCheckBox(name)
        box.setToolTip(PLAIN[name])
        box.setChecked(on)
        box.toggled.connect(lambda _: self._tell())
        return box

    def _lay_out(self) -> None:
        proxy = QSortFilterProxyModel(self)
        proxy.setSourceModel(self.model)
        proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.search.searched.connect(proxy.setFilterFixedString)
        table = QTableView()
        table.setModel(proxy)
        table.setAccessibleName("Types of records, and what is done with them")
        settle_rows(table, one=True)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, self.model.columnCount()):
            table.setColumnWidth(column, table.fontMetrics().horizontalAdvance("Update") + 24)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.search.lead_to(table)
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self.search, 1)
        head.addWidget(self.whose)
        boxes = QGridLayout()
        boxes.setSpacing(SPACE_1)
        for at, box in enumerate(self.plain.values()):
            boxes.addWidget(box, at // 4, at % 4)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        layout.setSpacing(SPACE_2)
        layout.addLayout(boxes)
        layout.addLayout(head)
        layout.addWidget(table, 1)
        layout.addWidget(make_label("In words", "heading"))
        layout.addWidget(self.words)
        layout.addWidget(buttons)
        self.resize(760, 620)


def _can_tick(scope: Scope, version: ScopeVersion) -> bool:
    return scope.kind == "resource" and not scope.query and scope.version == version
