"""Command `send`: HL7 v2 messages or one FHIR request, and what came back."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from workbench.cli.mllp_options import add_tls_options, mllp_address, read_tls
from workbench.cli.printing import print_whole
from workbench.cli.send_options import add_options, is_many
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.exchange import Exchange
    from workbench.hl7v2.acknowledgment import Acknowledgment


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("send", help="send one HL7 v2 message or one FHIR request")
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True)
    hl7 = kinds.add_parser("hl7", help="send the HL7 v2 messages in files, folders and logs by MLLP, byte for byte")
    hl7.add_argument("files", nargs="+", metavar="FILE", help="file, batch, log or folder; - reads standard input")
    hl7.add_argument("--to", required=True, type=mllp_address, metavar="mllp://HOST:PORT", help="or mllps:// for TLS")
    add_options(hl7)
    add_tls_options(hl7)
    hl7.set_defaults(run=send_hl7)
    fhir = kinds.add_parser("fhir", help="send one FHIR request")
    fhir.add_argument("method", metavar="METHOD", type=method, help="GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS")
    fhir.add_argument("url", metavar="URL", type=web_address)
    fhir.add_argument("--body", metavar="FILE", help="file of the body; - reads standard input")
    fhir.add_argument("--header", action="append", default=[], type=header, metavar="NAME:VALUE")
    token = fhir.add_mutually_exclusive_group()
    token.add_argument("--token", help="access token, sent as a bearer token; others on this machine may see it")
    token.add_argument("--token-env", metavar="NAME", help="environment variable that holds the access token")
    fhir.set_defaults(run=send_fhir)
    for each in (hl7, fhir):
        _add_common(each)


def _add_common(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--within", type=seconds, default=30.0, metavar="SECONDS", help="how long to wait, 30 if not said"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


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


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 86400:
        raise ArgumentTypeError(f"“{text}” is not a time in seconds")
    return value


def send_hl7(arguments: Namespace) -> int:
    import asyncio

    from workbench.cli.send_many import send_many

    name = arguments.files[0]
    if is_many(arguments) or Path(name).is_dir():
        return send_many(arguments, sys.stdin.buffer.read() if "-" in arguments.files else b"")
    payload = _read(name)
    if _holds_several(payload):
        return send_many(arguments, payload)
    *before, exchange = asyncio.run(_ask(arguments, payload))
    acknowledgment, accepted, sentence = judge_answer(exchange)
    if arguments.json:
        print_json(hl7_result(exchange, acknowledgment, accepted))
    else:
        for earlier in before:
            _print_answer(earlier, judge_answer(earlier)[2])
        _print_answer(exchange, sentence)
    if not accepted and b"\n" in payload and b"\r" not in payload:
        note = "The message has LF line ends and was sent as it is; HL7 v2 ends a segment with CR."
        print(f"note: {note}", file=sys.stderr)
    return 0 if accepted else 1


async def _ask(arguments: Namespace, payload: bytes) -> tuple[Exchange, ...]:
    """One exchange, or one for each of the acknowledgments that the message asks for (MSH-15, MSH-16)."""
    from workbench.transports.mllp_client import MllpConnection

    to, tls = arguments.to, read_tls(arguments)
    async with MllpConnection(to.host, to.port, within=arguments.within, tls=tls) as connection:
        return await connection.ask(payload)


def _print_answer(exchange: Exchange, sentence: str) -> None:
    print(sentence)
    if exchange.note:
        print(f"note: {exchange.note}")
    if exchange.response is not None:
        print(_text_of(exchange.response.body).replace("\r", "\n").rstrip())


def _holds_several(payload: bytes) -> bool:
    from workbench.hl7v2.batch import read_pieces
    from workbench.hl7v2.message_log import is_log

    if is_log(payload):
        return True
    found = 0
    readable = False
    for piece in read_pieces(payload):
        found += piece.kind == "message"
        readable = readable or piece.message is not None
        if found > 1 and readable:
            return True
    return False


def judge_answer(exchange: Exchange) -> tuple[Acknowledgment | None, bool, str]:
    """The acknowledgment that came, whether it accepts the message, and the verdict in words."""
    from workbench.hl7v2.acknowledgment import parse_acknowledgment

    if exchange.response is None and exchange.failure is None:
        return None, True, "pass: It asks for no answer to this (MSH-15, MSH-16), and none came."
    acknowledgment, trouble = None, exchange.failure.reason if exchange.failure else "No answer came."
    if exchange.response is not None:
        try:
            acknowledgment = parse_acknowledgment(exchange.response.body)
        except WorkbenchError as error:
            trouble = error.message
    accepted = acknowledgment is not None and acknowledgment.is_positive
    return (
        acknowledgment,
        accepted,
        f"{'pass' if accepted else 'fail'}: {acknowledgment.reason if acknowledgment else trouble}",
    )


def send_fhir(arguments: Namespace) -> int:
    import asyncio

    exchange = asyncio.run(_request(arguments))
    response = exchange.response
    accepted = response is not None and response.status is not None and response.status < 400
    if arguments.json:
        print_json(_fhir_result(exchange, accepted))
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
    from workbench.exchange import Request
    from workbench.transports.http_client import HttpClient

    given = tuple(arguments.header)
    body = _read(arguments.body) if arguments.body else b""
    defaults = {"Accept": "application/fhir+json"}
    if arguments.body:
        defaults["Content-Type"] = "application/fhir+json"
    if token := _token(arguments):
        defaults["Authorization"] = f"Bearer {token}"
    named = {name.lower() for name, _ in given}
    headers = (*((name, value) for name, value in defaults.items() if name.lower() not in named), *given)
    async with HttpClient() as client:
        return await client.send(Request(arguments.method, arguments.url, headers, body), within=arguments.within)


def _token(arguments: Namespace) -> str:
    if not arguments.token_env:
        return arguments.token or ""
    token = os.environ.get(arguments.token_env, "").strip()
    if not token:
        raise WorkbenchError(f"The environment variable {arguments.token_env} holds no token.", hint="Set it first.")
    return token


def acknowledgment_result(body: bytes) -> dict[str, Any] | None:
    """What an answer says, or None where it acknowledges nothing."""
    from workbench.hl7v2.acknowledgment import parse_acknowledgment

    try:
        return _acknowledgment_result(parse_acknowledgment(body))
    except WorkbenchError:
        return None


def hl7_result(exchange: Exchange, acknowledgment: Acknowledgment | None, accepted: bool) -> dict[str, Any]:
    response = exchange.response
    return {
        "to": exchange.request.address,
        "accepted": accepted,
        "duration": round(exchange.duration, 6),
        "acknowledgment": _acknowledgment_result(acknowledgment) if acknowledgment else None,
        "response": _text_of(response.body) if response else None,
        "failure": asdict(exchange.failure) if exchange.failure else None,
    }


def _acknowledgment_result(acknowledgment: Acknowledgment) -> dict[str, Any]:
    keys = ("location", "code", "severity", "text")
    return {
        "code": acknowledgment.code,
        "control_id": acknowledgment.control_id,
        "text": acknowledgment.text,
        "errors": [{key: getattr(error, key) for key in keys} for error in acknowledgment.errors],
    }


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


def print_json(value: dict[str, Any]) -> None:
    from workbench.fhir.resource import to_json

    print_whole(to_json(value, indent=2) + "\n")


def _text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _read(name: str) -> bytes:
    """The bytes of a file as they are; `-` is standard input."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {name}: {error.strerror or error}.") from error
