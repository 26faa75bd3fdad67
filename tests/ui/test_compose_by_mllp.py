"""What the window's own event loop makes of MLLP: enhanced mode, TLS, and connections that are kept."""

from __future__ import annotations

from pathlib import Path

from tests.transports.certificates import CLIENT, SERVER, issue
from tests.ui.conftest import Run
from tests.ui.test_compose import opened, panel, until
from ui.bench import Bench, SandboxState
from ui.panels.compose import ComposePanel
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply
from workbench.transports.mllp_tls import make_server_context
from workbench.workspace.remotes import RemoteSandbox

__all__ = ["panel"]

MESSAGE = b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01^ADT_A01|1|P|2.5.1|||%s\rPID|1||100001^^^H^MR||Okafor^Amara\r"


def acknowledge(code: str) -> bytes:
    return f"MSH|^~\\&|C|D|A|B|20260101||ACK^A01|2|P|2.5.1\rMSA|{code}|1\r".encode()


async def answer_both(_: bytes) -> Reply:
    accept, application = acknowledge("CA"), acknowledge("AE")
    return Reply(application, (frame_message(accept), frame_message(application)), pause=0.05, accept=accept)


def told(bench: Bench) -> list[str]:
    bodies = [exchange.response.body if exchange.response else b"" for exchange in bench.log.exchanges]
    return [body.partition(b"MSA|")[2][:2].decode() for body in bodies]


async def send(panel: ComposePanel, payload: bytes, remote: RemoteSandbox) -> None:
    page = await opened(panel, payload)
    page.send(SandboxState("peer", "Peer", "remote", "up", remote=remote))
    await until(lambda: not page.sending)


def test_both_acknowledgments_are_rows_of_their_own(panel: ComposePanel, bench: Bench, run: Run) -> None:
    async def story() -> None:
        listener = MllpListener(answer_both)
        await listener.start()
        remote = RemoteSandbox("peer", "Peer", "", "127.0.0.1", listener.port)
        await send(panel, MESSAGE % b"AL|AL", remote)
        await listener.stop()

    run(story())
    assert told(bench) == ["CA", "AE"]


def test_a_remote_sandbox_is_reached_by_tls(panel: ComposePanel, bench: Bench, run: Run, tmp_path: Path) -> None:
    ca = issue("CA", is_ca=True)
    trusted = ca.write(tmp_path, "ca")[0]
    server = make_server_context(*issue("EHR", ca, use=SERVER).write(tmp_path, "ehr"), client_ca=trusted)
    certificate, key = map(str, issue("WB", ca, use=CLIENT).write(tmp_path, "us"))

    async def answer(_: bytes) -> bytes:
        return acknowledge("AA")

    async def story() -> None:
        listener = MllpListener(answer, tls=server)
        await listener.start()
        known = {"mllp_tls": True, "mllp_ca": str(trusted), "mllp_certificate": certificate, "mllp_key": key}
        await send(panel, MESSAGE % b"", RemoteSandbox("r", "R", "", "127.0.0.1", listener.port, **known))
        await send(panel, MESSAGE % b"", RemoteSandbox("r", "R", "", "127.0.0.1", listener.port))
        await listener.stop()

    run(story())
    first, second = bench.log.exchanges
    assert first.response and first.request.address.startswith("mllps://")
    assert second.failure and second.failure.kind == "closed"


def test_a_kept_connection_times_each_wait(run: Run) -> None:
    silent: list[bool] = []

    async def answer(payload: bytes) -> bytes | None:
        return None if silent else acknowledge("AA")

    async def story() -> list[str]:
        listener = MllpListener(answer)
        await listener.start()
        kinds = []
        async with MllpConnection("127.0.0.1", listener.port, within=0.3) as connection:
            for number in range(30):
                silent.extend([True] if number == 28 else [])
                exchange = await connection.send(MESSAGE % b"")
                kinds.append(exchange.failure.kind if exchange.failure else "answered")
        await listener.stop()
        return kinds

    assert run(story()) == ["answered"] * 28 + ["timeout"] * 2
