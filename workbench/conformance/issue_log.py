"""IssueLog: what is found in one message, each with its line and column and the rule of its version."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.conformance.text_place import TextPlaces
from workbench.hl7v2.message import Message
from workbench.hl7v2.segment import Segment
from workbench.issue import Issue, Severity


@dataclass(slots=True)
class IssueLog:
    """`standard` is how rules name the version, such as `HL7 v2.5.1`."""

    message: Message
    standard: str
    _found: list[tuple[int, Issue]] = field(default_factory=list)
    _places: list[TextPlaces] = field(default_factory=list)

    def add(self, severity: Severity, code: str, sentence: str, *, path: str, rule: str, offset: int) -> None:
        """Note an issue at `offset` of the message's text; `rule` is what the version says, without its name."""
        line, column = self._place(offset)
        issue = Issue(severity, code, sentence, path, f"{self.standard} {rule}", line=line, column=column)
        self._found.append((offset, issue))

    def add_undecided(self, cause: str, sentence: str, *, path: str, rule: str, offset: int) -> None:
        line, column = self._place(offset)
        rule = f"{self.standard} {rule}"
        issue = Issue("information", "not-supported", sentence, path, rule, line=line, column=column, cause=cause)
        self._found.append((offset, issue))

    def name(self, segment: Segment) -> str:
        """The segment as paths name it: with its ordinal where several have that name."""
        several = len(self.message.lines.named[segment.name]) > 1
        return f"{segment.name}[{segment.ordinal}]" if several else segment.name

    def issues(self) -> tuple[Issue, ...]:
        """All that was found, in the order of the text."""
        return tuple(issue for _, issue in sorted(self._found, key=lambda each: each[0]))

    def _place(self, offset: int) -> tuple[int, int]:
        if not self._places:
            self._places.append(TextPlaces(self.message.text))
        return self._places[0].place_of(offset)
