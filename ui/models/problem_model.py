"""Problem model: the issues of a check as a table by place, and a filter by how grave they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt

from ui.models.step_model import VERDICT_ROLE
from ui.models.table_model import ROOT, Index, TableModel
from ui.widgets.plain_tip import plain_tip
from workbench.issue import Issue

SEVERITY, LINE, SENTENCE, PATH, RULE, PROFILE = range(6)
Weight = Literal["error", "warning", "undecided", "information"]
WEIGHTS: tuple[Weight, ...] = ("error", "warning", "undecided", "information")
# The look that each has everywhere: an icon and a colour of the verdicts.
VERDICT_OF: dict[Weight, str] = {"error": "fail", "warning": "error", "undecided": "undecided", "information": "notice"}
_WORDS: dict[Weight, str] = {
    "error": "Error",
    "warning": "Warning",
    "undecided": "Not decidable",
    "information": "Note",
}
_ORDER = {weight: at for at, weight in enumerate(WEIGHTS)}


def weigh(issue: Issue) -> Weight:
    """How grave an issue is; what could not be decided is a weight of its own, whatever its severity says."""
    if issue.is_error:
        return "error"
    if issue.is_undecided:
        return "undecided"
    return "warning" if issue.severity == "warning" else "information"


def count_weights(issues: Sequence[Issue]) -> dict[Weight, int]:
    counts = Counter(weigh(issue) for issue in issues)
    return {weight: counts[weight] for weight in WEIGHTS}


def short_profile(canonical: str) -> str:
    """The end of a canonical that a person recognises, `us-core-patient 6.1.0`."""
    url, _, version = canonical.partition("|")
    return f"{url.rstrip('/').rpartition('/')[2]} {version}".strip()


class ProblemModel(TableModel):
    """One row an issue, by its place in the text; what has no place comes first."""

    headings = ("What", "Line", "Says", "Place", "Rule", "Profile")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._issues: tuple[Issue, ...] = ()

    def set_issues(self, issues: Sequence[Issue]) -> None:
        self.beginResetModel()
        self._issues = tuple(sorted(issues, key=_place))
        self.endResetModel()

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The issues in the order of the rows."""
        return self._issues

    def issue_at(self, row: int) -> Issue | None:
        return self._issues[row] if 0 <= row < len(self._issues) else None

    # What Qt asks of a table.

    def count_rows(self) -> int:
        return len(self._issues)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        issue = self.issue_at(index.row()) if index.isValid() else None
        if issue is None:
            return None
        column = index.column()
        if role == VERDICT_ROLE:
            return VERDICT_OF[weigh(issue)] if column == SEVERITY else None
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(issue, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(issue.profile if column == PROFILE else _cell(issue, column))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return to_line(issue) if column == SEVERITY else _cell(issue, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == LINE:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class ProblemFilter(QSortFilterProxyModel):
    """Keeps the rows of the chosen weights."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hidden: frozenset[Weight] = frozenset()

    def set_hidden(self, weights: frozenset[Weight]) -> None:
        self._hidden = weights
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: Index = ROOT) -> bool:
        model = self.sourceModel()
        issue = model.issue_at(row) if isinstance(model, ProblemModel) else None
        return issue is not None and weigh(issue) not in self._hidden


def to_line(issue: Issue) -> str:
    """One issue as text for a colleague: place, weight, path, sentence, and who asks it."""
    place = f"{issue.line}:{issue.column or 1}" if issue.line else "–"
    asked = ", ".join(filter(None, (issue.rule, issue.profile)))
    words = (place, _WORDS[weigh(issue)], issue.path, issue.message, f"({asked})" if asked else "")
    return "  ".join(filter(None, words))


def to_tip(issue: Issue) -> str:
    """What an issue says and who asks it, for a tool tip at its place."""
    asked = ", ".join(filter(None, (issue.rule, short_profile(issue.profile))))
    return f"{issue.message} ({asked})" if asked else issue.message


def _place(issue: Issue) -> tuple[int, int, int, str]:
    return issue.line or 0, issue.column or 0, _ORDER[weigh(issue)], issue.path


def _cell(issue: Issue, column: int) -> str:
    cells = {
        SEVERITY: _WORDS[weigh(issue)],
        LINE: str(issue.line or ""),
        PATH: issue.path,
        SENTENCE: " ".join(issue.message.split()),
        RULE: issue.rule,
        PROFILE: short_profile(issue.profile),
    }
    return cells.get(column, "")
