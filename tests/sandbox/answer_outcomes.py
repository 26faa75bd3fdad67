"""Outcomes of answer rules: what each makes our own sender tell, and what it makes of the next message.

`python -m tests.sandbox.answer_outcomes` writes the table of docs/answer-rules.md anew.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.sandbox.sandbox import Sandbox
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.site.site_file import read_site
from workbench.transports.mllp_client import MllpConnection
from workbench.workspace.library import load_population

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "answer-rules.md"
BEGIN, END = "<!-- outcomes: python -m tests.sandbox.answer_outcomes -->\n", "<!-- end of outcomes -->\n"
UPDATE = (ROOT / "fixtures/messages/adt-a08-update.hl7").read_bytes()
WITHIN = 0.5
RULES = (
    "any: AE, once",
    'any: AR error PID-3.1 204 E "Who is this?", once',
    "any: CE, once",
    "any: CR, once",
    "any: CA, once",
    "any: no answer, once",
    "any: late 0.1 s, once",
    "any: late 0.7 s, once",
    "any: wrong control ID, once",
    "any: wrong version, once",
    "any: no MSA, once",
    "any: two answers, once",
    "any: byte by byte, once",
    "any: no start block, once",
    "any: no end block, once",
    "any: no carriage return, once",
    "any: garbage before, once",
    "any: garbage after, once",
    "any: half a frame, once",
    "any: close, once",
    "any: reset, once",
    "any: refuse 0.1 s, once",
    "any: AE, wrong control ID, byte by byte, once",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a sender tells of the message that a rule was about, and of the one after it."""

    first: str
    then: str


async def meet(rule: str) -> Told:
    """Send two messages over a connection that is kept to a sandbox with one rule."""
    site = read_site(ROOT / "fixtures/sites/community-hospital.yaml")
    sandbox = Sandbox(site, load_population(site.population))
    sandbox.answers.add(parse_answer_rule(rule))
    await sandbox.start()
    try:
        ends = sandbox.addresses
        async with MllpConnection(ends.mllp_host, ends.mllp_port, within=WITHIN, receiver=site.name) as connection:
            first = await connection.send(UPDATE)
            if "refuse" in rule:
                await asyncio.sleep(0.3)
            second = UPDATE.replace(b"ADT0008", b"ADT0009")
            return Told(tell(first), tell(await connection.send(second)))
    finally:
        await sandbox.stop()


def tell(exchange: Exchange) -> str:
    note = f" ({exchange.note})" if exchange.note else ""
    if exchange.failure is not None:
        return f"{exchange.failure.kind}: {exchange.failure.reason}{note}"
    try:
        said = parse_acknowledgment(exchange.response.body).reason if exchange.response else "no answer"
    except WorkbenchError as error:
        said = error.message
    return said + note


def write_row(rule: str, told: Told) -> str:
    name = rule.removeprefix("any: ").removesuffix(", once")
    first, then = (text.replace("|", "\\|") for text in (told.first, told.then))
    return f"| `{name}` | {first} | {then} |"


def without_times(row: str) -> str:
    """A row without how late a late answer was, which differs by a moment."""
    return re.sub(r"late [\d.]+ s after", "late some time after", row)


def read_table() -> str:
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    rows = [write_row(rule, asyncio.run(meet(rule))) for rule in RULES]
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    table = "\n".join(("| asked for | the sender tells | of the next message |", "|---|---|---|", *rows)) + "\n"
    PAGE.write_text(before + BEGIN + table + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
