"""An exchange is one record, whichever end saw it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from workbench.exchange import Exchange, Request, Response, is_same_exchange

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SENT = Exchange("workbench", "site", Request("GET", "http://127.0.0.1:8080/fhir/Patient/1"), Response(200), NOON, 0.020)
RECEIVED = replace(
    SENT,
    request=Request("GET", "http://localhost:8080/fhir/Patient/1"),
    started=NOON + timedelta(milliseconds=3),
    duration=0.010,
    seen_by="receiver",
)


def test_both_ends_of_one_exchange_are_recognised() -> None:
    assert is_same_exchange(SENT, RECEIVED)


def test_another_body_time_port_or_direction_is_another_exchange() -> None:
    assert not is_same_exchange(SENT, replace(RECEIVED, request=replace(RECEIVED.request, body=b"x")))
    assert not is_same_exchange(SENT, replace(RECEIVED, started=NOON + timedelta(seconds=1)))
    assert not is_same_exchange(SENT, replace(RECEIVED, request=Request("GET", "http://localhost:8081/fhir/Patient/1")))
    assert not is_same_exchange(RECEIVED, SENT)


def test_header_names_compare_without_case() -> None:
    request = Request("GET", "http://127.0.0.1/", (("Content-Type", "text/plain"), ("X", "1")))
    assert (request.header("content-type"), request.header("absent")) == ("text/plain", "")


def test_the_protocol_follows_from_the_address() -> None:
    assert SENT.protocol == "http"
    assert replace(SENT, request=Request("MLLP", "mllp://127.0.0.1:2575")).protocol == "mllp"
