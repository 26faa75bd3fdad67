"""Fault answers: what a site gives, as an app gets to see it where the site's launch faults act on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from workbench.authorization_server.launch_fault_effects import (
    ANSWER_FAULTS,
    REDIRECT_FAULTS,
    hide_pkce,
    spoil_answer,
    spoil_redirect,
)
from workbench.exchange import Response
from workbench.fhir.resource import to_json
from workbench.sandbox.fault_visit import FaultVisit


def spoil_response(response: Response, visit: FaultVisit) -> Response:
    """The response with every fault in it that is due; a fault that has nothing to act on is not counted."""
    if visit.flow and "code" in parse_qs(urlsplit(response.header("location")).query):
        return _spoil_redirect(response, visit)
    if not _is_json(response):
        return response
    if "discovery" in visit.places and visit.foresee("pkce-not-checked", "authorize"):
        response = _write(response, hide_pkce(json.loads(response.body)))
    if "token" in visit.places:
        response = _spoil_tokens(response, visit)
    if visit.places and visit.take("malformed-json"):
        return Response(response.status, response.headers, response.body[: max(1, len(response.body) // 2)])
    return response


def _spoil_redirect(response: Response, visit: FaultVisit) -> Response:
    address = response.header("location")
    for fault in REDIRECT_FAULTS:
        if visit.take(fault, "authorize"):
            address = spoil_redirect(fault, address)
    others = tuple(header for header in response.headers if header[0].lower() != "location")
    return Response(response.status, (("Location", address), *others), response.body)


def _spoil_tokens(response: Response, visit: FaultVisit) -> Response:
    answer = json.loads(response.body)
    spoilt = answer
    for fault, member in ANSWER_FAULTS.items():
        if member in answer and visit.take(fault):
            spoilt = spoil_answer(fault, spoilt)
    return response if spoilt is answer else _write(response, spoilt)


def _is_json(response: Response) -> bool:
    return response.status == 200 and "json" in response.header("content-type") and bool(response.body)


def _write(response: Response, value: Mapping[str, Any]) -> Response:
    return Response(response.status, response.headers, to_json(value).encode("utf-8"))
