"""A FHIR request as a text file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ui.models.request_text import (
    RequestText,
    looks_like_request,
    parse_request_text,
    request_for_resource,
    request_of_exchange,
    resolve_address,
    to_request_text,
)
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request

REQUEST = RequestText("PUT", "Patient/1", (("If-Match", 'W/"1"'), ("Accept", "a: b")), b'{\r\n\n\r\n"a": 72.50}\n')


def test_a_request_reads_back_byte_for_byte() -> None:
    assert parse_request_text(to_request_text(REQUEST)) == REQUEST


def test_a_request_file_with_windows_line_ends_is_read() -> None:
    read = parse_request_text(b"get Patient?name=x HTTP/1.1\r\nAccept: text/plain\r\n\r\n{\r\n}")
    assert read == RequestText("GET", "Patient?name=x", (("Accept", "text/plain"),), b"{\r\n}")


@pytest.mark.parametrize(("data", "is_one"), [(b"GET metadata", True), (b"MSH|^~\\&|", False), (b'{"a": 1}', False)])
def test_a_request_is_recognised(data: bytes, is_one: bool) -> None:
    assert looks_like_request(data) is is_one


def test_a_faulty_header_is_refused_with_its_line() -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_request_text(b"GET metadata\nAccept: x\nno colon here\n\n")
    assert caught.value.line == 3


def test_sending_again_leaves_the_token_and_the_base_out() -> None:
    headers = (("Host", "x"), ("Authorization", "Bearer secret"), ("Accept", "application/fhir+json"))
    request = Request("GET", "http://127.0.0.1:1/fhir/r4/Patient/1", headers)
    exchange = Exchange("a", "b", request, None, datetime(2026, 1, 1, tzinfo=UTC), 0.0)
    again = request_of_exchange(exchange, ("http://127.0.0.1:1/fhir/r4",))
    assert again == RequestText("GET", "Patient/1", (("Accept", "application/fhir+json"),))
    assert request_of_exchange(exchange).address == request.address


def test_an_address_is_below_the_base_or_stands_alone() -> None:
    base = "http://127.0.0.1:1/fhir/"
    assert resolve_address("/Patient/1", base) == "http://127.0.0.1:1/fhir/Patient/1"
    assert resolve_address("", base) == "http://127.0.0.1:1/fhir"
    assert resolve_address("https://example.org/x", base) == "https://example.org/x"
    with pytest.raises(WorkbenchError, match="relative"):
        resolve_address("Patient/1", "")


def test_a_resource_becomes_an_update_a_create_or_a_bundle() -> None:
    made = [request_for_resource(b"{}", *each) for each in (("Patient", "1"), ("Patient", ""), ("Bundle", "1"))]
    assert [(each.method, each.address) for each in made] == [("PUT", "Patient/1"), ("POST", "Patient"), ("POST", "")]
