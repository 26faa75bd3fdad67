"""Command `gap`: what a log of HL7 v2 messages uses, beside what a site, a profile or a version asks."""

from __future__ import annotations

import contextlib
import shutil
import sys
from argparse import ArgumentTypeError, Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from workbench.cli.printing import line_width, print_whole
from workbench.errors import WorkbenchError
from workbench.plain_text import printable

if TYPE_CHECKING:
    from workbench.conformance.gap import GapReport
    from workbench.workspace.gap_run import GapEvent, GapFinished, GapRequest
    from workbench.workspace.message_source import MessageSources

FORMATS = ("text", "json", "csv", "html", "profile")


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("gap", help="hold a log of HL7 v2 messages against what a site asks")
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="messages, batches, logs, or folders; - for standard input"
    )
    parser.add_argument("--site", default="", metavar="SITE", help="a site by its id, or the path of a site file")
    parser.add_argument(
        "--profile", action="append", default=[], metavar="PROFILE", help="a message profile, YAML or XML; repeatable"
    )
    parser.add_argument(
        "--hl7-version", default="", metavar="VERSION", help="2.1 to 2.8.2; each message's own if not said"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print it, text if not said")
    parser.add_argument("--all", action="store_true", help="list in text the places that hold too")
    parser.add_argument(
        "--values", action="store_true", help="show the values of every place, those of patients included"
    )
    parser.add_argument(
        "--top", type=_count, default=10, metavar="N", help="how many codes to tell of a place, 10 if not said"
    )
    parser.set_defaults(run=gap)


def gap(arguments: Namespace) -> int:
    import asyncio

    from workbench.workspace.message_source import STANDARD_INPUT, MessageSources

    content = sys.stdin.buffer.read() if STANDARD_INPUT in arguments.files else b""
    sources = MessageSources(arguments.files, content)
    finished = asyncio.run(_count_all(sources, _request(arguments)))
    for remark in finished.remarks:
        print(printable(remark), file=sys.stderr)
    if finished.report.messages == 0:
        raise WorkbenchError("There is no HL7 v2 message in what was named.", hint="A message starts with MSH|^~\\&|.")
    _print(finished.report, arguments)
    return 1 if finished.report.has_gaps else 0


def _request(arguments: Namespace) -> GapRequest:
    from workbench.workspace.gap_run import GapRequest
    from workbench.workspace.workspace import Workspace

    site = Workspace(arguments.workspace).read_site(arguments.site) if arguments.site else None
    return GapRequest(site, tuple(arguments.profile), arguments.hl7_version, arguments.top, arguments.values)


async def _count_all(sources: MessageSources, request: GapRequest) -> GapFinished:
    from workbench.workspace.gap_run import GapFinished, find_gaps

    shows = sys.stderr.isatty()
    async with contextlib.aclosing(find_gaps(sources, request)) as events:
        async for event in events:
            if shows:
                _show_progress(event)
            if isinstance(event, GapFinished):
                return event
    raise WorkbenchError("The messages were not read to their end.", hint="Try again.")


def _show_progress(event: GapEvent) -> None:
    """One line that is written over again, and empty at the end."""
    from workbench.workspace.gap_run import GapProgress

    width = shutil.get_terminal_size((80, 24)).columns - 1
    text = ""
    if isinstance(event, GapProgress):
        text = f"{event.messages:,} messages, {100 * event.read // max(event.total, 1)} %  {printable(event.source)}"
    print(f"\r{text[:width]:<{width}}", end="" if text else "\r", file=sys.stderr, flush=True)


def _print(report: GapReport, arguments: Namespace) -> None:
    from workbench.conformance import gap_report

    if arguments.format == "text":
        print(gap_report.to_text(report, width=line_width(), whole=arguments.all), end="")
        return
    if arguments.format == "profile":
        from workbench.conformance.profile_writer import to_messages_yaml
        from workbench.conformance.sent_profile import sent_profiles
        from workbench.conformance.shared_rules import share_rules

        general, profiles = share_rules(sent_profiles(report))
        print_whole(to_messages_yaml(profiles, general))
        return
    write = {"json": gap_report.to_json_text, "csv": gap_report.to_csv, "html": gap_report.to_html}[arguments.format]
    print_whole(write(report))


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ArgumentTypeError(f"“{text}” is not a number from 1 to 1000")
    return int(text)
