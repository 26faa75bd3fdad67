"""The log holds each exchange once, in order, and no more than its limit."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from workbench.exchange import Exchange, Request, Response
from workbench.workspace.exchange_log import Added, ExchangeLog, Replaced

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def exchange(
    at: float = 0.0,
    *,
    seen_by: Literal["sender", "receiver"] = "sender",
    address: str = "http://127.0.0.1:8080/fhir/Patient/1",
    sender: str = "workbench",
    receiver: str = "Community Hospital",
    body: bytes = b"",
    duration: float = 0.1,
) -> Exchange:
    """The receiver begins a little later and is done a little earlier."""
    late = 0.01 if seen_by == "receiver" else 0.0
    return Exchange(
        sender,
        receiver,
        Request("GET", address, (), body),
        Response(200),
        NOON + timedelta(seconds=at + late),
        duration - 2 * late,
        seen_by=seen_by,
    )


def test_exchanges_keep_their_order() -> None:
    log = ExchangeLog()
    assert [log.add(exchange(at)) for at in (0, 1, 2)] == [Added(0), Added(1), Added(2)]
    assert [each.started.second for each in log.exchanges] == [0, 1, 2]


def test_the_senders_record_takes_the_place_of_the_receivers() -> None:
    log = ExchangeLog()
    log.add(exchange(seen_by="receiver"))
    log.add(exchange(5, address="http://127.0.0.1:8080/fhir/Patient/2"))
    assert log.add(exchange()) == Replaced(0)
    assert [each.seen_by for each in log.exchanges] == ["sender", "sender"]


def test_the_receivers_record_adds_nothing_where_the_sender_came_first() -> None:
    log = ExchangeLog()
    sent = exchange()
    log.add(sent)
    assert log.add(exchange(seen_by="receiver")) == Replaced(0)
    assert log.exchanges == (sent,)


def test_a_name_that_the_sender_lacks_comes_from_the_receiver() -> None:
    log = ExchangeLog()
    log.add(exchange(receiver=""))
    log.add(exchange(seen_by="receiver"))
    assert log.exchanges[0].receiver == "Community Hospital"


def test_mllp_records_are_joined_too() -> None:
    log = ExchangeLog()
    address = "mllp://127.0.0.1:2575"
    log.add(exchange(seen_by="receiver", address=address, body=b"MSH|"))
    assert log.add(exchange(address=address, body=b"MSH|")) == Replaced(0)


def test_an_app_that_is_not_ours_stays_with_the_receivers_record() -> None:
    log = ExchangeLog()
    log.add(exchange(seen_by="receiver", sender="Mozilla/5.0"))
    log.add(exchange(60))
    assert [each.seen_by for each in log.exchanges] == ["receiver", "sender"]


def test_the_same_request_sent_twice_at_once_stays_two_exchanges() -> None:
    log = ExchangeLog()
    for each in (exchange(), exchange(), exchange(seen_by="receiver"), exchange(seen_by="receiver")):
        log.add(each)
    assert [each.seen_by for each in log.exchanges] == ["sender", "sender"]


def test_a_third_record_is_not_joined_with_a_pair() -> None:
    log = ExchangeLog()
    log.add(exchange())
    log.add(exchange(seen_by="receiver"))
    assert log.add(exchange(seen_by="receiver")) == Added(1)


def test_the_oldest_make_room() -> None:
    log = ExchangeLog(limit=3)
    added = [log.add(exchange(at)) for at in range(5)]
    assert added[2:] == [Added(2), Added(2, dropped=1), Added(2, dropped=1)]
    assert [each.started.second for each in log.exchanges] == [2, 3, 4]


def test_a_dropped_exchange_is_joined_with_nothing() -> None:
    log = ExchangeLog(limit=2)
    for at in range(3):
        log.add(exchange(at))
    assert log.add(exchange(0, seen_by="receiver")) == Added(1, dropped=1)
    assert log.add(exchange(2, seen_by="receiver")) == Replaced(0)


def test_a_cleared_log_starts_over() -> None:
    log = ExchangeLog()
    log.add(exchange())
    log.clear()
    assert log.exchanges == ()
    assert log.add(exchange(seen_by="receiver")) == Added(0)
    assert log.add(exchange()) == Replaced(0)


def test_any_order_of_arrival_joins_every_pair() -> None:
    sent = [exchange(at * 0.05, body=bytes([at % 3])) for at in range(60)]
    received = [replace(each, seen_by="receiver", id=f"r{at}") for at, each in enumerate(sent)]
    for seed in range(20):
        records = sent + received
        random.Random(seed).shuffle(records)  # noqa: S311  # an order, not a secret
        log = ExchangeLog()
        for each in records:
            log.add(each)
        assert [each.seen_by for each in log.exchanges] == ["sender"] * 60


def test_the_exchanges_before_one_are_the_newest_of_those() -> None:
    log = ExchangeLog()
    for number in range(5):
        log.add(exchange(address=f"http://127.0.0.1:1/Patient/{number}"))
    assert [each.request.address[-1] for each in log.before(log[3], 2)] == ["1", "2"]
    assert log.before(log[0]) == ()
    assert log.before(exchange(address="http://127.0.0.1:1/Patient/9")) == ()
