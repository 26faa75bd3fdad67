"""ValidationDesk: holds texts against what a request asks for, with what it has opened and compiled kept in between."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from workbench.errors import WorkbenchError
from workbench.issue import Issue
from workbench.source.source import LONGEST_TEXT, parse_source
from workbench.validation.validator import Validator
from workbench.workspace.message_desk import MessageDesk, is_message_text
from workbench.workspace.validation_definitions import ChosenRelease, RequestedDefinitions, find_profile
from workbench.workspace.validation_input import Piece, read_whole
from workbench.workspace.validation_result import Against, ValidationRequest, keep_gravest

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
        self._definitions = RequestedDefinitions(request.release, request.packages)
        self._messages = MessageDesk(request.hl7_version, request.site, request.message_profiles)
        self._messages.open()
        self._rooms: dict[str, _Room] = {}
        if self._definitions.decided is not None:
            self._room(self._definitions.decided)

    def judge(self, piece: Piece) -> PieceResult:
        """Return what there is to say of a piece; a file that cannot be read is a failure of ours, said in words."""
        started = time.monotonic()
        try:
            texts = piece.texts or ((1, read_whole(piece.path)),)
        except OSError as error:
            return PieceResult(failure=f"It cannot be read: {error.strerror or error}.")
        if is_message_text(piece.path, texts[0][1]):
            return self._judge_messages(texts[0][1], started)
        try:
            chosen = self._definitions.choose(piece.evidence or texts[0][1])
        except WorkbenchError as error:
            return PieceResult(failure=f"{error.message} {error.hint}", resources=len(texts))
        room = self._room(chosen)
        issues = [issue for line, text in texts for issue in self._judge_text(text, line, room)]
        issues.sort(key=_order_of)
        return PieceResult(
            issues=keep_gravest(issues, MOST_ISSUES),
            against=room.against,
            resources=len(texts),
            duration=time.monotonic() - started,
            more=max(len(issues) - MOST_ISSUES, 0),
        )

    def _judge_messages(self, text: bytes, started: float) -> PieceResult:
        if len(text) > LONGEST_TEXT:
            return PieceResult(failure=f"It is longer than {LONGEST_TEXT >> 20} MB. Cut it into several files.")
        issues, versions, count = self._messages.judge(text)
        why = "as was asked" if self._request.hl7_version else "by MSH-12"
        label = " and ".join(f"v{version}" for version in versions)
        return PieceResult(
            issues=keep_gravest(issues, MOST_ISSUES),
            against=Against(label, why, standard="HL7") if versions else None,
            resources=count,
            duration=time.monotonic() - started,
            more=max(len(issues) - MOST_ISSUES, 0),
        )

    def _judge_text(self, text: bytes, line: int, room: _Room) -> tuple[Issue, ...]:
        definitions = room.validator.definitions
        try:
            source = parse_source(text, definitions, first_line=line)
        except WorkbenchError as error:
            said = f"{error.message} {error.hint}".strip()
            return (Issue("fatal", "structure", said, rule="syntax", line=error.line, column=error.column),)
        judged = room.validator.validate(source.value, profiles=room.profiles, most_issues=MOST_ISSUES)
        found = [*source.issues, *judged]
        if self._request.asks_second_opinion:
            from workbench.validation.second_opinion import ask_second_opinion

            found += ask_second_opinion(source.value, definitions.release)
        return tuple(source.locate(issue) for issue in found)

    def _room(self, chosen: ChosenRelease) -> _Room:
        """What resources of one release are held against; made when the first of them comes."""
        release = chosen.release
        if release.key not in self._rooms:
            definitions = self._definitions.load(release)
            labels = tuple(package.label for package in definitions.packages)
            against = Against(
                f"{release.name} {release.version}", chosen.why, labels, self._definitions.missing(definitions)
            )
            profiles = tuple(find_profile(name, definitions) for name in self._request.profiles)
            self._rooms[release.key] = _Room(Validator(definitions), profiles, against)
        room = self._rooms[release.key]
        return room if room.against.why == chosen.why else replace(room, against=replace(room.against, why=chosen.why))


def _order_of(issue: Issue) -> tuple[int, int, int]:
    """By place, and the gravest first where several stand at one."""
    return issue.line or 0, issue.column or 0, issue.rank


@dataclass(frozen=True, slots=True)
class _Room:
    validator: Validator
    profiles: tuple[str, ...]
    against: Against
