"""HTTP server: takes requests on a loopback port and hands each to one `answer` of ours.

It answers whatever arrives: 413 beyond the body limit, 421 for a Host that is not its own, 500 where `answer` fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response, utc_now
from workbench.transports.http_headers import parse_raw_headers, to_raw_headers

if TYPE_CHECKING:
    import uvicorn

HOST: Final = "127.0.0.1"
BODY_LIMIT: Final = 64 * 1024 * 1024
DRAIN_LIMIT: Final = 4 * BODY_LIMIT

_log = logging.getLogger(__name__)

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class NotedResponse:
    """A response that goes out as it is, and a sentence for its exchange on why it is not the usual one."""

    response: Response
    note: str


class HttpServer:
    """Serve `answer` on 127.0.0.1; `port` 0 takes a free one. `on_exchange` sees each exchange, on the loop's thread.

    `hosts` are the names that a Host header may hold, so that a page of another site cannot reach us by rebinding.
    """

    def __init__(
        self,
        answer: Callable[[Request], Awaitable[Response | NotedResponse]],
        *,
        port: int = 0,
        name: str = "",
        on_exchange: Callable[[Exchange], None] | None = None,
        hosts: tuple[str, ...] = (HOST, "localhost"),
        limit: int = BODY_LIMIT,
    ) -> None:
        self.port = port
        self.name = name
        self._answer = answer
        self._on_exchange = on_exchange
        self._hosts = hosts
        self._limit = limit
        self._server: uvicorn.Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def start(self) -> None:
        """Bind and listen; raises WorkbenchError where the port is taken."""
        import uvicorn

        listener = _bind(self.port, self.name)
        config = uvicorn.Config(
            self._serve,
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,  # this end is the last; nobody may name another client
            access_log=False,
            log_config=None,
            log_level=logging.CRITICAL,  # uvicorn would log whole exceptions, and their words may hold a token
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        config.load()
        server = uvicorn.Server(config)
        # Signals belong to the front end; uvicorn takes them over otherwise.
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment, method-assign]  # a context manager all the same
        server.lifespan = config.lifespan_class(config)
        starting = asyncio.ensure_future(server.startup(sockets=[listener]))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # What has begun is ended first: nobody would know of the port that stays open.
            await starting
            await server.shutdown()
            raise
        self.port = listener.getsockname()[1]
        self._server = server
        self._ticking = asyncio.create_task(server.main_loop(), name=f"http clock of {self.name or self.port}")

    async def stop(self) -> None:
        """Close the listener and every connection; requests under way have a second to end."""
        server, self._server = self._server, None
        if server is None:
            return
        for listening in server.servers:  # at once, so that who is cancelled below leaves no port behind
            listening.close()
        ticking, self._ticking = self._ticking, None
        if ticking is not None:
            ticking.cancel()
            await asyncio.wait((ticking,))
        tasks = tuple(server.server_state.tasks)
        await server.shutdown()
        for connection in tuple(server.server_state.connections):
            connection.transport.abort()
        if tasks:
            await asyncio.wait(tasks, timeout=1)

    async def _serve(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        started, clock = utc_now(), time.perf_counter()
        headers = parse_raw_headers(scope["headers"])
        request = Request(scope["method"], self._address_of(scope, headers), headers)
        response, note = Response(500), ""
        try:
            refusal = self._refuse(scope, request)
            body = None if refusal else await _read_body(receive, request, self._limit)
            if body is not None:
                request = Request(request.method, request.address, headers, body)
                answer = await self._answer(request)
                response, note = (answer, "") if isinstance(answer, Response) else (answer.response, answer.note)
            else:
                response = refusal or _say(413, f"The body is larger than {self._limit:,} bytes.")
            await _write(send, response)
        except Exception as error:
            _log.error("An answer of %s failed: %s", self.name or self.address, _told_without_values(error))
            raise
        finally:
            if self._on_exchange is not None:
                sender, duration = _sender_of(request), time.perf_counter() - clock
                self._on_exchange(
                    Exchange(sender, self.name, request, response, started, duration, seen_by="receiver", note=note)
                )

    def _address_of(self, scope: _Scope, headers: tuple[tuple[str, str], ...]) -> str:
        host = next((value for name, value in headers if name == "host"), f"{HOST}:{self.port}")
        query = scope["query_string"].decode("ascii", "replace")
        path = scope["raw_path"].decode("ascii", "replace")
        return f"http://{host}{path}{'?' + query if query else ''}"

    def _refuse(self, scope: _Scope, request: Request) -> Response | None:
        if not scope["raw_path"].startswith(b"/") and scope["raw_path"] != b"*":
            return _say(400, "The request target must be a path.")
        if _host_name(request.header("host")) not in self._hosts:
            return _say(421, f"This server answers at {' and '.join(self._hosts)} alone; ask it by that name.")
        return None


def _bind(port: int, name: str) -> socket.socket:
    # Naming the protocol lets asyncio see TCP and set TCP_NODELAY; each answer would wait 40 ms otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        # A second socket may bind beside one that does not listen yet; listening settles who has the port.
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise WorkbenchError(
            f"Port {port} cannot be opened{f' for {name}' if name else ''}: it is in use or not allowed.",
            hint="Stop what uses it, or choose another port (0 takes a free one).",
        ) from error
    listener.setblocking(False)
    return listener


async def _read_body(receive: _Receive, request: Request, limit: int) -> bytes | None:
    """Read the whole body; None where it is larger than `limit`.

    What is left of it is then read and thrown away, since a client that still writes would not see our answer.
    """
    declared = request.header("content-length")
    if declared.isdecimal() and int(declared) > limit and request.header("expect"):
        return None
    body, size, more = bytearray(), 0, True
    while more and size <= DRAIN_LIMIT:
        event = await receive()
        chunk = event.get("body", b"")
        size += len(chunk)
        if size <= limit:
            body += chunk
        else:
            body.clear()
        more = event["type"] == "http.request" and event.get("more_body", False)
    return bytes(body) if size <= limit else None


async def _write(send: _Send, response: Response) -> None:
    headers = to_raw_headers(response.headers)
    if not any(name.lower() == b"content-length" for name, _ in headers) and response.status not in (204, 304):
        headers.append((b"content-length", str(len(response.body)).encode("ascii")))
    await send({"type": "http.response.start", "status": response.status or 500, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _say(status: int, sentence: str) -> Response:
    headers = (("content-type", "text/plain; charset=utf-8"), ("connection", "close"))
    return Response(status, headers, sentence.encode("utf-8"))


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _sender_of(request: Request) -> str:
    agent = request.header("user-agent").partition("/")[0].strip()
    return {"": "unknown", "interop-workbench": "workbench", "Mozilla": "browser"}.get(agent, agent)


def _told_without_values(error: BaseException) -> str:
    """Name the kind and place of an error; its words are left out, since they may hold a token or a patient."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
