"""Sites: small real counterparts on loopback for the tests of scenarios."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from workbench.exchange import Request, Response, utc_now
from workbench.hl7v2.acknowledgment import make_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.scenario.runner import Endpoints, replay
from workbench.scenario.scenario import ReplayFinished, Scenario, StepFinished, StepResult
from workbench.transports.http_server import HttpServer
from workbench.transports.mllp_listener import MllpListener

FHIR_JSON = (("Content-Type", "application/fhir+json"),)
Handler = Callable[[Request], Awaitable[Response]]


def answer_json(value: Any, status: int = 200, **headers: str) -> Response:
    extra = tuple((name.replace("_", "-"), text) for name, text in headers.items())
    return Response(status, (*FHIR_JSON, *extra), json.dumps(value).encode())


def path_of(request: Request) -> str:
    """Path and query below the root."""
    return "/" + request.address.split("/", 3)[3]


async def acknowledge(data: bytes) -> bytes:
    message = parse_message(data)
    return make_acknowledgment(
        message, "AA", control_id=uuid.uuid4().hex[:12], now=utc_now(), application="SITE", facility="F"
    )


@asynccontextmanager
async def running_site(
    answer: Handler, answer_message: Callable[[bytes], Awaitable[bytes | None]] = acknowledge
) -> AsyncIterator[Endpoints]:
    """A FHIR and an HL7 v2 endpoint that answer by the two functions."""
    server, listener = HttpServer(answer), MllpListener(answer_message)
    await server.start()
    await listener.start()
    try:
        yield Endpoints("Test Hospital", {"site": "test", "note": "fhir"}, server.address, ("127.0.0.1", listener.port))
    finally:
        await listener.stop()
        await server.stop()


async def finish(scenario: Scenario, endpoints: Endpoints, **options: Any) -> ReplayFinished:
    events = [event async for event in replay(scenario, endpoints, **options)]
    finished = events[-1]
    assert isinstance(finished, ReplayFinished)
    assert [event.result for event in events if isinstance(event, StepFinished)] == list(finished.results)
    return finished


def tell(result: StepResult) -> str:
    return f"{result.verdict}: {result.sentence}"
