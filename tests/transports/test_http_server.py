"""The HTTP server answers whatever arrives, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response, is_same_exchange
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer


async def echo(request: Request) -> Response:
    if request.address.endswith("/fail"):
        raise KeyError("secret-token-value")
    if request.address.endswith("/slow"):
        await asyncio.sleep(30)
    return Response(200, (("Content-Type", "text/plain"),), request.body)


async def ask_raw(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    await writer.drain()
    try:
        return await asyncio.wait_for(reader.read(500), 5)
    finally:
        writer.close()


def answer_to(data: bytes, *, limit: int = 1000) -> bytes:
    async def story() -> bytes:
        server = HttpServer(echo, limit=limit)
        await server.start()
        try:
            return await ask_raw(server.port, data.replace(b"PORT", str(server.port).encode()))
        finally:
            await server.stop()

    return asyncio.run(story())


def test_a_request_is_answered_and_recorded_by_both_ends_as_one_exchange() -> None:
    async def story() -> tuple[Exchange, list[Exchange]]:
        seen: list[Exchange] = []
        server = HttpServer(echo, name="Somewhere", on_exchange=seen.append)
        await server.start()
        async with HttpClient() as client:
            sent = await client.send(Request("POST", server.address + "/a?b=c%20d", body=b"hello"))
        await server.stop()
        return sent, seen

    sent, (received,) = asyncio.run(story())
    assert sent.response is not None
    assert sent.response.body == b"hello"
    assert is_same_exchange(sent, received)
    assert (received.sender, received.receiver, received.seen_by) == ("workbench", "Somewhere", "receiver")
    assert received.request.address == sent.request.address


@pytest.mark.parametrize(
    "host", [b"evil.example", b"evil.example:PORT", b"127.0.0.1.evil.example", b"", b"[", b"10.0.0.1"]
)
def test_a_hostile_host_is_misdirected(host: bytes) -> None:
    assert answer_to(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").startswith(b"HTTP/1.1 421")


@pytest.mark.parametrize("host", [b"127.0.0.1:PORT", b"localhost:PORT", b"LOCALHOST"])
def test_its_own_names_are_answered(host: bytes) -> None:
    assert answer_to(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_target_that_is_no_path_is_refused() -> None:
    answer = answer_to(b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "noise", [b"\x00\xff\x00\r\n\r\n", b"MSH|^~\\&\r\n\r\n", b"GET /\r\n\r\n", b"\x16\x03\x01\r\n\r\n"]
)
def test_what_is_not_http_is_answered_400(noise: bytes) -> None:
    assert answer_to(noise).startswith(b"HTTP/1.1 400")


def test_a_body_beyond_the_limit_is_refused_though_its_sender_never_looks_up() -> None:
    async def story() -> Exchange:
        server = HttpServer(echo, limit=1000)
        await server.start()
        async with HttpClient() as client:
            exchange = await client.send(Request("POST", server.address, body=b"x" * 3_000_000))
        await server.stop()
        return exchange

    exchange = asyncio.run(story())
    assert exchange.response is not None
    assert exchange.response.status == 413


def test_a_body_at_the_limit_is_taken() -> None:
    body = b"x" * 1000
    answer = answer_to(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n" + body)
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_sender_that_asks_first_is_refused_before_it_sends() -> None:
    ask = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\nExpect: 100-continue\r\n\r\n"
    assert answer_to(ask).startswith(b"HTTP/1.1 413")


def test_an_answer_that_fails_is_a_500_and_the_server_lives(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> list[int | None]:
        seen: list[Exchange] = []
        server = HttpServer(echo, name="Somewhere", on_exchange=seen.append)
        await server.start()
        async with HttpClient() as client:
            for path in ("/fail", "/fine"):
                exchange = await client.send(Request("GET", server.address + path))
                assert exchange.response is not None
                assert exchange.response.status == (500 if path == "/fail" else 200)
        await server.stop()
        return [exchange.response.status if exchange.response else None for exchange in seen]

    with caplog.at_level(logging.DEBUG):
        assert asyncio.run(story()) == [500, 200]
    assert "KeyError" in caplog.text
    assert "secret-token-value" not in caplog.text


def test_a_port_in_use_is_told_with_its_number() -> None:
    async def story(port: int) -> None:
        await HttpServer(echo, port=port, name="Somewhere").start()

    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(WorkbenchError, match=f"Port {port} cannot be opened for Somewhere"):
            asyncio.run(story(port))


def test_stopping_is_quick_with_connections_kept_open_and_frees_the_port() -> None:
    async def story() -> float:
        server = HttpServer(echo)
        await server.start()
        async with HttpClient() as client:
            await client.send(Request("GET", server.address))
            _, silent = await asyncio.open_connection("127.0.0.1", server.port)
            clock = time.perf_counter()
            await server.stop()
            took = time.perf_counter() - clock
            silent.close()
        again = HttpServer(echo, port=server.port)
        await again.start()
        await again.stop()
        return took

    assert asyncio.run(story()) < 0.8


def test_stopping_ends_a_request_that_does_not_end_by_itself() -> None:
    async def story() -> tuple[float, int]:
        server = HttpServer(echo)
        await server.start()
        async with HttpClient() as client:
            asking = asyncio.create_task(client.send(Request("GET", server.address + "/slow")))
            await asyncio.sleep(0.1)
            clock = time.perf_counter()
            await server.stop()
            took = time.perf_counter() - clock
            await asking
        return took, len(asyncio.all_tasks())

    took, tasks = asyncio.run(story())
    assert took < 3
    assert tasks == 1


def test_a_client_that_goes_away_amid_its_body_leaves_the_server_alive() -> None:
    async def story() -> Exchange:
        server = HttpServer(echo)
        await server.start()
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nabc")
        await writer.drain()
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        async with HttpClient() as client:
            exchange = await client.send(Request("GET", server.address))
        await server.stop()
        return exchange

    exchange = asyncio.run(story())
    assert exchange.response is not None
    assert exchange.response.status == 200


def test_answers_do_not_wait_for_the_other_ends_acknowledgment() -> None:
    async def story() -> float:
        server = HttpServer(echo)
        await server.start()
        async with HttpClient() as client:
            await client.send(Request("GET", server.address))
            clock = time.perf_counter()
            for _ in range(20):
                await client.send(Request("POST", server.address, body=b"x"))
            took = time.perf_counter() - clock
        await server.stop()
        return took

    assert asyncio.run(story()) < 0.4, "twenty answers at 40 ms each mean that TCP_NODELAY is not set"


@pytest.mark.parametrize("steps", range(8))
def test_a_start_that_is_cancelled_leaves_no_port_open(steps: int) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def cancel() -> None:
        server = HttpServer(echo, port=port)
        starting = asyncio.create_task(server.start())
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait((starting,))
        await server.stop()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(cancel())
