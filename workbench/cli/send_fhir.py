"""One FHIR request sent, with its token and headers, and what came back of it."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workbench.cli.http_options import add_trust_options, read_trust, read_variable
from workbench.cli.printing import print_whole
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.exchange import Exchange


def add_fhir_options(parser: ArgumentParser) -> None:
    parser.add_argument("method", metavar="METHOD", type=method, help="GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS")
    parser.add_argument("url", metavar="URL", type=web_address)
    parser.add_argument("--body", metavar="FILE", help="file of the body; - reads standard input")
    parser.add_argument("--header", action="append", default=[], type=header, metavar="NAME:VALUE")
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token", help="access token, sent as a bearer token; others on this machine may see it")
    token.add_argument("--token-env", metavar="NAME", help="environment variable that holds the access token")
    add_trust_options(parser)
    parser.set_defaults(run=send_fhir)


def web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return text
    except ValueError:
        pass
    raise ArgumentTypeError(f"“{text}” is not an address such as http://127.0.0.1:8080/fhir/r4/Patient/1")


def method(text: str) -> str:
    known = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    if text.upper() not in known:
        raise ArgumentTypeError(f"“{text}” is not one of {', '.join(known)}")
    return text.upper()


def header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise ArgumentTypeError(f'“{text}” is not a header such as If-Match: W/"1"')
    return name.strip(), value.strip()


def send_fhir(arguments: Namespace) -> int:
    import asyncio

    exchange = asyncio.run(_request(arguments))
    response = exchange.response
    accepted = response is not None and response.status is not None and response.status < 400
    if arguments.json:
        _print_json(_fhir_result(exchange, accepted))
        return 0 if accepted else 1
    if response is None:
        print(f"fail: {exchange.failure.reason if exchange.failure else 'No answer came.'}")
        return 1
    print(f"{'pass' if accepted else 'fail'}: {response.status} in {exchange.duration * 1000:.0f} ms")
    for name in ("Location", "ETag", "WWW-Authenticate"):
        if value := response.header(name):
            print(f"{name}: {value}")
    if response.body:
        from workbench.narration import decode_body

        print(decode_body(response.body, response.header("Content-Type"), limit=5_000_000).text)
    return 0 if accepted else 1


async def _request(arguments: Namespace) -> Exchange:
    from workbench.cli.send_options import read_input
    from workbench.exchange import Request
    from workbench.transports.http_client import HttpClient

    given = tuple(arguments.header)
    body = read_input(arguments.body) if arguments.body else b""
    defaults = {"Accept": "application/fhir+json"}
    if arguments.body:
        defaults["Content-Type"] = "application/fhir+json"
    if token := _token(arguments):
        defaults["Authorization"] = f"Bearer {token}"
    named = {name.lower() for name, _ in given}
    headers = (*((name, value) for name, value in defaults.items() if name.lower() not in named), *given)
    async with HttpClient(trust=read_trust(arguments)) as client:
        return await client.send(Request(arguments.method, arguments.url, headers, body), within=arguments.within)


def _token(arguments: Namespace) -> str:
    return read_variable(arguments.token_env, "token") or arguments.token or ""


def _fhir_result(exchange: Exchange, accepted: bool) -> dict[str, Any]:
    from workbench.fhir.resource import issues_of, parse_json

    response, body = exchange.response, None
    if response is not None and response.body:
        try:
            body = parse_json(response.body)
        except WorkbenchError:
            body = _text_of(response.body)
    keys = ("severity", "code", "message", "path")
    issues = issues_of(body) if isinstance(body, dict) else ()
    return {
        "method": exchange.request.method,
        "url": exchange.request.address,
        "accepted": accepted,
        "duration": round(exchange.duration, 6),
        "status": response.status if response else None,
        "headers": [list(pair) for pair in response.headers] if response else [],
        "body": body,
        "issues": [{key: getattr(issue, key) for key in keys} for issue in issues],
        "failure": asdict(exchange.failure) if exchange.failure else None,
    }


def _print_json(value: dict[str, Any]) -> None:
    from workbench.fhir.resource import to_json

    print_whole(to_json(value, indent=2) + "\n")


def _text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace")
