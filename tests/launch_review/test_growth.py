"""Rows of thousands of exchanges: four times the row costs about four times the work, whatever is in it."""

from __future__ import annotations

import cProfile
import json
import pstats
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode

import pytest

from tests.launch_review.recorded import record
from workbench.exchange import Exchange
from workbench.launch_review.judge import review_launch

SITE = "community-hospital"


def launches(count: int) -> list[Exchange]:
    """The recorded launch so many times, each with codes, states and tokens of its own."""
    recorded = record(SITE, "ehr")
    secrets = [secret for secret in recorded.secrets if not secret.startswith("eyJ")]

    def change(text: str, number: int) -> str:
        for secret in secrets:
            text = text.replace(secret, f"{secret[6:]}{number:06}")
        return text

    def repeat(exchange: Exchange, number: int) -> Exchange:
        request, response = exchange.request, exchange.response
        assert response is not None
        headers = tuple((name, change(value, number)) for name, value in request.headers)
        body = change(request.body.decode(), number).encode()
        answered = tuple((name, change(value, number)) for name, value in response.headers)
        return replace(
            exchange,
            request=replace(request, address=change(request.address, number), headers=headers, body=body),
            response=replace(response, headers=answered, body=change(response.body.decode(), number).encode()),
            started=exchange.started + timedelta(seconds=20 * number),
        )

    return [repeat(exchange, number) for number in range(count) for exchange in recorded.sent]


def refreshes(count: int) -> list[Exchange]:
    """The recorded launch, and a line of refreshes each of which trades the token of the one before."""
    sent = list(record(SITE, "ehr").sent)
    last = next(exchange for exchange in sent if b"grant_type=refresh_token" in exchange.request.body)
    assert last.response is not None
    form = {name: values[0] for name, values in parse_qs(last.request.body.decode()).items()}
    answer = json.loads(last.response.body)
    for number in range(count):
        form["refresh_token"] = answer["refresh_token"]
        answer |= {"refresh_token": f"refresh-{number:030}", "access_token": f"access-{number:030}"}
        request = replace(last.request, body=urlencode(form).encode())
        response = replace(last.response, body=json.dumps(answer).encode())
        sent.append(replace(last, request=request, response=response, started=last.started + timedelta(seconds=number)))
    return sent


def polls(count: int) -> list[Exchange]:
    """The recorded launch, and the same read again and again, as both ends saw it."""
    recorded = record(SITE, "ehr")
    read = [
        next(exchange for exchange in row if "/Patient" in exchange.request.address)
        for row in (recorded.sent, recorded.received)
    ]
    waits = [timedelta(seconds=number) for number in range(count)]
    return [*recorded.sent, *(replace(end, started=end.started + wait) for wait in waits for end in read)]


def count_calls(row: list[Exchange]) -> int:
    """Calls of functions, which are the same on a slow machine and on a busy one."""
    profile = cProfile.Profile()
    profile.runcall(review_launch, row, facts=record(SITE, "ehr").facts)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined] # the stubs leave it out


@pytest.mark.parametrize(("make", "few"), [(launches, 12), (refreshes, 150), (polls, 150)])
def test_the_work_grows_with_the_row_and_no_faster(make: Callable[[int], list[Exchange]], few: int) -> None:
    count_calls(make(1))  # what is read once a run
    assert count_calls(make(4 * few)) < 6 * count_calls(make(few))
