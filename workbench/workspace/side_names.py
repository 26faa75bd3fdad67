"""Names of sides: what a person can type as a side of a comparison, listed with the words that say what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.workspace.side_finder import CONFIGURATION

if TYPE_CHECKING:
    from workbench.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class SideName:
    """`text` is what `workbench diff` takes; `words` say what it names."""

    text: str
    words: str


def list_sides(workspace: Workspace) -> tuple[SideName, ...]:
    """Every side that has a name here: sites and remote sandboxes."""
    return tuple(_sandboxes(workspace))


def _sandboxes(workspace: Workspace) -> Iterator[SideName]:
    known = [(entry.id, entry.name) for entry in workspace.sites()]
    known += [(remote.id, remote.name) for remote in workspace.remotes() if remote.fhir_base]
    for identity, name in known:
        yield SideName(identity, f"{name}: its capability statement")
        yield SideName(f"{identity}/{CONFIGURATION}", f"{name}: its smart-configuration")
