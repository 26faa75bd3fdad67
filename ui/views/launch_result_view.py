"""Launch result view: what a site granted, beside what was asked, and the tokens decoded."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.theme.icons import make_icon
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import make_label
from ui.widgets.verdict_label import VerdictLabel
from workbench.smart.launch import LaunchRefused, LaunchResult
from workbench.smart.scope_words import describe_scope
from workbench.smart.scopes import parse_scopes

_HIDDEN = "••••••••"


class LaunchResultView(QScrollArea):
    """Tokens stay hidden until they are asked for; `use_asked` and `refresh_asked` carry the result."""

    use_asked = Signal(object)
    refresh_asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.result: LaunchResult | None = None
        self.clear()

    def clear(self) -> None:
        self.result = None
        said = "What the site grants to the workbench as the app stands here: context, scopes and tokens."
        self.setWidget(EmptyState("key", "Nothing granted yet", said))

    def show_refusal(self, refused: LaunchRefused) -> None:
        self.result = None
        page, layout = _make_page()
        layout.addWidget(VerdictLabel("fail", f"Refused at {refused.stage}: {refused.error}"))
        layout.addWidget(make_label(refused.sentence, selectable=True, wrap=True))
        layout.addStretch(1)
        self.setWidget(page)

    def show_result(self, result: LaunchResult) -> None:
        self.result = result
        page, layout = _make_page()
        missing, asked = len(result.missing_scopes), len(result.asked)
        words = f"Launched; {missing} of {asked} scopes not granted" if missing else f"Launched with all {asked} scopes"
        layout.addWidget(VerdictLabel("error" if missing else "pass", words))
        layout.addLayout(self._make_actions(result))
        layout.addLayout(self._make_context(result))
        layout.addSpacing(SPACE_2)
        layout.addWidget(make_label("Scopes", "heading"))
        layout.addLayout(_make_scopes(result))
        if result.claims:
            layout.addSpacing(SPACE_2)
            layout.addWidget(make_label("Claims of the id token (decoded, not verified here)", "heading"))
            claims = make_label(_to_text(result.claims), selectable=True, wrap=True)
            claims.setProperty("mono", True)
            layout.addWidget(claims)
        layout.addStretch(1)
        self.setWidget(page)

    def _make_actions(self, result: LaunchResult) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self._button("compose", "&Use in Compose", lambda: self.use_asked.emit(result)))
        refresh = self._button("refresh", "Re&fresh", lambda: self.refresh_asked.emit(result))
        refresh.setEnabled(bool(result.refresh_token))
        said = (
            "Trade the refresh token for a new access token" if result.refresh_token else "No refresh token was given"
        )
        refresh.setToolTip(said)
        row.addWidget(refresh)
        row.addStretch(1)
        return row

    def _make_context(self, result: LaunchResult) -> QFormLayout:
        form = QFormLayout()
        form.setSpacing(SPACE_1)
        form.setHorizontalSpacing(SPACE_4)
        banner = {True: "the app must show the patient", False: "the EHR shows the patient", None: "not said"}
        rows = (
            ("Patient", result.patient or "none given"),
            ("Encounter", result.encounter or "none given"),
            ("User", result.fhir_user or "none given"),
            ("Patient banner", banner[result.need_patient_banner]),
            ("Expires", f"in {result.expires_in} s" if result.expires_in is not None else "not said"),
        )
        for name, value in rows:
            form.addRow(make_label(name, "quiet"), make_label(value, selectable=True, wrap=True))
        form.addRow(make_label("Access token", "quiet"), self._make_token("access token", result.access_token))
        if result.refresh_token:
            form.addRow(make_label("Refresh token", "quiet"), self._make_token("refresh token", result.refresh_token))
        return form

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

    def _button(self, icon: str, text: str, run: object) -> QPushButton:
        button = QPushButton(make_icon(icon), text)
        button.clicked.connect(run)
        return button


def _make_page() -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    page.setProperty("role", "page")
    layout = QVBoxLayout(page)
    layout.setContentsMargins(SPACE_3, SPACE_2, SPACE_3, SPACE_3)
    layout.setSpacing(SPACE_1)
    return page, layout


def _make_scopes(result: LaunchResult) -> QGridLayout:
    grid = QGridLayout()
    grid.setSpacing(SPACE_1)
    grid.setHorizontalSpacing(SPACE_3)
    grid.setColumnStretch(2, 1)
    missing = set(result.missing_scopes)
    extra = tuple(scope for scope in result.granted if scope not in result.asked)
    rows = [(scope, "fail" if scope in missing else "pass") for scope in result.asked] + [
        (each, "pass") for each in extra
    ]
    for at, (scope, verdict) in enumerate(rows):
        words = (
            "not granted" if verdict == "fail" else "granted" if scope in result.granted else "granted in other words"
        )
        if scope in extra:
            words = "granted, not asked in these words"
        name = make_label(scope, selectable=True)
        name.setProperty("mono", True)
        grid.addWidget(VerdictLabel(verdict, words), at, 0)
        grid.addWidget(name, at, 1)
        grid.addWidget(make_label(_describe(scope), "quiet", wrap=True), at, 2)
    return grid


def _describe(scope: str) -> str:
    return "; ".join(describe_scope(each) for each in parse_scopes(scope))


def _to_text(claims: Any) -> str:
    return json.dumps(dict(claims), indent=2, ensure_ascii=False, default=str)
