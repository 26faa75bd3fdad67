"""Options of sending: files, waits, pace, connections, retries and results, read from the command line."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from workbench.errors import WorkbenchError

_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0}


def add_options(parser: ArgumentParser) -> None:
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        "--rate", type=rate, default=0.0, dest="every", metavar="N/s", help="at most so many: 5/s, 300/min"
    )
    pace.add_argument("--every", type=interval, default=0.0, metavar="SECONDS", help="so long from one to the next")
    parser.add_argument(
        "--connections", type=connections, default=1, metavar="N", help="how many at a time, 1 if not said"
    )
    parser.add_argument("--stop", action="store_true", help="stop at the first that is not accepted")
    parser.add_argument(
        "--retries", type=retries, default=0, metavar="N", help="send again what is lost, N times at most"
    )
    parser.add_argument(
        "--retry-wait",
        type=interval,
        default=1.0,
        metavar="SECONDS",
        help="before it, then twice as long each time",
    )
    parser.add_argument(
        "--retry-on", type=reasons, default=(), metavar="LIST", help="after what: refused,timeout,closed,AR"
    )
    parser.add_argument("--renumber", action="store_true", help="give each a new control ID and time (MSH-10, MSH-7)")
    parser.add_argument("--sequence", action="store_true", help="number each in MSH-13, and keep to MSA-4")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write the results as .csv, .json or .xml (JUnit)")
    parser.add_argument("--resume", type=Path, metavar="RESULTS", help="leave out what an earlier run had accepted")
    parser.add_argument("--quiet", action="store_true", help="no line for what is accepted")


def rate(text: str) -> float:
    """The seconds from one message to the next, of `5/s`, `300/min` or `5`."""
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(?:/(s|min|h))?", text)
    if not found or float(found[1]) == 0:
        raise ArgumentTypeError(f"“{text}” is not a rate such as 5/s or 300/min")
    return _UNITS[found[2] or "s"] / float(found[1])


def interval(text: str) -> float:
    if not re.fullmatch(r"\d{1,5}(\.\d{1,4})?", text):
        raise ArgumentTypeError(f"“{text}” is not a time in seconds")
    return float(text)


def connections(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 200:
        raise ArgumentTypeError(f"“{text}” is not a number of connections from 1 to 200")
    return int(text)


def retries(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 1000:
        raise ArgumentTypeError(f"“{text}” is not a number of retries from 0 to 1000")
    return int(text)


def reasons(text: str) -> tuple[str, ...]:
    """Kinds of failure and acknowledgment codes, separated by commas."""
    found = tuple(word.strip() for word in text.split(","))
    from workbench.transports.mllp_retry import REASONS

    for word in found:
        if word not in REASONS:
            raise ArgumentTypeError(f"“{word}” is not a reason to send again: {', '.join(REASONS)}")
    return found


def is_many(arguments: Namespace) -> bool:
    """Tell whether an option asks for more than one file's one message."""
    names = ("stop", "renumber", "sequence", "results", "resume", "quiet", "every", "retries")
    asked = any(getattr(arguments, name) for name in names)
    return asked or len(arguments.files) > 1 or arguments.connections > 1


def seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 86400:
        raise ArgumentTypeError(f"“{text}” is not a time in seconds")
    return value


def read_input(name: str) -> bytes:
    """The bytes of a file as they are; `-` is standard input."""
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read {name}: {error.strerror or error}.") from error
