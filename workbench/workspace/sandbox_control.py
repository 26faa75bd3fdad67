"""SandboxControl: what a scenario sets at a simulated site for one replay, and how all of it is taken back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits
from workbench.authorization_server.launch_fault_text import parse_fault_rule
from workbench.smart.client_methods import ClientAuthentication, SigningAlgorithm
from workbench.smart_app.app_keys import make_app_key
from workbench.smart_app.client_credentials import ClientCredentials
from workbench.workspace.app_registration import register_workbench

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import Sandbox


class SandboxControl:
    """Sets at `sandbox` what `scenario.site_control.SiteControl` asks for; what its site file says is left alone."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._faults: list[int] = []
        self._discovery = sandbox.discovery

    def set_wrong(self, faults: Sequence[str], discovery: Sequence[str]) -> None:
        rules = [parse_fault_rule(text) for text in faults]
        for use_id in self._faults:
            if any(use.id == use_id for use in self._sandbox.faults.uses):
                self._sandbox.faults.remove(use_id)
        self._faults = [self._sandbox.faults.add(rule).id for rule in rules]
        wrong = tuple(fault for fault in DISCOVERY_FAULTS if fault in discovery)
        self._sandbox.discovery = DiscoveryEdits(faults=wrong) if wrong else self._discovery

    def register(self, client_id: str, authentication: ClientAuthentication, scope: str) -> ClientCredentials:
        # Both are as good, and an EC key is made at once.
        algorithm: SigningAlgorithm = "ES384" if "ES384" in self._sandbox.site.smart.signing_algorithms else "RS384"
        key = make_app_key(algorithm) if authentication == "private_key_jwt" else None
        secret = secrets.token_urlsafe(32) if authentication.startswith("client_secret") else ""
        credentials = ClientCredentials(client_id, authentication, secret, key)
        register_workbench(self._sandbox, credentials, scope)
        return credentials
