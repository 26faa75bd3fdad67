"""Side sources: where a side of a comparison comes from, a name to look up, bytes, or a part of an exchange."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from workbench.exchange import Exchange

Part = Literal["request", "response"]
HEAVY = 200_000
"""Bytes from which reading a side is work for the process beside the window."""
# A definition is held against others among what its release defines, and XML is read by that.
_DEFINITION = re.compile(rb'"resourceType"\s*:\s*"(StructureDefinition|ValueSet|CodeSystem|SearchParameter)"|\A\s*<')


@dataclass(frozen=True, slots=True)
class SideSource:
    """`text` names what `workbench diff` takes too; `data` are the bytes where they are at hand."""

    name: str
    text: str = ""
    data: bytes | None = None
    exchange: Exchange | None = None
    part: Part = "request"

    def with_part(self, part: Part) -> SideSource:
        """The same exchange's request or response."""
        return self if self.exchange is None else source_of_exchange(self.exchange, part)

    def with_data(self, data: bytes) -> SideSource:
        """What was asked for under this name, once it has come."""
        return replace(self, data=data)

    @property
    def is_heavy(self) -> bool:
        """Whether it is, or may be, too much for the window's own process, as all is that needs definitions."""
        return self.data is None or len(self.data) > HEAVY or bool(_DEFINITION.search(self.data))


def source_of(payload: object, name: str = "") -> SideSource:
    """A side from what another panel hands over: an exchange, bytes, text, a resource, a path, a named pair."""
    if isinstance(payload, SideSource):
        return payload
    if isinstance(payload, Exchange):
        return source_of_exchange(payload)
    if isinstance(payload, tuple) and len(payload) == 2:
        return source_of(payload[1], str(payload[0]))
    if isinstance(payload, Path):
        return SideSource(name or payload.name, text=str(payload.absolute()))
    return SideSource(name or "Handed over", data=_bytes_of(payload))


def source_of_exchange(exchange: Exchange, part: Part | None = None) -> SideSource:
    """One part of an exchange; unless told, the message of MLLP and the response of HTTP."""
    if part is None:
        answered = exchange.protocol == "http" and exchange.response is not None and bool(exchange.response.body)
        part = "response" if answered else "request"
    body = exchange.request.body if part == "request" else exchange.response.body if exchange.response else b""
    time = exchange.started.astimezone().strftime("%H:%M:%S")
    word = "To" if part == "request" else "From"
    return SideSource(f"{word} {exchange.receiver or 'somebody'}, {time}", data=body, exchange=exchange, part=part)


def source_of_text(text: str) -> SideSource:
    """A side by what a person types: a file, an address, a site, a package, a profile, a release."""
    return SideSource(Path(text).name if _is_path(text) else text, text=text)


def _is_path(text: str) -> bool:
    """Whether it is the path of a file in some folder, whose own name tells enough."""
    try:
        return len(Path(text).parts) > 1 and Path(text).is_file()
    except (OSError, ValueError):
        return False


def _bytes_of(payload: object) -> bytes:
    if isinstance(payload, bytes | bytearray | memoryview):
        return bytes(payload)
    if isinstance(payload, dict | list):
        from workbench.fhir.resource import to_json

        return to_json(payload).encode()
    to_bytes = getattr(payload, "to_bytes", None)
    return bytes(to_bytes()) if callable(to_bytes) and not isinstance(payload, int) else str(payload).encode()
