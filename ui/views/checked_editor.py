"""Checked editor: an editor whose text is checked while it is typed, its problems in the margin and in a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from ui.bench import Bench
from ui.checking import Checking
from ui.models.check_words import sum_up
from ui.models.problem_model import VERDICT_OF, to_tip, weigh
from ui.tasks import Report
from ui.theme.icons import make_icon
from ui.views.problem_list import ProblemList
from ui.widgets.elided_button import ElidedButton
from ui.widgets.line_marks import LineMark
from ui.widgets.status_chip import StatusChip
from ui.widgets.wire_editor import WireEditor
from workbench.issue import Issue

if TYPE_CHECKING:
    from workbench.workspace.text_check import TextCheck

# How long the typing rests before it is checked; a text beyond the limit is checked when that is asked for.
_REST = 250
_AS_TYPED = 3_000_000
# Lines of height from which on the list has room for more than its rows.
_ROOMY = 26


class CheckedEditor(QWidget):
    """`body` is laid out above the problems and holds `editor`; `chip` and `chooser` are for the page to lay out.

    `checked` follows each check and the row in front, `choice_asked` the chooser.
    """

    checked = Signal()
    choice_asked = Signal()
    # How much of the width their words may take, in hundredths.
    chooser_room, chip_room = 26, 36

    def __init__(self, bench: Bench, editor: WireEditor, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check: TextCheck | None = None
        self._was_loaded = False
        self._off = ""
        self._bench = bench
        self._told_fault = ""
        self.checking = Checking(bench, self)
        self.editor = editor
        self.editor.make_room_for_marks()
        self.problems = ProblemList()
        self.problems.hide()
        self.chip = StatusChip("Check", "Press to show or hide the problems (F8 goes from one to the next)")
        self.chooser = ElidedButton()
        self.chooser.hide()
        self.chooser.setProperty("role", "quiet")
        self.chooser.setIcon(make_icon("settings", "quiet"))
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.addWidget(body)
        self._splitter.addWidget(self.problems)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.splitterMoved.connect(self._keep_split)
        self._split_by_hand = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        self.setFocusProxy(self.editor)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._connect()

    def _connect(self) -> None:
        self._rest.timeout.connect(self._check_if_small)
        self.editor.textChanged.connect(self._take_typing)
        self.editor.loaded.connect(self._take_loaded)
        self.checking.finished.connect(self._show_check)
        self.checking.waiting.connect(self._show_waiting)
        self.checking.failed.connect(self._show_fault)
        self.problems.chosen.connect(self._go_to)
        self.problems.filtered.connect(self._mark)
        self.problems.filtered.connect(self._fit)
        self.problems.pointed.connect(self.checked)
        self.problems.close_asked.connect(lambda: self.chip.setChecked(False))
        self.editor.mark_chosen.connect(self._show_in_list)
        self.editor.cursorPositionChanged.connect(self._follow_cursor)
        self.chip.toggled.connect(self._toggle_problems)
        self.chooser.clicked.connect(lambda: self.choice_asked.emit())

    @property
    def is_empty(self) -> bool:
        return self.editor.document().characterCount() <= 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.chooser.set_room(self.width() * self.chooser_room // 100)
        self.chip.set_room(self.width() * self.chip_room // 100)
        self._fit()

    def _fit(self) -> None:
        """The list is as high as its rows, up to a third, or to a half where the whole text is in sight above it; until
        somebody has drawn the line elsewhere."""
        if not self._split_by_hand:
            height = self._splitter.height()
            self.problems.set_roomy(height > self.fontMetrics().height() * _ROOMY)
            text = (self.editor.blockCount() + 2) * self.editor.fontMetrics().lineSpacing()
            most = max(height // 3, min(height // 2, height - text), self.problems.minimumSizeHint().height())
            low = min(self.problems.height_for_rows, most)
            self._splitter.setSizes([height - low, low])

    def _keep_split(self) -> None:
        self._split_by_hand = True

    # Checking.

    def leave_out(self, why: str) -> None:
        """Check nothing, and say why at the chip; `""` checks again."""
        if why != self._off:
            self._off = why
            self.check_now()

    def check_now(self) -> None:
        self._rest.stop()
        if self._off:
            self._show_nothing("" if self.is_empty else "skip", "Not checked", self._off)
            return
        if self.is_empty:
            self._show_nothing("", "", "")
            return
        self.checking.ask(self.make_work())

    def make_work(self) -> Callable[[], TextCheck]:
        """The check of what stands there now, to be done in another process."""
        raise NotImplementedError

    def _check_if_small(self) -> None:
        if self.editor.loading:
            return
        if self.editor.document().characterCount() <= _AS_TYPED:
            self.check_now()
        else:
            self._show_nothing("skip", "Check it", "It is too large to be checked while it is typed.")

    def _show_nothing(self, verdict: str, words: str, why: str) -> None:
        self.checking.overtake()
        self.check = None
        self.chooser.setHidden(self.is_empty or bool(self._off))
        self.chip.set_state(verdict, words if verdict else "", why)
        self._list((), why)
        self.editor.set_line_marks([])
        self.checked.emit()

    def _take_typing(self) -> None:
        self.checking.overtake()
        if self.is_empty:
            self.editor.set_line_marks([])
        self._rest.start()

    def _take_loaded(self) -> None:
        self._was_loaded = not self.is_empty
        self._check_if_small()

    def _show_waiting(self) -> None:
        self.chip.set_state("running", "Checking…")
        if self.check is None:
            self._list((), "Checking…")

    def _show_check(self, check: TextCheck) -> None:
        self.check = check
        self.chooser.show()
        self.chip.set_state(*sum_up(check))
        held = f"No problem found. Held against {', '.join(check.against)}." if check.against else ""
        self._list(check.issues, held)
        self._mark()
        if self._was_loaded and check.kind in ("resource", "message") and any(issue.is_error for issue in check.issues):
            self.chip.setChecked(True)
        self._was_loaded = False
        self.checked.emit()

    def _show_fault(self, report: Report) -> None:
        self.check = None
        self.editor.set_line_marks([])
        words = f"{report.sentence} {report.hint}".strip()
        self._list((), words)
        self.chip.set_state("error", "Could not be checked", words)
        if report.details and words != self._told_fault:
            # A fault of our own, with details to copy; once is enough while the same text is typed on.
            self._told_fault = words
            self._bench.tasks.failed.emit(report)
        self.checked.emit()

    # Its problems.

    def _list(self, issues: tuple[Issue, ...], words: str) -> None:
        self.problems.set_issues(issues, words)
        self._fit()

    def _follow_cursor(self) -> None:
        """Where the cursor is in a line with a problem, the list shows it, unless the list has the keyboard."""
        if self.editor.hasFocus():
            self._show_in_list(self.editor.textCursor().selectionStart())

    def step(self, direction: int) -> None:
        """Go to the next problem (1) or the one before (-1), round and round."""
        mark = self.editor.step_mark(direction)
        if mark is not None:
            self.editor.setFocus()
            self._show_in_list(mark.start)

    def tell_place(self) -> tuple[int, int, str]:
        """Line, column and what the gravest problem there says: of the row in front while the list has the keyboard,
        else of the cursor, or of its line."""
        issue = self.problems.current_issue
        if issue is not None and self.problems.table.hasFocus():
            return issue.line or 1, issue.column or 1, to_tip(issue)
        cursor = self.editor.textCursor()
        marks = self.editor.line_marks.at(cursor.position()) or self.editor.line_marks.of_block(cursor.block())
        return cursor.blockNumber() + 1, cursor.positionInBlock() + 1, marks[0].tip if marks else ""

    @property
    def tells_problems(self) -> bool:
        """Whether the list tells the problem in front whole, and nobody else need."""
        return self.problems.is_roomy and not self.problems.isHidden() and bool(self._issues)

    def _toggle_problems(self, on: bool) -> None:
        if on and self.check is None and not self._off and not self.checking.is_running:
            self.check_now()
        self.problems.setVisible(on)
        self._fit()
        if not on:
            self.editor.setFocus()

    def _mark(self) -> None:
        lengths = {id(issue): length for issue, length in zip(self._issues, self._lengths, strict=True)}
        self.editor.set_line_marks(self._mark_of(issue, lengths.get(id(issue), 0)) for issue in self.problems.shown)

    @property
    def _issues(self) -> tuple[Issue, ...]:
        return self.check.issues if self.check is not None else ()

    @property
    def _lengths(self) -> tuple[int, ...]:
        return self.check.lengths if self.check is not None else ()

    def _mark_of(self, issue: Issue, length: int) -> LineMark:
        line, column = issue.line or 1, issue.column or 1
        start, end = (self.editor.position_at(line, at) for at in (column, column + length))
        return LineMark(start, end, VERDICT_OF[weigh(issue)], to_tip(issue))

    def _go_to(self, issue: Issue) -> None:
        shown = self.problems.shown
        number = next((at for at, each in enumerate(shown) if each is issue), -1)
        mark = self.editor.line_marks.where(number)
        if mark is not None:
            self.editor.go_to(mark.start, mark.end - mark.start)
            self.editor.setFocus()

    def _show_in_list(self, position: int) -> None:
        number = self.editor.line_marks.number_near(position)
        shown = self.problems.shown if number is not None else ()
        if number is not None and number < len(shown):
            self.problems.point_to(shown[number])
