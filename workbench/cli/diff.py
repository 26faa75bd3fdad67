"""Command `diff`: two sides held against each other, each difference with its grade and why."""

from __future__ import annotations

from argparse import Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from workbench.cli.printing import line_width, print_whole
from workbench.cli.send_options import seconds
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace.comparison import Comparison

FORMATS = ("text", "json", "html", "csv")
_SIDE = "what to compare, such as a file, an address, a site, site:NAME, hl7v2:2.5.1:PID, R4:Patient or a package"


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("diff", help="compare two sides and grade what differs")
    parser.add_argument("left", metavar="LEFT", help=f"{_SIDE}; - reads standard input")
    parser.add_argument("right", metavar="RIGHT", help=f"{_SIDE} with it")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print it, text if not said")
    parser.add_argument("--only", metavar="FILTER", default="", help="the rows wanted: PID or (OBX and not OBX-14)")
    parser.add_argument("--only-breaking", action="store_true", help="leave out what breaks neither side")
    parser.add_argument(
        "--mask", action="append", default=[], metavar="PATH", help="a place that may differ; repeatable"
    )
    parser.add_argument(
        "--masks-of", metavar="SCENARIO", default="", help="the masks of a scenario file, for the sides' standard"
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
    from workbench.diff.difference_filter import parse_filter

    wanted = parse_filter(arguments.only) if arguments.only else None
    comparison = _compare(arguments)
    rows = comparison.rows
    if wanted is not None:
        rows = tuple(row for row in rows if wanted(row))
    if arguments.only_breaking:
        rows = tuple(row for row in rows if report.is_breaking(row))
    labels = comparison.left_label, comparison.right_label
    if arguments.format == "text":
        print(report.to_text(*labels, rows, width=line_width()), end="")
    else:
        write = {"json": report.to_json_text, "html": report.to_html, "csv": report.to_csv}[arguments.format]
        print_whole(write(*labels, rows))
    return 1 if any(row.differs for row in rows) else 0


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

    if arguments.left == arguments.right == "-":
        raise WorkbenchError("Standard input can be one side alone.", hint="Name a file for the other.")
    left, right = asyncio.run(find_both())
    return compare(left, right, masks=(*arguments.mask, *_scenario_masks(arguments, left.kind)))


def _scenario_masks(arguments: Namespace, kind: str) -> tuple[str, ...]:
    if not arguments.masks_of:
        return ()
    from pathlib import Path

    from workbench.workspace.comparison_masks import read_scenario_masks
    from workbench.workspace.workspace import Workspace

    standard: Any = "fhir" if kind == "resource" else "hl7v2"
    return read_scenario_masks(Path(arguments.masks_of), Workspace(arguments.workspace), standard)
