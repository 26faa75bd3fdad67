"""Clients of an authorization server: which apps it takes, and the redirect addresses each may name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from workbench.authorization_server.client_assertion import find_weak_keys
from workbench.authorization_server.rules import Client, SmartRules
from workbench.smart.json_answer import UNSAFE, is_web_address

LOOPBACK_HOSTS = ("127.0.0.1", "[::1]", "localhost")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
# A browser would run or show what stands there.
NOWHERE = ("javascript", "data", "vbscript", "blob", "file", "about")


def find_client(rules: SmartRules, clients: Iterable[Client], client_id: str) -> Client | None:
    """The app with this id; where registration is open, any id that can be shown is an app."""
    known = next((client for client in clients if client.id == client_id), None)
    if known is not None or rules.registration != "open":
        return known
    return Client(client_id, client_id, ()) if client_id.isprintable() and 0 < len(client_id) <= 200 else None


def takes_redirect(rules: SmartRules, client: Client, address: str) -> bool:
    """Tell whether `address` is one of the client's, compared exactly but for a loopback port (RFC 8252, 7.3)."""
    if UNSAFE.search(address) or "#" in address:
        return False
    if not client.redirect_uris:
        taken = rules.registration == "open" and not client.is_backend_service
        return taken and _split_loopback(address) is not None
    return any(address == known or _is_same_loopback(address, known) for known in client.redirect_uris)


def judge_client(client: Client) -> str:
    """Return "" where a site may register the app so, else a sentence on what can never be taken."""
    weak = find_weak_keys(client.jwks) if client.jwks is not None else ()
    return next(
        filter(None, (*(judge_redirect(each) for each in client.redirect_uris), *weak)),
        judge_jwks_address(client.jwks_uri) if client.jwks_uri else "",
    )


def judge_redirect(address: str) -> str:
    """Return "" where an app may be reached at the address, else a sentence (RFC 6749, 3.1.2)."""
    scheme, colon, rest = address.partition(":")
    if UNSAFE.search(address) or "#" in address or not (colon and rest and SCHEME.fullmatch(scheme)):
        return f"The redirect address “{address}” is not a whole address without blanks and fragment (#)."
    return f"No app is at the redirect address “{address}”." if scheme.lower() in NOWHERE else ""


def judge_jwks_address(address: str) -> str:
    """Return "" where a site may fetch an app's keys at the address, else a sentence: https, or this machine."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - asking for a port beyond 65535 raises
    except ValueError:
        return f"The address of keys {address} is not a web address."
    if UNSAFE.search(address) or not parts.hostname:
        return f"The address of keys {address} is not a web address."
    is_ours = parts.scheme == "http" and _split_loopback(address) is not None
    return (
        ""
        if is_ours or parts.scheme == "https"
        else f"The address of keys {address} must be https, or on this machine."
    )


def can_be_opened(address: str) -> bool:
    """Tell whether a browser can be sent to `address`: a whole web address, no name or password before its host."""
    return is_web_address(address) and "@" not in urlsplit(address).netloc


def _is_same_loopback(address: str, known: str) -> bool:
    left, right = _split_loopback(address), _split_loopback(known)
    return left is not None and left == right


def _split_loopback(address: str) -> tuple[str, str, str] | None:
    """Scheme, host and all behind the port, as written; None where the address is not on this machine."""
    scheme, mark, rest = address.partition("://")
    end = next((i for i, letter in enumerate(rest) if letter in "/?"), len(rest))
    host, tail = re.sub(r":\d{1,5}$", "", rest[:end]), rest[end:]
    if not mark or scheme not in ("http", "https") or host not in LOOPBACK_HOSTS:
        return None
    try:
        urlsplit(address).port  # noqa: B018 - asking for a port beyond 65535 raises
    except ValueError:
        return None
    return scheme, host, tail
