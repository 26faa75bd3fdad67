"""Wire of an app: sends its requests, and stamps each client assertion with a time and an id of its own."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Failure, Request, utc_now
from workbench.smart.json_answer import is_web_address
from workbench.smart_app.client_credentials import Moment
from workbench.smart_app.launch_refusal import LaunchRefused, Stage
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
        return await send_anyhow(self.client, request, receiver=self.receiver, within=min(self.within, REQUEST_LIMIT))

    def moment(self) -> Moment:
        return Moment(self.clock(), self.make_secret(SECRET_BYTES))


def require_address(fhir_base: str) -> None:
    """Raise WorkbenchError where the FHIR base that was chosen is no web address."""
    if not is_web_address(fhir_base):
        raise WorkbenchError(
            f"“{fhir_base}” is not a web address.", hint="Write it in full, such as http://127.0.0.1:8080/fhir."
        )


async def send_anyhow(
    client: HttpClient, request: Request, *, sender: str = "workbench", receiver: str = "", within: float
) -> Exchange:
    """Send to an address that a site named; one that nothing can be sent to is that site's failure, not ours."""
    started = utc_now()
    try:
        return await client.send(request, sender=sender, receiver=receiver, within=within)
    except WorkbenchError as error:
        return Exchange(sender, receiver, request, None, started, 0.0, Failure("protocol", str(error)))


def no_answer(stage: Stage, exchange: Exchange) -> LaunchRefused:
    """The refusal that a request without a response is."""
    failure = exchange.failure
    return LaunchRefused(stage, failure.kind if failure else "closed", failure.reason if failure else "No answer came.")
