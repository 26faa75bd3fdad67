"""Past: what became of the messages of a connection, so that no answer to one is ever taken for another's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from workbench.exchange import Failure
from workbench.hl7v2.correlation import Answered, Asked, read_answered
from workbench.hl7v2.mllp import Frame, FramingFault

StrayKind = Literal["late", "second", "unasked", "no-frame"]
_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Stray:
    """Something that came and answers no message that waits; `reason` is a sentence with its place on the connection.

    It is `late` where its message had been given up, a `second` answer where that had one, `unasked` where no message
    of its control ID was sent, and `no-frame` where it is no frame.
    """

    kind: StrayKind
    reason: str
    control_id: str = ""
    code: str = ""
    received: bytes = b""


class Past:
    """Remembers the newest thousand messages by their control IDs."""

    def __init__(self) -> None:
        self._sent: dict[str, str | float] = {}  # the code of the answer, or when it was given up; empty while it waits
        self._unsure = 0

    def begin(self, asked: Asked) -> None:
        self._sent.pop(asked.control_id, None)
        self._sent[asked.control_id] = ""
        if len(self._sent) > _REMEMBERED:
            del self._sent[next(iter(self._sent))]

    def end(self, asked: Asked, code: str) -> None:
        """The message is answered with `code`."""
        self._sent[asked.control_id] = code or "an answer"

    def give_up(self, asked: Asked) -> None:
        """No answer came in time; one may yet come on this connection."""
        self._sent[asked.control_id] = time.monotonic()
        self._unsure += 1

    def forget_connection(self) -> None:
        """The connection is closed, so that nothing comes any more for what was given up on it."""
        self._unsure = 0

    def judge(self, asked: Asked, frame: Frame) -> Answered | Stray | Failure:
        """What an arriving frame is while the message `asked` waits: its answer, an earlier one's, or a wrong one."""
        answered = read_answered(frame.payload) or Answered("", "")
        if answered.control_id == asked.control_id:
            return answered
        if answered.control_id in self._sent:
            return self.tell(frame)
        if not asked.control_id:
            return answered
        if answered.control_id or answered.is_positive:
            return Failure("mismatch", _tell_mismatch(asked, answered, frame))
        if self._unsure:
            self._unsure -= 1
            return Stray("late", _tell_nameless(answered, frame), "", answered.code, frame.payload)
        return answered

    def tell(self, event: Frame | FramingFault) -> Stray:
        """What arrives while no message waits."""
        if isinstance(event, FramingFault):
            return Stray("no-frame", f"Bytes that answer nothing came. {event.reason}", received=event.received)
        answered = read_answered(event.payload) or Answered("", "")
        sent = self._sent.get(answered.control_id)
        said = f"({answered.code or 'no MSA'}, byte {event.offset})"
        which = f"to {answered.control_id}" if answered.control_id else "that names no message"
        if sent is None:
            kind: StrayKind = "unasked"
            reason = f"An answer {which} came that nothing had asked for {said}."
        elif isinstance(sent, str) and sent:
            kind, reason = "second", f"A second answer {which} came {said}; the first was {sent}."
        else:
            waited = f" {time.monotonic() - sent:.1f} s after it was given up" if isinstance(sent, float) else ""
            kind, reason = "late", f"The answer {which} came late{waited} {said}."
            self._sent[answered.control_id] = answered.code or "an answer"
            self._unsure = max(0, self._unsure - 1)
        return Stray(kind, reason, answered.control_id, answered.code, event.payload)


def _tell_mismatch(asked: Asked, answered: Answered, frame: Frame) -> str:
    named = f"{answered.code or 'An answer'} for “{answered.control_id}”"
    if not answered.control_id:
        named = f"{answered.code} for no message, since its MSA-2 is empty,"
    return (
        f"{named} came at byte {frame.offset}, where the answer to “{asked.control_id}” was awaited: MSA-2 must repeat "
        "MSH-10 of the message. Look at which message the receiver read."
    )


def _tell_nameless(answered: Answered, frame: Frame) -> str:
    return (
        f"An answer that names no message ({answered.code or 'no MSA'}, byte {frame.offset}) came while one that had "
        "been given up may yet be answered, so that it counts for neither."
    )
