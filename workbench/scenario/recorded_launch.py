"""Recorded launches: a row of SMART exchanges as the one launch step that repeats them, and the tokens that it gave."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request
from workbench.scenario.scenario import Check, Launch
from workbench.smart.client_methods import ClientAuthentication
from workbench.smart.tokens import decode_token

_USER_FIELDS = ("user", "username", "login")


@dataclass(frozen=True, slots=True)
class RecordedLaunch:
    """One launch as it was seen; `tokens` are the access tokens that later requests may carry."""

    step: Launch
    tokens: frozenset[str] = field(default=frozenset(), repr=False)
    exchange_ids: frozenset[str] = frozenset()


def find_access_token(exchange: Exchange) -> str:
    """The access token that a token endpoint gave in this exchange; empty where it gave none."""
    token = json_of(exchange).get("access_token")
    return token if isinstance(token, str) else ""


def is_refresh(exchange: Exchange) -> bool:
    return form_of(exchange.request).get("grant_type") == ["refresh_token"]


def make_launch(exchanges: Sequence[Exchange], name: str) -> RecordedLaunch | None:
    """The launch that `exchanges` end with a token; None where there is no request for an authorization among them."""
    forms = [form_of(exchange.request) for exchange in exchanges]
    if forms[-1].get("grant_type") == ["client_credentials"]:
        return _make_backend_launch(exchanges, forms[-1], name)
    asked = [query for query in map(_query_of, exchanges) if "response_type" in query and "scope" in query]
    if not asked:
        return None
    answer = json_of(exchanges[-1])
    is_ehr = "launch" in asked[-1]
    scope = asked[-1]["scope"][0]
    context = {key: value for key in ("patient", "encounter") if isinstance(value := answer.get(key), str) and value}
    step = Launch(
        name="EHR launch" if is_ehr else "Standalone launch",
        kind="ehr" if is_ehr else "standalone",
        scope=scope,
        user=_last(forms, _USER_FIELDS),
        patient=_last(forms, ("patient",)) or context.get("patient", ""),
        encounter=(_last(forms, ("encounter",)) or context.get("encounter", "")) if is_ehr else "",
        grant=_granted_by_user(forms, scope),
        saves_as=name,
        checks=make_checks(context, answer.get("scope")),
    )
    return RecordedLaunch(step, frozenset({find_access_token(exchanges[-1])}), frozenset(e.id for e in exchanges))


def _make_backend_launch(exchanges: Sequence[Exchange], form: dict[str, list[str]], name: str) -> RecordedLaunch:
    """The launch of a backend service; how it showed that it is itself is known by the form and the header."""
    last = exchanges[-1]
    assertion = next(iter(form.get("client_assertion", ())), "")
    way: ClientAuthentication = "private_key_jwt" if assertion else "client_secret_basic"
    way = "client_secret_post" if form.get("client_secret") else way
    step = Launch(
        name="Backend launch",
        kind="backend",
        client_id=_service_of(form, assertion, last.request.header("authorization")),
        authentication="" if way == "private_key_jwt" else way,
        scope=next(iter(form.get("scope", ())), ""),
        saves_as=name,
        checks=make_checks({}, json_of(last).get("scope")),
    )
    return RecordedLaunch(step, frozenset({find_access_token(last)}), frozenset(e.id for e in exchanges))


def _service_of(form: dict[str, list[str]], assertion: str, authorization: str) -> str:
    """The client id of a backend service, wherever it stands."""
    if form.get("client_id"):
        return form["client_id"][0]
    try:
        if assertion:
            return str(decode_token(assertion)[1].get("sub", ""))
        return unquote_plus(base64.b64decode(authorization.partition(" ")[2]).decode().partition(":")[0])
    except (WorkbenchError, ValueError):
        return ""


def make_checks(context: dict[str, str], granted: Any) -> tuple[Check, ...]:
    """Checks that a launch gives the context and the scopes that it gave when it was recorded."""
    checks = [Check("launch", key, "equals", value) for key, value in context.items()]
    scopes = [scope for scope in granted.split() if "$" not in scope] if isinstance(granted, str) else []
    if scopes:
        checks.append(Check("granted", "", "contains", " ".join(scopes)))
    return tuple(checks)


def _granted_by_user(forms: Sequence[dict[str, list[str]]], asked: str) -> str:
    """The scopes left ticked on the consent page, where they are fewer than those asked for."""
    ticked = next((form["scope"] for form in reversed(forms) if "scope" in form and "decision" in form), None)
    if not ticked:
        return ""
    scopes = [scope for value in ticked for scope in value.split()]
    return " ".join(scopes) if set(scopes) < set(asked.split()) else ""


def _last(forms: Sequence[dict[str, list[str]]], names: Sequence[str]) -> str:
    values = [value for form in forms for name in names for value in form.get(name, ()) if value]
    return values[-1] if values else ""


def _query_of(exchange: Exchange) -> dict[str, list[str]]:
    try:
        return _collect(urlsplit(exchange.request.address).query)
    except ValueError:
        return {}


def form_of(request: Request) -> dict[str, list[str]]:
    if "form-urlencoded" not in request.header("content-type").lower():
        return {}
    return _collect(request.body.decode("utf-8", "replace"))


def _collect(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True)
    except ValueError:
        return {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def json_of(exchange: Exchange) -> dict[str, Any]:
    body = exchange.response.body if exchange.response else b""
    if body.lstrip()[:1] != b"{" or len(body) > 200_000:
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
