"""Wire of an app: sends its requests, and stamps each client assertion with a time and an id of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from workbench.exchange import Exchange, Request, utc_now
from workbench.smart.client_credentials import Moment
from workbench.smart.launch_refusal import LaunchRefused, Stage
from workbench.transports.http_client import HttpClient

REQUEST_LIMIT = 30.0
SECRET_BYTES = 32

MakeSecret = Callable[[int], str]
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class AppWire:
    """`make_secret` takes a number of bytes; `within` bounds each request, in seconds."""

    client: HttpClient
    receiver: str = ""
    within: float = REQUEST_LIMIT
    make_secret: MakeSecret = secrets.token_urlsafe
    clock: Clock = utc_now

    async def send(self, request: Request) -> Exchange:
        return await self.client.send(request, receiver=self.receiver, within=min(self.within, REQUEST_LIMIT))

    def moment(self) -> Moment:
        return Moment(self.clock(), self.make_secret(SECRET_BYTES))


def no_answer(stage: Stage, exchange: Exchange) -> LaunchRefused:
    """The refusal that a request without a response is."""
    failure = exchange.failure
    return LaunchRefused(stage, failure.kind if failure else "closed", failure.reason if failure else "No answer came.")
