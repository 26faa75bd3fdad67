"""MLLP by TLS: who is let in at either end, and what is said of who is not."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.transports.certificates import CLIENT, SERVER, Identity, issue, small_key
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.transports.mllp_client import MllpConnection, send_mllp
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_tls import make_client_context, make_server_context

MESSAGE = b"MSH|^~\\&|WARD|B|||2026||ADT^A01|C1|P|2.5.1\rPID|1\r"
ANSWER = b"MSH|^~\\&|\rMSA|AA|C1\r"
CA, OTHER = issue("CA", is_ca=True), issue("Other CA", is_ca=True)
MIDDLE = issue("Middle", CA, is_ca=True)
PAST = {"begins": timedelta(days=-9), "ends": timedelta(days=-1)}


@dataclass(frozen=True)
class Bad:
    """A certificate that must be refused: `verdict` is what is said of it, `told` what its owner is told."""

    identity: Callable[[], Identity]
    verdict: str
    told: str


ANYWHERE = {
    "expired": Bad(lambda: issue("x", CA, **PAST), "it has expired", "expired"),
    "not valid yet": Bad(lambda: issue("x", CA, begins=timedelta(days=1)), "not valid yet", "does not trust"),
    "self-signed": Bad(lambda: issue("x"), "self-signed", "does not know the CA"),
    "of an unknown CA": Bad(lambda: issue("x", OTHER), "issuer is not known", "does not know the CA"),
    "forged": Bad(lambda: issue("x", CA, signed_with=OTHER.key), "signature does not fit", "could not check"),
    "signed by no CA": Bad(lambda: issue("x", issue("leaf", CA)), "not one of a CA", "does not know the CA"),
    "without its chain": Bad(
        lambda: Identity((found := issue("x", MIDDLE)).certificate, found.key), "issuer is not known", "does not know"
    ),
    "of too long a chain": Bad(
        lambda: issue("x", issue("B", issue("A", CA, is_ca=True, path_length=0), is_ca=True)),
        "chain is longer",
        "does not know the CA",
    ),
    "of an expired CA": Bad(lambda: issue("x", issue("A", CA, is_ca=True, **PAST)), "it has expired", "expired"),
    "of a name that its CA may not sign for": Bad(
        lambda: issue("x", issue("A", CA, is_ca=True, may_sign_for="other.example"), hosts=("ehr.example",)),
        "its CA may not sign for",
        "does not trust",
    ),
}
OF_A_RECEIVER = ANYWHERE | {
    "for another address": Bad(lambda: issue("x", CA, address="127.0.0.9"), "another IP address", "does not trust"),
    "for a name alone": Bad(lambda: issue("x", CA, address="", hosts=("a.example",)), "another IP", "does not trust"),
    "named in its subject alone": Bad(lambda: issue("127.0.0.1", CA, address=""), "holds none", "does not trust"),
    "of a client": Bad(lambda: issue("x", CA, use=CLIENT), "not meant for this use", "another use"),
}
OF_A_SENDER = ANYWHERE | {"of a server": Bad(lambda: issue("x", CA, use=SERVER), "not meant for", "another use")}


async def acknowledge(_: bytes) -> bytes:
    return ANSWER


async def meet(
    server: ssl.SSLContext | None, client: ssl.SSLContext | None, *, host: str = "127.0.0.1"
) -> tuple[Exchange, list[Exchange]]:
    """What one message becomes for the sender, and for the receiver."""
    seen: list[Exchange] = []
    listener = MllpListener(acknowledge, tls=server, on_exchange=seen.append, patience=0.3)
    await listener.start()
    sent = await send_mllp(host, listener.port, MESSAGE, tls=client, within=3)
    await asyncio.sleep(0.02)
    await listener.stop()
    return sent, seen


def reason(exchange: Exchange) -> str:
    assert exchange.response is None
    assert exchange.failure and exchange.failure.kind == "tls", exchange
    return exchange.failure.reason


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return CA.write(tmp_path, "ca")[0]


@pytest.fixture
def good(tmp_path: Path) -> tuple[Path, Path]:
    return issue("EHR", MIDDLE, hosts=("localhost",), use=SERVER).write(tmp_path, "good")


@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_ends_that_know_each_other_exchange_by_tls(
    tmp_path: Path, ca: Path, good: tuple[Path, Path], highest: ssl.TLSVersion
) -> None:
    server = make_server_context(*good, client_ca=ca)
    server.maximum_version = highest
    client = make_client_context(ca, *issue("WARD", CA, address="", use=CLIENT).write(tmp_path, "ward"))
    sent, seen = asyncio.run(meet(server, client))
    assert sent.response and sent.response.body == ANSWER
    assert sent.request.address.startswith("mllps://127.0.0.1:") and sent.protocol == "mllp"
    assert [exchange.request.address for exchange in seen] == [sent.request.address]


def test_name_is_checked_where_the_address_has_one(ca: Path, good: tuple[Path, Path]) -> None:
    sent, _ = asyncio.run(meet(make_server_context(*good), make_client_context(ca), host="localhost"))
    assert sent.response


def test_large_messages_and_many_make_the_round_by_tls(ca: Path, good: tuple[Path, Path]) -> None:
    payload = MESSAGE + b"OBX|1|ED|||^^^Base64^" + b"QUJD" * 700_000 + b"\r"

    async def story() -> list[bytes]:
        received: list[bytes] = []

        async def answer(message: bytes) -> bytes:
            received.append(message)
            return ANSWER

        listener = MllpListener(answer, tls=make_server_context(*good))
        await listener.start()
        async with MllpConnection("127.0.0.1", listener.port, tls=make_client_context(ca)) as connection:
            for message in (payload, *[MESSAGE] * 50, payload):
                assert (await connection.send(message)).response
        await listener.stop()
        return received

    assert asyncio.run(story()) == [payload, *[MESSAGE] * 50, payload]


@pytest.mark.parametrize("name", OF_A_RECEIVER)
def test_receiver_with_a_bad_certificate_is_refused_with_the_reason(tmp_path: Path, ca: Path, name: str) -> None:
    bad = OF_A_RECEIVER[name]
    server = make_server_context(*bad.identity().write(tmp_path, "bad"))
    sent, seen = asyncio.run(meet(server, make_client_context(ca)))
    assert "is not trusted" in reason(sent) and bad.verdict in reason(sent)
    assert [bad.told in reason(exchange) for exchange in seen] == [True]


@pytest.mark.parametrize("name", OF_A_SENDER)
def test_sender_with_a_bad_certificate_is_refused_with_the_reason(
    tmp_path: Path, ca: Path, good: tuple[Path, Path], name: str
) -> None:
    bad = OF_A_SENDER[name]
    client = make_client_context(ca, *bad.identity().write(tmp_path, "bad"))
    sent, seen = asyncio.run(meet(make_server_context(*good, client_ca=ca), client))
    assert bad.told in reason(sent)
    assert [bad.verdict in reason(exchange) for exchange in seen] == [True]


def test_sender_without_a_certificate_is_told_so(ca: Path, good: tuple[Path, Path]) -> None:
    sent, seen = asyncio.run(meet(make_server_context(*good, client_ca=ca), make_client_context(ca)))
    assert "asks for a certificate, and none was given" in reason(sent)
    assert "gave no certificate" in reason(seen[0])


def test_receiver_is_not_trusted_without_its_ca(good: tuple[Path, Path]) -> None:
    sent, _ = asyncio.run(meet(make_server_context(*good), make_client_context()))
    assert "is not trusted" in reason(sent)


def test_old_versions_are_refused(ca: Path, good: tuple[Path, Path]) -> None:
    server, client = make_server_context(*good), make_client_context(ca)
    server.minimum_version = ssl.TLSVersion.TLSv1_3
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    sent, seen = asyncio.run(meet(server, client))
    assert "no version of TLS" in reason(sent) and "no version of TLS" in reason(seen[0])
    assert make_client_context(ca).minimum_version == ssl.TLSVersion.TLSv1_2
    assert make_server_context(*good).minimum_version == ssl.TLSVersion.TLSv1_2


def test_tls_at_one_end_alone_is_told_at_both(ca: Path, good: tuple[Path, Path]) -> None:
    sent, seen = asyncio.run(meet(None, make_client_context(ca)))
    assert "may not speak TLS" in reason(sent)
    assert seen[0].failure and "TLS" in seen[0].failure.reason
    sent, seen = asyncio.run(meet(make_server_context(*good), None))
    assert sent.failure and "does not speak TLS" in reason(seen[0])


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak TLS"),
        (b"\x0b" + ANSWER + b"\x1c\r", "does not speak TLS"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak TLS"),
        (b"", "may not speak TLS"),
    ],
    ids=["HTTP", "MLLP", "SSH", "nothing"],
)
def test_receiver_that_speaks_something_else_is_told_so(ca: Path, said: bytes, words: str) -> None:
    async def story() -> Exchange:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(100)
            writer.write(said)
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sent = await send_mllp("127.0.0.1", port, MESSAGE, tls=make_client_context(ca), within=2)
        server.close()
        return sent

    assert words in reason(asyncio.run(story()))


def test_receiver_that_is_silent_is_given_up_in_time(ca: Path) -> None:
    async def story() -> Exchange:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            return await send_mllp("127.0.0.1", port, MESSAGE, tls=make_client_context(ca), within=0.2)

    sent = asyncio.run(story())
    assert "did not agree on TLS in time" in reason(sent) and sent.duration < 1


def test_sender_that_never_begins_tls_is_let_go(good: tuple[Path, Path]) -> None:
    async def story() -> list[Exchange]:
        seen: list[Exchange] = []
        tls = make_server_context(*good)
        listener = MllpListener(acknowledge, tls=tls, on_exchange=seen.append, patience=0.2)
        await listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        assert await asyncio.wait_for(reader.read(), 3) == b""
        writer.close()
        await listener.stop()
        return seen

    assert "did not agree on TLS in time" in reason(asyncio.run(story())[0])


def test_stop_ends_connections_whose_tls_is_not_agreed(good: tuple[Path, Path]) -> None:
    async def story() -> None:
        listener = MllpListener(acknowledge, tls=make_server_context(*good))
        await listener.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        await asyncio.sleep(0.05)
        await asyncio.wait_for(listener.stop(), 1)
        assert await asyncio.wait_for(reader.read(), 1) == b""
        writer.close()

    asyncio.run(story())


def test_files_that_do_not_fit_are_refused_in_words(tmp_path: Path, ca: Path, good: tuple[Path, Path]) -> None:
    other = issue("x", CA).write(tmp_path, "other")
    locked = issue("x", CA).write(tmp_path, "locked", password=b"secret")
    weak = issue("x", CA, key=small_key()).write(tmp_path, "weak")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("hello")
    for make, words in (
        (lambda: make_client_context(tmp_path / "none.pem"), "cannot be read"),
        (lambda: make_client_context(nonsense), "no certificate"),
        (lambda: make_client_context(ca, nonsense, good[1]), "must be PEM"),
        (lambda: make_client_context(ca, good[0], other[1]), "does not belong"),
        (lambda: make_client_context(ca, good[0]), "must be PEM"),
        (lambda: make_client_context(ca, "", good[1]), "A key alone"),
        (lambda: make_client_context(ca, *locked), "encrypted"),
        (lambda: make_client_context(ca, *locked, password="wrong"), "does not open"),
        (lambda: make_client_context(ca, good[0], tmp_path / "none.key"), "cannot be read"),
        (lambda: make_server_context(*weak), "too weak"),
        (lambda: make_server_context(*good, client_ca=tmp_path), "cannot be read"),
    ):
        with pytest.raises(WorkbenchError) as caught:
            make()
        assert words in str(caught.value), str(caught.value)
    make_client_context(ca, *locked, password="secret")
