"""Inbox answers: what a listener says to a message, as the analyst chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import AcknowledgmentError, make_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import FramingFault
from workbench.site.answer_rule import AnswerRule

AnswerChoice = Literal["AA", "AE", "AR", "none"]
ANSWER_WORDS: dict[AnswerChoice, str] = {
    "AA": "AA · accept",
    "AE": "AE · error",
    "AR": "AR · reject",
    "none": "No answer",
}
_APPLICATION, _FACILITY = "INBOX", "WORKBENCH"


@dataclass(frozen=True, slots=True)
class InboxAnswer:
    """`text` goes to MSA-3, and to ERR where the code is AE or AR."""

    choice: AnswerChoice = "AA"
    text: str = ""

    def make(self, payload: bytes, *, now: datetime, control_id: str) -> bytes | None:
        """The acknowledgment of `payload`, or None for none; what is no message is never accepted."""
        if self.choice == "none":
            return None
        try:
            message = parse_message(payload)
        except WorkbenchError as error:
            message = None
            if self.choice == "AA":
                return _refuse(error.message, now=now, control_id=control_id)
        said = self.text or ("" if self.choice == "AA" else "Refused by the inbox of the workbench.")
        errors = () if self.choice == "AA" else (AcknowledgmentError("", "207", "E", said),)
        return make_acknowledgment(
            message,
            self.choice,
            text=said,
            errors=errors,
            control_id=control_id,
            now=now,
            application=_APPLICATION,
            facility=_FACILITY,
        )


def answer_by_rule(
    rule: AnswerRule, chosen: InboxAnswer, payload: bytes, now: datetime, control_id: str
) -> bytes | None:
    """The acknowledgment that a rule spoils: with the rule's own code and reasons where it has them."""
    if rule.code is None:
        return chosen.make(payload, now=now, control_id=control_id)
    try:
        message = parse_message(payload)
    except WorkbenchError:
        message = None
    return make_acknowledgment(
        message,
        rule.code,
        text=rule.text,
        errors=rule.reasons,
        control_id=control_id,
        now=now,
        application=_APPLICATION,
        facility=_FACILITY,
    )


def make_fault_answer(fault: FramingFault, *, now: datetime, control_id: str) -> bytes:
    """AR for bytes that are no frame, with their place on the connection."""
    return _refuse(f"{fault.reason} (byte {fault.offset} of the connection)", now=now, control_id=control_id)


def _refuse(said: str, *, now: datetime, control_id: str) -> bytes:
    return make_acknowledgment(
        None, "AR", text=said, control_id=control_id, now=now, application=_APPLICATION, facility=_FACILITY
    )
