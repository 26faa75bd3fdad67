"""Narration: one line of words for an exchange, and what is in its bodies, whatever the bytes are."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Headers, Request, Response
from workbench.fhir.resource import issues_of, parse_json, to_json
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.smart.secrets import MASK, SecretMask, find_secrets, mask_address

Kind = Literal["fhir", "smart", "hl7v2", "http"]
BodyKind = Literal["empty", "json", "hl7v2", "form", "text", "binary"]
LONGEST_LINE = 160
# What is looked at for one line of words; a table has many, and its window must not wait for any.
_GLANCE = 64_000
_TYPE = re.compile(r"[A-Z][a-z][A-Za-z]{1,40}\Z")
_OPERATION = re.compile(r"(metadata|_history|_search|\$[a-z][a-z-]*)\Z")
_SMART_PATH = re.compile(
    r"/(\.well-known/(smart|openid)-configuration|auth/[^?]*|oauth2?/[^?]*|ehr(/[^?]*)?|authorize|token|jwks(\.json)?)\Z"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Line:
    """An exchange in one line: what was asked, what came of it, and whether that is well."""

    what: str
    result: str
    verdict: Literal["pass", "fail", "error", "skip"]


@dataclass(frozen=True, slots=True)
class DecodedBody:
    """A body as people read it; `cut` where there is more than `text` shows."""

    kind: BodyKind
    words: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class DecodedView:
    """Both bodies of an exchange; `response` is None where none came."""

    request: DecodedBody
    response: DecodedBody | None


def kind_of(exchange: Exchange) -> Kind:
    """What the exchange speaks, as far as it shows."""
    if exchange.protocol == "mllp":
        return "hl7v2"
    request = exchange.request
    parts = _split_address(request.address)
    names = {name for name, _ in _pairs(parts.query)}
    if _SMART_PATH.search(parts.path) or "response_type" in names or {"launch", "iss"} <= names:
        return "smart"
    if {"code", "state"} <= names or {"error", "state"} <= names:
        return "smart"
    form = "form-urlencoded" in request.header("content-type").lower()
    if form and b"grant_type=" in request.body[:_GLANCE]:
        return "smart"
    types = [request.header("accept"), request.header("content-type")]
    types += [exchange.response.header("content-type")] if exchange.response else []
    if any("fhir" in value.lower() for value in types) or _find_fhir_path(parts.path):
        return "fhir"
    return "http"


def describe_exchange(exchange: Exchange) -> Line:
    """One line of words; never raises, and holds no secret that stands in an address."""
    line = _describe_message(exchange) if exchange.protocol == "mllp" else _describe_request(exchange)
    result = f"{line.result} · {exchange.note}" if exchange.note else line.result
    return Line(_shorten(line.what), _shorten(result), line.verdict)


def decode_body(body: bytes, content_type: str = "", *, limit: int = 200_000) -> DecodedBody:
    """A body as people read it, JSON indented, its first `limit` characters."""
    if not body:
        return DecodedBody("empty", "No body", "")
    if b"MSH" in body[:200] and (message := _try(parse_message, body)) is not None:
        words = " ".join(part for part in (message.type_name, message.version and f"HL7 v{message.version}") if part)
        text = re.sub(r"\r\n?", "\n", message.text[: limit + 1])
        return DecodedBody("hl7v2", words or "HL7 v2", text[:limit], len(message.text) > limit)
    if "form-urlencoded" in content_type.lower():
        pairs = _pairs(body[:limit].decode("utf-8", "replace"))
        text = "\n".join(f"{name} = {value}" for name, value in pairs)
        return DecodedBody("form", f"{len(pairs)} form fields", text, len(body) > limit)
    if body.lstrip()[:1] in (b"{", b"[") and (value := _try(parse_json, body)) is not None:
        text = to_json(value, indent=2)
        return DecodedBody("json", _name_resource(value), text[:limit], len(text) > limit)
    text = body[: limit * 4].decode("utf-8", "replace")
    if "\x00" in text[:2000] or text[:2000].count("�") > 20:
        return DecodedBody("binary", f"{len(body):,} bytes that are no text", body[:4096].hex(" "), len(body) > 4096)
    return DecodedBody("text", f"{len(body):,} bytes of text", text[:limit], len(text) > limit)


def decoded_view(exchange: Exchange, *, reveal: bool = True, limit: int = 200_000) -> DecodedView:
    """Both bodies as people read them; with `reveal` off, secrets are masked."""
    if not reveal:
        exchange = SecretMask(find_secrets(exchange)).mask_exchange(exchange)
    request, response = exchange.request, exchange.response
    answered = None
    if response is not None:
        answered = decode_body(response.body, response.header("content-type"), limit=limit)
    return DecodedView(decode_body(request.body, request.header("content-type"), limit=limit), answered)


def to_curl(exchange: Exchange, *, reveal: bool = False) -> str:
    """The request as a curl command for a POSIX shell; secrets are masked unless `reveal`.

    An HL7 v2 message becomes a pipe of printf to nc, framed for MLLP.
    """
    if not reveal:
        exchange = SecretMask(find_secrets(exchange)).mask_exchange(exchange)
    request = exchange.request
    if exchange.protocol == "mllp":
        parts = _split_address(request.address)
        framed = "".join(_to_printf(byte) for byte in b"\x0b" + request.body + b"\x1c\r")
        return f"printf '{framed}' | nc {shlex.quote(parts.hostname or '')} {_port_of(parts)}"
    lines = [f"curl -X {shlex.quote(request.method)} {shlex.quote(request.address)}"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in _sent_headers(request.headers)]
    if request.body:
        lines.append(f"--data-binary {_quote_body(request.body)}")
    return " \\\n  ".join(lines)


def _describe_message(exchange: Exchange) -> Line:
    header = re.split(rb"[\r\n]", exchange.request.body[:_GLANCE].lstrip(), maxsplit=1)[0]
    message = _try(parse_message, header)
    unread = "A message without a readable header" if exchange.request.body else "A connection without a message"
    what = (message.type_name if message else "") or unread
    if exchange.failure is not None:
        return Line(what, exchange.failure.reason, _failed(exchange))
    response = exchange.response
    if response is None:
        return Line(what, "no answer" if exchange.note else "no answer wanted", "skip")
    acknowledgment = _try(parse_acknowledgment, response.body[:_GLANCE])
    if acknowledgment is None:
        return Line(what, "An answer that acknowledges nothing", "fail")
    if acknowledgment.is_positive:
        return Line(what, acknowledgment.code, "pass")
    return Line(what, _plain(acknowledgment.reason), "fail")


def _describe_request(exchange: Exchange) -> Line:
    request, response = exchange.request, exchange.response
    what = f"{request.method} {_tell_address(request)}"
    if exchange.failure is not None:
        return Line(what, exchange.failure.reason, _failed(exchange))
    if response is None or response.status is None:
        return Line(what, "no answer", "skip")
    if response.status < 400:
        return Line(what, str(response.status), "pass")
    return Line(what, _plain(f"{response.status} {_reason_of(response)}"), "fail")


def _failed(exchange: Exchange) -> Literal["fail", "skip"]:
    return "skip" if exchange.failure and exchange.failure.kind == "cancelled" else "fail"


def _tell_address(request: Request) -> str:
    """The address below the FHIR base, or its last part where it has none, with its query."""
    parts = _split_address(mask_address(request.address))
    path: str = _find_fhir_path(parts.path) or parts.path.rpartition("/.well-known/")[2].lstrip("/") or "/"
    what = unquote(f"{path}?{parts.query}" if parts.query else path, errors="replace")
    if "form-urlencoded" in request.header("content-type").lower():
        grant = next((value for name, value in _pairs_of(request.body) if name == "grant_type"), "")
        return _plain(f"{what} ({grant})" if grant else what)
    if request.method == "POST" and path == "/" and b'"Bundle"' in request.body[:_GLANCE]:
        kind = re.search(rb'"type"\s*:\s*"(batch|transaction)"', request.body[:_GLANCE])
        return f"Bundle ({kind[1].decode()})" if kind else "Bundle"
    return _plain(what)


def _find_fhir_path(path: str) -> str:
    """`Patient/1` of `/fhir/r4/Patient/1`; empty where no part of the path is of FHIR."""
    names = [name for name in path.split("/") if name]
    for at, name in enumerate(names):
        if _TYPE.match(name) or _OPERATION.match(name):
            return "/".join(names[at:])
    return ""


def _reason_of(response: Response) -> str:
    """What a refusal gives as its reason, else the name of its status."""
    body = response.body if len(response.body) <= _GLANCE else b""
    value = _try(parse_json, body) if body.lstrip()[:1] == b"{" else None
    if isinstance(value, dict):
        issues = _try(issues_of, value) or ()
        texts = [issue.message for issue in issues if issue.message]
        texts += [item for key in ("error_description", "error") if isinstance(item := value.get(key), str)]
        if texts:
            return str(texts[0])
    try:
        return HTTPStatus(response.status or 0).phrase
    except ValueError:
        return ""


def _name_resource(value: Any) -> str:
    if not isinstance(value, dict):
        return "JSON"
    kind, identity = value.get("resourceType"), value.get("id")
    if not isinstance(kind, str):
        return "JSON"
    entries = value.get("entry")
    if kind == "Bundle" and isinstance(entries, list):
        return f"Bundle, {value.get('type') or 'without type'}, {len(entries)} entries"
    return f"{kind}/{identity}" if isinstance(identity, str) else kind


def _try(read: Any, value: Any) -> Any:
    """What `read` makes of `value`, or None where it cannot be read or is not what it seems."""
    try:
        return read(value)
    except (WorkbenchError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None


class _NoAddress:
    path = query = fragment = ""
    hostname = port = None


def _split_address(address: str) -> Any:
    """The parts of an address; all empty where it is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return _NoAddress()


def _port_of(parts: Any) -> str:
    try:
        return str(parts.port or "")
    except ValueError:
        return ""


def _pairs(query: str) -> Sequence[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True)
    except ValueError:
        return ()


def _pairs_of(body: bytes) -> Sequence[tuple[str, str]]:
    return _pairs(body[:_GLANCE].decode("utf-8", "replace"))


def _plain(text: str) -> str:
    return " ".join(_CONTROL.sub("�", text).split())


def _shorten(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1].rstrip() + "…"


def _sent_headers(headers: Headers) -> Headers:
    """The headers that curl does not write of itself."""
    own = {"host", "content-length", "connection", "accept-encoding", "user-agent"}
    return tuple((name, value) for name, value in headers if name.lower() not in own)


def _quote_body(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and not _CONTROL.search(text):
        return shlex.quote(text)
    return "$'" + "".join(_to_printf(byte) for byte in body).replace("%%", "%") + "'"


def _to_printf(byte: int) -> str:
    if byte == 0x25:
        return "%%"
    return chr(byte) if 0x20 <= byte < 0x7F and byte not in (0x27, 0x5C) else f"\\{byte:03o}"


__all__ = [
    "MASK",
    "DecodedBody",
    "DecodedView",
    "Kind",
    "Line",
    "decode_body",
    "decoded_view",
    "describe_exchange",
    "kind_of",
    "to_curl",
]
