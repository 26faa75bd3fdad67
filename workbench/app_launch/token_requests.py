"""Requests of an app with the tokens that it has: refresh, keys, userinfo, introspection and revocation.

Each is one exchange and what it gave; a token that would be needed and is not there raises WorkbenchError.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from workbench.app_launch.quiet_outcome import quiet
from workbench.app_launch.wire import REQUEST_LIMIT, AppWire, no_answer
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Response
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_checks import (
    check_result,
    keys_request,
    lacks_key,
    parse_keys,
    parse_openid_configuration,
    parse_userinfo,
    userinfo_request,
)
from workbench.smart_app.launch_refusal import LaunchRefused, Stage
from workbench.smart_app.token_exchange import parse_refresh_response, refresh_request
from workbench.smart_app.token_inspection import (
    Introspection,
    Revocation,
    TokenKind,
    introspect_request,
    parse_introspection,
    parse_revocation,
    revoke_request,
)
from workbench.transports.http_client import HttpClient

Taken = TypeVar("Taken")

NEW_KEY = "It is signed with a key that was not among those fetched at the launch. Fetch the site's keys anew."


async def refresh_launch(
    client: HttpClient, result: LaunchResult, *, scope: str = "", receiver: str = "", within: float = REQUEST_LIMIT
) -> tuple[Exchange, LaunchResult | LaunchRefused]:
    """Trade the refresh token for a new access token; `scope` may ask for less.

    A new id token is checked by the keys that are known; where they lack its key, `refetch_keys` gets them anew.
    """
    if not result.refresh_token:
        raise WorkbenchError(
            "The site gave no refresh token with this launch.", hint="Ask for online_access or offline_access."
        )
    wire = AppWire(client, receiver, within)
    exchange = await wire.send(refresh_request(result, wire.moment(), scope))
    if exchange.response is None:
        return exchange, no_answer("refresh", exchange)
    after = parse_refresh_response(exchange.response, result)
    if isinstance(after, LaunchRefused):
        return exchange, quiet(after, exchange)
    after = replace(after, issued=exchange.finished)
    if after.id_token != result.id_token:
        keys = None if lacks_key(after) else after.jwks
        after = check_result(after, keys, exchange.finished, no_keys=NEW_KEY, before=result)
    return exchange, quiet(after, exchange)


async def refetch_keys(
    client: HttpClient, result: LaunchResult, *, receiver: str = "", within: float = REQUEST_LIMIT
) -> tuple[Exchange, LaunchResult | LaunchRefused]:
    """Fetch the site's keys and check the id token by them; first the OpenID document where nothing else names them."""
    request = keys_request(result)
    if request is None:
        raise WorkbenchError("The site names neither its keys nor its issuer.", hint="Look at its smart-configuration.")
    exchange = await AppWire(client, receiver, within).send(request)
    return exchange, take_keys(exchange, result)


def take_keys(exchange: Exchange, result: LaunchResult) -> LaunchResult | LaunchRefused:
    """What the answer to `keys_request` made of the result: addresses where they were lacking, else checks."""
    if exchange.response is None:
        return no_answer("keys", exchange)
    if not result.endpoints.jwks:
        return parse_openid_configuration(exchange.response, result)
    keys = parse_keys(exchange.response)
    return keys if isinstance(keys, LaunchRefused) else check_result(result, keys, exchange.finished)


async def read_userinfo(
    client: HttpClient, result: LaunchResult, *, receiver: str = "", within: float = REQUEST_LIMIT
) -> tuple[Exchange, LaunchResult | LaunchRefused]:
    """Ask the userinfo endpoint who has signed in."""
    _require(result.endpoints.userinfo, "userinfo")
    exchange = await AppWire(client, receiver, within).send(userinfo_request(result))
    return exchange, _take("userinfo", exchange, lambda response: parse_userinfo(response, result))


async def introspect_token(
    client: HttpClient,
    result: LaunchResult,
    kind: TokenKind = "access_token",
    *,
    receiver: str = "",
    within: float = REQUEST_LIMIT,
) -> tuple[Exchange, Introspection | LaunchRefused]:
    """Ask the site what it knows of a token (RFC 7662)."""
    _require(result.endpoints.introspection, "introspection")
    _require_token(result, kind)
    wire = AppWire(client, receiver, within)
    exchange = await wire.send(introspect_request(result, kind, wire.moment()))
    return exchange, _take("introspection", exchange, lambda response: parse_introspection(response, result))


async def revoke_token(
    client: HttpClient,
    result: LaunchResult,
    kind: TokenKind = "access_token",
    *,
    receiver: str = "",
    within: float = REQUEST_LIMIT,
) -> tuple[Exchange, Revocation | LaunchRefused]:
    """Give a token back (RFC 7009); that of a refresh ends what came of it too, where the site does so."""
    _require(result.endpoints.revocation, "revocation")
    _require_token(result, kind)
    wire = AppWire(client, receiver, within)
    exchange = await wire.send(revoke_request(result, kind, wire.moment()))
    return exchange, _take("revocation", exchange, lambda response: parse_revocation(response, kind))


def _take(
    stage: Stage, exchange: Exchange, parse: Callable[[Response], Taken | LaunchRefused]
) -> Taken | LaunchRefused:
    """What the answer says, without secrets; a refusal where none came."""
    if exchange.response is None:
        return no_answer(stage, exchange)
    return quiet(parse(exchange.response), exchange)


def _require(address: str, what: str) -> None:
    if not address:
        raise WorkbenchError(
            f"The site names no {what} endpoint.", hint="Look at its smart-configuration: it may have none."
        )


def _require_token(result: LaunchResult, kind: TokenKind) -> None:
    if kind == "refresh_token" and not result.refresh_token:
        raise WorkbenchError("The site gave no refresh token with this launch.")
