"""Answer rules view: the rules by which a receiver misbehaves on request, to add, edit, switch and take away."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from ui.models.answer_rule_model import MET, RULE, USED, AnswerRuleModel
from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2
from ui.widgets.buttons import icon_button, menu_button
from ui.widgets.example_line import make_example_line
from ui.widgets.labels import make_label
from ui.widgets.notice_bar import NoticeBar
from ui.widgets.row_table import settle_rows
from workbench.errors import WorkbenchError
from workbench.sandbox.answer_rules import AnswerRules, RuleUse
from workbench.site.answer_rule import AnswerRule
from workbench.site.answer_rule_text import EXAMPLE, parse_answer_rule, to_text

_EXAMPLES = {
    "Codes": ("any: AE", "ADT^A01: AR after 3", 'ORU: AE error OBX-5 102 E "No number", times 2', "any: CE once"),
    "Time": ("any: late 5 s", "any: no answer", "any: no answer every 3"),
    "Answer": ("any: wrong control ID", "any: wrong version", "any: no MSA", "any: two answers"),
    "Frame": (
        "any: half a frame", "any: no start block", "any: no end block", "any: no carriage return",
        "any: garbage before", "any: garbage after", "any: byte by byte",
    ),
    "Connection": ("any: close", "any: reset every 3", "any: refuse 10 s once", "connection: reset times 3"),
}  # fmt: skip
_ROWS = 5


class AnswerRulesView(QWidget):
    """`changed` comes after each change; the counts are read anew by `refresh_soon`, at most ten times a second."""

    changed = Signal()

    def __init__(self, rules: AnswerRules | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rules = rules or AnswerRules()
        self.model = AnswerRuleModel(self)
        self.model.enabled.connect(self._enable)
        self.model.edited.connect(self._edit)
        self.notice = NoticeBar()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(100)
        self._timer.timeout.connect(self.refresh)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_2)
        layout.addLayout(self._make_line())
        layout.addWidget(self.notice)
        layout.addWidget(self._make_table())
        self._none = make_label("No rule: everything is answered as usual.", "quiet")
        layout.addWidget(self._none)
        self.refresh()

    # How it is built.

    def _make_line(self) -> QHBoxLayout:
        self.line = make_example_line("Answer rule", EXAMPLE)
        self.line.returnPressed.connect(self.add)
        self.add_button = QPushButton(make_icon("add"), "A&dd rule")
        self.add_button.clicked.connect(self.add)
        examples = menu_button("Examples", "more", "Rules to begin with", self._fill_examples)
        self.remove_button = icon_button("delete", "Remove the chosen rules (Del)", self.remove)
        row = QHBoxLayout()
        row.setSpacing(SPACE_1)
        row.addWidget(self.line, 1)
        for button in (self.add_button, examples, self.remove_button):
            row.addWidget(button)
        return row

    def _make_table(self) -> QTableView:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Answer rules")
        settle_rows(self.table)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 8)
        triggers = QAbstractItemView.EditTrigger
        self.table.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(RULE, QHeaderView.ResizeMode.Stretch)
        for column in (MET, USED):
            self.table.setColumnWidth(column, self.table.fontMetrics().horizontalAdvance("000,000"))
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._fit())
        return self.table

    def _fill_examples(self, menu: QMenu) -> None:
        for heading, texts in _EXAMPLES.items():
            menu.addSection(heading)
            for text in texts:
                menu.addAction(text, partial(self._suggest, text))

    def _suggest(self, text: str) -> None:
        self.line.setText(text)
        self.line.setFocus()

    # What it shows.

    @property
    def count(self) -> int:
        """How many rules are on."""
        return sum(use.enabled for use in self._rules.uses)

    def refresh(self) -> None:
        self.model.set_uses(self._rules.uses)
        self._fit()

    def refresh_soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _fit(self) -> None:
        rows = self.model.rowCount()
        self.table.setVisible(rows > 0)
        self._none.setVisible(rows == 0)
        height = self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(
            self.table.horizontalHeader().sizeHint().height() + height * min(max(rows, 1), _ROWS) + 4
        )
        self.remove_button.setEnabled(bool(self.table.selectionModel().selectedRows()))

    # What its buttons do.

    def add(self) -> None:
        rule = self._read(self.line.text())
        if rule is not None:
            self._rules.add(rule)
            self.line.clear()
            self._tell_change()
            self.table.scrollToBottom()

    def remove(self) -> None:
        """Take the chosen rules away; they can be put back where they were, with their counts."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        uses = [use for row in rows if (use := self.model.use_at(row)) is not None]
        if not uses:
            return
        gone = [self._rules.remove(use.id) for use in uses]
        self._tell_change()
        words = f"“{to_text(uses[0].rule)}” is removed." if len(uses) == 1 else f"{len(uses)} rules are removed."
        self.notice.show_notice("information", words, action=("&Put back", lambda: self._put_back(gone)))

    def _put_back(self, gone: list[tuple[int, RuleUse]]) -> None:
        for index, use in reversed(gone):
            self._rules.put_back(index, use)
        self._tell_change()

    def _enable(self, use_id: int, enabled: bool) -> None:
        self._rules.enable(use_id, enabled)
        self._tell_change()

    def _edit(self, use_id: int, text: str) -> None:
        rule = self._read(text)
        if rule is not None:
            self._rules.replace(use_id, rule)
            self._tell_change()

    def _read(self, text: str) -> AnswerRule | None:
        """The rule that a text says; one that is none is told in words, and the text stays."""
        try:
            return parse_answer_rule(text)
        except WorkbenchError as error:
            self.notice.show_notice("warning", error.message, error.hint)
            return None

    def _tell_change(self) -> None:
        self.notice.hide()
        self.refresh()
        self.changed.emit()
