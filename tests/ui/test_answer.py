"""What came back, as a verdict and a sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ui.models.answer import describe_answer
from workbench.exchange import Exchange, Failure, Request, Response

OUTCOME = (
    b'{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "invalid", "diagnostics": "No."}]}'
)
HEAD = b"MSH|^~\\&|A|B|||20260101||ACK|1|P|2.5.1\r"


def make_exchange(response: Response | None, failure: Failure | None = None, method: str = "GET") -> Exchange:
    address = "mllp://127.0.0.1:1" if method == "MLLP" else "http://127.0.0.1:1/Patient"
    started = datetime(2026, 1, 1, tzinfo=UTC)
    return Exchange("a", "b", Request(method, address), response, started, 0.0, failure)


@pytest.mark.parametrize(
    ("body", "verdict", "word"),
    [
        (HEAD + b"MSA|AA|1\r", "pass", "AA"),
        (HEAD + b"MSA|CA|1\r", "pass", "CA"),
        (HEAD + b"MSA|AE|1\r", "fail", "AE"),
        (HEAD, "fail", "Not an acknowledgment"),
        (b"hello", "fail", "Not an acknowledgment"),
    ],
)
def test_an_acknowledgment_decides_by_its_code(body: bytes, verdict: str, word: str) -> None:
    answer = describe_answer(make_exchange(Response(None, body=body), method="MLLP"))
    assert (answer.verdict, answer.word) == (verdict, word)


def test_the_reason_of_a_refusal_is_in_the_sentence() -> None:
    body = HEAD + b"MSA|AR|1\rERR||PV1^1^44|101^Required field missing^HL70357|E||||PV1-44 is required\r"
    assert "PV1-44 is required" in describe_answer(make_exchange(Response(None, body=body), method="MLLP")).sentence


@pytest.mark.parametrize(
    ("response", "verdict", "word", "sentence"),
    [
        (Response(201, (("Location", "/Patient/1"),)), "pass", "201 Created", "/Patient/1"),
        (Response(422, body=OUTCOME), "fail", "422", "No."),
        (Response(400, body=b'{"error": "invalid_grant"}'), "fail", "400 Bad Request", "invalid_grant"),
        (Response(500, body=b"<html>"), "fail", "500 Internal Server Error", "<html>"),
        (Response(799), "fail", "799", ""),
    ],
)
def test_a_status_decides_and_an_outcome_says_why(response: Response, verdict: str, word: str, sentence: str) -> None:
    answer = describe_answer(make_exchange(response))
    assert (answer.verdict, answer.sentence) == (verdict, sentence)
    assert answer.word.startswith(word)


def test_a_failure_is_the_other_ends() -> None:
    answer = describe_answer(make_exchange(None, Failure("too-large", "It is larger than 64 MB.")))
    assert (answer.verdict, answer.word, answer.sentence) == ("fail", "Too large", "It is larger than 64 MB.")


def test_no_answer_where_none_was_wanted_is_neither_pass_nor_fail() -> None:
    assert describe_answer(make_exchange(None, method="MLLP")).verdict == "skip"
