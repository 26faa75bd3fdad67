"""Fault: what is wrong with the way a message carries a document, told by what its receiver will see."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.hl7v2.message import Message
from workbench.issue import Issue, Severity

RULE = "document"
_OF_TEXT = (
    *("rtf-in-text", "field-separator", "component-separator", "subcomponent-separator"),
    *("escape-broken", "text-line-break", "markup-in-text"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`symptom` is what people at the receiver see, `cause` why, and `remedy` what to do; each is a sentence.

    `name` is the same for each fault of one kind, such as `base64-place`; `start` is the offset in the message's text.
    """

    name: str
    symptom: str
    cause: str
    remedy: str
    path: str
    start: int = 0
    severity: Severity = "error"
    code: str = "invalid"

    @property
    def is_of_text(self) -> bool:
        """Tell whether it is a fault of a text, which a receiver takes without a word and shows with a part missing."""
        return self.name in _OF_TEXT


def to_issue(message: Message, fault: Fault) -> Issue:
    """The fault as an Issue, with its line and column."""
    line, column = locate_line(message.text, fault.start)
    text = f"{fault.symptom} {fault.cause} {fault.remedy}"
    return Issue(
        fault.severity, fault.code, text, path=fault.path, rule=f"{RULE}: {fault.name}", line=line, column=column
    )


def locate_line(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1; CR, LF and CRLF end a line."""
    ends = text.count("\r", 0, offset) + text.count("\n", 0, offset) - text.count("\r\n", 0, offset)
    begin = max(text.rfind("\r", 0, offset), text.rfind("\n", 0, offset)) + 1
    return ends + 1, offset - begin + 1
