"""Faults of answers: what an answer rule makes of an acknowledgment, and of the frame that it goes out in."""

from __future__ import annotations

from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import frame_message
from workbench.site.answer_rule import AnswerRule, ContentFault, WireFault
from workbench.site.answer_rule_text import to_text
from workbench.transports.mllp_reply import Reply, ReplyEnd

GARBAGE = b"-- garbage on request --\r\n"
_BYTE_PAUSE = 0.001
_SILENT: tuple[WireFault, ...] = ("no answer", "close", "reset")


def make_reply(rule: AnswerRule, answer: bytes | None) -> Reply:
    """What goes out for a message that `rule` is about, where `answer` would have gone out as a plain frame."""
    note = note_of(rule)
    if rule.refuse:
        return Reply(end="reset", wait=rule.late, refuse=rule.refuse, note=note)
    if rule.wire in _SILENT or answer is None:
        return Reply(end=_end_of(rule.wire), wait=rule.late, note=note)
    if rule.content:
        answer = spoil_answer(answer, rule.content)
    pieces = _frame(answer, rule.wire)
    pause = _BYTE_PAUSE if rule.wire == "byte by byte" else 0.0
    end: ReplyEnd = "close" if rule.wire == "half a frame" else "keep"
    return Reply(answer, pieces, rule.late, pause, end, note=note)


def turn_away(rule: AnswerRule) -> Reply:
    """What becomes of a connection that `rule` is about."""
    return Reply(end="close" if rule.wire == "close" else "reset", refuse=rule.refuse, note=note_of(rule))


def note_of(rule: AnswerRule) -> str:
    return f"On request: {to_text(rule)}"


def spoil_answer(answer: bytes, fault: ContentFault) -> bytes:
    """The acknowledgment with one thing wrong in it; one that cannot be read stays as it is."""
    try:
        message = parse_message(answer)
    except WorkbenchError:
        return answer
    if fault == "wrong control ID":
        return message.set("MSA-2", f"NOT-{message.get('MSA-2') or 'THIS'}").to_bytes()
    if fault == "wrong version":
        return message.set("MSH-12", "2.2" if message.version != "2.2" else "2.8").to_bytes()
    codec = message.codec
    return b"".join(
        message.text[segment.start : segment.end].encode(codec, "replace") + b"\r"
        for segment in message.segments
        if segment.name != "MSA"
    )


def _end_of(fault: WireFault | None) -> ReplyEnd:
    return "close" if fault == "close" else "reset" if fault == "reset" else "keep"


def _frame(answer: bytes, fault: WireFault | None) -> tuple[bytes, ...]:
    frame = frame_message(answer)
    match fault:
        case "two answers":
            return (frame + frame,)
        case "byte by byte":
            return tuple(frame[at : at + 1] for at in range(len(frame)))
        case "no start block":
            return (frame[1:],)
        case "no end block":
            return (frame[:-2],)
        case "no carriage return":
            return (frame[:-1],)
        case "garbage before":
            return (GARBAGE + frame,)
        case "garbage after":
            return (frame + GARBAGE,)
        case "half a frame":
            return (frame[: len(frame) // 2],)
        case _:
            return (frame,)
