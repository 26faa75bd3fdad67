"""Refusals of a site's authorization and token endpoints: each wrong request, what is answered and where it goes.

`python -m tests.sandbox.launch_refusals` writes the tables of docs/launches-refused.md anew.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.sandbox.authorize_refusals import AUTHORIZE, AuthorizeCase, meet_authorize
from tests.sandbox.refused_visitor import Visitor, make_refusing_sandbox
from tests.sandbox.token_refusals import TOKEN, TokenCase, meet_token
from workbench.transports.http_client import HttpClient

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "launches-refused.md"
BEGIN, END = "<!-- {}: python -m tests.sandbox.launch_refusals -->\n", "<!-- end of {} -->\n"


def expected(case: AuthorizeCase | TokenCase) -> str:
    if isinstance(case, AuthorizeCase):
        return f"to the app, `{case.error}`" if case.error else "page, 400"
    return f"{case.status}, `{case.error}`" if case.error else str(case.status)


def write_row(case: AuthorizeCase | TokenCase, came: str) -> str:
    return f"| {case.what} | {came} | {case.clause} |"


def read_table(name: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN.format(name))[2].partition(END.format(name))[0].splitlines()


async def write_page() -> None:
    sandbox = make_refusing_sandbox()
    await sandbox.start()
    try:
        async with HttpClient() as client:
            visitor = Visitor(client, sandbox.addresses)
            rows = {
                "authorize": [write_row(case, await meet_authorize(visitor, case)) for case in AUTHORIZE],
                "token": [write_row(case, await meet_token(visitor, case)) for case in TOKEN],
            }
    finally:
        await sandbox.stop()
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in rows.items():
        before, after = text.partition(BEGIN.format(name))[0], text.partition(END.format(name))[2]
        table = "\n".join(("| what is wrong | what comes | why |", "|---|---|---|", *lines)) + "\n"
        text = before + BEGIN.format(name) + table + END.format(name) + after
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(write_page())
