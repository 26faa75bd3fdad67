"""Sandbox state: one sandbox as the window knows it, and what a workspace has of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import SandboxAddresses
    from workbench.site.site import Site
    from workbench.workspace.remotes import RemoteSandbox
    from workbench.workspace.workspace import Workspace

SandboxKind = Literal["simulated", "remote"]
State = Literal["stopped", "starting", "up", "stopping", "failed", "unknown"]


@dataclass(frozen=True, slots=True)
class SandboxState:
    """One sandbox as the window knows it; `addresses` is None while nothing runs, `message` says why it failed."""

    id: str
    name: str
    kind: SandboxKind
    state: State = "stopped"
    site: Site | None = None
    addresses: SandboxAddresses | None = None
    remote: RemoteSandbox | None = None
    message: str = ""

    @property
    def fhir_base(self) -> str:
        """The FHIR base address, or `""` where it has none or does not run."""
        if self.remote is not None:
            return self.remote.fhir_base or ""
        return self.addresses.fhir_base if self.addresses is not None else ""

    @property
    def mllp(self) -> tuple[str, int] | None:
        """Host and port of its MLLP listener, or None where it has none or does not run."""
        ends = self.remote if self.remote is not None else self.addresses
        return (ends.mllp_host, ends.mllp_port) if ends is not None and ends.mllp_port else None

    @property
    def is_mllp_secured(self) -> bool:
        """Tell whether HL7 v2 goes there by TLS."""
        ends = self.remote if self.remote is not None else self.addresses
        return ends is not None and ends.mllp_tls


def read_states(workspace: Workspace) -> tuple[SandboxState, ...]:
    states: list[SandboxState] = []
    for entry in workspace.sites():
        try:
            site = workspace.read_site(entry.id)
            states.append(SandboxState(entry.id, site.name, "simulated", site=site))
        except WorkbenchError as error:
            states.append(SandboxState(entry.id, entry.name, "simulated", "failed", message=error.message))
    for remote in workspace.remotes():
        states.append(SandboxState(remote.id, remote.name, "remote", "unknown", remote=remote))
    return tuple(states)


def most_recent(states: tuple[SandboxState, ...]) -> str:
    """The site on the newest release, where a beginner meets the fewest refusals; else the first sandbox."""

    def release(state: SandboxState) -> list[int]:
        parts = state.site.fhir.us_core.split(".") if state.site is not None else []
        return [int(part) for part in parts if part.isdigit()]

    return max(states, key=release).id if states else ""
