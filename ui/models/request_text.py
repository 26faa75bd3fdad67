"""Request text: a FHIR request as a text file that a person can write, and the request read from it.

The first line is the method and the address, then a line for each header, an empty line, and the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Headers

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
FHIR_JSON, FHIR_XML = "application/fhir+json", "application/fhir+xml"
FHIR_NDJSON = "application/fhir+ndjson"
_OF_RESOURCES = (
    FHIR_JSON,
    FHIR_XML,
    FHIR_NDJSON,
    "application/ndjson",
    "application/json",
    "application/xml",
    "text/json",
    "text/xml",
)
_FIRST = re.compile(r"([A-Za-z]{2,20})[ \t]+(\S.*?)(?:[ \t]+HTTP/[\d.]+)?[ \t]*")
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
# Written by the client at each send, or secret: what a request opened from an exchange leaves out.
_LEFT_OUT = ("host", "content-length", "connection", "authorization", "user-agent", "accept-encoding", "cookie")


@dataclass(frozen=True, slots=True)
class RequestText:
    """What a request editor holds; `address` is relative to the sandbox's FHIR base, or absolute."""

    method: str = "GET"
    address: str = "metadata"
    headers: Headers = (("Accept", FHIR_JSON),)
    body: bytes = b""


def find_content_type(headers: Headers) -> str:
    """The Content-Type that is set, without its parameters; `""` where none is."""
    found = next((value for name, value in headers if name.lower() == "content-type"), "")
    return found.partition(";")[0].strip().lower()


def guess_content_type(body: bytes) -> str:
    return FHIR_XML if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<" else FHIR_JSON


def holds_resource(content_type: str) -> bool:
    """Tell whether a body of that Content-Type is a resource; one without it is."""
    return content_type in ("", *_OF_RESOURCES)


def looks_like_request(data: bytes) -> bool:
    """Tell whether `data` starts with a method and an address."""
    first = data[:4000].split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
    found = _FIRST.fullmatch(first)
    return found is not None and found[1].upper() in METHODS


def parse_request_text(data: bytes) -> RequestText:
    """Read a request file; `WorkbenchError` with the line where it is none."""
    head, body = [*_EMPTY_LINE.split(data, maxsplit=1), b""][:2]
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    found = _FIRST.fullmatch(lines[0])
    if found is None:
        raise WorkbenchError(
            "A request starts with its method and its address.", hint="Write a line such as GET Patient/1.", line=1
        )
    headers = []
    for number, line in enumerate(lines[1:], 2):
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            if line.strip():
                raise WorkbenchError(
                    f"“{line[:40]}” is not a header.", hint="Write it as Name: value.", line=number, column=1
                )
            continue
        headers.append((name.strip(), value.strip()))
    return RequestText(found[1].upper(), found[2], tuple(headers), body)


def to_request_text(request: RequestText) -> bytes:
    """The file of a request; `parse_request_text` reads the same back."""
    lines = [f"{request.method} {request.address}", *(f"{name}: {value}" for name, value in request.headers)]
    return "\n".join(lines).encode() + b"\n\n" + request.body


def request_of_exchange(exchange: Exchange, fhir_bases: tuple[str, ...] = ()) -> RequestText:
    """The request of an exchange, to send again: relative to a known FHIR base, tokens and connection headers out."""
    sent = exchange.request
    headers = tuple((name, value) for name, value in sent.headers if name.lower() not in _LEFT_OUT)
    address = next((rest for base in fhir_bases if (rest := _below(sent.address, base)) is not None), sent.address)
    return RequestText(sent.method, address, headers, sent.body)


def _below(address: str, base: str) -> str | None:
    trunk = base.rstrip("/") + "/"
    return address[len(trunk) :] if base and address.startswith(trunk) else None


def is_absolute(address: str) -> bool:
    return address.strip().lower().startswith(("http://", "https://"))


def resolve_address(address: str, fhir_base: str) -> str:
    """The full address of what was typed; `WorkbenchError` where it is relative and there is no base."""
    typed = address.strip()
    if is_absolute(typed):
        return typed
    if not fhir_base:
        raise WorkbenchError(
            f"“{typed}” is relative to a FHIR base address, and this sandbox has none at the moment.",
            hint="Start the sandbox, or write the whole address.",
        )
    return f"{fhir_base.rstrip('/')}/{typed.lstrip('/')}".rstrip("/")


def request_for_resource(data: bytes, type_name: str, resource_id: str) -> RequestText:
    """A write of a resource that was opened from a file: update where it has an id, else create."""
    headers = (("Accept", FHIR_JSON), ("Content-Type", guess_content_type(data)))
    if type_name == "Bundle":
        return RequestText("POST", "", headers, data)
    if resource_id:
        return RequestText("PUT", f"{type_name}/{resource_id}", headers, data)
    return RequestText("POST", type_name, headers, data)
