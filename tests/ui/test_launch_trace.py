"""A launch is drawn as a sequence of arrows, each between those whom it concerns, and told alike in the list."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.models.launch_lanes import lanes_of
from ui.models.trace_model import FOUND, MOST, TraceModel
from ui.theme.theme import Theme
from ui.views.trace_view import TraceView
from ui.widgets.sequence_drawing import Mark
from ui.widgets.sequence_picture import to_png, to_svg
from ui.widgets.sequence_view import SequenceView
from workbench.exchange import Exchange, Failure, Request, Response

BASE = "http://ehr.example"
START = datetime(2026, 11, 26, 9, tzinfo=UTC)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
JSON = (("Content-Type", "application/json"),)
HTML = (("Content-Type", "text/html"),)
CANARY = "canary-4f1c9b"


def exchange(
    method: str,
    address: str,
    status: int = 200,
    *,
    body: str = "",
    answer: str = "",
    kind: tuple[tuple[str, str], ...] = JSON,
) -> Exchange:
    request = Request(method, address, FORM if body else (), body.encode())
    return Exchange("app", "site", request, Response(status, kind, answer.encode()), START, 0.01)


DISCOVERY = exchange("GET", f"{BASE}/fhir/.well-known/smart-configuration", answer="{}")
AUTHORIZE = exchange(
    "GET",
    f"{BASE}/auth/authorize?response_type=code&client_id=vitals&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcb&scope=openid",
    303,
    kind=(("Location", f"{BASE}/auth/consent"),),
)
CONSENT = exchange(
    "POST",
    f"{BASE}/auth/consent",
    302,
    body="decision=allow&scope=openid",
    kind=(("Location", f"http://127.0.0.1/cb?code={CANARY}&state=s"),),
)
REDIRECT = exchange("GET", f"http://127.0.0.1/cb?code={CANARY}&state=s", kind=HTML, answer="<p>done</p>")
TOKEN = exchange(
    "POST",
    f"{BASE}/auth/token",
    body=f"grant_type=authorization_code&code={CANARY}",
    answer=f'{{"access_token": "{CANARY}", "scope": "openid"}}',
)
REFUSED = exchange(
    "POST", f"{BASE}/auth/token", 400, body="grant_type=authorization_code", answer='{"error": "invalid_grant"}'
)
READ = exchange("GET", f"{BASE}/fhir/Patient/1", answer='{"resourceType": "Patient"}')
EHR_PAGE = exchange(
    "POST",
    f"{BASE}/ehr/launch",
    302,
    body="launch_uri=http%3A%2F%2F127.0.0.1%2Flaunch&user=raman",
    kind=(("Location", "http://127.0.0.1/launch?iss=x&launch=y"),),
)
OPENED = exchange("GET", "http://127.0.0.1/launch?iss=x&launch=y", kind=HTML)
LAUNCH = (DISCOVERY, AUTHORIZE, CONSENT, REDIRECT, TOKEN, READ)


@pytest.fixture
def view(theme: Theme) -> Iterator[TraceView]:
    view = TraceView("Nothing launched yet", "Launch something.")
    view.resize(900, 600)
    view.show()
    for each in LAUNCH:
        view.add(each)
    yield view
    view.hide()
    view.deleteLater()


@pytest.mark.parametrize(
    ("told", "lanes"),
    [
        (DISCOVERY, ("app", "fhir")),
        (AUTHORIZE, ("browser", "authorization")),
        (CONSENT, ("browser", "authorization")),
        (REDIRECT, ("browser", "app")),
        (TOKEN, ("app", "authorization")),
        (READ, ("app", "fhir")),
        (EHR_PAGE, ("browser", "ehr")),
        (OPENED, ("browser", "app")),
        (exchange("GET", f"{BASE}/ehr?app=vitals", kind=HTML), ("browser", "ehr")),
        (exchange("POST", f"{BASE}/auth/introspect", body="token=x"), ("app", "authorization")),
        (exchange("GET", f"{BASE}/auth/jwks.json"), ("app", "authorization")),
        (
            exchange("POST", f"{BASE}/auth/authorize", 303, body="response_type=code&redirect_uri=x"),
            ("browser", "authorization"),
        ),
    ],
)
def test_an_arrow_goes_between_those_whom_the_exchange_concerns(told: Exchange, lanes: tuple[str, str]) -> None:
    assert lanes_of(told) == lanes


def test_the_model_keeps_to_the_rules_of_qt(qtmodeltester: ModelTester) -> None:
    model = TraceModel()
    qtmodeltester.check(model)
    for each in LAUNCH:
        model.add(each)
    qtmodeltester.check(model)


def test_a_secret_that_a_later_answer_throws_back_is_not_told(view: TraceView) -> None:
    said = f'{{"resourceType": "OperationOutcome", "issue": [{{"diagnostics": "Not with {CANARY}"}}]}}'
    view.add(exchange("GET", f"{BASE}/fhir/Patient/2", 403, answer=said))
    arrow = view.diagram.arrows()[-1]
    assert "Not with •••" in arrow.answered
    assert "Not with •••" in view.model.to_text() and CANARY not in view.model.to_text()


def test_arrows_say_what_was_asked_and_what_came_of_it(view: TraceView) -> None:
    arrows = view.diagram.arrows()
    assert [arrow.number for arrow in arrows] == [1, 2, 3, 4, 5, 6]
    assert arrows[0].asked == "Asked the site how to sign in (smart-configuration)."
    assert arrows[0].answered == "Answered 200."
    assert arrows[4].answered.startswith("Granted 1 scope")


def test_the_lane_of_the_ehr_is_drawn_where_its_page_was_opened(view: TraceView) -> None:
    assert [lane for lane, _ in view.diagram.lanes] == ["browser", "app", "authorization", "fhir"]
    view.add(EHR_PAGE)
    assert view.diagram.lanes[0][0] == "ehr"


def test_a_refusal_is_marked_until_a_review_says_more(view: TraceView) -> None:
    view.add(REFUSED)
    assert view.diagram.arrows()[-1].answer_mark == Mark("fail", "400")
    marks = (Mark("fail", "1 failed"), Mark("pass"))
    view.model.set_marks({6: marks})
    arrow = view.diagram.arrows()[-1]
    assert (arrow.mark, arrow.answer_mark) == marks
    assert "[request: Fail, 1 failed; answer: Pass]" in view.model.to_text().splitlines()[-1]


def test_what_never_came_back_is_marked(view: TraceView) -> None:
    failure = Failure("timeout", "No answer came within 30 s.")
    view.add(Exchange("app", "site", Request("GET", f"{BASE}/fhir/metadata"), None, START, 30, failure=failure))
    arrow = view.diagram.arrows()[-1]
    assert arrow.answered == failure.reason and arrow.answer_mark == Mark("fail", "no answer")


def test_choosing_an_arrow_chooses_the_row_of_the_list_and_the_exchange(view: TraceView, qtbot: QtBot) -> None:
    chosen: list[Exchange] = []
    view.exchange_chosen.connect(chosen.append)
    view.diagram.setFocus()
    view.point_to(0)
    qtbot.keyClick(view.diagram, Qt.Key.Key_Down)
    assert chosen[-1] is AUTHORIZE and view.table.currentIndex().row() == 1
    qtbot.keyClick(view.diagram, Qt.Key.Key_Return)
    assert len(chosen) == 3 and chosen[-1] is AUTHORIZE


def test_the_list_says_what_a_review_found_once_there_is_one(view: TraceView, qtbot: QtBot) -> None:
    assert view.table.isColumnHidden(FOUND)
    view.show_marks({0: (Mark("pass", "3"), Mark("fail", "2 failed")), 1: (Mark("pass", "1"), Mark())}, {})
    assert not view.table.isColumnHidden(FOUND)
    assert [view.model.index(row, FOUND).data() for row in range(3)] == ["2 failed", "1", ""]
    asked: list[int] = []
    view.findings_asked.connect(asked.append)
    view.point_to(1)
    qtbot.keyClick(view.diagram, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked == [1]


def test_the_wheel_with_control_zooms_the_diagram_alone(view: TraceView) -> None:
    before = view.diagram.plan.measure(view.diagram.arrows()[0])
    place = QPointF(40, 200)
    turn = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.diagram.viewport(), turn)
    assert view.diagram.zoom > 1 and view.diagram.plan.measure(view.diagram.arrows()[0]) > before
    view.diagram.step_zoom(0)
    assert view.diagram.zoom == 1


def test_the_heads_stay_while_arrows_are_scrolled(view: TraceView) -> None:
    for _ in range(60):
        view.add(READ)
    QApplication.processEvents()
    head = view.diagram._heads
    before = head.geometry()
    view.diagram.verticalScrollBar().setValue(400)
    assert head.geometry() == before and head.height() == view.diagram.plan.head_height
    assert "Authorization server" in head.accessibleName()


def test_an_arrow_is_read_aloud_whole(view: TraceView) -> None:
    said = view.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "The app asked the site how to sign in (smart-configuration)."


def test_pictures_hold_every_word_and_no_secret(view: TraceView, run: Run) -> None:
    svg = run(to_svg(view.diagram.plan, view.diagram.arrows(), "Launch"))
    words = " ".join(" ".join(each.itertext()) for each in ElementTree.fromstring(svg).iter())  # noqa: S314  # it is ours
    for word in ("smart-configuration", "FHIR server", "Granted"):
        assert word in words
    assert CANARY not in svg.decode()
    image = QImage.fromData(run(to_png(view.diagram.plan, view.diagram.arrows())))
    assert image.width() == 2 * view.diagram.plan.width and image.height() > 400


def test_the_trace_is_copied_without_a_secret(view: TraceView) -> None:
    view.copy()
    text = QGuiApplication.clipboard().text()
    assert text.count("\n") == len(LAUNCH) - 1 and CANARY not in text


def test_the_same_trace_is_shown_as_a_list(view: TraceView, qtbot: QtBot) -> None:
    qtbot.mouseClick(view._as_list, Qt.MouseButton.LeftButton)
    assert view.table.isVisible() and not view.diagram.isVisible()
    qtbot.mouseClick(view._as_diagram, Qt.MouseButton.LeftButton)
    assert view.diagram.isVisible()


def test_five_hundred_arrows_do_not_hold_the_window(view: TraceView) -> None:
    """The time of this thread alone, whatever else the machine does: to add an arrow, and to lay all out anew."""
    model = view.model
    for at in range(494):
        each = LAUNCH[at % len(LAUNCH)]
        model.add(Exchange("app", "site", each.request, each.response, START + timedelta(seconds=at), 0.01))
    QApplication.processEvents()

    def spend(act: Callable[[], object]) -> float:
        begun = time.thread_time()
        act()
        QApplication.processEvents()
        return time.thread_time() - begun

    added = sorted(spend(lambda: view.add(READ)) for _ in range(9))[2]
    wider = sorted(spend(lambda width=width: view.resize(width, 600)) for width in (800, 1000, 820, 1020, 840))[1]
    assert added < 0.05 and wider < 0.05, (added, wider)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_was_sent_is_drawn(view: TraceView, seed: int) -> None:
    """Addresses, forms and answers that nobody should send, as an app under test may."""
    dice = random.Random(seed)  # noqa: S311  # it is repeated, not secret
    junk = "".join(dice.choice('aZ0/?&=#%:[]@ \\"<>\x00é💉+~') for _ in range(dice.randrange(60)))
    heads = dice.choice([FORM, JSON, HTML, (("Content-Type", junk),), ()])
    address = dice.choice([junk, f"http://{junk}", f"{BASE}/auth/token?{junk}", f"{BASE}/fhir/{junk}", "http://[", ""])
    body = bytes(dice.randrange(256) for _ in range(dice.randrange(50)))
    response = Response(dice.choice([None, 0, 200, 302, 401, 999]), heads, body) if dice.random() < 0.8 else None
    request = Request(dice.choice(["GET", "POST", "OPTIONS", "", "BREW"]), address, heads, junk.encode())
    view.add(Exchange("", "", request, response, START, 0.0))
    QApplication.processEvents()
    arrow = view.diagram.arrows()[-1]
    assert {arrow.source, arrow.target} <= {lane for lane, _ in view.diagram.lanes}
    assert not view.diagram.grab().isNull() and view.model.to_text()


def test_a_search_by_post_goes_to_the_fhir_server() -> None:
    told = exchange("POST", f"{BASE}/fhir/Patient/_search", body="name=Okafor", answer='{"resourceType": "Bundle"}')
    assert lanes_of(told) == ("app", "fhir")


def test_a_trace_takes_so_many_exchanges_and_says_so(view: TraceView) -> None:
    for _ in range(MOST - len(LAUNCH)):
        view.model.add(READ)
    assert view._full.isHidden()
    view.add(READ)
    assert view.model.count_rows() == MOST and not view._full.isHidden()


def test_a_launch_that_is_over_is_drawn_in_one_go(view: TraceView, qtmodeltester: ModelTester) -> None:
    row = tuple(exchange("GET", f"{BASE}/fhir/Patient/{number}", answer="{}") for number in range(500))
    begun = time.thread_time()
    view.show_exchanges(row)
    QApplication.processEvents()
    assert time.thread_time() - begun < 0.05
    assert view.model.exchanges == row and view.diagram.isVisible()
    qtmodeltester.check(view.model)


def test_a_launch_that_is_over_and_has_more_is_drawn_so_far_and_says_so(view: TraceView) -> None:
    row = tuple(exchange("GET", f"{BASE}/fhir/Patient/{number}", answer="{}") for number in range(MOST + 1))
    view.show_exchanges(row)
    assert view.model.exchanges == row[:MOST] and not view._full.isHidden()
    view.show_exchanges(row[:MOST])
    assert view._full.isHidden()


def test_a_diagram_without_arrows_is_drawn(theme: Theme, qtbot: QtBot) -> None:
    empty = SequenceView("Sequence")
    qtbot.addWidget(empty)
    empty.setModel(TraceModel(empty))
    empty.show()
    assert empty.arrows() == () and not empty.grab().isNull()
