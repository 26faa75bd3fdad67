"""Exchange: one request and its response as they crossed the wire, on any protocol."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]
Protocol = Literal["http", "mllp"]
FailureKind = Literal["refused", "timeout", "closed", "protocol", "mismatch", "tls", "too-large", "cancelled"]


def find_header(headers: Iterable[tuple[str, str]], name: str) -> str:
    """Return the first value of header `name`, or `""`; names compare without case (RFC 9110, 5.1)."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent: an HTTP method and URL, or method `MLLP` and `mllp://host:port` with the unframed message.

    With TLS that is `mllps://host:port`.
    """

    method: str
    address: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        return find_header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; `status` is the HTTP status, and None on MLLP."""

    status: int | None
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        return find_header(self.headers, name)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no whole response came, as the tested system's doing: `reason` is a sentence."""

    kind: FailureKind
    reason: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what became of it; exactly one of `response` and `failure` is set once it is over.

    `started` is aware UTC, `duration` is in seconds. `seen_by` tells which end recorded it.
    An MLLP message that its sender wanted no answer to has neither response nor failure. `note` is a sentence on
    what its receiver did otherwise than usual, since it was asked to.
    """

    sender: str
    receiver: str
    request: Request
    response: Response | None
    started: datetime
    duration: float
    failure: Failure | None = None
    seen_by: Literal["sender", "receiver"] = "sender"
    id: str = field(default_factory=lambda: os.urandom(16).hex())
    note: str = ""

    @property
    def protocol(self) -> Protocol:
        return "mllp" if self.request.address.startswith(("mllp:", "mllps:")) else "http"

    @property
    def finished(self) -> datetime:
        return self.started + timedelta(seconds=self.duration)


def is_same_exchange(sent: Exchange, received: Exchange) -> bool:
    """Tell whether `received`, recorded by the receiver, is the exchange `sent`, recorded by its sender.

    Both ends of one exchange on this machine say the same of it, and the receiver's time lies within the sender's.
    """
    if (sent.seen_by, received.seen_by) != ("sender", "receiver"):
        return False
    left, right = urlsplit(sent.request.address), urlsplit(received.request.address)
    return (
        (left.port, left.path, left.query) == (right.port, right.path, right.query)
        and sent.request.method == received.request.method
        and sent.request.body == received.request.body
        and sent.started <= received.started + timedelta(milliseconds=5)
        and received.started <= sent.finished + timedelta(milliseconds=5)
    )


def utc_now() -> datetime:
    """The time of day as an aware UTC value; the one clock of the wire and the front ends."""
    return datetime.now(UTC)
