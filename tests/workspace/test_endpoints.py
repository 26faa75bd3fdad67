"""A scenario is put together with a sandbox: where it answers, and what is known of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from tests.workspace.test_secrets import MemoryKeyring
from workbench.errors import WorkbenchError
from workbench.workspace.app_keys import AppKeyStore
from workbench.workspace.endpoints import key_password_of, proxy_password_of
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.sandbox_pool import SandboxPool
from workbench.workspace.secrets import save_secret
from workbench.workspace.workspace import Workspace

REMOTE = RemoteSandbox("lab", "Lab", "http://127.0.0.1:8080/r4", "127.0.0.1", 2575, "our-app", "community-hospital")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


@pytest.fixture(autouse=True)
def _the_users_keyring_is_left_alone() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring())
    yield
    keyring.set_keyring(before)


def test_a_simulated_site_is_reached_where_it_answers(workspace: Workspace) -> None:
    async def story() -> None:
        sandbox = workspace.make_sandbox("community-hospital")
        with pytest.raises(WorkbenchError, match="is not running"):
            workspace.endpoints_of(sandbox)
        await sandbox.start()
        try:
            endpoints = workspace.endpoints_of(sandbox)
            assert endpoints.fhir_base == sandbox.addresses.fhir_base
            assert endpoints.mllp == (sandbox.addresses.mllp_host, sandbox.addresses.mllp_port)
            assert endpoints.site_traits["note"] == "fhir"
            assert endpoints.client_id in {client.id for client in sandbox.clients}
            assert "observation.create" in endpoints.offers
        finally:
            await sandbox.stop()

    asyncio.run(story())


def test_a_remote_sandbox_brings_its_secret_and_the_traits_of_its_like(workspace: Workspace) -> None:
    save_secret("lab", "s3cret")
    endpoints = workspace.endpoints_of(REMOTE)
    assert (endpoints.client_id, endpoints.client_secret) == ("our-app", "s3cret")
    assert endpoints.mllp == ("127.0.0.1", 2575)
    assert endpoints.site_traits["us-core"] == "6.1.0"
    assert "s3cret" not in repr(endpoints)


@pytest.mark.parametrize(
    ("like", "versions"), [("academic-medical-center", ("v1",)), ("community-hospital", ("v2",)), ("", ())]
)
def test_the_version_of_scopes_that_a_site_takes_alone_is_known(
    workspace: Workspace, like: str, versions: tuple[str, ...]
) -> None:
    endpoints = workspace.endpoints_of(replace(REMOTE, like=like))
    assert endpoints.scope_versions == versions
    both = replace(endpoints, site_traits={"scopes": "v1+v2"})
    assert both.scope_versions == ()


def test_passwords_of_key_and_proxy_come_from_the_keyring_unless_nothing_is_to_be_sent(workspace: Workspace) -> None:
    save_secret(key_password_of("lab"), "of-the-key")
    save_secret(proxy_password_of("lab"), "of-the-proxy")
    remote = replace(REMOTE, certificate="us.pem", key="us.key", proxy="http://us@proxy.example:3128")
    trust = workspace.endpoints_of(remote).trust
    assert (trust.password, trust.proxy_password) == ("of-the-key", "of-the-proxy")
    trust = workspace.endpoints_of(remote, secret="").trust
    assert (trust.password, trust.proxy_password) == ("", "")


def test_a_secret_that_is_given_counts_before_the_keyring(workspace: Workspace) -> None:
    save_secret("lab", "s3cret")
    assert workspace.endpoints_of(REMOTE, secret="other").client_secret == "other"


def test_a_remote_sandbox_that_asks_for_a_key_is_shown_the_newest_one(workspace: Workspace) -> None:
    signed = replace(REMOTE, client_authentication="private_key_jwt")
    assert workspace.endpoints_of(signed).key is None
    AppKeyStore().make()
    newest = AppKeyStore().make()
    endpoints = workspace.endpoints_of(signed)
    assert (endpoints.key, endpoints.authentication) == (newest, "private_key_jwt")
    assert "PRIVATE" not in repr(endpoints)
    assert workspace.endpoints_of(REMOTE).key is None
    assert workspace.endpoints_of(signed, secret="").key is None, "who sends nothing asks the keyring for nothing"


def test_a_remote_sandbox_works_on_a_machine_without_a_keyring(workspace: Workspace) -> None:
    keyring.set_keyring(NoKeyring())
    assert workspace.endpoints_of(REMOTE).client_secret == ""


def test_what_a_remote_sandbox_lacks_is_none(workspace: Workspace) -> None:
    endpoints = workspace.endpoints_of(RemoteSandbox("lab", "Lab", mllp_host="127.0.0.1", mllp_port=2575))
    assert endpoints.fhir_base is None
    assert endpoints.offers == frozenset()
    assert workspace.endpoints_of(RemoteSandbox("lab", "Lab", "http://127.0.0.1")).mllp is None


def test_a_pool_starts_a_site_once_and_stops_it(workspace: Workspace) -> None:
    async def story() -> None:
        async with SandboxPool(workspace) as pool:
            first = await pool.prepare("community-hospital")
            again = await pool.prepare("community-hospital")
            other = await pool.prepare("academic-medical-center")
            assert first == again
            assert other.fhir_base != first.fhir_base
        assert first.mllp is not None
        with pytest.raises(OSError):
            await asyncio.open_connection(*first.mllp)

    asyncio.run(story())


def test_a_pool_lives_from_one_loop_to_the_next(workspace: Workspace) -> None:
    pool = SandboxPool(workspace)
    first = asyncio.run(pool.prepare("community-hospital"))
    assert asyncio.run(pool.prepare("community-hospital")) == first
    asyncio.run(pool.close())


def test_a_pool_names_an_unknown_site(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="There is no site “mars”"):
        asyncio.run(SandboxPool(workspace).prepare("mars"))
