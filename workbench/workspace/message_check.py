"""MessageCheck: what a check of HL7 v2 messages has to say, ones that may still be being written, with their places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.issue import Issue
from workbench.workspace.text_check import TextCheck

if TYPE_CHECKING:
    from workbench.workspace.message_desk import MessageDesk

MOST_ISSUES = 1000
_LEVELS = ("field", "component", "subcomponent")
_REPETITION = re.compile(r"-\d+\[\d+\]\Z")


@dataclass(frozen=True, slots=True)
class MessageChoice:
    """What to check against: a version or what MSH-12 says, and a site or none.

    `site` is the id of a site in the workspace at `folder`, or the path of a site file where there is no folder.
    """

    version: str = ""
    site: str = ""
    site_name: str = ""
    folder: str = ""


def check_messages(text: str, data: bytes, choice: MessageChoice) -> TextCheck:
    """What there is to say of `data`, which an editor shows as `text`; the rules are loaded where it is called first.

    Of very many issues the gravest are told.
    """
    if not text.strip():
        return TextCheck("empty")
    site = _find_site(choice)
    issues, versions, _ = _open_desk(choice.version, site, _stamp(site)).judge(data)
    fatal = next((issue for issue in issues if issue.severity == "fatal"), None)
    if fatal is not None and not versions:
        return TextCheck("other", issues=(fatal,), lengths=(0,))
    kept = tuple(sorted(issues, key=lambda issue: issue.rank)[:MOST_ISSUES])
    against = (*(f"HL7 v{version}" for version in versions), *filter(None, (choice.site_name,)))
    return TextCheck(
        "message",
        against=against,
        issues=kept,
        lengths=_measure(text.split("\n"), kept),
        is_cut=len(issues) > len(kept),
    )


def _find_site(choice: MessageChoice) -> str:
    """The path of the site's file."""
    if not choice.folder or not choice.site:
        return choice.site
    from workbench.workspace.workspace import Workspace

    entries = Workspace(Path(choice.folder)).sites()
    return next((str(entry.path) for entry in entries if entry.id == choice.site), "")


@lru_cache(maxsize=8)
def _open_desk(version: str, site: str, _stamp: tuple[int, int]) -> MessageDesk:
    """A desk that keeps what it has read of a site until the file changes."""
    from workbench.workspace.message_desk import MessageDesk

    desk = MessageDesk(version, site)
    desk.open()
    return desk


def _stamp(site: str) -> tuple[int, int]:
    try:
        stat = Path(site).stat()
    except OSError:
        return 0, 0
    return (stat.st_mtime_ns, stat.st_size) if site else (0, 0)


def _measure(lines: Sequence[str], issues: tuple[Issue, ...]) -> tuple[int, ...]:
    """How many characters the place of each issue has."""
    headers = [number for number, line in enumerate(lines) if line.startswith("MSH") and len(line) > 4]
    return tuple(_length_of(lines, headers, issue) for issue in issues)


def _length_of(lines: Sequence[str], headers: list[int], issue: Issue) -> int:
    from workbench.hl7v2.escapes import read_encoding
    from workbench.hl7v2.place_facts import find_parts
    from workbench.hl7v2.segment import HEADERS, Segment

    number, offset = (issue.line or 0) - 1, (issue.column or 1) - 1
    above = bisect_right(headers, number)
    if not above or number >= len(lines):
        return 0
    step = issue.path.rpartition("/")[2]
    if "-" not in step:
        return 3
    header, line = lines[headers[above - 1]], lines[number]
    encoding = read_encoding(header[3], header[4:].split(header[3], 1)[0])
    name = line[:3] if line.startswith(HEADERS) else line.partition(encoding.field)[0]
    parts = find_parts(Segment(name, 0, 1, line, 0, encoding), offset)
    level = "repetition" if _REPETITION.search(step) else _LEVELS[min(step.count("."), 2)]
    starting = [part for part in parts if part.start == offset]
    fitting = [part for part in starting if part.level == level] or starting
    return len(fitting[0].text) if fitting else 0
