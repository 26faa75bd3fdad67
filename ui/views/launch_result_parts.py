"""Launch result parts: context, scopes, checks of the id token, and what else a site answered, each as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from PySide6.QtWidgets import QFormLayout, QGridLayout, QLabel, QTableView, QVBoxLayout

from ui.models.granted_scope_model import GRANTED, OUTCOMES, SCOPE, GrantedScopeModel
from ui.models.step_model import VERDICT_ROLE
from ui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from ui.views.step_result_view import make_verdict_table
from ui.widgets.labels import make_label
from ui.widgets.more_box import MoreBox
from ui.widgets.verdict_delegate import VerdictDelegate
from ui.widgets.verdict_label import VerdictLabel
from workbench.exchange import FailureKind
from workbench.smart_app.discovery import DiscoveryDifference
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import NEEDS_A_PERSON, LaunchRefused
from workbench.smart_app.token_checks import TokenCheck
from workbench.smart_app.token_inspection import Introspection

_BANNER = {True: "the app must show the patient", False: "the EHR shows the patient", None: "not said"}
_MOST_ROWS = 14
"""Of the scopes; a longer list is scrolled by itself."""
_HOLDS = {True: "pass", False: "fail", None: "undecided"}


def add_heading(layout: QVBoxLayout, words: str) -> None:
    layout.addSpacing(SPACE_2)
    layout.addWidget(make_label(words, "heading"))


def make_context(result: LaunchResult) -> QFormLayout:
    """Patient, encounter, user, and what else was told of where the app is."""
    form = _make_form()
    always = (
        ("Patient", result.patient or "none given"),
        ("Encounter", result.encounter or "none given"),
        ("User", result.fhir_user or "none given"),
        ("Patient banner", _BANNER[result.need_patient_banner]),
    )
    sometimes = (
        ("Also open", ", ".join(_tell_item(item) for item in result.fhir_context)),
        ("Intent", result.intent),
        ("Tenant", result.tenant),
        ("Place", result.location),
        ("Style", result.smart_style_url),
    )
    lasts = f"in {result.expires_in} s" if result.expires_in is not None else "not said"
    for name, value in (*always, *(row for row in sometimes if row[1]), ("Expires", lasts)):
        form.addRow(make_label(name, "quiet"), make_label(value, selectable=True, wrap=True))
    return form


def make_scopes(result: LaunchResult) -> QTableView:
    """Each scope that was asked for and whether it was granted, and those that were granted besides."""
    table = make_verdict_table("Scopes, asked and granted")
    model = GrantedScopeModel(result.scope_outcomes, table)
    table.setModel(model)
    table.setProperty("bare", True)
    table.setItemDelegateForColumn(GRANTED, VerdictDelegate(VERDICT_ROLE, table, with_text=True))
    metrics = table.fontMetrics()
    words = {OUTCOMES[each.outcome][1] for each in result.scope_outcomes} or {""}
    table.setColumnWidth(GRANTED, max(map(metrics.horizontalAdvance, words)) + metrics.height() + 24)
    table.setColumnWidth(SCOPE, metrics.averageCharWidth() * 28)
    table.horizontalHeader().hide()
    rows = min(max(model.count_rows(), 1), _MOST_ROWS)
    table.setFixedHeight(rows * table.verticalHeader().defaultSectionSize() + 4)
    return table


def tell_refusal(refused: LaunchRefused) -> tuple[str, str]:
    """The verdict on a launch without a token, and in a few words where it ended: not each was refused by the site."""
    if refused.error == NEEDS_A_PERSON:
        return "error", f"The scripted user could not go on ({refused.stage})"
    if refused.error == "timeout" and refused.stage in ("launch", "sign-in"):
        return "skip", f"The browser did not come back ({refused.stage})"
    if refused.error in get_args(FailureKind):
        return "fail", f"No answer ({refused.stage})"
    return "fail", f"Refused at {refused.stage}: {refused.error}"


def make_checks(checks: Sequence[TokenCheck]) -> QGridLayout:
    """What an app must look at in an id token, and whether it holds."""
    grid = _make_grid()
    words = {True: "holds", False: "does not hold", None: "not decidable"}
    for at, check in enumerate(checks):
        grid.addWidget(VerdictLabel(_HOLDS[check.holds], words[check.holds]), at, 0)
        grid.addWidget(make_label(check.name), at, 1)
        grid.addWidget(make_label(check.sentence, "quiet", selectable=True, wrap=True), at, 2)
    return grid


def make_differences(differences: Sequence[DiscoveryDifference]) -> QGridLayout:
    """What the two documents of discovery say differently."""
    grid = _make_grid()
    for at, each in enumerate(differences):
        grid.addWidget(VerdictLabel("error", "differs"), at, 0)
        grid.addWidget(make_label(each.name), at, 1)
        grid.addWidget(make_label(each.sentence, "quiet", selectable=True, wrap=True), at, 2)
    return grid


def add_introspection(layout: QVBoxLayout, told: Introspection) -> None:
    """What the site knows of the token, and how that differs from what it gave."""
    words = "The site says that the token is active" if told.active else "The site says that the token is not active"
    layout.addWidget(VerdictLabel("pass" if told.active else "fail", words))
    for remark in told.remarks:
        layout.addWidget(make_label(remark, selectable=True, wrap=True))
    form = _make_form()
    for name, value in tell_introspection(told):
        form.addRow(make_label(name, "quiet"), make_label(value, selectable=True, wrap=True))
    layout.addLayout(form)
    layout.addWidget(MoreBox("The answer as JSON", make_json(told.members)))
    layout.addSpacing(SPACE_2)


def tell_introspection(told: Introspection) -> tuple[tuple[str, str], ...]:
    """What an introspection tells, as rows in words; times are those of this machine."""
    members = told.members
    until = f"{told.expires.astimezone():%Y-%m-%d %H:%M:%S}" if told.expires else str(members.get("exp") or "")
    users = (str(members[name]) for name in ("fhirUser", "username", "sub") if members.get(name))
    rows = (
        ("Scopes", " ".join(told.scope)),
        ("Client", told.client_id),
        ("User", next(users, "")),
        ("Patient", str(members.get("patient") or "")),
        ("Encounter", str(members.get("encounter") or "")),
        ("Until", until),
    )
    return tuple(row for row in rows if row[1])


def make_json(value: Mapping[str, Any]) -> QLabel:
    """A JSON value to read and copy."""
    label = make_label(json.dumps(dict(value), indent=2, ensure_ascii=False, default=str), selectable=True, wrap=True)
    label.setProperty("mono", True)
    return label


def _tell_item(item: Mapping[str, Any]) -> str:
    named = str(item.get("reference") or item.get("canonical") or item.get("type") or "an identifier")
    role = str(item.get("role") or "")
    return f"{named} ({role})" if role and role != "launch" else named


def _make_form() -> QFormLayout:
    form = QFormLayout()
    form.setSpacing(SPACE_1)
    form.setHorizontalSpacing(SPACE_4)
    return form


def _make_grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setSpacing(SPACE_1)
    grid.setHorizontalSpacing(SPACE_3)
    grid.setColumnStretch(2, 1)
    return grid
