"""Launch result view: what a site granted beside what was asked, its tokens checked, and what can be done with them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from ui.views.launch_result_parts import (
    add_heading,
    add_introspection,
    make_checks,
    make_context,
    make_differences,
    make_json,
    make_scopes,
    tell_refusal,
)
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import make_label
from ui.widgets.verdict_label import VerdictLabel
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.smart_app.token_inspection import Introspection, Revocation

_HIDDEN = "••••••••"
_ACTIONS = (
    ("refresh", "Refresh", "Trade the refresh token for a new access token"),
    ("introspection", "Introspect", "Ask the site what the token is worth"),
    ("userinfo", "Userinfo", "Ask the site who signed in"),
    ("revocation", "Revoke", "Give the access token back"),
)
Answer = LaunchResult | LaunchRefused | Introspection | Revocation


class LaunchResultView(QScrollArea):
    """Tokens stay hidden until they are asked for; `use_asked` carries the result, `token_asked` what to do with it:
    refresh, introspection, revocation, userinfo, keys.
    """

    use_asked = Signal(object)
    token_asked = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.result: LaunchResult | None = None
        self._told: Introspection | Revocation | LaunchRefused | None = None
        self.clear()

    def clear(self) -> None:
        self.result = self._told = None
        said = "What the site grants to the workbench as the app stands here: context, scopes and tokens."
        self.setWidget(EmptyState("key", "Nothing granted yet", said))

    def show_refusal(self, refused: LaunchRefused) -> None:
        """Show why there is no token; one that a launch gave before is gone."""
        self.result = self._told = None
        page, layout = _make_page()
        for sentence in (refused.sentence, *refused.remarks):
            layout.addWidget(make_label(sentence, selectable=True, wrap=True))
        layout.addStretch(1)
        self.setWidget(page)

    def show_answer(self, answer: Answer) -> None:
        """Show what came of something that was asked with the token; a refusal stands beside the result."""
        if isinstance(answer, LaunchResult):
            self.show_result(answer)
        elif self.result is not None:
            self._told = answer
            self._fill(self.result)

    def show_result(self, result: LaunchResult) -> None:
        self.result, self._told = result, None
        self._fill(result)

    def _fill(self, result: LaunchResult) -> None:
        page, layout = _make_page()
        layout.addLayout(self._make_actions(result))
        self._add_told(layout)
        for remark in result.remarks:
            layout.addWidget(VerdictLabel("error", "Otherwise than asked"))
            layout.addWidget(make_label(remark, selectable=True, wrap=True))
        form = make_context(result)
        form.addRow(make_label("Access token", "quiet"), self._make_token("access token", result.access_token))
        if result.refresh_token:
            form.addRow(make_label("Refresh token", "quiet"), self._make_token("refresh token", result.refresh_token))
        layout.addLayout(form)
        add_heading(layout, "Scopes")
        layout.addWidget(make_scopes(result))
        self._add_id_token(layout, result)
        if result.userinfo:
            add_heading(layout, "Who signed in, as userinfo says")
            layout.addWidget(make_json(result.userinfo))
        if result.differences:
            add_heading(layout, "What the two documents of discovery say differently")
            layout.addLayout(make_differences(result.differences))
        layout.addStretch(1)
        self.setWidget(page)

    def _add_told(self, layout: QVBoxLayout) -> None:
        told = self._told
        if isinstance(told, LaunchRefused):
            layout.addWidget(VerdictLabel(*tell_refusal(told)))
            layout.addWidget(make_label(told.sentence, selectable=True, wrap=True))
        elif isinstance(told, Revocation):
            words = f"The site took the {told.kind.replace('_', ' ')} back"
            layout.addWidget(VerdictLabel("pass", words))
        elif told is not None:
            add_introspection(layout, told)

    def _add_id_token(self, layout: QVBoxLayout, result: LaunchResult) -> None:
        if result.checks:
            add_heading(layout, "Checks of the id token")
            layout.addLayout(make_checks(result.checks))
            if any(check.holds is not True for check in result.checks):
                again = QPushButton("Fetch the site’s keys and check again")
                again.setProperty("role", "link")
                again.clicked.connect(partial(self.token_asked.emit, "keys", result))
                layout.addWidget(again, alignment=Qt.AlignmentFlag.AlignLeft)
        if result.claims:
            add_heading(layout, "Claims of the id token")
            layout.addWidget(make_json(result.claims))
        if result.access_claims:
            add_heading(layout, "Claims of the access token, which is for the site alone")
            layout.addWidget(make_json(result.access_claims))

    def _make_actions(self, result: LaunchResult) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        use = QPushButton(make_icon("compose"), "Use in Co&mpose")
        use.clicked.connect(lambda: self.use_asked.emit(result))
        row.addWidget(use)
        for kind, words, tip in _ACTIONS:
            lacking = _tell_lacking(result, kind)
            button = QPushButton(words)
            button.setEnabled(not lacking)
            button.setToolTip(lacking or tip)
            button.clicked.connect(partial(self.token_asked.emit, kind, result))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _make_token(self, name: str, token: str) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_1)
        shown = QLabel(_HIDDEN)
        shown.setTextFormat(Qt.TextFormat.PlainText)
        shown.setProperty("mono", True)
        shown.setWordWrap(True)
        shown.setAccessibleName(f"The {name}, hidden")
        reveal = QPushButton("Show")
        reveal.setProperty("role", "link")
        reveal.setCheckable(True)
        reveal.setAccessibleName(f"Show the {name}")

        def show(on: bool) -> None:
            shown.setText(token if on else _HIDDEN)
            reveal.setText("Hide" if on else "Show")

        reveal.toggled.connect(show)
        copy = QPushButton("Copy")
        copy.setProperty("role", "link")
        copy.setAccessibleName(f"Copy the {name}")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(token))
        for part, stretch in ((shown, 1), (reveal, 0), (copy, 0)):
            layout.addWidget(part, stretch)
        return row


def _tell_lacking(result: LaunchResult, kind: str) -> str:
    """Why this cannot be asked; empty where it can."""
    if kind == "refresh":
        return "" if result.refresh_token else "No refresh token was given"
    ends = {
        "introspection": result.endpoints.introspection,
        "userinfo": result.endpoints.userinfo,
        "revocation": result.endpoints.revocation,
    }
    return "" if ends[kind] else f"The site names no {kind} endpoint"


def _make_page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    page.setProperty("role", "page")
    layout = QVBoxLayout(page)
    layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
    layout.setSpacing(SPACE_1)
    return page, layout
