"""Command `validate`: resources and messages held against their standard and profiles, each issue with its place."""

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
    from collections.abc import Sequence

    from workbench.workspace.validation_input import Input
    from workbench.workspace.validation_result import FileResult, ValidationRequest

FORMATS = ("text", "json", "junit", "operationoutcome")
STOPPED = 130
PROFILE_ENDINGS = (".yaml", ".yml", ".xml")
MOST_JOBS = 64


def add_command(commands: _SubParsersAction[Any]) -> None:
    parser = commands.add_parser("validate", help="validate FHIR resources and HL7 v2 messages")
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="JSON, XML, NDJSON or HL7 v2, or a folder; - for standard input"
    )
    parser.add_argument(
        "--fhir-version",
        default="",
        metavar="VERSION",
        help="4.0, 4.3, 5.0 or 3.0; read from what is there if not said",
    )
    parser.add_argument(
        "--profile",
        action="append",
        default=[],
        metavar="PROFILE",
        help="a canonical that all must meet, or the file of an HL7 v2 message profile; repeatable",
    )
    parser.add_argument(
        "--hl7-version", default="", metavar="VERSION", help="2.1 to 2.8.2, for messages; read from MSH-12 if not said"
    )
    parser.add_argument("--site", default="", metavar="ID", help="a site whose rules messages must meet too")
    parser.add_argument(
        "--package",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="ID#VERSION of an installed package, or a .tgz; repeatable; all that are installed if not said",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print it, text if not said")
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="processes to work in, 1 if not said")
    parser.add_argument(
        "--second-opinion", action="store_true", help="tell what fhir.resources says too; it changes no verdict"
    )
    parser.add_argument("--verbose", action="store_true", help="list in text all that is undecided, place by place")
    parser.set_defaults(run=validate)


def validate(arguments: Namespace) -> int:
    import asyncio

    from workbench.workspace.validation_input import STANDARD_INPUT, find_inputs
    from workbench.workspace.validation_result import ValidationRequest

    content = sys.stdin.buffer.read() if STANDARD_INPUT in arguments.files else None
    inputs = find_inputs(arguments.files, content)
    request = ValidationRequest(
        arguments.fhir_version,
        tuple(name for name in arguments.profile if not _is_file(name)),
        tuple(arguments.package),
        arguments.second_opinion,
        arguments.hl7_version,
        _find_site(arguments) if arguments.site else "",
        tuple(name for name in arguments.profile if _is_file(name)),
    )
    finished: list[FileResult] = []
    stopped, broken = False, None
    try:
        asyncio.run(_validate_all(inputs, request, arguments, finished))
    except KeyboardInterrupt:
        stopped = True
    except WorkbenchError as error:
        if not finished:
            raise
        broken = error
    _report(finished, arguments.format, whole=arguments.verbose)
    if broken is not None:
        raise broken  # what was finished before it is told
    if stopped:
        print(f"Stopped after {len(finished)} of {len(inputs)} files.", file=sys.stderr)
        return STOPPED
    return _exit_code(finished)


def _is_file(name: str) -> bool:
    """Whether a profile is named by its file, as those of HL7 v2 are."""
    return name.endswith(PROFILE_ENDINGS) and "://" not in name


def _find_site(arguments: Namespace) -> str:
    """The path of the site's file."""
    from workbench.workspace.workspace import Workspace

    workspace = Workspace(arguments.workspace)
    workspace.read_site(arguments.site)
    paths = (str(entry.path) for entry in workspace.sites() if entry.id == arguments.site)
    return next(paths, arguments.site)


async def _validate_all(
    inputs: Sequence[Input], request: ValidationRequest, arguments: Namespace, finished: list[FileResult]
) -> None:
    from workbench.workspace.validation_result import FileFinished
    from workbench.workspace.validation_run import validate_files

    shows = sys.stderr.isatty() and (len(inputs) > 1 or not sys.stdout.isatty())
    async with contextlib.aclosing(validate_files(inputs, request, jobs=arguments.jobs)) as events:
        async for event in events:
            if isinstance(event, FileFinished):
                finished.append(event.result)
                _show_progress("" if arguments.format == "text" else None, shows)
                if arguments.format == "text":
                    _print_result(event.result, whole=arguments.verbose)
            else:
                _show_progress(f"{event.index + 1:,} of {event.count:,}  ", shows, event.file)


def _show_progress(text: str | None, shows: bool, file: str = "") -> None:
    """One line that is written over again, at a terminal alone; of a long name its end."""
    if shows and text is not None:
        width = shutil.get_terminal_size((80, 24)).columns - 1
        shown = text + printable(file)[-max(width - len(text), 0) :] if file else text
        print(f"\r{shown:<{width}}" if shown else "\r" + " " * width + "\r", end="", file=sys.stderr, flush=True)


def _print_result(result: FileResult, *, whole: bool) -> None:
    from workbench.workspace.validation_words import file_lines

    for line in file_lines(result, width=line_width(), whole=whole):
        print(line)
    sys.stdout.flush()


def _report(finished: list[FileResult], form: str, *, whole: bool) -> None:
    from workbench.workspace.validation_words import summary_lines, undecided_lines

    if form == "text":
        undecided = () if whole else undecided_lines(finished, width=line_width())
        print("\n".join(("", *undecided, *summary_lines(finished))), flush=True)
        return
    from workbench.workspace import validation_report as report

    write = {"json": report.to_json_text, "junit": report.to_junit, "operationoutcome": report.to_outcome_text}[form]
    print_whole(write(finished))
    for line in summary_lines(finished):
        print(line, file=sys.stderr)


def _exit_code(finished: list[FileResult]) -> int:
    """2 before 1, since of what could not be judged nobody knows."""
    if any(result.failure for result in finished):
        return 2
    return 0 if all(result.valid for result in finished) else 1


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise ArgumentTypeError(f"“{text}” is not a number from 1 to {MOST_JOBS}")
    return int(text)
