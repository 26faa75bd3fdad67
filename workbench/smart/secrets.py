"""Secrets: which values of an exchange are tokens, codes or passwords, and texts without them.

A secret is known by the name of the header, field or parameter that carries it, and is then masked wherever else it
stands, as it is or encoded.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from workbench.exchange import Exchange, Headers, Request, Response

MASK = "•••"
SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "api-key", "x-auth-token", "dpop"}
)
SECRET_NAMES = frozenset(
    {
        "access_token",
        "refresh_token",
        "id_token",
        "id_token_hint",
        "token",
        "subject_token",
        "actor_token",
        "code_verifier",
        "device_code",
        "registration_access_token",
    }
    | {"client_secret", "client_assertion", "assertion", "password", "passwd", "secret", "api_key", "apikey", "session"}
    # Who holds a sign-in that is under way and the token of its forms can go on with it.
    | {"flow", "form_token", "csrf_token"}
)
# Names that carry a secret only in the company of OAuth's others: FHIR has a `code` of its own.
_OAUTH_NAMES = frozenset({"code", "state", "launch", "nonce"})
_OAUTH_SIGNS = frozenset({"state", "grant_type", "redirect_uri", "client_id", "iss", "response_type", "code_verifier"})
_SHORTEST = 6
_LARGEST = 4_000_000
# Secrets of more lengths than this that begin alike are looked for one by one: nobody has them but to hold us up.
_MOST_ALIKE = 16
# Looked for where a word begins, or behind an escape of an address or of JSON: a long row of such letters would else
# be read to its end from each of them.
_BEGIN = r"(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))"
# An answer may have been cut off within a token.
_JWT = rf"{_BEGIN}eyJ[\w-]{{6,}}\.(?:[\w-]{{6,}}\.|eyJ)[\w-]*"
# Behind “Basic” a word of a language stands as often as credentials do: Basic metabolic panel, basic 12-lead.
_SCHEME = r"(?i:(?<=bearer )|(?<=basic )|(?<=bearer%20))(?=[\w.~+/=-]*(?:[0-9=+_~]|[a-z][A-Z]))[\w.~+/=-]{8,}"
_SHAPES = re.compile(f"{_JWT}|{_SCHEME}")
_NAMED = re.compile(
    r"(?i)((?:bearer|basic)\s+|(?:access_token|refresh_token|id_token|client_secret|client_assertion|assertion|code"
    r"|code_verifier|password|passwd|secret|api_?key)[\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;]+)"
)
_JSON_PAIR = re.compile(r'"(\w{3,30})"\s*:\s*"((?:[^"\\]|\\.){1,20000})(?:"|\\?\Z)')
_HIDDEN = re.compile(r"<input\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(name|value)=[\"']([^\"']*)[\"']", re.IGNORECASE)
_HL7_SECRETS = {"MSH": 7, "UAC": 2}


def find_secrets(exchange: Exchange) -> frozenset[str]:
    """The secret values that the exchange carries; those too short to be told from common words are left out."""
    found = set(_in_request(exchange.request))
    if exchange.response is not None:
        found |= set(_in_response(exchange.response))
    if exchange.protocol == "mllp":
        found |= set(_in_message(exchange.request.body))
    return frozenset(value for value in found if len(value) >= _SHORTEST)


def is_secret_name(name: str, others: Iterable[str] = ()) -> bool:
    """Tell whether a parameter called `name`, standing beside `others`, carries a secret."""
    lower = name.lower()
    if lower not in _OAUTH_NAMES:
        return lower in SECRET_NAMES
    beside = others if isinstance(others, frozenset) else frozenset(others)
    return any(sign in beside for sign in _OAUTH_SIGNS if sign != name)


class SecretMask:
    """Replaces known secrets in texts, in the encodings that a value can travel in, and what looks like a token."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = _Known()
        self._known.add(secrets)

    def mask(self, text: str) -> str:
        return self._known.mask(text)

    def mask_bytes(self, data: bytes) -> bytes:
        text = data.decode("utf-8", "surrogateescape")
        masked = self.mask(text)
        return data if masked == text else masked.encode("utf-8", "surrogateescape")

    def mask_exchange(self, exchange: Exchange) -> Exchange:
        """The exchange as it may be shown to anyone: secret headers and parameters masked by their names, too."""
        request, response = exchange.request, exchange.response
        masked = SecretMask(find_secrets(exchange))
        address = mask_address(masked.mask(self.mask(request.address)))
        body = masked.mask_bytes(self.mask_bytes(request.body))
        request = replace(request, address=address, headers=self._mask_headers(request.headers, masked), body=body)
        if response is not None:
            answered = masked.mask_bytes(self.mask_bytes(response.body))
            response = replace(response, headers=self._mask_headers(response.headers, masked), body=answered)
        return replace(exchange, request=request, response=response)

    def _mask_headers(self, headers: Headers, own: SecretMask) -> Headers:
        return tuple(
            (name, MASK if name.lower() in SECRET_HEADERS else mask_address(own.mask(self.mask(value))))
            for name, value in headers
        )


class SeenSecrets:
    """The secrets of the exchanges seen so far: a site may throw any of them back in words of its own."""

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self._known = _Known()
        for exchange in exchanges:
            self.see(exchange)

    def see(self, exchange: Exchange) -> None:
        self._known.add(find_secrets(exchange))

    def mask(self, text: str) -> str:
        return self._known.mask(text)

    def mask_json(self, value: Any) -> Any:
        """The JSON value with all its texts masked, names aside."""
        if isinstance(value, dict):
            return {name: self.mask_json(member) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.mask_json(item) for item in value]
        return self.mask(value) if isinstance(value, str) else value


class _Known:
    """Secrets in all their forms, found in a text in a time that grows with the text and hardly with their number."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._forms: set[str] = set()
        self._lengths: dict[str, set[int]] = {}

    def add(self, secrets: Iterable[str]) -> None:
        fresh = {*secrets} - self._secrets
        self._secrets |= fresh
        for form in (form for secret in fresh for form in _forms_of(secret) if len(form) >= _SHORTEST):
            self._forms.add(form)
            self._lengths.setdefault(form[:_SHORTEST], set()).add(len(form))

    def mask(self, text: str) -> str:
        """Secrets and what looks like a token as dots; where they overlap, all of it."""
        spans = sorted((*self._find(text), *(match.span() for match in _SHAPES.finditer(text))))
        parts: list[str] = []
        at = 0
        for start, end in spans:
            if start >= at:
                parts += (text[at:start], MASK)
            at = max(at, end)
        return "".join((*parts, text[at:])) if spans else text

    def _find(self, text: str) -> Iterator[tuple[int, int]]:
        lengths = self._lengths
        if not lengths:
            return
        starts = [at for at in range(len(text) - _SHORTEST + 1) if text[at : at + _SHORTEST] in lengths]
        crowded: set[str] = set()
        for at in starts:
            head = text[at : at + _SHORTEST]
            if len(lengths[head]) > _MOST_ALIKE:
                crowded.add(head)
                continue
            for length in sorted(lengths[head], reverse=True):
                if text[at : at + length] in self._forms:
                    yield at, at + length
                    break
        for form in self._forms if crowded else ():
            if form[:_SHORTEST] in crowded:
                yield from _find_all(form, text)


def _find_all(form: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = text.find(form, at + len(form))


def mask_text(text: str) -> str:
    """Free text, such as a traceback, without what looks like a token, a code or a password."""
    return _SHAPES.sub(MASK, _NAMED.sub(lambda found: f"{found[1]}{MASK}", text))


def mask_address(address: str) -> str:
    """An address without the values of its secret parameters."""
    if "?" not in address and "#" not in address:
        return address
    names = frozenset(part.partition("=")[0] for part in re.split(r"[?&#;]", address)[1:])

    def replace_value(match: re.Match[str]) -> str:
        return match[1] + MASK if is_secret_name(unquote(match[2]), names) else match[0]

    return re.sub(r"([?&#;]([^=&#;?]+)=)([^&#;]+)", replace_value, address)


def _in_request(request: Request) -> Iterator[str]:
    yield from _in_headers(request.headers)
    yield from _in_address(request.address)
    if "form-urlencoded" in request.header("content-type").lower():
        yield from _in_pairs(_parse_pairs(request.body.decode("utf-8", "replace")))
    elif len(request.body) <= _LARGEST:
        yield from _in_json(request.body)


def _in_response(response: Response) -> Iterator[str]:
    yield from _in_headers(response.headers)
    yield from _in_address(response.header("location"))
    if len(response.body) <= _LARGEST:
        yield from _in_json(response.body)
        yield from _in_page(response)


def _in_page(response: Response) -> Iterator[str]:
    """The hidden fields of a page's forms."""
    if response.header("content-type").lower().startswith("text/html"):
        for control in _HIDDEN.findall(response.body.decode("utf-8", "replace")):
            given = {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(control)}
            if is_secret_name(given.get("name", "")):
                yield given.get("value", "")


def _in_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if name.lower() in ("cookie", "set-cookie"):
            parts = value.split(";") if name.lower() == "cookie" else value.split(";")[:1]
            yield from (part.partition("=")[2].strip() for part in parts)
        elif name.lower() in SECRET_HEADERS:
            scheme, _, token = value.strip().partition(" ")
            yield from (token.strip() or scheme, *_in_basic(scheme, token))


def _in_basic(scheme: str, token: str) -> Iterator[str]:
    """Basic credentials hide an identifier and a secret (RFC 7617, 2)."""
    if scheme.lower() != "basic":
        return
    try:
        decoded = base64.b64decode(token.strip(), validate=True).decode("utf-8")
    except ValueError:
        return
    secret = decoded.partition(":")[2]
    yield from (secret, unquote(secret))


def _in_address(address: str) -> Iterator[str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return
    yield from _in_pairs(_parse_pairs(parts.query))
    yield from _in_pairs(_parse_pairs(parts.fragment))


def _parse_pairs(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query, keep_blank_values=True)
    except ValueError:
        return []


def _in_pairs(pairs: list[tuple[str, str]]) -> Iterator[str]:
    names = frozenset(name for name, _ in pairs)
    for name, value in pairs:
        if is_secret_name(name, names):
            yield value


def _in_json(body: bytes) -> Iterator[str]:
    """Members of JSON with a secret's name; a body that is broken is looked through as well as it can be."""
    if b'"' not in body:
        return
    text = body.decode("utf-8", "replace")
    for name, value in _JSON_PAIR.findall(text):
        if name.lower() in SECRET_NAMES:
            try:
                yield str(json.loads(f'"{value}"'))
            except ValueError:
                yield value


def _in_message(body: bytes) -> Iterator[str]:
    """MSH-8 Security and UAC-2 User Authentication Credential, read without more knowledge of HL7 v2 than that."""
    for line in re.split("[\r\n]+", body.decode("utf-8", "surrogateescape")):
        fields = line.split(line[3:4] or "|")
        if line[:3] in _HL7_SECRETS and len(fields) > _HL7_SECRETS[line[:3]]:
            yield fields[_HL7_SECRETS[line[:3]]]


def _forms_of(secret: str) -> Iterator[str]:
    """The secret as it is, percent-encoded, in HTML, JSON and hexadecimal, and in base64 at each of three offsets."""
    data = secret.encode("utf-8", "surrogatepass")
    yield secret
    for encoded in (quote(data, safe=""), quote_plus(data), html.escape(secret), json.dumps(secret)[1:-1]):
        yield from (encoded, encoded.replace("/", "\\/"))
    units = secret.encode("utf-16-be", "surrogatepass").hex()
    escaped = "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    yield from (escaped, re.sub("[a-f]", lambda digit: digit[0].upper(), escaped))
    yield from (
        re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), quote(data, safe="")),
        data.hex(),
        data.hex().upper(),
    )
    for offset in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            coded = encode(b"\0" * offset + data).decode("ascii").rstrip("=")
            # The first and last letters also hold bits of what stands beside the secret.
            yield coded[(0, 2, 3)[offset] : len(coded) - (1 if (offset + len(data)) % 3 else 0)]
