"""The HTTP client meets real listeners, good and bad."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Headers, Request, Response
from workbench.transports.http_client import HttpClient, is_loopback
from workbench.transports.http_server import HttpServer

Reply = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def send_to_raw(
    reply: Reply, *, within: float = 5.0, limit: int = 1000, scheme: str = "http", headers: Headers = ()
) -> Exchange:
    """Send one GET to a bare socket that answers as `reply` writes."""

    async def story() -> Exchange:
        answering: list[asyncio.Task[None] | None] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            answering.append(asyncio.current_task())
            with contextlib.suppress(OSError):
                await reader.read(1000)
                await reply(reader, writer)
                writer.close()
                await writer.wait_closed()

        listener = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        try:
            async with HttpClient(limit=limit) as client:
                return await client.send(Request("GET", f"{scheme}://127.0.0.1:{port}/x", headers), within=within)
        finally:
            listener.close()
            await asyncio.wait([task for task in answering if task], timeout=2)

    return asyncio.run(story())


def writing(data: bytes) -> Reply:
    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return reply


def kind_of(exchange: Exchange) -> str:
    assert exchange.response is None
    assert exchange.failure is not None
    assert exchange.failure.reason.endswith(".")
    return exchange.failure.kind


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(request: Request) -> Exchange:
    async def story() -> Exchange:
        async with HttpClient() as client:
            return await client.send(request, within=5)

    return asyncio.run(story())


def test_refused_connection_is_a_failure_not_an_exception() -> None:
    exchange = send(Request("GET", f"http://127.0.0.1:{free_port()}/"))
    assert kind_of(exchange) == "refused"
    assert exchange.failure is not None
    assert "refused the connection" in exchange.failure.reason


def test_a_silent_peer_is_a_timeout() -> None:
    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    exchange = send_to_raw(wait, within=0.1)
    assert kind_of(exchange) == "timeout"
    assert 0.1 <= exchange.duration < 1


def test_a_peer_that_closes_without_a_word_is_closed() -> None:
    assert kind_of(send_to_raw(writing(b""))) == "closed"


def test_a_response_cut_short_is_closed() -> None:
    cut = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
    assert kind_of(send_to_raw(writing(cut))) == "closed"


def test_a_peer_that_does_not_speak_http_is_a_protocol_failure() -> None:
    assert kind_of(send_to_raw(writing(b"MSH|^~\\&|hello\r\n\r\n"))) == "protocol"


@pytest.mark.parametrize("location", [b"javascript:alert(1)", b"http://[::1", b"http://x:99999/", b"//", b"\xff"])
def test_a_redirect_to_what_is_no_address_is_no_exception(location: bytes) -> None:
    exchange = send_to_raw(writing(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"))
    assert exchange.response is not None or kind_of(exchange) == "protocol"


def test_a_body_that_belies_its_encoding_is_a_protocol_failure() -> None:
    lie = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    assert kind_of(send_to_raw(writing(lie))) == "protocol"


def test_a_response_beyond_the_limit_is_too_large() -> None:
    large = b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000
    assert kind_of(send_to_raw(writing(large))) == "too-large"


def test_plain_http_behind_an_https_address_is_a_tls_failure() -> None:
    assert kind_of(send_to_raw(writing(b"HTTP/1.1 400 Bad\r\n\r\n"), scheme="https")) == "tls"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    found = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    exchange = send_to_raw(writing(found))
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.header("location")) == (302, "http://127.0.0.1:1/")


@pytest.mark.parametrize("address", ["", "no address", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"])
def test_what_is_not_an_address_is_our_own_failure(address: str) -> None:
    with pytest.raises(WorkbenchError, match="is not a web address"):
        send(Request("GET", address))


def test_a_header_with_a_line_break_is_our_own_failure_and_its_value_is_not_told() -> None:
    with pytest.raises(WorkbenchError, match=r"cannot be written as HTTP/1\.1: Illegal header value\.") as caught:
        send_to_raw(writing(b""), headers=(("Authorization", "Bearer cAnary\r\nInjected: b"),))
    assert "cAnary" not in caught.value.message


def test_the_exchange_holds_the_headers_as_they_went_out() -> None:
    async def story() -> tuple[Exchange, list[Request]]:
        seen: list[Request] = []

        async def answer(request: Request) -> Response:
            seen.append(request)
            return Response(200, (("X-Name", "Müller"),), b"ok")

        server = HttpServer(answer)
        await server.start()
        async with HttpClient() as client:
            headers = (("X-Twice", "1"), ("X-Twice", "2"), ("X-Name", "Müller"))
            sent = Request("POST", server.address + "/a b?c=d|e", headers, b"\x00\xff")
            exchange = await client.send(sent, sender="me", receiver="you")
        await server.stop()
        return exchange, seen

    exchange, (received,) = asyncio.run(story())
    assert exchange.response is not None
    assert exchange.response.header("x-name") == "Müller"
    assert (exchange.sender, exchange.receiver, exchange.seen_by) == ("me", "you", "sender")
    assert [(n.lower(), v) for n, v in exchange.request.headers] == list(received.headers)
    assert exchange.request.body == received.body == b"\x00\xff"
    assert exchange.request.address == received.address


def test_a_proxy_in_the_environment_does_not_catch_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    exchange = send_to_raw(writing(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert exchange.response is not None


def test_a_remote_address_goes_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> tuple[Exchange, list[bytes]]:
        lines: list[bytes] = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            lines.append(await reader.readline())
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            await writer.drain()
            writer.close()

        proxy = await asyncio.start_server(answer, "127.0.0.1", 0)
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        async with HttpClient() as client:
            exchange = await client.send(Request("GET", "http://fhir.example.test/metadata"))
        proxy.close()
        return exchange, lines

    exchange, lines = asyncio.run(story())
    assert exchange.response is not None
    assert lines[0].startswith(b"GET http://fhir.example.test/metadata ")


def test_no_cookie_is_kept_between_requests() -> None:
    async def story() -> list[str]:
        seen: list[str] = []

        async def answer(request: Request) -> Response:
            seen.append(request.header("cookie"))
            return Response(200, (("Set-Cookie", "a=b"),))

        server = HttpServer(answer)
        await server.start()
        async with HttpClient() as client:
            await client.send(Request("GET", server.address))
            await client.send(Request("GET", server.address))
        await server.stop()
        return seen

    assert asyncio.run(story()) == ["", ""]


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("localhost", True), ("::1", True), ("10.0.0.1", False), ("a.b", False)],
)
def test_loopback_is_known_by_its_names(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_no_code_or_token_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async def answer(request: Request) -> Response:
            return Response(302, (("Location", "/?code=canary-in-answer"),))

        server = HttpServer(answer)
        await server.start()
        async with HttpClient() as client:
            headers = (("Authorization", "Bearer canary-in-header"),)
            await client.send(Request("POST", f"{server.address}/?code=canary-in-query", headers, b"canary-in-body"))
        await server.stop()

    with caplog.at_level(logging.DEBUG):
        asyncio.run(story())
    assert "canary" not in caplog.text


@pytest.mark.parametrize("address", ["ftp://x/?code=cAnary", "http://[::1/?code=cAnary", "http://x:99999/#code=cAnary"])
def test_an_address_that_cannot_be_used_is_told_without_what_it_carries(address: str) -> None:
    async def send() -> None:
        async with HttpClient() as client:
            await client.send(Request("GET", address))

    with pytest.raises(WorkbenchError, match="is not a web address") as caught:
        asyncio.run(send())
    assert "cAnary" not in f"{caught.value.message} {caught.value.hint}"
