from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from tests.ui.exchanges import make_message, make_read, make_refused
from ui.models.exchange_model import DURATION, RESULT, WHAT, ExchangeFilter, ExchangeModel, to_milliseconds


def test_model_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    model = ExchangeModel()
    for number in range(3):
        model.add(make_read(number))
    model.add(make_message())
    qtmodeltester.check(model)
    chosen = ExchangeFilter()
    chosen.setSourceModel(model)
    chosen.set_text("patient")
    qtmodeltester.check(chosen)


def test_row_tells_what_was_asked_and_what_came() -> None:
    model = ExchangeModel()
    model.add(make_read(1))
    model.add(make_refused())
    assert model.index(0, WHAT).data() == "GET Patient/1"
    assert model.index(0, RESULT).data().startswith("200")
    assert model.index(0, DURATION).data() == "12"
    assert "refused the connection" in model.index(1, RESULT).data()


def test_replaced_exchange_takes_the_row_of_the_old_one() -> None:
    model = ExchangeModel()
    model.add(make_read(1))
    model.replace(0, make_read(2))
    assert model.rowCount() == 1
    assert model.index(0, WHAT).data() == "GET Patient/2"


def test_oldest_rows_go_when_the_log_is_full() -> None:
    model = ExchangeModel()
    for number in range(5):
        model.add(make_read(number))
    model.remove_first(2)
    assert [model.index(row, WHAT).data() for row in range(3)] == ["GET Patient/2", "GET Patient/3", "GET Patient/4"]


def test_filter_holds_every_word_one_protocol_and_one_verdict() -> None:
    model, chosen = ExchangeModel(), ExchangeFilter()
    chosen.setSourceModel(model)
    for exchange in (make_read(1), make_read(22), make_message(), make_refused()):
        model.add(exchange)
    chosen.set_text("patient 22")
    assert chosen.rowCount() == 1
    chosen.set_text("")
    chosen.set_kind("hl7v2")
    assert chosen.rowCount() == 1
    chosen.set_kind("")
    chosen.set_verdict("pass")
    assert chosen.rowCount() == 2
    assert chosen.index(0, WHAT).data(Qt.ItemDataRole.DisplayRole) == "GET Patient/1"


def test_milliseconds_are_as_exact_as_is_worth_reading() -> None:
    assert [to_milliseconds(seconds) for seconds in (0.00123, 0.0123, 1.5)] == ["1.2", "12", "1,500"]


def test_row_dragged_onto_another_asks_for_a_comparison() -> None:
    model = ExchangeModel()
    for number in (1, 2):
        model.add(make_read(number))
    asked: list[tuple[str, str]] = []
    model.compare_asked.connect(lambda a, b: asked.append((a.request.address[-1], b.request.address[-1])))
    data = model.mimeData([model.index(0, 0), model.index(0, 1)])
    copy = Qt.DropAction.CopyAction
    assert model.dropMimeData(data, copy, -1, -1, model.index(1, 0))
    assert not model.dropMimeData(data, copy, -1, -1, model.index(0, 0))
    assert not model.dropMimeData(data, copy, 1, 0, QModelIndex())
    assert asked == [("1", "2")]
    assert model.rowCount() == 2
