"""Outcomes of discovery faults: what each makes of apps that nobody here wrote, and of the workbench as an app.

`python -m tests.discovery_proof.outcomes` meets them all and writes the table of docs/launches.md anew.
"""

from __future__ import annotations

from pathlib import Path

from tests.fault_proof.outcomes import (
    GOES_ON,
    NOT_MET,
    Party,
    World,
    all_parties,
    running_world,
    tidy,
    write_row,
    write_table,
)
from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS, DiscoveryEdits

PAGE = Path(__file__).parents[2] / "docs" / "launches.md"
BEGIN = "<!-- outcomes: python -m tests.discovery_proof.outcomes -->\n"
EDITS = {
    **{name: DiscoveryEdits(faults=(name,)) for name in DISCOVERY_FAULTS},
    "leave_out: token_endpoint": DiscoveryEdits(leave_out=("token_endpoint",)),
    "leave_out: issuer": DiscoveryEdits(leave_out=("issuer",)),
    "leave_out: oauth-uris": DiscoveryEdits(leave_out=("oauth-uris",)),
}


def meet(world: World, party: Party, edits: DiscoveryEdits) -> str:
    """What comes of one edit for one app, as the table tells it."""
    world.seen.clear()
    world.sandbox.discovery = edits
    try:
        said = party.meet(1)
        met = any(exchange.note for exchange in world.seen)
    finally:
        world.sandbox.discovery = DiscoveryEdits()
    return tidy(said) if said else GOES_ON if met else NOT_MET


def main() -> None:
    with running_world() as world, all_parties(world) as parties:
        rows = [write_row(name, [meet(world, party, edits) for party in parties]) for name, edits in EDITS.items()]
    write_table("published", parties, rows, PAGE, BEGIN)


if __name__ == "__main__":
    main()
