"""A remote sandbox that takes HL7 v2 by TLS is reached so by replays, and a site can be run so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.transports.certificates import CLIENT, SERVER, issue
from tests.transports.https_peer import Proxy, serve
from workbench.errors import WorkbenchError
from workbench.scenario.runner import replay
from workbench.scenario.scenario import StepFinished
from workbench.scenario.scenario_file import parse_scenario
from workbench.transports.mllp_tls import make_server_context
from workbench.workspace.endpoints import make_remote_tls
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.workspace import Workspace

SCENARIO = """\
version: 1
name: By TLS
steps:
  - hl7v2: |
      MSH|^~\\&|A|B|C|D|2026||ADT^A99|C1|P|2.5.1
    checks:
      - acknowledgment: AR
"""
BY_HTTPS = """\
version: 1
name: By HTTPS
steps:
  - fhir: GET /metadata
    checks:
      - status: 200
"""


def test_replay_reaches_a_site_by_tls(tmp_path: Path) -> None:
    ca = issue("CA", is_ca=True)
    trusted = ca.write(tmp_path, "ca")[0]
    server = make_server_context(*issue("EHR", ca, use=SERVER).write(tmp_path, "ehr"), client_ca=trusted)
    certificate, key = issue("WB", ca, use=CLIENT).write(tmp_path, "us")
    workspace = Workspace(tmp_path / "work")

    async def story() -> list[str]:
        sandbox = workspace.make_sandbox("community-hospital", mllp_tls=server)
        await sandbox.start()
        try:
            port = sandbox.addresses.mllp_port
            assert sandbox.addresses.mllp == f"mllps://127.0.0.1:{port}"
            remote = RemoteSandbox("r", "R", "", "127.0.0.1", port, mllp_tls=True, mllp_ca=str(trusted))
            known = RemoteSandbox(
                "k",
                "K",
                mllp_host="127.0.0.1",
                mllp_port=port,
                mllp_tls=True,
                mllp_ca=str(trusted),
                mllp_certificate=str(certificate),
                mllp_key=str(key),
            )
            found = []
            for each in (known, remote):
                async for event in replay(parse_scenario(SCENARIO), workspace.endpoints_of(each, secret="")):
                    if isinstance(event, StepFinished):
                        found.append(f"{event.result.verdict}: {event.result.sentence}")
            return found
        finally:
            await sandbox.stop()

    passed, failed = asyncio.run(story())
    assert passed.startswith("pass")
    assert failed.startswith("fail") and "asks for a certificate" in failed


def test_file_that_is_not_there_is_told_and_none_is_read_without_tls(tmp_path: Path) -> None:
    remote = RemoteSandbox("r", "R", "", "127.0.0.1", 1, mllp_ca=str(tmp_path / "none.pem"))
    assert make_remote_tls(remote) is None
    secured = RemoteSandbox("r", "R", "", "127.0.0.1", 1, mllp_tls=True, mllp_ca=str(tmp_path / "none.pem"))
    with pytest.raises(WorkbenchError, match="cannot be read"):
        make_remote_tls(secured)


def test_replay_reaches_a_system_by_https_with_a_certificate_and_by_a_proxy(tmp_path: Path) -> None:
    ca = issue("CA", is_ca=True)
    trusted = ca.write(tmp_path, "ca")[0]
    server = make_server_context(
        *issue("EHR", ca, hosts=("ehr.example.test",)).write(tmp_path, "ehr"), client_ca=trusted
    )
    certificate, key = issue("WB", ca, use=CLIENT).write(tmp_path, "us")
    workspace = Workspace(tmp_path / "work")
    scenario = parse_scenario(BY_HTTPS)

    async def story(port: int) -> list[str]:
        found: list[str] = []
        proxy = Proxy({"ehr.example.test": port})
        async with proxy.run() as proxy_port:
            own = {"ca": str(trusted), "proxy": f"http://127.0.0.1:{proxy_port}"}
            unknown = RemoteSandbox("r", "R", "https://ehr.example.test", **own)
            known = replace(unknown, certificate=str(certificate), key=str(key))
            for each in (known, unknown):
                async for event in replay(scenario, workspace.endpoints_of(each, secret="")):
                    if isinstance(event, StepFinished):
                        found.append(f"{event.result.verdict}: {event.result.sentence}")
        assert proxy.seen == ["CONNECT ehr.example.test:443 HTTP/1.1"] * 2
        return found

    with serve(server) as port:
        passed, failed = asyncio.run(story(port))
    assert passed == "pass: 1 check holds."
    assert failed.startswith("fail") and "asks for a certificate" in failed
