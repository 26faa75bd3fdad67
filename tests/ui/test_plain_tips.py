"""What others send stands in tool tips letter by letter: markup in it could make a window load what it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QApplication

from tests.ui.exchanges import make_read
from ui.models.exchange_model import ExchangeModel
from ui.models.inbox_model import InboxModel
from ui.models.step_model import StepModel
from ui.models.trace_model import TraceModel
from ui.widgets.elided_combo_box import ElidedComboBox
from workbench.exchange import Exchange, Request, Response
from workbench.scenario.scenario import FhirInteraction, Scenario, StepResult

MARKUP = "<img src='//elsewhere.example/share/x.png'>"


def refused() -> Exchange:
    body = f'{{"error": "invalid_grant", "error_description": "{MARKUP}"}}'.encode()
    headers = (("Content-Type", "application/x-www-form-urlencoded"),)
    request = Request("POST", "http://127.0.0.1:4000/auth/token", headers, b"grant_type=refresh_token&client_id=a")
    return replace(make_read(), request=request, response=Response(400, (("Content-Type", "application/json"),), body))


def trace() -> TraceModel:
    model = TraceModel()
    model.add(refused())
    return model


def exchanges() -> ExchangeModel:
    model = ExchangeModel()
    model.add(replace(make_read(), sender=MARKUP))
    return model


def steps() -> StepModel:
    model = StepModel()
    step = FhirInteraction(MARKUP, method="GET", path="Patient/1")
    model.set_scenario(Scenario("S", "", (step,)))
    model.set_results({0: StepResult(step, "fail", f"It said {MARKUP}.", (), (), 0.1)})
    return model


def inbox() -> InboxModel:
    model = InboxModel()
    data = f"MSH|^~\\&|{MARKUP}|CH|LAB|CH|20250304093000||ADT^A01^ADT_A01|1|P|2.5.1\r".encode()
    request = Request("MLLP", "mllp://127.0.0.1:2575", (), data)
    model.add(replace(make_read(), request=request, response=Response(None)))
    return model


@pytest.mark.parametrize("make", [trace, exchanges, steps, inbox])
def test_a_tool_tip_shows_markup_of_others_letter_by_letter(
    make: Callable[[], QAbstractItemModel], qapp: QApplication
) -> None:
    model = make()
    indexes = [model.index(0, column) for column in range(model.columnCount())]
    tips = [str(model.data(index, Qt.ItemDataRole.ToolTipRole) or "") for index in indexes]
    assert any("elsewhere.example" in tip for tip in tips)
    assert [tip for tip in tips if "<img" in tip] == []


def test_a_choice_shows_markup_of_others_letter_by_letter(qapp: QApplication) -> None:
    box = ElidedComboBox()
    box.set_shown_text(MARKUP)
    assert "&lt;img" in box.toolTip()
