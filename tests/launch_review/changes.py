"""Changes to one thing in a recorded row, so that one requirement is not kept any more."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tests.launch_review.world import Row, tried_row
from workbench.exchange import Exchange, Failure, Headers, Response
from workbench.launch_review.attribution import tell_story
from workbench.launch_review.reading import Kind, Reading, first

Edit = Callable[[Exchange], Exchange]
Where = Callable[[Reading], bool]
Change = Callable[[Row], Row]


def at(kind: Kind, grant_type: str = "", **members: Any) -> Where:
    """Exchanges of a kind; `status`, `method` and `path` narrow them further."""

    def fits(reading: Reading) -> bool:
        return (
            reading.kind == kind
            and (not grant_type or first(reading.form, "grant_type") == grant_type)
            and members.get("status") in (None, reading.status)
            and members.get("method") in (None, reading.method)
            and members.get("path", "") in reading.address.path
        )

    return fits


CODE = at("token", "authorization_code", status=200)
REFRESH = at("token", "refresh_token", status=200)
BACKEND = at("token", "client_credentials", status=200)
ASKED = at("authorize", method="POST")
PLAIN_ASKED = at("authorize", method="GET")
SENT_BACK: Where = lambda r: 300 <= r.status < 400 and "code=" in r.response_header("location")  # noqa: E731
OPENED: Where = lambda r: 300 <= r.status < 400 and "launch=" in r.response_header("location")  # noqa: E731
FHIR = at("fhir", status=200)
PAGE = at("page", path="/consent", method="GET")
REVOKED = at("revocation", status=200)
USER = at("user-info")


def change(where: Where, *edits: Edit, every: bool = False, skip: int = 0) -> Change:
    """Edit the first exchange that fits, the one after `skip` of them, or every one."""

    def apply(row: Row) -> Row:
        exchanges, facts = row
        found = [reading.index for reading in tell_story(exchanges, facts).readings if where(reading)]
        assert len(found) > skip, "no exchange of the row fits"
        chosen = found if every else found[skip : skip + 1]
        edited = [_edit(each, edits) if index in chosen else each for index, each in enumerate(exchanges)]
        return tuple(edited), facts

    return apply


def both(*changes: Change) -> Change:
    def apply(row: Row) -> Row:
        for each in changes:
            row = each(row)
        return row

    return apply


def again(where: Where, *edits: Edit, later: float = 1.0, skip: int = 0) -> Change:
    """Add an exchange once more behind the last, edited."""

    def apply(row: Row) -> Row:
        exchanges, facts = row
        found = [reading.index for reading in tell_story(exchanges, facts).readings if where(reading)]
        copied = _edit(exchanges[found[skip]], edits)
        when = max(each.finished for each in exchanges) + timedelta(seconds=later)
        return (*exchanges, replace(copied, started=when, id=f"{copied.id}-again")), facts

    return apply


def given(name: str) -> Change:
    """A row that was tried and refused, as the row to change."""
    return lambda _: tried_row(name)


def drop(where: Where) -> Change:
    def apply(row: Row) -> Row:
        exchanges, facts = row
        found = {reading.index for reading in tell_story(exchanges, facts).readings if where(reading)}
        assert found, "no exchange of the row fits"
        return tuple(each for index, each in enumerate(exchanges) if index not in found), facts

    return apply


def know(**facts: Any) -> Change:
    return lambda row: (row[0], replace(row[1], **facts))


def _edit(exchange: Exchange, edits: tuple[Edit, ...]) -> Exchange:
    for edit in edits:
        exchange = edit(exchange)
    return exchange


def ask(**parameters: str | None) -> Edit:
    """Set parameters of the request, in its form or its query; None takes one away."""

    def edit(exchange: Exchange) -> Exchange:
        request = exchange.request
        if request.body:
            body = urlencode(_set(request.body.decode(), parameters)).encode()
            return replace(exchange, request=replace(request, body=body))
        return replace(exchange, request=replace(request, address=_set_query(request.address, parameters)))

    return edit


def address(**parameters: str | None) -> Edit:
    """Set parameters in the address, whatever the method is."""

    def edit(exchange: Exchange) -> Exchange:
        return replace(
            exchange, request=replace(exchange.request, address=_set_query(exchange.request.address, parameters))
        )

    return edit


def go_to(origin: str, path: str | None = None) -> Edit:
    """Send the request to another origin."""

    def edit(exchange: Exchange) -> Exchange:
        parts, other = urlsplit(exchange.request.address), urlsplit(origin)
        where = urlunsplit((other.scheme, other.netloc, parts.path if path is None else path, parts.query, ""))
        return replace(exchange, request=replace(exchange.request, address=where))

    return edit


def method(name: str) -> Edit:
    return lambda exchange: replace(exchange, request=replace(exchange.request, method=name))


def body(data: bytes) -> Edit:
    return lambda exchange: replace(exchange, request=replace(exchange.request, body=data))


def say(name: str, value: str | None) -> Edit:
    """Set a header of the request."""
    return lambda exchange: replace(
        exchange, request=replace(exchange.request, headers=_set_header(exchange.request.headers, name, value))
    )


def answer(**members: Any) -> Edit:
    """Set members of the JSON answer; None takes one away."""

    def edit(exchange: Exchange) -> Exchange:
        response = _response_of(exchange)
        value = json.loads(response.body) | members
        kept = {name: member for name, member in value.items() if member is not None}
        return replace(exchange, response=replace(response, body=json.dumps(kept).encode()))

    return edit


def answer_body(data: bytes) -> Edit:
    return lambda exchange: replace(exchange, response=replace(_response_of(exchange), body=data))


def status(number: int) -> Edit:
    return lambda exchange: replace(exchange, response=replace(_response_of(exchange), status=number))


def header(name: str, value: str | None) -> Edit:
    """Set a header of the response."""

    def edit(exchange: Exchange) -> Exchange:
        response = _response_of(exchange)
        return replace(exchange, response=replace(response, headers=_set_header(response.headers, name, value)))

    return edit


def sends_back(**parameters: str | None) -> Edit:
    """Set parameters of the redirect."""

    def edit(exchange: Exchange) -> Exchange:
        location = _response_of(exchange).header("location")
        return header("location", _set_query(location, parameters))(exchange)

    return edit


def read_another(exchange: Exchange) -> Exchange:
    address = exchange.request.address.replace("amara-okafor", "grace-nguyen")
    return replace(exchange, request=replace(exchange.request, address=address))


def name_twice(exchange: Exchange) -> Exchange:
    request = exchange.request
    if request.body:
        return replace(exchange, request=replace(request, body=request.body + b"&client_id=workbench"))
    return replace(exchange, request=replace(request, address=f"{request.address}&client_id=workbench"))


def unanswered(exchange: Exchange) -> Exchange:
    return replace(exchange, response=None, failure=Failure("closed", "The connection was closed."))


def later(seconds: float) -> Edit:
    return lambda exchange: replace(exchange, started=exchange.started + timedelta(seconds=seconds))


def id_token(jwt_header: dict[str, Any] | None = None, **claims: Any) -> Edit:
    """Set claims of the id token in the answer; its signature stays what it was."""

    def edit(exchange: Exchange) -> Exchange:
        token = json.loads(_response_of(exchange).body)["id_token"]
        return answer(id_token=_recode(token, jwt_header or {}, claims))(exchange)

    return edit


def assertion(jwt_header: dict[str, Any] | None = None, **claims: Any) -> Edit:
    def edit(exchange: Exchange) -> Exchange:
        token = dict(parse_qsl(exchange.request.body.decode()))["client_assertion"]
        return ask(client_assertion=_recode(token, jwt_header or {}, claims))(exchange)

    return edit


def _recode(token: str, jwt_header: dict[str, Any], claims: dict[str, Any]) -> str:
    parts = token.split(".")
    for index, members in enumerate((jwt_header, claims)):
        if members:
            text = parts[index] + "=" * (-len(parts[index]) % 4)
            value = json.loads(base64.urlsafe_b64decode(text)) | members
            kept = {name: member for name, member in value.items() if member is not None}
            parts[index] = base64.urlsafe_b64encode(json.dumps(kept).encode()).rstrip(b"=").decode()
    return ".".join(parts)


def _response_of(exchange: Exchange) -> Response:
    assert exchange.response is not None
    return exchange.response


def _set(query: str, parameters: dict[str, str | None]) -> list[tuple[str, str]]:
    pairs = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in parameters]
    return [*pairs, *((name, value) for name, value in parameters.items() if value is not None)]


def _set_query(text: str, parameters: dict[str, str | None]) -> str:
    parts = urlsplit(text)
    return urlunsplit(parts._replace(query=urlencode(_set(parts.query, parameters))))


def _set_header(headers: Headers, name: str, value: str | None) -> Headers:
    kept = tuple((key, old) for key, old in headers if key.lower() != name.lower())
    return kept if value is None else (*kept, (name, value))
