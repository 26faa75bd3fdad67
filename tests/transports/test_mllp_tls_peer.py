"""MLLP by TLS with OpenSSL's own client and server at the other end."""

import asyncio
import shutil
import socket
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.transports.certificates import CLIENT, SERVER, issue
from workbench.exchange import Exchange
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_client import send_mllp
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_tls import make_client_context, make_server_context

OPENSSL = shutil.which("openssl")
MESSAGE = b"MSH|^~\\&|WARD|B|||2026||ADT^A01|C1|P|2.5.1\rPID|1\r"
ANSWER = b"MSH|^~\\&|\rMSA|AA|C1\r"
CA = issue("CA", is_ca=True)
pytestmark = [pytest.mark.peer, pytest.mark.skipif(OPENSSL is None, reason="the program openssl is not here")]


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(OPENSSL or "", *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_openssl_sends_with_a_certificate_and_reads_the_answer(tmp_path: Path, version: str) -> None:
    trusted = CA.write(tmp_path, "ca")[0]
    context = make_server_context(*issue("EHR", CA, use=SERVER).write(tmp_path, "ehr"), client_ca=trusted)
    certificate, key = issue("WARD", CA, use=CLIENT).write(tmp_path, "ward")
    seen: list[Exchange] = []

    async def acknowledge(_: bytes) -> bytes:
        return ANSWER

    async def story() -> bytes:
        listener = MllpListener(acknowledge, tls=context, on_exchange=seen.append)
        await listener.start()
        files = ["-CAfile", str(trusted), "-cert", str(certificate), "-key", str(key)]
        at = ["-connect", f"127.0.0.1:{listener.port}", "-verify_ip", "127.0.0.1", "-verify_return_error"]
        process = await start("s_client", "-quiet", version, *at, *files)
        assert process.stdin and process.stdout
        process.stdin.write(frame_message(MESSAGE))
        await process.stdin.drain()
        try:
            return await asyncio.wait_for(process.stdout.readuntil(b"\x1c\r"), 10)
        finally:
            process.kill()
            await process.communicate()
            await listener.stop()

    assert asyncio.run(story()) == frame_message(ANSWER)
    assert [exchange.request.body for exchange in seen] == [MESSAGE]


@pytest.mark.parametrize("has_certificate", [True, False])
def test_openssl_receives_from_senders_with_a_certificate_alone(tmp_path: Path, has_certificate: bool) -> None:
    trusted = CA.write(tmp_path, "ca")[0]
    certificate, key = issue("EHR", CA, use=SERVER).write(tmp_path, "ehr")
    mine = issue("WARD", CA, use=CLIENT).write(tmp_path, "ward") if has_certificate else ()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def story() -> tuple[Exchange, bytes]:
        files = ["-CAfile", str(trusted), "-cert", str(certificate), "-key", str(key)]
        process = await start("s_server", "-quiet", "-accept", f"127.0.0.1:{port}", "-Verify", "2", *files)
        assert process.stdin and process.stdout
        try:
            await _wait_for(port)
            sending = asyncio.create_task(
                send_mllp("127.0.0.1", port, MESSAGE, tls=make_client_context(trusted, *mine), within=5)
            )
            received = b""
            if has_certificate:
                received = await asyncio.wait_for(process.stdout.readuntil(b"\x1c\r"), 10)
                process.stdin.write(frame_message(ANSWER))
                await process.stdin.drain()
            return await sending, received
        finally:
            process.kill()
            await process.communicate()

    sent, received = asyncio.run(story())
    if has_certificate:
        assert sent.response and sent.response.body == ANSWER
        assert received == frame_message(MESSAGE)
    else:
        assert sent.failure and sent.failure.kind == "tls"
        assert "asks for a certificate, and none was given" in sent.failure.reason


async def _wait_for(port: int) -> None:
    """Until the server listens; a connection that says nothing does it no harm."""
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        return
    raise AssertionError("it never listened")
