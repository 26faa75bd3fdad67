"""Launch faults view: what the site is to do wrongly in a launch, picked by name, and how often it has happened."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.models.launch_fault_model import FAULT, MET, USED, LaunchFaultModel
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.buttons import icon_button
from ui.widgets.choice import Choice, Option
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.row_table import settle_rows
from ui.widgets.spin_box import set_in
from workbench.authorization_server.fault_rule import FaultRule
from workbench.authorization_server.launch_fault_text import LONGEST
from workbench.authorization_server.launch_faults import FaultDescription, all_faults, make_fault_rule
from workbench.sandbox.launch_faults import FaultUse, LaunchFaults

_TIMES = (("", "always"), ("1", "once"), ("2", "twice"), ("3", "three times"))
_ROWS = 6


class LaunchFaultsView(QWidget):
    """`changed` comes after each change; the counts are read anew by `refresh_soon`, at most ten times a second."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._faults = LaunchFaults()
        self.model = LaunchFaultModel(self)
        self.model.enabled.connect(self._enable)
        self.notice = NoticeBar()
        self.fault = Choice("Fault", searchable=True)
        self.fault.offer(tuple((each.name, each.title) for each in all_faults()))
        self.fault.currentIndexChanged.connect(lambda _: self._describe())
        self.does = make_label(wrap=True)
        self.asks = make_label(role="quiet", wrap=True)
        self.place = Choice("At which request")
        self.times = Choice("How often")
        self.times.offer(_TIMES)
        self.client = Choice("For which app")
        self.amount = QDoubleSpinBox()
        self.amount.setAccessibleName("How much")
        self.amount.setDecimals(0)
        set_in(self.amount)
        self.add_button = QPushButton(make_icon("add"), "Add fault")
        self.add_button.clicked.connect(self.add)
        self.remove_button = icon_button("delete", "Remove the chosen faults (Del)", self.remove)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self.refresh)
        self._lay_out()
        self.offer_clients(())
        self._describe()
        self.refresh()

    @property
    def count(self) -> int:
        """How many faults are on."""
        return sum(use.enabled for use in self._faults.uses)

    def set_faults(self, faults: LaunchFaults | None) -> None:
        """Show and change those of a running site; without one nothing can be added."""
        self._faults = faults or LaunchFaults()
        self.setEnabled(faults is not None)
        self.refresh()

    def offer_clients(self, clients: tuple[Option, ...]) -> None:
        self.client.offer((("", "every app"), *clients))

    def refresh(self) -> None:
        self.model.set_uses(self._faults.uses)
        rows = self.model.count_rows()
        self.table.setVisible(rows > 0)
        self._none.setVisible(rows == 0)
        height = self.table.verticalHeader().defaultSectionSize()
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + height * min(max(rows, 1), _ROWS) + 4)
        self._choose()

    def refresh_soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    # What its buttons do.

    def chosen(self) -> FaultRule:
        """The fault as it would be added."""
        described = self._described
        rule = make_fault_rule(
            described.name,
            client=self.client.value,
            times=int(self.times.value) if self.times.value else None,
            at=next((place for place in described.places if place == self.place.value), None),
        )
        amount = self.amount.value() if described.unit else 0.0
        return replace(rule, amount=amount) if amount else rule

    def add(self) -> None:
        self._faults.add(self.chosen())
        self._tell_change()
        self.table.scrollToBottom()

    def remove(self) -> None:
        """Take the chosen faults away; they can be put back where they were, with their counts."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        gone = [self._faults.remove(use.id) for row in rows if (use := self.model.use_at(row)) is not None]
        if gone:
            self._tell_change()
            words = "The fault is removed." if len(gone) == 1 else f"{len(gone)} faults are removed."
            self.notice.show_notice("information", words, action=("Put back", lambda: self._put_back(gone)))

    def _put_back(self, gone: list[tuple[int, FaultUse]]) -> None:
        for index, use in reversed(gone):
            self._faults.put_back(index, use)
        self._tell_change()

    def _enable(self, use_id: int, enabled: bool) -> None:
        self._faults.enable(use_id, enabled)
        self._tell_change()

    def _tell_change(self) -> None:
        self.notice.hide()
        self.refresh()
        self.changed.emit()

    # What it shows.

    @property
    def _described(self) -> FaultDescription:
        name = self.fault.value
        return next((each for each in all_faults() if each.name == name), all_faults()[0])

    def _describe(self) -> None:
        fault = self._described
        broken = f" It breaks {fault.clause}." if fault.clause else ""
        self.does.setText(f"The site {fault.site}.{broken}")
        self.asks.setText(f"A good app {fault.good_app}.")
        self.place.offer(tuple((place, place) for place in fault.places))
        self._form.setRowVisible(self.place, len(fault.places) > 1)
        self._form.setRowVisible(self.amount, bool(fault.unit))
        if fault.unit:
            longest = min(LONGEST[fault.unit], 600.0)
            self.amount.setRange(-longest if fault.unit == "min" else 1.0, longest)
            self.amount.setSuffix(f" {fault.unit}")
            self.amount.setValue(fault.amount)

    def _choose(self) -> None:
        self.remove_button.setEnabled(bool(self.table.selectionModel().selectedRows()))

    def _lay_out(self) -> None:
        self._form = QFormLayout()
        self._form.setSpacing(SPACE_2)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow("Fault", self.fault)
        self._form.addRow(self.does)
        self._form.addRow(self.asks)
        for name, field in (("At", self.place), ("By", self.amount), ("How often", self.times), ("For", self.client)):
            self._form.addRow(name, field)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_1)
        buttons.addWidget(self.add_button)
        buttons.addStretch(1)
        buttons.addWidget(self.remove_button)
        self.table = self._make_table()
        self._none = make_label("No fault: the site does everything right.", "quiet", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addLayout(self._form)
        layout.addLayout(buttons)
        layout.addWidget(self.notice)
        layout.addWidget(self.table)
        layout.addWidget(self._none)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setAccessibleName("Faults of the site")
        settle_rows(table)
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
        table.horizontalHeader().setSectionResizeMode(FAULT, QHeaderView.ResizeMode.Stretch)
        for column in (MET, USED):
            table.setColumnWidth(column, table.fontMetrics().horizontalAdvance("0,000,000"))
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove)
        table.selectionModel().selectionChanged.connect(lambda *_: self._choose())
        return table
