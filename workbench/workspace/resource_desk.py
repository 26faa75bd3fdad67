"""ResourceDesk: holds FHIR resources against their release, packages and profiles, each release opened once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.errors import WorkbenchError
from workbench.issue import Issue
from workbench.source.source import parse_source
from workbench.validation.validator import Validator
from workbench.workspace.validation_definitions import ChosenRelease, RequestedDefinitions, find_profile
from workbench.workspace.validation_result import Against, ValidationRequest


class ResourceDesk:
    def __init__(self, request: ValidationRequest, most_issues: int) -> None:
        """Raises WorkbenchError where the request names what is not here."""
        self._request = request
        self._most_issues = most_issues
        self._definitions = RequestedDefinitions(request.release, request.packages)
        self._rooms: dict[str, _Room] = {}
        if self._definitions.decided is not None:
            self._room(self._definitions.decided)

    def choose(self, text: bytes) -> ChosenRelease:
        """The release to hold a resource against; raises WorkbenchError where it says one that is not known here."""
        return self._definitions.choose(text)

    def judge(self, texts: Sequence[tuple[int, bytes]], chosen: ChosenRelease) -> tuple[list[Issue], Against]:
        """The issues of texts, each with its first line, in their order, and what they were held against."""
        room = self._room(chosen)
        issues = [issue for line, text in texts for issue in self._judge_text(text, line, room)]
        issues.sort(key=_order_of)
        return issues, room.against

    def _judge_text(self, text: bytes, line: int, room: _Room) -> tuple[Issue, ...]:
        definitions = room.validator.definitions
        try:
            source = parse_source(text, definitions, first_line=line)
        except WorkbenchError as error:
            said = f"{error.message} {error.hint}".strip()
            return (Issue("fatal", "structure", said, rule="syntax", line=error.line, column=error.column),)
        judged = room.validator.validate(source.value, profiles=room.profiles, most_issues=self._most_issues)
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
