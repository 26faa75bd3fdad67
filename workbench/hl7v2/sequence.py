"""Sequence numbers: the protocol of MSH-13 and MSA-4 that keeps a link in order and free of doubles (2.5.1, 2.10.1).

0 starts a link and -1 starts its numbers anew; both carry no content. Each accepted message has the next number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

START = 0
ANEW = -1
Standing = Literal["start", "anew", "next", "repeated", "out of order", "no number"]


@dataclass(frozen=True, slots=True)
class SequenceVerdict:
    """How a number stands to the link: `expected` goes into MSA-4, `reason` says what is wrong with it, if anything.

    The number that is next is echoed; one that was accepted last is answered with the one after it.
    """

    standing: Standing
    expected: int
    reason: str = ""


class SequenceReceiver:
    """The receiving end of one link: the number that it accepted last, None where it has accepted none."""

    def __init__(self, last: int | None = None) -> None:
        self.last = last

    @property
    def expected(self) -> int:
        """The number that the next message must have; -1 where any positive one will do."""
        return ANEW if self.last is None else self.last + 1

    def judge(self, text: str) -> SequenceVerdict:
        """What the number in MSH-13 means here. A message that it lets pass is taken by `accept`."""
        number = read_number(text)
        if number is None:
            reason = f"“{text}” in MSH-13 is no sequence number; {self._tell_expected()}."
            return SequenceVerdict("no number", self.expected, reason)
        if number == START:
            return SequenceVerdict("start", self.expected)
        if number == ANEW:
            self.last = None
            return SequenceVerdict("anew", ANEW)
        if self.last is None or number == self.last + 1:
            return SequenceVerdict("next", number)
        if number == self.last:
            return SequenceVerdict("repeated", self.expected)  # so that its sender goes on, as 2.10.1 d1 has it
        reason = f"MSH-13 is {number}, and {self._tell_expected()}."
        return SequenceVerdict("out of order", self.expected, reason)

    def accept(self, text: str) -> None:
        self.last = read_number(text)

    def _tell_expected(self) -> str:
        return "any positive number would start the link" if self.last is None else f"{self.expected} is expected"


class SequenceSender:
    """The initiating end of one link. `trouble` says why nothing more may be sent until somebody looks at it.

    Of what 2.10.1 d) allows where the receiver expects a smaller number, it stands still, since to start anew would
    leave out what the receiver has lost.
    """

    def __init__(self, first: int = 1) -> None:
        self.next = first
        self.trouble = ""

    def start(self, expected: str) -> None:
        """Go on as MSA-4 of the answer to number 0 says."""
        number = read_number(expected)
        if number is None or number == START:
            self.trouble = (
                f"The answer to sequence number 0 names “{expected}” in MSA-4, which is no number to go on with."
            )
        elif number > 0:
            self.next = number

    def settle(self, expected: str, *, is_accepted: bool = True) -> str:
        """Take MSA-4 of the answer to `next`; a sentence where it says more than that the message is accepted.

        A message that is refused has not used up its number.
        """
        number, sent = read_number(expected), self.next
        if number == sent:
            self.next += is_accepted
            return ""
        if number == sent + 1:
            self.next += 1
            return f"The receiver had accepted sequence number {sent} before."
        self.trouble = (
            f"The receiver expects sequence number {expected or 'none'} (MSA-4), and {sent} was sent: the link stands "
            "still until both ends agree again."
        )
        return self.trouble


def read_number(text: str) -> int | None:
    """A sequence number: 0, -1 or a positive one of at most fifteen digits; None for anything else."""
    bare = text.strip()
    if bare == "-1":
        return ANEW
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) <= 15 else None
