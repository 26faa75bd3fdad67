"""Command `diff`: two sides held against each other, each difference with its grade and why."""

from __future__ import annotations

import shutil
import sys
from argparse import Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from workbench.cli.send import seconds

if TYPE_CHECKING:
    from workbench.workspace.comparison import Comparison

FORMATS = ("text", "json", "html", "csv")
_SIDE = "what to compare"


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("diff", help="compare two sides and grade what differs")
    parser.add_argument("left", metavar="LEFT", help=f"{_SIDE}; - reads standard input")
    parser.add_argument("right", metavar="RIGHT", help=f"{_SIDE} with it")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print it, text if not said")
    parser.add_argument("--only-breaking", action="store_true", help="leave out what breaks neither side")
    parser.add_argument(
        "--mask", action="append", default=[], metavar="PATH", help="a place that may differ in resources; repeatable"
    )
    parser.add_argument(
        "--within",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for an address, 30 if not said",
    )
    parser.set_defaults(run=diff)


def diff(arguments: Namespace) -> int:
    from workbench.diff import difference_report as report

    comparison = _compare(arguments)
    rows = comparison.rows
    if arguments.only_breaking:
        rows = tuple(row for row in rows if report.is_breaking(row))
    labels = comparison.left_label, comparison.right_label
    if arguments.format == "text":
        width = shutil.get_terminal_size((100, 24)).columns
        print(report.to_text(*labels, rows, width=min(max(width, 60), 160)), end="")
    else:
        write = {"json": report.to_json_text, "html": report.to_html, "csv": report.to_csv}[arguments.format]
        print_whole(write(*labels, rows))
    return 1 if rows else 0


def _compare(arguments: Namespace) -> Comparison:
    import asyncio

    from workbench.transports.http_client import HttpClient
    from workbench.workspace.comparison import compare
    from workbench.workspace.side_finder import find_side
    from workbench.workspace.workspace import Workspace

    async def find_both() -> tuple[Any, Any]:
        workspace = Workspace(arguments.workspace)
        async with HttpClient() as client:
            left = await find_side(arguments.left, workspace, client, within=arguments.within)
            return left, await find_side(arguments.right, workspace, client, within=arguments.within)

    left, right = asyncio.run(find_both())
    return compare(left, right, masks=tuple(arguments.mask))


def print_whole(text: str) -> None:
    """In UTF-8 with the line ends as they are, whatever the terminal's own, so that `> FILE` gives a good file."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    buffer.write(text.encode("utf-8", "replace"))
    buffer.flush()
