"""How far a launch has come is known from its exchanges, whatever they hold."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from workbench.exchange import Exchange, Failure, Headers, Request, Response, utc_now
from workbench.workspace.launch_watch import LaunchWatch

AUTH = "http://127.0.0.1:1/auth"
FORM: Headers = (("Content-Type", "application/x-www-form-urlencoded"),)
ASKED = f"{AUTH}/authorize?response_type=code&client_id=a&redirect_uri=x&state=s"


def seen(
    method: str, address: str, status: int, *, form: Any = None, answer: Any = None, location: str = "", token: str = ""
) -> Exchange:
    headers = (*(FORM if form else ()), *((("Authorization", f"Bearer {token}"),) if token else ()))
    request = Request(method, address, headers, urlencode(form or {}).encode())
    response = Response(status, (("Location", location),) if location else (), json.dumps(answer).encode())
    return Exchange("a", "b", request, response, utc_now(), 0.1)


OPENED = seen("GET", ASKED, 303)
CODE = seen("POST", f"{AUTH}/consent", 302, form={"decision": "allow"}, location="http://app/cb?code=c&state=s")
TOKEN = seen("POST", f"{AUTH}/token", 200, form={"grant_type": "authorization_code"}, answer={"access_token": "t1"})
USE = seen("GET", "http://127.0.0.1:1/fhir/Patient/1", 200, token="t1")
REFRESH = seen("POST", f"{AUTH}/token", 200, form={"grant_type": "refresh_token"}, answer={"access_token": "t2"})
NO_TOKEN = seen("POST", f"{AUTH}/token", 400, form={"grant_type": "authorization_code"}, answer={"error": "x"})
DENIED = seen("POST", f"{AUTH}/consent", 302, form={"decision": "deny"}, location="http://app/cb?error=denied&state=s")


def watched(*exchanges: Exchange, until: Any = "use") -> LaunchWatch:
    watch = LaunchWatch(until)
    for exchange in exchanges:
        watch.add(exchange)
    return watch


def test_each_milestone_is_reached_in_its_turn() -> None:
    watch = watched(OPENED, CODE, TOKEN, USE, REFRESH, until="refresh")
    assert watch.reached == ["authorize", "code", "token", "use", "refresh"]
    assert watch.is_over and watch.sentence == "The app refreshed its access token."


@pytest.mark.parametrize(
    ("exchanges", "sentence", "is_over"),
    [
        ((), "The app did not ask to be let in.", False),
        ((NO_TOKEN,), "The app was refused.", True),
        ((OPENED,), "The app asked to be let in, and no more.", False),
        ((OPENED, CODE, TOKEN), "The app got an access token, and no more.", False),
        ((OPENED, CODE, TOKEN, USE), "The app used its access token.", True),
        ((OPENED, CODE, NO_TOKEN), "The app got its code, and was refused then.", True),
        ((OPENED, DENIED), "The app asked to be let in, and was refused then.", True),
        ((seen("GET", ASKED, 400),), "The app asked to be let in, and was refused then.", True),
    ],
)
def test_how_far_it_came_is_told(exchanges: tuple[Exchange, ...], sentence: str, is_over: bool) -> None:
    watch = watched(*exchanges)
    assert (watch.sentence, watch.is_over) == (sentence, is_over)


def test_refusal_counts_no_more_once_the_app_goes_on() -> None:
    assert watched(OPENED, DENIED, OPENED, CODE, TOKEN).refusal == ""


def test_token_of_somebody_else_is_no_use_of_this_one() -> None:
    stranger = seen("GET", "http://127.0.0.1:1/fhir/Patient/1", 401, token="other")
    assert "use" not in watched(OPENED, CODE, TOKEN, stranger).reached


def test_token_is_used_as_a_bearer_token_alone() -> None:
    headers = (("Authorization", "Basic t1"),)
    shown = replace(USE, request=Request("GET", USE.request.address, headers))
    assert "use" not in watched(OPENED, CODE, TOKEN, shown).reached


def test_redirect_with_a_code_that_is_not_of_a_launch_is_no_milestone() -> None:
    moved = seen("GET", "http://127.0.0.1:1/fhir/Observation", 302, location="http://other/Observation?code=8480-6")
    assert watched(OPENED, moved).reached == ["authorize"]


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange("a", "b", Request("GET", "http://[::1"), Response(200, (), b"{"), utc_now(), 0.0),
        Exchange("a", "b", Request("GET", ASKED), None, utc_now(), 0.0, Failure("closed", "It closed.")),
        seen("POST", f"{AUTH}/token", 200, form={"grant_type": "authorization_code"}, answer=[1]),
        seen("POST", f"{AUTH}/token", 200, form={"grant_type": "authorization_code"}, answer={"access_token": 7}),
    ],
)
def test_whatever_comes_is_taken(exchange: Exchange) -> None:
    assert watched(exchange).reached in ([], ["authorize"])
