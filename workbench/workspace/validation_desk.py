"""ValidationDesk: holds texts against what a request asks for, with what it has opened and compiled kept in between."""

from __future__ import annotations

import time
from dataclasses import dataclass

from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import Release, find_release
from workbench.errors import WorkbenchError
from workbench.issue import Issue
from workbench.source.source import parse_source
from workbench.validation.validator import Validator
from workbench.workspace.release_evidence import find_release_evidence
from workbench.workspace.validation_input import Piece, read_whole
from workbench.workspace.validation_result import ValidationRequest

# What is assumed where nothing says otherwise: the release that most hospitals run.
USUAL_RELEASE = "4.0"
MOST_ISSUES = 10_000
"""Issues of one piece of work that are kept."""


@dataclass(frozen=True, slots=True)
class PieceResult:
    """What one piece of work came to; `failure` says why there is nothing to say, the rest as in FileResult."""

    issues: tuple[Issue, ...] = ()
    release: str = ""
    why: str = ""
    resources: int = 0
    duration: float = 0.0
    failure: str = ""
    more: int = 0


class ValidationDesk:
    def __init__(self, request: ValidationRequest) -> None:
        """Raises WorkbenchError where the request names what is not here."""
        self._request = request
        self._asked = find_release(request.release) if request.release else None
        self._validators: dict[str, Validator] = {}

    def judge(self, piece: Piece) -> PieceResult:
        """Return what there is to say of a piece; a file that cannot be read is a failure of ours, said in words."""
        started = time.monotonic()
        try:
            texts = piece.texts or ((1, read_whole(piece.path)),)
        except OSError as error:
            return PieceResult(failure=f"It cannot be read: {error.strerror or error}.")
        release, why = self._release_of(piece.evidence or texts[0][1])
        validator = self._validator(release)
        issues = [issue for line, text in texts for issue in self._judge_text(text, line, validator)]
        issues.sort(key=lambda issue: (issue.line or 0, issue.column or 0))
        name = f"{release.name} {release.version}"
        more = max(len(issues) - MOST_ISSUES, 0)
        return PieceResult(tuple(issues[:MOST_ISSUES]), name, why, len(texts), time.monotonic() - started, more=more)

    def _judge_text(self, text: bytes, line: int, validator: Validator) -> tuple[Issue, ...]:
        try:
            source = parse_source(text, validator.definitions, first_line=line)
        except WorkbenchError as error:
            said = f"{error.message} {error.hint}".strip()
            return (Issue("fatal", "structure", said, rule="syntax", line=error.line, column=error.column),)
        found = [*source.issues, *validator.validate(source.value, profiles=self._request.profiles)]
        if self._request.asks_second_opinion:
            from workbench.validation.second_opinion import ask_second_opinion

            found += ask_second_opinion(source.value, validator.definitions.release)
        return tuple(source.locate(issue) for issue in found)

    def _release_of(self, text: bytes) -> tuple[Release, str]:
        if self._asked is not None:
            return self._asked, "as was asked"
        evidence = find_release_evidence(text)
        if evidence is not None:
            return evidence[0], f"by {evidence[1]}"
        return find_release(USUAL_RELEASE), "as nothing says otherwise"

    def _validator(self, release: Release) -> Validator:
        if release.key not in self._validators:
            self._validators[release.key] = Validator(load_definitions(release.key))
        return self._validators[release.key]
