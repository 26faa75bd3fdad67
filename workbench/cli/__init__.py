"""Command line: the workbench without a window, for people and, with `--json`, for programs.

Exit codes: 0 all passed; 1 the tested system failed; 2 we could not do it; 130 stopped by Ctrl-C.

`--json` (`--format json` of `diff` and `validate`) prints one JSON object to standard output, words to standard error:

- `site list`: `{"sites": [{"id", "name", "shipped", "path", "error", "fhir", "us_core", "scopes", "note", "hl7v2"}]}`;
  the last five are absent where `error` says why the file cannot be read.
- `sandbox run`: in one line, as soon as the site answers, `{"site", "name", "fhir_base", "smart_configuration",
  "issuer", "ehr_page", "mllp"}`.
- `launch`: `{"as", "title", "site", "fhir_base", "exchanges": [EXCHANGE], "review"}`, and as the EHR `"reached"` and
  `"ended"`, as the app `"granted"` with `"refusal"`, or with `"scopes", "withheld", "context", "checks",
  "remarks"`. The review is that of `workbench.launch_review.words.review_json`.
- `key list`: `{"keys": [{"id", "algorithm"}]}`.
- `send hl7`: `{"to", "accepted", "duration", "acknowledgment": {"code", "control_id", "text", "errors": [{"location",
  "code", "severity", "text"}]} or null, "response": text or null, "failure": {"kind", "reason"} or null}`; of many
  messages `{"messages": [{"number", "file", "line", "offset", "type", "control_id", "original_id", "outcome",
  "accepted", "note", "trouble", "duration", "attempts", "accept", "acknowledgment", "response", "failure"}],
  "issues": [{"file", "line", "message"}], "counts": {outcome: number}, "duration", "stopped"}`, where
  one that cannot be read has its `trouble`.
- `send fhir`: `{"method", "url", "accepted", "duration", "status": number or null, "headers": [[name, value]],
  "body": JSON value, text or null, "issues": [{"severity", "code", "message", "path"}], "failure": as above}`.
- `document build`: `{"message", "taken", "issues": [ISSUE], "text": the message or null, "sent": as `send hl7` or
  null}`; `document open`: `{"messages": [{"message", "control_id", "documents": [{"path", "media_type", "size",
  "title", "number", "pointer", "mended": [words], "saved": path or null}], "issues": [ISSUE]}]}`, where ISSUE is
  `{"severity", "code", "path", "line", "column", "message", "rule"}`.
- `message new`: `{"message", "text", "saved": path or null}`; `message list`: `{"version", "types": [{"type",
  "structure"}]}`.
- `replay`: `{"verdict", "counts": {verdict: steps}, "replays": [{"scenario", "description", "file", "sandbox",
  "verdict", "duration", "reviews", "steps": [{"name", "line", "verdict", "sentence", "duration", "checks",
  "exchanges"}]}]}`; reviews, checks and exchanges are those of `workbench.scenario.report.to_json_report`. A verdict is
  pass, fail, error or skip.
- `diff --format json`: `{"left", "right", "rows": [{"path", "name", "aspect", "kind", "left", "right",
  "grade": "breaks-sender|breaks-receiver|breaks-both|compatible|information", "why"}]}`; a side that lacks the place is
  null. Exit code 0: no differences, 1: differences, 2: could not.
- `validate --format json`: `{"files": [{"file", "valid", "issues": [{"severity", "code", "path", "line", "column",
  "message", "rule", "profile"}]}]}`; line and column are null where the issue has no place in the file.
- `gap --format json`: `{"against", "messages", "types": [{"message", "messages", "is_asked"}], "versions": [[version,
  messages]], "senders", "local_segments", "unreadable", "unreadable_places", "rows": [{"message", "path", "name",
  "asked", "asker": "profile|version|", "verdict": "breaks|warns|unasked|unused|holds", "broken", "rules", "example",
  "messages", "of", "times", "held", "most", "shortest", "longest", "distinct", "nulls", "values": [[code, count]]}]}`.
- `package list`: `{"packages": [PACKAGE]}`, where PACKAGE is `{"id", "version", "title", "fhir_versions", "built_in",
  "partial", "folder", "size", "missing", "error"}`; `install` and `remove` print one PACKAGE. `show` adds to it
  `"dependencies": {id: version}` and `"profiles"`, `"extensions"`, `"types"`, `"value_sets"`, `"code_systems"` and
  `"search_parameters"`, each `[{"url", "name", "of"}]`, and `"unread"`, the files that are no JSON.

Times are in seconds.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from pathlib import Path

from workbench import __version__
from workbench.cli import (
    diff,
    document,
    gap,
    key,
    launch,
    message,
    package,
    replay,
    sandbox,
    send,
    site,
    validate,
    window,
)
from workbench.errors import WorkbenchError

STOPPED = 130
_PLAIN = {"“": '"', "”": '"', "’": "'", "→": "->", "…": "...", "–": "-", "×": "x"}
_EPILOG = """\
Without a command the window opens.
Exit codes: 0 all passed, 1 the tested system failed, 2 the workbench could not do it.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _print_any_letter()
    try:
        arguments = make_parser().parse_args(argv)
        return int(arguments.run(arguments))
    except SystemExit as stop:  # argparse has told why
        return stop.code if isinstance(stop.code, int) else 2
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        # Whoever read our output has enough; what is still buffered must not raise again at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def make_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="workbench",
        description="Record a health-IT integration once; run it at every site; see where it breaks and why.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    parser.add_argument(
        "--workspace", type=Path, metavar="FOLDER", help="the folder of your own sites, scenarios and remote sandboxes"
    )
    parser.set_defaults(run=window.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for each in (site, sandbox, launch, key, send, message, document, replay, diff, gap, validate, package):
        each.add_command(commands)
    return parser


def _print_any_letter() -> None:
    """A terminal that lacks a letter shows what comes near to it, or a question mark in its place."""
    codecs.register_error("plain", _write_plainly)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")


def _write_plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end
