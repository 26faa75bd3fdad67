"""Peers of the HTTP client that the tests run: a small HTTPS server, and a proxy that really forwards."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@contextlib.contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers each request with “ok”; gives its port.

    In a thread, since asyncio closes a connection before it would say why TLS was not agreed on, as real servers do.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        ended = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, tls, ended))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def _serve(listener: socket.socket, tls: ssl.SSLContext | None, ended: threading.Event) -> None:
    while not ended.is_set():
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            connection.settimeout(5)
            with connection, connection.dup() as spare:
                try:
                    _answer(tls.wrap_socket(connection, server_side=True) if tls else connection)
                except ssl.SSLError:
                    # What is still unread would reset the connection before the alert is read at the other end.
                    spare.shutdown(socket.SHUT_WR)
                    while spare.recv(65536):
                        pass


def _answer(connection: socket.socket) -> None:
    with connection:
        received = b""
        while b"\r\n\r\n" not in received and (data := connection.recv(65536)):
            received += data
        connection.sendall(ANSWER)


@dataclass
class Proxy:
    """A forward proxy that signs in whoever is asked to; `hosts` says at which loopback port each name answers."""

    hosts: Mapping[str, int]
    sign_in: str = ""
    seen: list[str] = field(default_factory=list)
    """The first line of each request that it took."""

    @contextlib.asynccontextmanager
    async def run(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
        async with _listening(self._serve, tls) as port:
            yield port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *headers = head.split("\r\n")
            self.seen.append(line)
            if self.sign_in and f"Basic {base64.b64encode(self.sign_in.encode()).decode()}" not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            else:
                await self._forward(line, headers, reader, writer)
        writer.close()

    async def _forward(
        self, line: str, headers: list[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        method, target, version = line.split(" ")
        name = target.removeprefix("http://").partition("/")[0].partition(":")[0]
        if name not in self.hosts:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        there, to_there = await asyncio.open_connection("127.0.0.1", self.hosts[name])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            path = "/" + target.removeprefix("http://").partition("/")[2]
            kept = [each for each in headers if not each.lower().startswith("proxy-")]
            to_there.write("\r\n".join((f"{method} {path} {version}", *kept)).encode())
        await asyncio.gather(_pump(there, writer), _pump(reader, to_there))


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
        target.close()


@contextlib.asynccontextmanager
async def _listening(answer: Answer, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    tasks: list[asyncio.Task[None] | None] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        await answer(reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        if open_ones := [task for task in tasks if task]:
            await asyncio.wait(open_ones, timeout=2)
        for task in open_ones:
            task.cancel()
