"""Requests of an app with the tokens that it has: refresh, each one exchange and what it gave."""

from __future__ import annotations

from dataclasses import replace

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.scenario.app_wire import REQUEST_LIMIT, AppWire, no_answer
from workbench.smart.launch import LaunchResult
from workbench.smart.launch_refusal import LaunchRefused
from workbench.smart.token_exchange import parse_refresh_response, refresh_request
from workbench.transports.http_client import HttpClient


async def refresh_launch(
    client: HttpClient, result: LaunchResult, *, scope: str = "", receiver: str = "", within: float = REQUEST_LIMIT
) -> tuple[Exchange, LaunchResult | LaunchRefused]:
    """Trade the refresh token for a new access token; `scope` may ask for less. Raises WorkbenchError without one."""
    if not result.refresh_token:
        raise WorkbenchError(
            "The site gave no refresh token with this launch.", hint="Ask for online_access or offline_access."
        )
    wire = AppWire(client, receiver, within)
    exchange = await wire.send(refresh_request(result, wire.moment(), scope))
    if exchange.response is None:
        return exchange, no_answer("refresh", exchange)
    after = parse_refresh_response(exchange.response, result)
    return exchange, replace(after, issued=exchange.finished) if isinstance(after, LaunchResult) else after
