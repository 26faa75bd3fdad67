"""Comparison: two sides of any origin, their kind seen from their content, and the rows between them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange

Kind = Literal["hl7v2", "fhir", "unknown", "empty"]
Part = Literal["request", "response"]

KIND_NAMES: dict[Kind, str] = {"hl7v2": "HL7 v2 message", "fhir": "FHIR JSON", "unknown": "unknown", "empty": "empty"}


@dataclass(frozen=True, slots=True)
class Side:
    """One side: where it is from, and its bytes; of an exchange also which part, so that the other can be chosen."""

    name: str
    data: bytes
    exchange: Exchange | None = None
    part: Part = "request"

    @property
    def kind(self) -> Kind:
        return recognise_kind(self.data)

    def with_part(self, part: Part) -> Side:
        """The same exchange's request or response."""
        return self if self.exchange is None else side_of_exchange(self.exchange, part)


def recognise_kind(data: bytes) -> Kind:
    """What `data` is, by how it starts; MLLP framing and a byte order mark aside."""
    start = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x0b")
    if not start:
        return "empty"
    if start[:3] in (b"MSH", b"FHS", b"BHS"):
        return "hl7v2"
    return "fhir" if start[:1] in (b"{", b"[") else "unknown"


def side_of_exchange(exchange: Exchange, part: Part | None = None) -> Side:
    """One part of an exchange; unless told, the message of MLLP and the response of HTTP."""
    if part is None:
        answered = exchange.protocol == "http" and exchange.response is not None and bool(exchange.response.body)
        part = "response" if answered else "request"
    body = exchange.request.body if part == "request" else exchange.response.body if exchange.response else b""
    time = exchange.started.astimezone().strftime("%H:%M:%S")
    word = "To" if part == "request" else "From"
    return Side(f"{word} {exchange.receiver or 'somebody'}, {time}", body, exchange, part)


def side_of(payload: object, name: str = "") -> Side:
    """A side from what another panel hands over: an exchange, bytes, text, a resource, a message or a named pair."""
    if isinstance(payload, Side):
        return payload
    if isinstance(payload, Exchange):
        return side_of_exchange(payload)
    if isinstance(payload, tuple) and len(payload) == 2:
        return side_of(payload[1], str(payload[0]))
    if isinstance(payload, Path):
        return Side(name or payload.name, read_file(payload))
    return Side(name or "Handed over", _bytes_of(payload))


def _bytes_of(payload: object) -> bytes:
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    if isinstance(payload, dict | list):
        from workbench.fhir.resource import to_json

        return to_json(payload).encode()
    to_bytes = getattr(payload, "to_bytes", None)
    return bytes(to_bytes()) if callable(to_bytes) and not isinstance(payload, int) else str(payload).encode()


def read_file(path: Path, *, limit: int = 64 * 1024 * 1024) -> bytes:
    """The bytes of a file; `WorkbenchError` where it cannot be read or is larger than `limit`."""
    try:
        if path.stat().st_size > limit:
            raise WorkbenchError(
                f"“{path.name}” is larger than {limit // (1024 * 1024)} MB.", hint="Open a part of it.", source=path
            )
        return path.read_bytes()
    except OSError as error:
        raise WorkbenchError(
            f"“{path.name}” cannot be read: {error.strerror or error}.", hint="Choose another file."
        ) from error


def compare_sides(left: Side, right: Side, masks: tuple[str, ...] = ()) -> tuple[Difference, ...]:
    """All rows between two sides, in order; a side that is missing or unreadable raises `WorkbenchError` naming it."""
    kinds = (left.kind, right.kind)
    for word, side in (("left", left), ("right", right)):
        if side.kind in ("unknown", "empty"):
            what = "is empty" if side.kind == "empty" else "is neither an HL7 v2 message nor JSON"
            raise WorkbenchError(
                f"The {word} side, {side.name}, {what}.",
                hint="Choose the other part of its exchange, or another file." if side.exchange else "Choose another.",
            )
    if kinds[0] != kinds[1]:
        raise WorkbenchError(
            f"The left side is {_kind(kinds[0])} and the right side {_kind(kinds[1])}.",
            hint="Choose two of the same kind.",
        )
    return _compare_messages(left, right, masks) if kinds[0] == "hl7v2" else _compare_resources(left, right, masks)


def _kind(kind: Kind) -> str:
    return "an HL7 v2 message" if kind == "hl7v2" else "FHIR JSON"


def _compare_messages(left: Side, right: Side, masks: tuple[str, ...]) -> tuple[Difference, ...]:
    from workbench.diff.hl7v2_diff import diff_messages
    from workbench.hl7v2.message import parse_message

    messages = [_read(word, side, parse_message) for word, side in (("left", left), ("right", right))]
    return diff_messages(messages[0], messages[1], masks=masks)


def _compare_resources(left: Side, right: Side, masks: tuple[str, ...]) -> tuple[Difference, ...]:
    from workbench.diff.fhir_diff import diff_resources
    from workbench.fhir.resource import parse_resource

    resources = [_read(word, side, parse_resource) for word, side in (("left", left), ("right", right))]
    return diff_resources(resources[0], resources[1], masks=masks)


def _read(word: str, side: Side, parse: Any) -> Any:
    try:
        return parse(side.data)
    except WorkbenchError as error:
        message = f"The {word} side, {side.name}: {error.message}"
        raise WorkbenchError(message, hint=error.hint, line=error.line, column=error.column) from error


def parse_masks(text: str) -> tuple[str, ...]:
    """The places in a masks box, separated by commas, semicolons, spaces or lines."""
    places = text.replace(",", " ").replace(";", " ").split()
    return tuple(dict.fromkeys(places))


def describe_side(side: Side) -> str:
    """The kind of a side with what tells it from others: message type and control id, or resource type and id."""
    if side.kind == "hl7v2":
        first = side.data[:2000].replace(b"\n", b"\r").split(b"\r", 1)[0].decode("utf-8", "replace")
        fields = first.split(first[3]) if len(first) > 3 else []
        return " · ".join(["HL7 v2", *(fields[place] for place in (8, 9) if len(fields) > place and fields[place])])
    if side.kind == "fhir" and len(side.data) < 200_000:
        return _describe_json(side.data)
    return KIND_NAMES[side.kind]


def _describe_json(data: bytes) -> str:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return "JSON that cannot be read"
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        return "JSON without a resourceType"
    name = str(value["resourceType"])
    return f"FHIR · {name}/{value['id']}" if isinstance(value.get("id"), str) else f"FHIR · {name}"
