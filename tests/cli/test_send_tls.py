"""`workbench send hl7` by TLS, and what it shows of the acknowledgments that a message asks for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.transports.certificates import CLIENT, SERVER, issue
from workbench.cli import main
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_client import send_mllp
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply
from workbench.transports.mllp_tls import make_server_context

CA = issue("CA", is_ca=True)
MESSAGE = b"MSH|^~\\&|WARD|B|||2026||ADT^A01|C1|P|2.5.1%s\rPID|1\r"


def acknowledge(code: str) -> bytes:
    return f"MSH|^~\\&|EHR\rMSA|{code}|C1\r".encode()


async def _end_others() -> None:
    """Cancel what still runs on this loop, and let its connections be closed."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.05)


@contextlib.contextmanager
def listening(make: Callable[[], MllpListener]) -> Iterator[int]:
    """The port of a listener in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> MllpListener:
        listener = make()
        await listener.start()
        return listener

    listener = asyncio.run_coroutine_threadsafe(start(), loop).result(5)
    try:
        yield listener.port
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(5)
        asyncio.run_coroutine_threadsafe(_end_others(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@contextlib.contextmanager
def by_tls(folder: Path) -> Iterator[int]:
    certificate, key = issue("EHR", CA, use=SERVER).write(folder, "ehr")
    context = make_server_context(certificate, key, client_ca=CA.write(folder, "ca")[0])

    async def answer(_: bytes) -> bytes:
        return acknowledge("AA")

    with listening(lambda: MllpListener(answer, tls=context)) as port:
        yield port


def send(folder: Path, to: str, *options: str, asks: bytes = b"") -> int:
    file = folder / "message.hl7"
    file.write_bytes(MESSAGE % asks)
    return main(["send", "hl7", str(file), "--to", to, "--within", "3", *options])


def test_a_message_goes_by_tls_with_a_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate, key = issue("WARD", CA, use=CLIENT).write(tmp_path, "ward", password=b"secret")
    files = ["--ca", str(tmp_path / "ca.pem"), "--cert", str(certificate), "--key", str(key)]
    with by_tls(tmp_path) as port, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEY_PASSWORD", "secret")
        with_password = [*files, "--key-password-env", "KEY_PASSWORD"]
        assert send(tmp_path, f"mllps://127.0.0.1:{port}", *with_password) == 0
        assert capsys.readouterr().out.startswith("pass: AA")
        assert (
            send(tmp_path, f"mllp://127.0.0.1:{port}", "--tls", *with_password, "--results", str(tmp_path / "r.csv"))
            == 0
        )
        assert send(tmp_path, f"mllps://127.0.0.1:{port}", *files[:2]) == 1
        assert "asks for a certificate, and none was given" in capsys.readouterr().out
        assert send(tmp_path, f"mllps://127.0.0.1:{port}") == 1
        assert "is not trusted" in capsys.readouterr().out
        assert send(tmp_path, f"mllps://127.0.0.1:{port}", *files) == 2
        assert "The key is encrypted." in capsys.readouterr().err


def test_files_of_certificates_without_tls_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(tmp_path, "mllp://127.0.0.1:1", "--ca", "ca.pem") == 2
    assert "by TLS alone" in capsys.readouterr().err


def test_both_acknowledgments_are_shown_where_both_are_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(_: bytes) -> Reply:
        accept, application = acknowledge("CA"), acknowledge("AE")
        return Reply(application, (frame_message(accept), frame_message(application)), accept=accept)

    with listening(lambda: MllpListener(answer)) as port:
        assert send(tmp_path, f"mllp://127.0.0.1:{port}", asks=b"|||AL|AL") == 1
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line.startswith(("pass", "fail"))] == [
        "pass: CA: received",
        "fail: AE: accepted with an error",
    ]


def test_message_that_asks_for_no_answer_is_accepted_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def answer(_: bytes) -> None:
        return None

    with listening(lambda: MllpListener(answer)) as port:
        assert send(tmp_path, f"mllp://127.0.0.1:{port}", asks=b"|||NE|NE") == 0
    assert capsys.readouterr().out.startswith("pass: It asks for no answer")


def find_port() -> int:
    """A free port below those that connections of others take meanwhile."""
    for port in random.sample(range(20_000, 30_000), 50):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def test_application_acknowledgment_is_taken_on_a_port_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port_for_answers = find_port()
    later: list[asyncio.Task[object]] = []

    async def answer(_: bytes) -> bytes:
        sending = send_mllp("127.0.0.1", port_for_answers, acknowledge("AE"), within=5)
        later.append(asyncio.get_running_loop().create_task(sending))
        return acknowledge("CA")

    with listening(lambda: MllpListener(answer)) as port:
        at = ["--answers-at", str(port_for_answers)]
        assert send(tmp_path, f"mllp://127.0.0.1:{port}", *at, asks=b"|||AL|AL") == 1
        printed = capsys.readouterr().out
        assert "pass: CA" in printed and "note: It came on a connection of its own." in printed
        assert "fail: AE" in printed
        assert send(tmp_path, f"mllp://127.0.0.1:{port}", *at, "--json", "--retries", "1", asks=b"|||AL|AL") == 1
        (told,) = json.loads(capsys.readouterr().out)["messages"]
    assert (told["accept"], told["acknowledgment"]["code"], told["outcome"]) == ("CA", "AE", "refused")
    assert told["note"] == "It came on a connection of its own." and told["attempts"] == 1
