from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel

from tests.ui.exchanges import make_message, make_read, make_refused
from ui.bench import Bench
from ui.frame.exchange_tabs import list_timing, read_side, to_size
from ui.frame.inspector import Inspector
from ui.models.body import GENTLE_SIZE
from ui.models.exchange_place import ExchangePlace
from ui.widgets.json_view import JsonView
from ui.widgets.pair_table import PairTable
from ui.widgets.structure_tree import StructureTree
from workbench.exchange import Exchange, Request, Response
from workbench.scenario.scenario import Check, CheckResult, FhirInteraction, StepResult

Run = Callable[[Coroutine[Any, Any, Any]], Any]
CANARY = "s3cr3t-canary-0123456789"


@pytest.fixture
def inspector(bench: Bench, run: Run) -> Iterator[Inspector]:
    inspector = Inspector(bench)
    inspector.resize(360, 600)
    inspector.show()
    yield inspector
    inspector.hide()
    inspector.deleteLater()


def shown(inspector: Inspector) -> str:
    labels = (label.text() for label in inspector.findChildren(QLabel) if not label.isHidden())
    return "\n".join(labels)


def raw(inspector: Inspector) -> str:
    inspector.tabs.raw.select_all()
    return inspector.tabs.raw.selected_text()


def make_token() -> Exchange:
    body = json.dumps({"access_token": CANARY, "token_type": "Bearer", "scope": "openid"}).encode()
    form = f"grant_type=authorization_code&code={CANARY}&client_id=workbench".encode()
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", f"Basic {CANARY}"))
    request = Request("POST", "http://127.0.0.1:4000/auth/token", headers, form)
    sent = make_read()
    response = Response(200, (("Content-Type", "application/json"),), body)
    return Exchange(sent.sender, sent.receiver, request, response, sent.started, 0.02)


def test_nothing_selected_says_what_to_do(inspector: Inspector) -> None:
    assert "Select an exchange" in shown(inspector)


def test_response_is_shown_as_a_tree(inspector: Inspector) -> None:
    inspector.show_exchange(make_read(1))
    assert "GET Patient/1" in shown(inspector)
    assert inspector.tabs.body.findChild(JsonView) is not None
    assert "Okafor" in raw(inspector)


def test_request_is_one_click_away(inspector: Inspector) -> None:
    inspector.show_exchange(make_message())
    tree = inspector.tabs.body.findChild(StructureTree)
    assert tree is not None
    assert "MSA|AR|1" in raw(inspector)
    inspector._request.click()
    assert "ADT^A01" in raw(inspector)


def test_fields_of_a_message_get_their_names(inspector: Inspector, run: Run) -> None:
    inspector.show_exchange(make_message())
    run(asyncio.sleep(0.02))
    tree = inspector.tabs.body.findChild(StructureTree)
    assert tree is not None
    model = tree.model()
    assert "Acknowledgment" in str(model.index(1, 0).data(tree_name_role()))


def tree_name_role() -> int:
    from ui.widgets.structure_tree import NAME_ROLE

    return NAME_ROLE


def test_failure_is_told_in_place_of_a_response(inspector: Inspector) -> None:
    inspector.show_exchange(make_refused())
    assert "refused the connection" in shown(inspector)


def test_secrets_are_dots_until_they_are_asked_for(inspector: Inspector) -> None:
    exchange = make_token()
    inspector.show_exchange(exchange)
    assert CANARY not in raw(inspector)
    assert not inspector.tabs.reveal.isHidden()
    inspector.tabs.reveal.click()
    assert CANARY in raw(inspector)
    inspector.show_exchange(make_read(1))
    inspector.show_exchange(make_token())
    assert CANARY not in raw(inspector)


def test_a_secret_that_came_before_is_hidden_where_a_site_throws_it_back(inspector: Inspector, bench: Bench) -> None:
    later = make_read(1)
    echo = replace(later, response=Response(403, (("X-Echo", CANARY),), f'{{"diagnostics": "Not {CANARY}"}}'.encode()))
    for each in (make_read(), make_token(), echo):
        bench.log.add(each)
    inspector.show_exchange(echo)
    assert CANARY not in raw(inspector) and "Not •••" in raw(inspector)
    assert CANARY not in repr(inspector.tabs.headers.pairs._pairs)
    inspector.tabs.reveal.click()
    assert CANARY in raw(inspector)


@pytest.mark.parametrize("side", ["request", "response"])
def test_no_secret_stands_in_a_side_that_hides_them(side: Any) -> None:
    content = read_side(make_token(), side, reveal=False)
    assert content.hides
    assert CANARY not in repr(content)


def test_token_in_a_header_of_a_large_exchange_is_hidden_too() -> None:
    body = b'{"resourceType": "Bundle", "note": "' + b"x" * GENTLE_SIZE + b'"}'
    exchange = make_read(1, body=body, headers=(("Authorization", f"Bearer {CANARY}"),))
    content = read_side(exchange, "request", reveal=False)
    assert content.hides
    assert CANARY not in repr(content.headers)


def test_large_body_is_read_beside_the_window(inspector: Inspector, run: Run) -> None:
    entries = [{"resource": {"resourceType": "Patient", "id": str(number)}} for number in range(4000)]
    body = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    assert len(body) > GENTLE_SIZE
    inspector.show_exchange(make_read(1, body=body))
    assert "Reading…" in shown(inspector)
    run(inspector._bench.tasks.running[-1].wait())
    run(asyncio.sleep(0.02))
    view = inspector.tabs.body.findChild(JsonView)
    assert view is not None
    assert view.model().index(1, 1).data() == "4,000 items"


def test_step_shows_what_judged_it(inspector: Inspector, qapp: QApplication) -> None:
    check = CheckResult(Check("status", expected=201), "fail", "The status is 403, not 201.", "201", "403")
    step = FhirInteraction("Write the vitals", checks=(check.check,))
    inspector.show_step(StepResult(step, "fail", "One check failed.", (make_read(1, status=403),), (check,)))
    tabs = inspector.tabs.tabs
    assert tabs.tabText(tabs.currentIndex()) == "Checks"
    assert "The status is 403, not 201." in shown(inspector)
    inspector.show_exchange(make_read(1))
    assert not tabs.isTabVisible(tabs.indexOf(inspector.tabs.checks))


def test_step_without_an_exchange_is_shown_too(inspector: Inspector) -> None:
    inspector.show_step(StepResult(FhirInteraction("Skipped"), "skip", "The site takes no notes by FHIR."))
    assert "The site takes no notes by FHIR." in shown(inspector)


def test_timing_tells_when_how_long_and_how_much() -> None:
    pairs = dict(list_timing(make_read(1)))
    assert pairs["Duration"] == "12 ms"
    assert pairs["Request body"] == "0 bytes"


def test_sizes_are_said_as_people_say_them() -> None:
    assert [to_size(count) for count in (0, 1, 999, 1500, 5_000_000)] == [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1.5 kB",
        "5.0 MB",
    ]


def test_pair_table_keeps_to_the_rules_of_qt(qapp: QApplication, qtmodeltester: Any) -> None:
    table = PairTable("Headers")
    table.set_pairs((("Accept", "application/fhir+json"), ("Date", "today")))
    qtmodeltester.check(table.pairs)


AUTHORIZE = "http://127.0.0.1:4000/auth/authorize?response_type=code&state=abc&scope=openid%20launch"


def test_the_address_of_a_request_is_shown_with_its_parameters_decoded(inspector: Inspector) -> None:
    sent = make_read()
    inspector.show_exchange(replace(sent, request=Request("GET", AUTHORIZE)))
    tabs = inspector.tabs
    assert not tabs.tabs.isTabVisible(tabs.tabs.indexOf(tabs.address))
    inspector._request.click()
    assert tabs.tabs.isTabVisible(tabs.tabs.indexOf(tabs.address))
    rows = [tuple(tabs.address.pairs.index(row, column).data() for column in (0, 1)) for row in range(5)]
    assert rows[1] == ("Address", "http://127.0.0.1:4000/auth/authorize") and rows[4] == ("scope", "openid launch")


@pytest.mark.parametrize(
    ("side", "place", "tab", "chosen"),
    [
        ("request", "query: scope", "Address", "scope"),
        ("request", "header: authorization", "Headers", "Authorization"),
        ("request", "body: client_id", "Decoded", "client_id"),
        ("response", "body: scope", "Decoded", "scope"),
        ("response", "body: access_token exp", "Decoded", "access_token"),
        ("response", "header: Content-Type", "Headers", "Content-Type"),
    ],
)
def test_a_place_is_shown_on_its_side_and_chosen(
    inspector: Inspector, side: Literal["request", "response"], place: str, tab: str, chosen: str
) -> None:
    sent = make_token()
    told = replace(sent, request=replace(sent.request, address=AUTHORIZE))
    inspector.show_place(ExchangePlace(told, side, place))
    tabs = inspector.tabs
    assert tabs.tabs.tabText(tabs.tabs.currentIndex()) == tab
    shown = tabs.tabs.currentWidget()
    views = (shown, *shown.findChildren(QAbstractItemView))
    view = next(each for each in views if isinstance(each, QAbstractItemView) and each.isVisible())
    assert view.currentIndex().siblingAtColumn(0).data() == chosen
    assert inspector._request.isChecked() == (side == "request")
    assert CANARY not in raw(inspector)


def test_a_parameter_that_a_site_sends_back_is_shown_in_the_address_it_sends_the_browser_to(
    inspector: Inspector,
) -> None:
    back = Response(302, (("Cache-Control", "no-store"), ("Location", "http://127.0.0.1/cb?code=x&state=abc")))
    told = replace(make_read(), request=Request("GET", AUTHORIZE), response=back)
    inspector.show_place(ExchangePlace(told, "response", "query: state"))
    tabs = inspector.tabs
    assert tabs.tabs.currentWidget() is tabs.headers
    assert tabs.headers.currentIndex().siblingAtColumn(0).data() == "Location"
