"""Narration in one line, whatever the bytes."""

from __future__ import annotations

import json
import random
import subprocess

import pytest

from workbench.exchange import Exchange, Failure, Request, Response, utc_now
from workbench.narration import decode_body, decoded_view, describe_exchange, kind_of, to_curl

BASE = "http://127.0.0.1:8000/fhir/r4"
JSON = (("Content-Type", "application/fhir+json"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def make(method="GET", address=f"{BASE}/Patient/1", headers=(), body=b"", response=None, failure=None) -> Exchange:
    return Exchange("app", "site", Request(method, address, headers, body), response, utc_now(), 0.01, failure=failure)


def mllp(body: bytes, answer: bytes | None) -> Exchange:
    response = None if answer is None else Response(None, body=answer)
    return make("MLLP", "mllp://127.0.0.1:2575", body=body, response=response)


def told(exchange: Exchange) -> tuple[str, str, str]:
    line = describe_exchange(exchange)
    return line.what, line.result, line.verdict


def test_a_read_is_told_below_the_fhir_base() -> None:
    assert told(make(response=Response(200, JSON, b"{}"))) == ("GET Patient/1", "200", "pass")


def test_a_refusal_gives_its_reason() -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": "Why."}]}
    assert told(make(response=Response(403, JSON, json.dumps(outcome).encode()))) == (
        "GET Patient/1", "403 Why.", "fail"
    )  # fmt: skip
    assert told(make(response=Response(404, (), b"<html>")))[1] == "404 Not Found"


def test_a_refused_connection_is_told_by_its_own_sentence() -> None:
    assert told(make(failure=Failure("refused", "Nobody is there.")))[1:] == ("Nobody is there.", "fail")


def test_a_message_is_told_by_its_type_and_its_acknowledgment() -> None:
    message = b"MSH|^~\\&|A|B|||1||ADT^A01|1|P|2.5.1\rPID|1\r"
    assert told(mllp(message, b"MSH|^~\\&|||||1||ACK|2|P|2.5.1\rMSA|AA|1\r")) == ("ADT^A01", "AA", "pass")
    refusal = b"MSH|^~\\&|||||1||ACK|2|P|2.5.1\rMSA|AR|1|No such version\r"
    assert told(mllp(message, refusal)) == ("ADT^A01", "AR: No such version", "fail")
    assert told(mllp(message, None)) == ("ADT^A01", "no answer wanted", "skip")
    assert told(mllp(b"\xff\x00", b"hello")) == (
        "A message without a readable header", "An answer that acknowledges nothing", "fail"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (make(), "fhir"),
        (make("POST", BASE, JSON), "fhir"),
        (make(address=f"{BASE}/.well-known/smart-configuration"), "smart"),
        (make(address="http://127.0.0.1:1/auth/authorize?response_type=code"), "smart"),
        (make("POST", "http://h/x", FORM, b"grant_type=authorization_code"), "smart"),
        (make(address="http://h/cb?code=1&state=2"), "smart"),
        (make(address=f"{BASE}/Observation?code=8867-4"), "fhir"),
        (make("MLLP", "mllp://h:1"), "hl7v2"),
        (make(address="http://h/index.html"), "http"),
    ],
)
def test_the_kind_is_seen(exchange: Exchange, kind: str) -> None:
    assert kind_of(exchange) == kind


def test_secrets_do_not_stand_in_a_line_or_a_curl_command() -> None:
    secret = "s3cr3t-canary-value"
    exchange = make(
        "POST",
        f"{BASE}/Observation?access_token={secret}&code=8867-4",
        (*JSON, ("Authorization", f"Bearer {secret}")),
        f'{{"note": "{secret}"}}'.encode(),
    )
    assert secret not in str(told(exchange))
    assert "code=8867-4" in told(exchange)[0]
    assert secret not in to_curl(exchange)
    assert to_curl(exchange, reveal=True).count(secret) == 3
    view = decoded_view(exchange, reveal=False)
    assert secret not in view.request.text


def test_curl_for_a_message_frames_it(tmp_path) -> None:
    command = to_curl(mllp(b"MSH|^~\\&|it's|50%\r", None))
    assert command.endswith("| nc 127.0.0.1 2575")
    printed = subprocess.run(["sh", "-c", command.partition(" | ")[0]], capture_output=True, check=True).stdout
    assert printed == b"\x0bMSH|^~\\&|it's|50%\r\x1c\r"


def test_a_body_is_decoded_as_what_it_is() -> None:
    assert decode_body(b"").kind == "empty"
    assert decode_body(b'{"resourceType":"Patient","id":"1","v":1.50}').text.endswith('"v": 1.50\n}')
    assert decode_body(b"MSH|^~\\&|A\rPID|1\r").text == "MSH|^~\\&|A\nPID|1\n"
    assert decode_body(b"a=1&b=2", "application/x-www-form-urlencoded").text == "a = 1\nb = 2"
    assert decode_body(b"\x00\x01\x02" * 10).kind == "binary"
    assert decode_body(b'{"broken').kind == "text"
    long = decode_body(b"x" * 1000, limit=10)
    assert (long.text, long.cut) == ("x" * 10, True)


def test_nothing_is_too_broken_to_be_told() -> None:
    chance = random.Random(7)  # noqa: S311 # the same bytes at each run
    seeds = [
        b'{"resourceType":"OperationOutcome","issue":[{"details":{"text":"x"}}]}',
        b"MSH|^~\\&|A|B|||1||ADT^A01|1|P|2.5.1\rMSA|AA|1\rERR||PID^1|x\r",
        b"grant_type=a&code=%ff&x=%zz",
        bytes(range(256)),
        b'{"issue":' * 200,
    ]
    addresses = [
        "http://[::1",
        "mllp://h:x",
        "http://h:99999/é?%ff=%",
        "",
        "mllp:",
        "http://h/a?b;c#d=e&access_token=q",
    ]
    for _ in range(1500):
        body = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(8)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        data = bytes(body[: chance.randrange(len(body) + 1)])
        exchange = make(
            chance.choice(["GET", "POST", "é"]),
            chance.choice(addresses),
            chance.choice([JSON, FORM, ()]),
            data,
            chance.choice([None, Response(chance.choice([None, 200, 999, 404]), JSON, data)]),
        )
        line = describe_exchange(exchange)
        assert line.what
        assert len(line.result) <= 160
        assert kind_of(exchange)
        assert to_curl(exchange)
        decoded_view(exchange)
