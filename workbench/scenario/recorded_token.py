"""Recorded token requests: a refresh, an introspection or a revocation as the step that does it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from workbench.exchange import Exchange
from workbench.scenario.recorded_launch import find_access_token, form_of, is_refresh, json_of, make_checks
from workbench.scenario.scenario import Check, TokenRequest
from workbench.scenario.titles import title_of


def make_token_request(exchange: Exchange, tokens: Mapping[str, str]) -> TokenRequest | None:
    """The step of an exchange that is about one of the `tokens`, by the names of their launches; None where it is not.

    A refresh is about the latest of them, since the refresh token itself was not kept.
    """
    form, answer = form_of(exchange.request), json_of(exchange)
    latest = next(reversed(tuple(tokens.values())), "")
    if is_refresh(exchange):
        return _name(_make_refresh(form, answer, latest)) if latest and find_access_token(exchange) else None
    name = tokens.get(next(iter(form.get("token", ())), ""), "")
    status = exchange.response.status if exchange.response else None
    if not name or "grant_type" in form or status != 200:
        return None
    if isinstance(answer.get("active"), bool):
        active = "true" if answer["active"] else "false"
        checks = (Check("token", "active", "equals", active),)
        return _name(TokenRequest("", kind="introspect", launch=name, checks=checks))
    return _name(TokenRequest("", kind="revoke", launch=name))


def _make_refresh(form: dict[str, list[str]], answer: dict[str, Any], launch: str) -> TokenRequest:
    asked = next(iter(form.get("scope", ())), "")
    return TokenRequest("", kind="refresh", launch=launch, scope=asked, checks=make_checks({}, answer.get("scope")))


def _name(step: TokenRequest) -> TokenRequest:
    return replace(step, name=title_of(step))
