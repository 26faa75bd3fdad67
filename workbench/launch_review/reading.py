"""Reading of one exchange of a launch: which step it is, its parameters and the JSON that came back.

Nothing that arrives raises: what cannot be read is empty.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, unquote_plus, urlsplit

from workbench.authorization_server.clients import LOOPBACK_HOSTS
from workbench.exchange import Exchange
from workbench.smart.tokens import from_base64url

Pairs = tuple[tuple[str, str], ...]
Kind = Literal[
    "smart-configuration",
    "capability-statement",
    "openid-configuration",
    "keys",
    "client-keys",
    "ehr-launch",
    "authorize",
    "page",
    "return",
    "token",
    "introspection",
    "revocation",
    "user-info",
    "fhir",
    "preflight",
    "other",
]
MOST_BYTES = 4_000_000
MAY_REPEAT = ("resource", "audience")
"""What may stand more than once, by extensions (RFC 8707, 2; RFC 8693, 2.1)."""
UUID = re.compile(r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# The smallest that a text can be of: decimal, hexadecimal, one case, both cases, base64url, all that can be typed.
ALPHABETS = (
    ("[0-9]+", 10),
    ("[0-9a-f]+|[0-9A-F]+", 16),
    ("[0-9a-z]+|[0-9A-Z]+", 36),
    ("[0-9A-Za-z]+", 62),
    ("[0-9A-Za-z_-]+", 64),
    ("(?s:.)*", 94),
)
TYPE_NAME = re.compile(r"[A-Z][a-z][A-Za-z]{1,40}")


@dataclass(frozen=True, eq=False)
class Reading:
    """One exchange as the review reads it; `index` is its place in the row judged."""

    index: int
    exchange: Exchange
    kind: Kind = "other"
    address: Address = field(default_factory=lambda: Address(""))

    @cached_property
    def query(self) -> Pairs:
        return parse_pairs(self.address.query)

    @cached_property
    def form(self) -> Pairs:
        request = self.exchange.request
        if "form-urlencoded" not in request.header("content-type").lower() or len(request.body) > MOST_BYTES:
            return ()
        return parse_pairs(request.body.decode("utf-8", "replace"))

    @cached_property
    def parameters(self) -> Pairs:
        """Those of a request that may come by GET or by POST."""
        return self.form if self.method == "POST" else self.query

    @property
    def parameters_place(self) -> str:
        return "body" if self.method == "POST" else "query"

    @property
    def method(self) -> str:
        return self.exchange.request.method.upper()

    @property
    def status(self) -> int:
        """The HTTP status; 0 where no answer came."""
        response = self.exchange.response
        return (response.status or 0) if response is not None else 0

    @cached_property
    def json(self) -> Any:
        """The JSON value of the answer; None where it has none."""
        response = self.exchange.response
        return parse_json_bytes(response.body) if response is not None else None

    @cached_property
    def answer(self) -> Mapping[str, Any]:
        """The JSON object of the answer; empty where it is none."""
        return self.json if isinstance(self.json, dict) else {}

    def asked(self, name: str) -> str:
        """The first value of a parameter of the request."""
        return first(self.parameters, name)

    def request_header(self, name: str) -> str:
        return self.exchange.request.header(name)

    def response_header(self, name: str) -> str:
        """All values of the name as one list, since a server may send one for each (RFC 9110, 5.3)."""
        response = self.exchange.response
        headers, wanted = response.headers if response is not None else (), name.lower()
        return ", ".join(value for key, value in headers if key.lower() == wanted)

    @property
    def media_type(self) -> str:
        """That of the answer, without its parameters."""
        return self.response_header("content-type").partition(";")[0].strip().lower()

    @property
    def is_from_browser(self) -> bool:
        """Whether a script in a browser sent the request."""
        return bool(self.request_header("origin") or self.request_header("sec-fetch-mode"))

    @cached_property
    def basic(self) -> tuple[str, str] | None:
        """Identifier and secret of HTTP Basic, as RFC 6749 (2.3.1) encodes them."""
        scheme, _, value = self.request_header("authorization").strip().partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
        except ValueError:
            return "", ""
        user, _, secret = text.partition(":")
        return unquote_plus(user), unquote_plus(secret)

    @cached_property
    def bearer(self) -> str:
        scheme, _, value = self.request_header("authorization").strip().partition(" ")
        return value.strip() if scheme.lower() == "bearer" else ""

    @cached_property
    def client_id(self) -> str:
        """Which app speaks, by the parameter, Basic or its assertion."""
        named = self.asked("client_id") or (self.basic[0] if self.basic else "")
        return named or str(claims_of(first(self.form, "client_assertion")).get("sub", ""))

    @property
    def is_granted(self) -> bool:
        return self.status == 200 and isinstance(self.answer.get("access_token"), str)

    @property
    def started(self) -> float:
        return self.exchange.started.timestamp()

    @property
    def finished(self) -> float:
        return self.exchange.finished.timestamp()


@dataclass(frozen=True, slots=True)
class Address:
    """A web address in parts; an address that cannot be read has its text alone."""

    text: str
    scheme: str = ""
    host: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""
    port: int | None = None

    @property
    def origin(self) -> str:
        shown = {"http": 80, "https": 443}.get(self.scheme)
        port = f":{self.port}" if self.port is not None and self.port != shown else ""
        return f"{self.scheme}://{self.host}{port}"

    @property
    def bare(self) -> str:
        """Without query and fragment, which may hold codes and tokens."""
        return f"{self.origin}{self.path}" if self.host else self.text.partition("#")[0].partition("?")[0]

    @property
    def is_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost") or self.host in LOOPBACK_HOSTS

    @property
    def is_protected(self) -> bool:
        """Whether what is sent there is encrypted, or does not leave this machine."""
        return self.scheme == "https" or self.is_loopback


def read_address(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return Address(text)
    host = (parts.hostname or "").lower()
    return Address(text, parts.scheme.lower(), host, parts.path, parts.query, parts.fragment, port)


def parse_pairs(text: str) -> Pairs:
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, max_num_fields=2000))
    except ValueError:
        return ()


def first(pairs: Pairs, name: str) -> str:
    return next((value for key, value in pairs if key == name), "")


def has(pairs: Pairs, name: str) -> bool:
    return any(key == name for key, _ in pairs)


def repeated_names(pairs: Pairs) -> list[str]:
    names = [name for name, _ in pairs if name not in MAY_REPEAT]
    return sorted({name for name in names if names.count(name) > 1}) if len(names) < 200 else ["too many"]


def parse_json_bytes(body: bytes) -> Any:
    if body.lstrip()[:1] not in (b"{", b"[") or len(body) > MOST_BYTES:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def header_of(token: str) -> Mapping[str, Any]:
    return _part_of(token, 0)


def claims_of(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, nothing verified; empty where the text is none."""
    return _part_of(token, 1)


def _part_of(token: str, index: int) -> Mapping[str, Any]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > 100_000:
        return {}
    part = parts[index]
    try:
        value = json.loads(from_base64url(part))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def seconds_until(claims: Mapping[str, Any], name: str, now: float) -> float | None:
    """How long after `now` a moment of the claims is; None where it is missing, or is no number to reckon with."""
    value = claims.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) < 1e12:
        return None
    return float(value) - now


def most_bits(text: str) -> float:
    """The most that a random text of its alphabet can hold; one value cannot tell more."""
    if UUID.fullmatch(text):
        return 122.0
    if len(set(text)) <= max(2, len(text) // 8):
        return 0.0
    return len(text) * math.log2(next(size for pattern, size in ALPHABETS if re.fullmatch(pattern, text)))


def fhir_parts(path: str, base: str) -> list[str]:
    """The path behind the FHIR base, in segments; without a base that fits, from the first type's name on."""
    if base and (path == base or path.startswith(base + "/")):
        return [unquote(part) for part in path[len(base) :].split("/") if part]
    parts = [unquote(part) for part in path.split("/") if part]
    at = next((i for i, part in enumerate(parts) if TYPE_NAME.fullmatch(part)), None)
    return [] if at is None else parts[at:]
