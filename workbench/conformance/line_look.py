"""LineLook: a close look at the lines of a message: segments glued together, cut in two, or left without a value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.version_plan import VersionPlan
from workbench.hl7v2.message import Message
from workbench.hl7v2.segment import Segment

# What stands where a line should end: its escape written out, or a character that ends lines elsewhere.
_GLUE = re.compile(r"(\\r\\n|\\[rn]|\\x0[dD]|<CR>|<cr>|[\x0b\x0c\x85\u2028\u2029]++)(?=[A-Z][A-Z0-9]{2}(.))")

# One of these stands in each of them; to look for them first takes a tenth of the time.
_GLUE_MARKS = ("\\r", "\\n", "\\x0", "<CR>", "<cr>", "\x0b", "\x0c", "\x85", "\u2028", "\u2029")


@dataclass(frozen=True, slots=True)
class LineLook:
    """The lines of one message."""

    log: IssueLog
    message: Message
    version: VersionPlan

    def tell_glued(self) -> bool:
        """Tell of segments that no line end parts; whether there are such, since no more can be told of them then."""
        text, separator = self.message.text, self.message.encoding.field
        if not any(mark in text for mark in _GLUE_MARKS):
            return False
        for found in _GLUE.finditer(text):
            name = text[found.end() : found.end() + 3]
            if found.start() and found[2] == separator and self.version.fields(name):
                shown = found[1] if found[1].isprintable() else f"the character U+{ord(found[1][0]):04X}"
                self.log.add(
                    "error",
                    "structure",
                    f"{name} stands behind “{shown}” and not on a line of its own: end each segment with a carriage "
                    "return. Nothing more can be told before that.",
                    path=self.message.locate(found.start()) or name,
                    rule="line ends",
                    offset=found.start(),
                )
                return True
        return False

    def tell_joined(self, names: Iterable[str]) -> int | None:
        """Tell of a segment that lacks and stands behind another in its line; gives the index of that other one."""
        lines, separator = self.message.lines, self.message.encoding.field
        for name in names:
            if name in lines.named or f"{name}{separator}" not in self.message.text:
                continue
            for index, number in enumerate(lines.filled):
                at = lines.texts[number].find(f"{name}{separator}", 1)
                if at > 0 and lines.texts[number][at - 1].isalnum():
                    offset = lines.starts[number] + at
                    self.log.add(
                        "error",
                        "structure",
                        f"{name} stands in the line of {lines.texts[number][:3]}: end that line before it.",
                        path=self.message.locate(offset) or name,
                        rule="line ends",
                        offset=offset,
                    )
                    return index
        return None

    def look_at_feeds(self) -> None:
        """Tell of the first line feed within a segment of a message that ends its segments otherwise."""
        lines = self.message.lines
        if lines.end or "\n" not in self.message.text:
            return
        number = next((number for number, line in enumerate(lines.texts) if "\n" in line), None)
        if number is None:
            return
        offset = lines.starts[number] + lines.texts[number].index("\n")
        path = self.message.locate(offset) or "MSH"
        mark = self.message.encoding.escape or "\\"
        said = f"A line feed stands within {path}, where a receiver may end the segment"
        said += f": take it out, or write {mark}.br{mark} in text."
        self.log.add("warning", "value", said, path=path, rule="line feed", offset=offset)

    def tell_empty(self, segment: Segment) -> bool:
        """Tell of a segment without any value all that it requires; whether it requires something."""
        fields = self.version.fields(segment.name)
        needed = [f"{segment.name}-{number} {facts.name}" for number, facts in enumerate(fields, 1) if facts.least]
        if not needed:
            return False
        name = self.log.name(segment)
        shown = " and ".join(filter(None, (", ".join(needed[:-1]), needed[-1])))
        said = (
            f"{name} has no value at all, and {self.log.standard} requires {shown}: fill that in, or take {name} out."
        )
        self.log.add("error", "required", said, path=name, rule=f"{segment.name} without values", offset=segment.start)
        return True
