"""MessageDesk: holds the HL7 v2 messages of a text against their version, message profiles and the rules of a site."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.conformance.judge import judge
from workbench.conformance.message_profile import MessageProfile
from workbench.conformance.version_plan import load_version_plan
from workbench.documents.judge import judge_document
from workbench.documents.told import leave_out_told
from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import Batch, Piece, parse_batch
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.hl7v2.message import Message
from workbench.hl7v2.message_log import is_log, read_log
from workbench.issue import Issue
from workbench.workspace.steps import Steps, finish

if TYPE_CHECKING:
    from workbench.hl7v2.acknowledgment import AcknowledgmentError
    from workbench.site.site import Site

JudgedText = tuple[tuple[Issue, ...], tuple[str, ...], int]


@dataclass(frozen=True)
class MessageDesk:
    """`version` is empty where each message's own counts; `site` is the path of a site file, or empty.

    `profiles` are paths of files, each of which holds for messages of its type.
    """

    version: str = ""
    site: str = ""
    profiles: tuple[str, ...] = ()

    def open(self) -> None:
        """Raises WorkbenchError where the version is not known, or a file cannot be read."""
        if self.version and self.version not in KNOWN_VERSIONS:
            raise WorkbenchError(
                f"HL7 v{self.version} is not known.", hint=f"The versions are {', '.join(KNOWN_VERSIONS)}."
            )
        _ = self._site, self._profiles

    def judge(self, text: bytes) -> JudgedText:
        """The issues of a text in its lines, the versions that its messages were held against, and their number."""
        return finish(self.judge_in_steps(text))

    def judge_in_steps(self, text: bytes, *, may_be_log: bool = False) -> Steps[JudgedText]:
        """What `judge` gives, message by message."""
        batch = Batch(tuple(read_log(text))) if may_be_log and is_log(text) else parse_batch(text)
        issues, versions = list(batch.issues), dict[str, None]()
        for piece in batch.messages:
            issues += self._judge_piece(piece, versions)
            yield
        if not batch.messages:
            said = "It holds no message: an HL7 v2 message starts with MSH and its field separator."
            issues.append(Issue("fatal", "structure", said, rule="syntax", line=1, column=1))
        return tuple(issues), tuple(versions), len(batch.messages)

    def _judge_piece(self, piece: Piece, versions: dict[str, None]) -> list[Issue]:
        if piece.message is None:
            return [_trouble(piece)]
        message = piece.message
        versions[load_version_plan(self.version or message.version).version] = None
        documents = judge_document(message, self._site.note.form if self._site is not None else None)
        judged = judge(message, version=self.version, profile=self._find_profile(message))
        found = [*leave_out_told(judged, documents, message), *documents]
        if self._site is not None:
            found += self._judge_by_site(self._site, message, found)
        return [replace(issue, line=issue.line + piece.line - 1) if issue.line else issue for issue in found]

    def _judge_by_site(self, site: Site, message: Message, told: list[Issue]) -> list[Issue]:
        """What the site refuses besides what was told of the same place."""
        from workbench.site.messages import judge_message

        said = {issue.path for issue in told if issue.is_error}
        reasons = (reason for reason in judge_message(site, message) if not _is_told(reason.location, said))
        return [_as_issue(reason, site, message) for reason in reasons]

    def _find_profile(self, message: Message) -> MessageProfile | None:
        """The profile that is named for this type of message, or the site's."""
        kind = message.type_name
        if self._profiles:
            from workbench.conformance.profile_source import find_profile

            if (named := find_profile(self._profiles, kind)) is not None:
                return named
        rule = self._site.hl7v2.find_message(kind) if self._site is not None else None
        return rule.profile if rule is not None else None

    @cached_property
    def _site(self) -> Site | None:
        if not self.site:
            return None
        from workbench.site.site_file import read_site

        return read_site(Path(self.site))

    @cached_property
    def _profiles(self) -> tuple[MessageProfile, ...]:
        if not self.profiles:
            return ()
        from workbench.conformance.profile_source import read_profiles

        return tuple(profile for name in self.profiles for profile in read_profiles(name))


def _trouble(piece: Piece) -> Issue:
    error = piece.trouble
    said = f"{error.message} {error.hint}".strip() if error else "It cannot be read."
    line = (error.line or 1) if error else 1
    column = (error.column or 1) if error else 1
    return Issue("fatal", "structure", said, rule="syntax", line=line + piece.line - 1, column=column)


def _is_told(location: str, said: set[str]) -> bool:
    """Whether something is said of a place already, or of a part of it."""
    return any(path == location or path.startswith((f"{location}.", f"{location}[")) for path in said if location)


def _as_issue(reason: AcknowledgmentError, site: Site, message: Message) -> Issue:
    """A reason of an acknowledgment as an issue, at its place in the text."""
    place = reason.location
    span = None
    while place and span is None:
        span = message.span(place)
        place = place.rpartition(".")[0] or place.rpartition("-")[0]
    before = message.text[: span[0]] if span else ""
    lines = re.split(r"\r\n?|\n", before)
    return Issue(
        "error",
        "required" if reason.code in ("100", "101") else "business-rule",
        reason.text,
        reason.location,
        f"table 0357 {reason.code}",
        site.name,
        line=len(lines),
        column=len(lines[-1]) + 1,
    )
