"""HTTP client: sends one request as typed and gives back the exchange.

A client belongs to the event loop it was entered in. It follows no redirect, keeps no cookie, and reaches loopback
addresses past any proxy that the environment names.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import ipaddress
import logging
import re
import ssl
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self
from urllib.parse import urlsplit

from workbench import __version__
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Failure, Request, Response, utc_now
from workbench.transports.http_headers import parse_raw_headers, to_raw_headers
from workbench.transports.http_trust import AS_USUAL, HttpTrust, make_https_context, make_proxy, name_proxy, stamp_files
from workbench.transports.tls_words import tell_tls

if TYPE_CHECKING:
    import httpx

USER_AGENT = f"interop-workbench/{__version__}"
# What httpx says of a connection that ended early, told apart from a peer that does not speak HTTP.
CLOSED = re.compile("disconnected|closed", re.IGNORECASE)
# The value that httpx shows may be a token.
VALUE = re.compile(r"(?<=value) b['\"].*", re.DOTALL)
RESPONSE_LIMIT = 64 * 1024 * 1024

Progress = Callable[[int, int | None], None]
_Route = Literal["loopback http", "loopback https", "remote"]


class HttpClient:
    """Keep connections between requests; `limit` bounds a response's body in bytes.

    `trust` says whose certificates hold, what shows who sends, and which proxy is on the way.
    """

    def __init__(self, *, limit: int = RESPONSE_LIMIT, trust: HttpTrust = AS_USUAL) -> None:
        self._limit = limit
        self._trust = trust
        self._clients: dict[tuple[_Route, HttpTrust, tuple[int, ...]], httpx.AsyncClient] = {}

    def trusting(self, trust: HttpTrust) -> HttpClient:
        """This client with another trust; both keep their connections in one place, which either closes."""
        other = HttpClient(limit=self._limit, trust=trust)
        other._clients = self._clients
        return other

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        clients = tuple(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.aclose()

    async def send(
        self,
        request: Request,
        *,
        sender: str = "workbench",
        receiver: str = "",
        within: float = 30.0,
        progress: Progress | None = None,
    ) -> Exchange:
        """Send `request` and wait `within` seconds for the whole response; a failure of the other end is a value.

        `progress` is told how many bytes of the body are here, and of how many where the other end says.
        The exchange holds the headers as they went out. Raises WorkbenchError where the request cannot be sent at all.
        """
        client = self._client_for(request.address)
        outgoing = _build(client, request)
        sent = _request_of(outgoing, request.body)
        started, clock = utc_now(), time.perf_counter()
        outcome = await self._receive(client, outgoing, within, progress)
        duration = time.perf_counter() - clock
        response = outcome if isinstance(outcome, Response) else None
        failure = outcome if isinstance(outcome, Failure) else None
        where = receiver or urlsplit(sent.address).netloc
        return Exchange(sender, where, sent, response, started, duration, failure)

    async def _receive(
        self, client: httpx.AsyncClient, outgoing: httpx.Request, within: float, progress: Progress | None
    ) -> Response | Failure:
        import httpx

        where = outgoing.url.netloc.decode("ascii")
        try:
            async with asyncio.timeout(within):
                return await self._read(client, outgoing, progress)
        except TimeoutError:
            return Failure("timeout", f"{where} did not answer within {within:g} seconds.")
        except httpx.LocalProtocolError as error:
            raise WorkbenchError(
                f"The request to {where} cannot be written as HTTP/1.1: {VALUE.sub('', str(error))}.",
                hint="Look at the header names and values for line breaks or a wrong Content-Length.",
            ) from error
        except httpx.InvalidURL as error:
            # The library reads where a redirect points to, even though nobody follows it.
            return Failure("protocol", f"{where} sent the client on to an address that cannot be read: {error}.")
        except (httpx.RequestError, OSError) as error:
            return _failure_of(
                error, outgoing.url.scheme, where, "" if is_loopback(outgoing.url.host) else name_proxy(self._trust)
            )

    async def _read(
        self, client: httpx.AsyncClient, outgoing: httpx.Request, progress: Progress | None
    ) -> Response | Failure:
        answer = await client.send(outgoing, stream=True, follow_redirects=False)
        try:
            body = bytearray()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > self._limit:
                    where = outgoing.url.netloc.decode("ascii")
                    return Failure("too-large", f"The response of {where} is larger than {self._limit:,} bytes.")
                if progress is not None:
                    told = answer.headers.get("Content-Length", "")
                    progress(len(body), int(told) if told.isascii() and told.isdecimal() else None)
            return Response(answer.status_code, parse_raw_headers(answer.headers.raw), bytes(body))
        finally:
            await answer.aclose()

    def _client_for(self, address: str) -> httpx.AsyncClient:
        route = _route_of(address)
        trust = AS_USUAL if route == "loopback http" else self._trust
        key = route, trust, stamp_files(trust)
        if key not in self._clients:
            self._clients[key] = _make_client(route, trust)
        return self._clients[key]


def is_loopback(host: str) -> bool:
    """Tell whether `host` names this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _route_of(address: str) -> _Route:
    try:
        parts = urlsplit(address)
        host, scheme, _ = parts.hostname, parts.scheme.lower(), parts.port
    except ValueError as error:
        raise WorkbenchError(f"“{_bare(address)}” is not a web address: {error}.") from error
    if scheme not in ("http", "https") or not host:
        raise WorkbenchError(
            f"“{_bare(address)}” is not a web address.", hint="Write it in full, such as http://127.0.0.1:8080/fhir."
        )
    if not is_loopback(host):
        return "remote"
    return "loopback https" if scheme == "https" else "loopback http"


def _bare(address: str) -> str:
    """An address without its query and fragment, which may hold codes and tokens."""
    return address.partition("#")[0].partition("?")[0]


def _make_client(route: _Route, trust: HttpTrust) -> httpx.AsyncClient:
    """Build the one client of a route; loading certificates costs most of it, so plain HTTP goes without."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    import httpx

    # Both libraries write addresses and headers to their logs, and those may hold codes and tokens.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _spare_searches()
    # Without certificates this context trusts nobody, so it would refuse rather than pass a TLS peer unseen.
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if route == "loopback http" else make_https_context(trust)
    proxy = make_proxy(trust)
    try:
        return httpx.AsyncClient(
            verify=verify,
            proxy=proxy if route == "remote" else None,
            trust_env=route == "remote" and proxy is None,
            timeout=None,  # noqa: S113 - `send` bounds the whole exchange
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=30.0),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # Not quoted, since a password may stand in it.
        raise WorkbenchError(
            "The proxy that the environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) cannot be used.",
            hint="It must be http:// or https://, as SOCKS is not spoken; or name another for this system.",
        ) from error


def load_http_client() -> None:
    """Import what the client is made of, which takes a tenth of a second: beside a window, not in its thread."""
    for name in ("httpx", "httpcore", "anyio", "anyio._backends._asyncio"):
        importlib.import_module(name)


def _spare_searches() -> None:
    """Say once that sniffio is absent, if it is: httpcore looks for it anew several times in each request."""
    if importlib.util.find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # the import system's own word for “not there”


def _build(client: httpx.AsyncClient, request: Request) -> httpx.Request:
    import httpx

    try:
        return client.build_request(
            request.method,
            request.address,
            headers=to_raw_headers(request.headers),
            content=request.body or None,
        )
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise WorkbenchError(f"“{_bare(request.address)}” is not a web address: {error}.") from error


def _request_of(outgoing: httpx.Request, body: bytes) -> Request:
    return Request(outgoing.method, str(outgoing.url), parse_raw_headers(outgoing.headers.raw), body)


def _failure_of(error: Exception, scheme: str, where: str, proxy: str) -> Failure:
    """Tell in a sentence why no whole response came."""
    import httpx

    causes, words = tuple(_causes_of(error)), str(error)
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None:
        return Failure("tls", tell_tls(tls, where))
    if isinstance(error, httpx.ProxyError):
        return Failure("refused", _tell_proxy(words, where, proxy))
    if isinstance(error, httpx.ConnectError):
        return Failure("refused", _tell_refusal(causes, proxy or where, "The proxy " if proxy else ""))
    if isinstance(error, httpx.DecodingError):
        return Failure("protocol", f"The body that {where} answered is not encoded as it says: {words}.")
    if isinstance(error, httpx.RemoteProtocolError) and not CLOSED.search(words):
        return Failure("protocol", f"What {where} answered is not HTTP/1.1: {words}.")
    # In TLS 1.3 a client is let in before its certificate is looked at, and the reason may be lost with the connection.
    why = " It may ask for a certificate." if scheme == "https" else ""
    return Failure("closed", f"{where} closed the connection before its response was whole.{why}")


def _tell_proxy(words: str, where: str, proxy: str) -> str:
    name = f"The proxy {proxy}" if proxy else "The proxy"
    if words.startswith("407"):
        return f"{name} asks for a name and a password, or did not take those that it was given."
    return f"{name} on the way to {where} refused: {words}."


def _tell_refusal(causes: tuple[BaseException, ...], where: str, what: str) -> str:
    import socket

    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return f"The name {where} is not known to this machine's network. Check its spelling, or the VPN."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return f"{what}{where} refused the connection. Start what should answer there, or check its address and port."
    return f"{what}{where} cannot be reached: {str(causes[-1]) or 'no connection came about'}."


def _causes_of(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
