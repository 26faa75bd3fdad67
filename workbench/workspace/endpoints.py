"""Endpoints of sandboxes: where a replay reaches a simulated or a remote one, and what is known of it."""

from __future__ import annotations

import ssl
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.scenario.needs import offers_of
from workbench.scenario.runner import Endpoints
from workbench.site.site import Site
from workbench.transports.http_trust import HttpTrust
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.secrets import has_keyring, read_secret

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import Sandbox
    from workbench.smart_app.app_keys import AppKey

WORKBENCH_CLIENT = "workbench"
"""The client id that simulated sites know the workbench by."""


def endpoints_of_sandbox(sandbox: Sandbox) -> Endpoints:
    """Those of a simulated site that is up; raises WorkbenchError where it is not."""
    from workbench.workspace.sandbox_control import SandboxControl

    addresses = sandbox.addresses
    return Endpoints(
        name=addresses.name,
        site_traits=sandbox.site.traits,
        fhir_base=addresses.fhir_base,
        mllp=(addresses.mllp_host, addresses.mllp_port),
        ehr_page=addresses.ehr_page,
        client_id=WORKBENCH_CLIENT,
        control=SandboxControl(sandbox),
        offers=offers_of(sandbox.site),
    )


def make_remote_tls(remote: RemoteSandbox) -> ssl.SSLContext | None:
    """The context for HL7 v2 by TLS, None where it goes without; `WorkbenchError` where a file is wrong."""
    if not remote.mllp_tls or not remote.mllp_port:
        return None
    from workbench.transports.mllp_tls import make_client_context

    files = (remote.mllp_ca, remote.mllp_certificate, remote.mllp_key)
    ca, certificate, key = (Path(file).expanduser() if file else "" for file in files)
    return make_client_context(ca, certificate, key)


def key_password_of(remote_id: str) -> str:
    """The name in the keyring of the password that opens the key of a remote sandbox's certificate."""
    return f"{remote_id} key"


def proxy_password_of(remote_id: str) -> str:
    """The name in the keyring of the password of the proxy on the way to a remote sandbox."""
    return f"{remote_id} proxy"


def make_remote_trust(remote: RemoteSandbox) -> HttpTrust:
    """How HTTP goes to a remote sandbox, with the passwords that the keyring has of it."""
    trust = remote.trust
    if (remote.certificate or "@" in remote.proxy) and has_keyring():
        key = read_secret(key_password_of(remote.id)) if remote.certificate else ""
        proxy = read_secret(proxy_password_of(remote.id)) if "@" in remote.proxy else ""
        trust = replace(trust, password=key, proxy_password=proxy)
    return trust


def _find_key(remote: RemoteSandbox) -> AppKey | None:
    """The key that the workbench signs with where the remote sandbox asks for that; None where there is none."""
    if remote.client_authentication != "private_key_jwt" or not has_keyring():
        return None
    from workbench.workspace.app_keys import AppKeyStore

    return AppKeyStore().current()


def endpoints_of_remote(remote: RemoteSandbox, like: Site | None = None, *, secret: str | None = None) -> Endpoints:
    """Those of a remote sandbox that behaves like the site `like`; its secret is the keyring's where None is given.

    An empty `secret` asks the keyring for nothing at all, which may take its time: for who sends nothing.
    """
    is_asked = secret != ""
    if secret is None:
        secret = read_secret(remote.id) if remote.client_id and has_keyring() else ""
    return Endpoints(
        name=remote.name,
        site_traits=like.traits if like else {},
        fhir_base=remote.fhir_base or None,
        mllp=(remote.mllp_host, remote.mllp_port) if remote.mllp_port else None,
        mllp_tls=make_remote_tls(remote),
        trust=make_remote_trust(remote) if is_asked else remote.trust,
        client_id=remote.client_id,
        client_secret=secret,
        authentication=remote.client_authentication,
        key=_find_key(remote) if is_asked else None,
        offers=offers_of(like) if like else frozenset(),
    )
