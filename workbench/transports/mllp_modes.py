"""Modes: the acknowledgments that a message asks for in MSH-15 and MSH-16, of the one that was decided on."""

from __future__ import annotations

from datetime import datetime

from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import make_acknowledgment
from workbench.hl7v2.correlation import choose_codes, read_answered, read_asked
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_reply import Reply


def reply_in_mode(payload: bytes, answer: bytes, *, now: datetime, control_id: str) -> bytes | Reply | None:
    """`answer` in the mode of the message: after a CA, with an accept code in place of its own, or not at all.

    `control_id` is that of the CA, which comes from the application that the message was sent to.
    """
    answered = read_answered(answer)
    codes = choose_codes(read_asked(payload), answered.code) if answered else ()
    if answered is None or codes == (answered.code,):
        return answer
    if not codes:
        return None
    try:
        message = parse_message(payload)
    except WorkbenchError:
        return answer
    if len(codes) == 1:
        return parse_message(answer).set("MSA-1", codes[0]).to_bytes()
    sender = (message.get("MSH-5.1") or "", message.get("MSH-6.1") or "")
    accept = make_acknowledgment(
        message, codes[0], control_id=control_id, now=now, application=sender[0], facility=sender[1]
    )
    return Reply(answer, (frame_message(accept), frame_message(answer)), accept=accept)
