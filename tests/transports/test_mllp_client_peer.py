"""Our MLLP client with the server of python-hl7 at the other end, with TLS and without."""

import asyncio
import ssl
from pathlib import Path

import pytest

from tests.transports.certificates import SERVER, issue
from workbench.exchange import Exchange
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_tls import make_client_context

mllp = pytest.importorskip("hl7.mllp", reason="the package hl7 is not installed")
MESSAGE = b"MSH|^~\\&|WARD|B|EHR|H|2026||ADT^A01|C%d|P|2.5.1\rPID|1||%s\r"
CA = issue("CA", is_ca=True)


@pytest.mark.peer
@pytest.mark.filterwarnings("ignore:.*utcnow:DeprecationWarning")  # the peer's own
@pytest.mark.parametrize("by_tls", [False, True], ids=["plain", "TLS"])
def test_python_hl7_answers_each_message_on_a_kept_connection(tmp_path: Path, by_tls: bool) -> None:
    server_tls = client_tls = None
    if by_tls:
        server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_tls.load_cert_chain(*issue("peer", CA, use=SERVER).write(tmp_path, "peer"))
        client_tls = make_client_context(CA.write(tmp_path, "ca")[0])

    async def serve(reader, writer) -> None:  # type: ignore[no-untyped-def]  # the peer's own types
        try:
            while True:
                writer.writemessage((await reader.readmessage()).create_ack())
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    async def story() -> list[Exchange]:
        server = await mllp.start_hl7_server(serve, host="127.0.0.1", port=0, limit=8_000_000, ssl=server_tls)
        port = server.sockets[0].getsockname()[1]
        sent = []
        async with MllpConnection("127.0.0.1", port, tls=client_tls) as connection:
            for number in range(20):
                sent.append(await connection.send(MESSAGE % (number, b"x" * (1_000_000 if number == 10 else 10))))
        server.close()
        return sent

    exchanges = asyncio.run(story())
    assert [exchange.failure for exchange in exchanges] == [None] * 20
    assert all(b"\rMSA|AA|" in exchange.response.body for exchange in exchanges if exchange.response)
    assert [exchange.note for exchange in exchanges] == [""] * 20
