"""Document files: what a file, an exchange or bytes open as in the Compose panel, a message or a FHIR request."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from ui.models.body import parse_json_gently
from ui.models.request_text import (
    FHIR_JSON,
    FHIR_NDJSON,
    RequestText,
    looks_like_request,
    parse_request_text,
    request_for_resource,
    request_of_exchange,
)
from ui.models.wire_text import WireText, read_wire_text
from ui.models.xml_lines import identify_xml, looks_like_xml_resource, to_xml_lines
from workbench.exchange import Exchange
from workbench.source.text_form import is_ndjson
from workbench.workspace.atomic import read_stamp
from workbench.workspace.comparison_side import read_bytes, recognise_notation


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A message where `request` is None; `body` is the text to show of it, or of a request's body."""

    name: str
    data: bytes
    request: RequestText | None = None
    body: WireText | None = None
    body_only: bool = False
    path: Path | None = None
    stamp: str = ""


def open_file(path: Path, *, keep_path: bool = True) -> OpenedDocument:
    """Read a file as what it holds; `WorkbenchError` where it cannot be. A shipped file is opened without its path."""
    opened = open_bytes(read_bytes(path), path.name)
    return replace(opened, path=path, stamp=read_stamp(path)) if keep_path else replace(opened, name=path.stem)


def open_bytes(data: bytes, name: str) -> OpenedDocument:
    """A FHIR request where `data` is one, or a resource; else a message, whatever it holds."""
    if recognise_notation(data) == "json":
        if is_ndjson(BytesIO(data)):
            request = RequestText("POST", "", (("Accept", FHIR_JSON), ("Content-Type", FHIR_NDJSON)), data)
            return OpenedDocument(name, data, request, read_wire_text(data, line_end="\n"), body_only=True)
        request = request_for_resource(data, *_identify(data))
        return OpenedDocument(name, data, request, _read_body(data), body_only=True)
    if looks_like_xml_resource(data):
        request = request_for_resource(data, *identify_xml(data))
        return OpenedDocument(name, data, request, _read_xml_body(data), body_only=True)
    if looks_like_request(data):
        request = parse_request_text(data)
        return OpenedDocument(name, data, request, _read_body(request.body))
    message = data.removeprefix(b"\x0b").removesuffix(b"\x1c\r")
    return OpenedDocument(name, message, body=read_wire_text(message, line_end="\r"))


def open_exchange(exchange: Exchange, fhir_bases: tuple[str, ...] = ()) -> OpenedDocument:
    """The request of an exchange, to change and send again."""
    if exchange.protocol == "mllp":
        return open_bytes(exchange.request.body, f"To {exchange.receiver}")
    request = request_of_exchange(exchange, fhir_bases)
    name = f"{request.method} {request.address.split('?')[0].rsplit('/', 2)[-1] or 'request'}"
    return OpenedDocument(name, request.body, request, _read_body(request.body))


def holds_resource(data: bytes) -> bool:
    """Tell whether `data` looks like a resource, by its start alone."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return (start[:1] == b"{" and b'"resourceType"' in start) or looks_like_xml_resource(data)


def resource_of_exchange(exchange: Exchange) -> tuple[str, bytes] | None:
    """The resource that came back, or else the one that was sent, with a name for it; None where neither is one."""
    answer = exchange.response.body if exchange.response is not None else b""
    for word, who, data in (("From", exchange.receiver, answer), ("To", exchange.receiver, exchange.request.body)):
        if exchange.protocol == "http" and holds_resource(data):
            return f"{word} {who or 'somebody'}", data
    return None


def _identify(data: bytes) -> tuple[str, str]:
    """The type and id of a resource, as far as they can be read."""
    try:
        value = parse_json_gently(data.decode("utf-8", "replace"))
    except (json.JSONDecodeError, RecursionError):
        return "", ""
    if not isinstance(value, dict):
        return "", ""
    type_name, resource_id = value.get("resourceType"), value.get("id")
    return (
        type_name if isinstance(type_name, str) else "",
        resource_id if isinstance(resource_id, str) else "",
    )


def _read_body(data: bytes) -> WireText:
    """The body's text; JSON in very long lines is shown indented, and its own bytes are kept."""
    wire = read_wire_text(data, line_end="\n")
    if max(map(len, wire.shown.split("\n")), default=0) <= 2_000:
        return wire
    try:
        return replace(wire, shown=to_json_gently(parse_json_gently(wire.shown)), reformatted=True)
    except (ValueError, RecursionError):
        return wire


def _read_xml_body(data: bytes) -> WireText:
    """XML in very long lines is shown with an element a line, and its own bytes are kept."""
    wire = read_wire_text(data, line_end="\n")
    if max(map(len, wire.shown.split("\n")), default=0) <= 2_000:
        return wire
    return replace(wire, shown=to_xml_lines(wire.shown), reformatted=True)


def to_json_gently(value: object, indent: str = "") -> str:
    """Indented JSON, made in pieces, so that the window gets its turn in between."""
    from workbench.fhir.resource import to_json

    inner = f"{indent}  "
    if len(indent) < 6 and isinstance(value, dict) and value:
        rows = (f"{inner}{to_json(key)}: {to_json_gently(each, inner)}" for key, each in value.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if len(indent) < 6 and isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"{inner}{to_json_gently(each, inner)}" for each in value) + f"\n{indent}]"
    return to_json(value, indent=2).replace("\n", f"\n{indent}")
