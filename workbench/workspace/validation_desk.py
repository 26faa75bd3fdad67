"""ValidationDesk: holds texts against what a request asks for, with what it has opened and compiled kept in between.

What FHIR resources need is opened when the first of them comes, or at once where the request names a part of it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.hl7v2.batch import begins_message
from workbench.hl7v2.message_log import is_log
from workbench.issue import Issue
from workbench.source.text_form import LONGEST_TEXT
from workbench.workspace.steps import Steps, finish
from workbench.workspace.validation_input import MESSAGE_ENDINGS, Piece, read_whole
from workbench.workspace.validation_result import Against, ValidationRequest, keep_gravest

if TYPE_CHECKING:
    from workbench.workspace.message_desk import MessageDesk
    from workbench.workspace.resource_desk import ResourceDesk

MOST_ISSUES = 10_000
"""Issues of one piece of work that are kept."""


@dataclass(frozen=True, slots=True)
class PieceResult:
    """What one piece of work came to; `failure` says why there is nothing to say, the rest as in FileResult."""

    issues: tuple[Issue, ...] = ()
    against: Against | None = None
    resources: int = 0
    duration: float = 0.0
    failure: str = ""
    more: int = 0


class ValidationDesk:
    def __init__(self, request: ValidationRequest) -> None:
        """Raises WorkbenchError where the request names what is not here."""
        self._request = request
        if request.hl7_version or request.site or request.message_profiles:
            _ = self._messages
        if request.release or request.packages:
            _ = self._resources

    @cached_property
    def _messages(self) -> MessageDesk:
        from workbench.workspace.message_desk import MessageDesk

        desk = MessageDesk(self._request.hl7_version, self._request.site, self._request.message_profiles)
        desk.open()
        return desk

    @cached_property
    def _resources(self) -> ResourceDesk:
        from workbench.workspace.resource_desk import ResourceDesk

        return ResourceDesk(self._request, MOST_ISSUES)

    def judge(self, piece: Piece) -> PieceResult:
        """Return what there is to say of a piece; a file that cannot be read is a failure of ours, said in words."""
        return finish(self.judge_in_steps(piece))

    def judge_in_steps(self, piece: Piece) -> Steps[PieceResult]:
        """What `judge` gives, with a pause after each message of a file of many."""
        started = time.monotonic()
        try:
            texts = piece.texts or ((1, read_whole(piece.path)),)
        except OSError as error:
            return PieceResult(failure=f"It cannot be read: {error.strerror or error}.")
        if _is_message_text(piece.path, texts[0][1]):
            return (yield from self._judge_messages(texts[0][1], started))
        try:
            chosen = self._resources.choose(piece.evidence or texts[0][1])
        except WorkbenchError as error:
            return PieceResult(failure=f"{error.message} {error.hint}", resources=len(texts))
        issues, against = self._resources.judge(texts, chosen)
        return _result(issues, against, len(texts), started)

    def _judge_messages(self, text: bytes, started: float) -> Steps[PieceResult]:
        if len(text) > LONGEST_TEXT:
            return PieceResult(failure=f"It is longer than {LONGEST_TEXT >> 20} MB. Cut it into several files.")
        issues, versions, count = yield from self._messages.judge_in_steps(text, may_be_log=True)
        issues = tuple(sorted(issues, key=lambda issue: (issue.line or 0, issue.column or 0, issue.rank)))
        why = "as was asked" if self._request.hl7_version else "by MSH-12"
        label = " and ".join(f"v{version}" for version in versions)
        return _result(issues, Against(label, why, standard="HL7") if versions else None, count, started)


def _is_message_text(path: Path, text: bytes) -> bool:
    """Tell whether a text is HL7 v2, by the ending of its name or its first letters, or the log of an interface."""
    if path.suffix.lower() in MESSAGE_ENDINGS or begins_message(text):
        return True
    return text.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[", b"<") and is_log(text)


def _result(issues: Sequence[Issue], against: Against | None, resources: int, started: float) -> PieceResult:
    return PieceResult(
        issues=keep_gravest(issues, MOST_ISSUES),
        against=against,
        resources=resources,
        duration=time.monotonic() - started,
        more=max(len(issues) - MOST_ISSUES, 0),
    )
