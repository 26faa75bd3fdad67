"""Rules of a receiver in the window: added, edited, switched, taken away and put back, with their counts."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.models.answer_rule_model import RULE
from ui.panels.listen import ListenPanel
from ui.panels.sandboxes import SandboxesPanel
from ui.views.answer_rules_view import AnswerRulesView
from workbench.hl7v2.message import parse_message
from workbench.sandbox.answer_rules import AnswerRules
from workbench.site.answer_rule_text import parse_answer_rule, to_text
from workbench.transports.mllp_client import send_mllp

MESSAGE = b"MSH|^~\\&|LAB|COMMUNITY|||20260101||ORU^R01|42|P|2.5.1\rPID|1||100001||Okafor^Amara\r"


@pytest.fixture
def rules() -> AnswerRules:
    return AnswerRules(map(parse_answer_rule, ("ADT^A01: AE, after 3", "any: close, times 1")))


@pytest.fixture
def view(rules: AnswerRules, qtbot: QtBot) -> AnswerRulesView:
    made = AnswerRulesView(rules)
    QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal, made)
    qtbot.addWidget(made)
    made.show()
    return made


def texts(rules: AnswerRules) -> list[str]:
    return [to_text(use.rule) for use in rules.uses]


def test_a_rule_that_is_typed_is_added_and_the_line_is_free_again(view: AnswerRulesView, rules: AnswerRules) -> None:
    view.line.setText("ORU: no answer")
    view.add()
    assert texts(rules)[-1] == "ORU: no answer"
    assert (view.line.text(), view.model.rowCount(), view.count) == ("", 3, 3)


def test_what_is_no_rule_is_told_and_stays_in_the_line(view: AnswerRulesView, rules: AnswerRules) -> None:
    view.line.setText("ORU: no anser")
    view.add()
    assert len(rules.uses) == 2
    assert view.line.text() == "ORU: no anser"
    assert view.notice.isVisible() and "is not known in an answer rule" in view.notice.text.text()


def test_a_rule_is_edited_in_its_place_and_counts_anew(view: AnswerRulesView, rules: AnswerRules) -> None:
    rules.choose(parse_message(MESSAGE))
    index = view.model.index(1, RULE)
    assert view.model.setData(index, "any: reset")
    assert texts(rules) == ["ADT^A01: AE, after 3", "any: reset"]
    assert (rules.uses[1].seen, rules.uses[1].used) == (0, 0)
    view.model.setData(index, "any: what")
    assert texts(rules)[1] == "any: reset" and view.notice.isVisible()


def test_a_tick_turns_a_rule_off(view: AnswerRulesView, rules: AnswerRules) -> None:
    view.model.setData(view.model.index(1, RULE), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert [use.enabled for use in rules.uses] == [True, False]
    assert view.count == 1


def test_removed_rules_are_put_back_where_they_were(view: AnswerRulesView, rules: AnswerRules) -> None:
    rules.choose(parse_message(MESSAGE))
    before = rules.uses
    view.table.selectAll()
    view.remove()
    assert rules.uses == () and not view.table.isVisible()
    assert "2 rules are removed." in view.notice.text.text()
    view._put_back([(0, before[0]), (0, before[1])])
    assert rules.uses == before


def test_counts_follow_what_is_answered(view: AnswerRulesView, rules: AnswerRules, qtbot: QtBot) -> None:
    rules.choose(parse_message(MESSAGE))
    view.refresh_soon()
    qtbot.waitUntil(lambda: view.model.index(1, 2).data() == "1")
    assert [view.model.index(row, 1).data() for row in (0, 1)] == ["0", "1"]


def test_the_inbox_answers_by_its_rules(bench: Bench, qtbot: QtBot, run: Run) -> None:
    panel = ListenPanel(bench)
    qtbot.addWidget(panel)
    panel.show()
    panel.rules_button.setChecked(True)
    panel.rules.line.setText('ORU: AR text "Not today", times 1')
    panel.rules.add()
    assert panel.rules_button.text() == "R&ules: 1"

    async def story() -> list[bytes]:
        panel.start()
        while not panel.address:  # noqa: ASYNC110  # Qt tells this by no event
            await asyncio.sleep(0.01)
        assert panel.listener is not None
        sent = [await send_mllp("127.0.0.1", panel.listener.port, MESSAGE, within=2) for _ in range(2)]
        return [each.response.body if each.response else b"" for each in sent]

    first, second = run(story())
    assert b"MSA|AR|42|Not today" in first and b"MSA|AA|42" in second
    qtbot.waitUntil(lambda: panel.rules.model.index(0, 2).data() == "1")
    assert [row.exchange.note for row in panel.model.rows] == ['On request: ORU: AR, text "Not today", times 1', ""]


def test_a_running_sandbox_shows_its_rules_and_takes_more(bench: Bench, qtbot: QtBot, run: Run) -> None:
    panel = SandboxesPanel(bench)
    qtbot.addWidget(panel)
    panel.show()

    async def story() -> None:
        await bench.refresh()
        await bench.start_sandbox("community-hospital")
        panel.choose("community-hospital")
        (view,) = panel.findChildren(AnswerRulesView)
        answers = bench.answers_of("community-hospital")
        assert answers is not None and view.model.rowCount() == len(answers.uses) > 0
        view.line.setText("ORU: no answer")
        view.add()
        assert to_text(answers.uses[-1].rule) == "ORU: no answer"
        await bench.stop_sandbox("community-hospital")
        assert bench.answers_of("community-hospital") is None

    run(story())
