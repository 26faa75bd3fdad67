"""Page of the launch faults: the table that docs/launch-faults.md has of them, from their own descriptions.

`python -m tests.fault_proof.faults_page` writes it anew.
"""

from __future__ import annotations

from tests.fault_proof.outcomes import PAGE
from workbench.authorization_server.launch_faults import FaultDescription, all_faults

BEGIN, END = "<!-- faults: python -m tests.fault_proof.faults_page -->\n", "<!-- end of faults -->\n"


def write_table() -> str:
    heading = "| fault | the site | a good app | what is broken |", "|---|---|---|---|"
    return "\n".join((*heading, *map(_write_row, all_faults()))) + "\n"


def read_table() -> str:
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def _write_row(fault: FaultDescription) -> str:
    amount = f" {fault.amount:g} {fault.unit}" if fault.unit else ""
    others = f"; also at {', '.join(fault.places[1:])}" if fault.places[1:] else ""
    name = f"`{fault.name}{amount}` at {fault.places[0]}{others}"
    return f"| {name} | {fault.site} | {fault.good_app} | {fault.clause or 'nothing'} |"


def main() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(before + BEGIN + write_table() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
