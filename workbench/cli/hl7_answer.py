"""Answer: what came back for a message by MLLP, as a verdict in words and as JSON."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from workbench.exchange import Exchange
    from workbench.hl7v2.acknowledgment import Acknowledgment
    from workbench.transports.mllp_deferred import DeferredAcknowledgments


@asynccontextmanager
async def answers_at(port: int) -> AsyncIterator[DeferredAcknowledgments]:
    """Application acknowledgments taken at a port of this machine."""
    from workbench.transports.mllp_deferred import DeferredAcknowledgments
    from workbench.transports.mllp_listener import MllpListener

    deferred = DeferredAcknowledgments()
    listener = MllpListener(deferred.answer, port=port)
    await listener.start()
    try:
        yield deferred
    finally:
        await listener.stop()


def judge_answer(exchange: Exchange) -> tuple[Acknowledgment | None, bool, str]:
    """The acknowledgment that came, whether it accepts the message, and the verdict in words."""
    from workbench.hl7v2.acknowledgment import parse_acknowledgment

    if exchange.response is None and exchange.failure is None:
        return None, True, "pass: It asks for no answer to this (MSH-15, MSH-16), and none came."
    acknowledgment, trouble = None, exchange.failure.reason if exchange.failure else "No answer came."
    if exchange.response is not None:
        try:
            acknowledgment = parse_acknowledgment(exchange.response.body)
        except WorkbenchError as error:
            trouble = error.message
    accepted = acknowledgment is not None and acknowledgment.is_positive
    return (
        acknowledgment,
        accepted,
        f"{'pass' if accepted else 'fail'}: {acknowledgment.reason if acknowledgment else trouble}",
    )


def acknowledgment_result(body: bytes) -> dict[str, Any] | None:
    """What an answer says, or None where it acknowledges nothing."""
    from workbench.hl7v2.acknowledgment import parse_acknowledgment

    try:
        return _acknowledgment_result(parse_acknowledgment(body))
    except WorkbenchError:
        return None


def hl7_result(exchange: Exchange, acknowledgment: Acknowledgment | None, accepted: bool) -> dict[str, Any]:
    response = exchange.response
    return {
        "to": exchange.request.address,
        "accepted": accepted,
        "duration": round(exchange.duration, 6),
        "acknowledgment": _acknowledgment_result(acknowledgment) if acknowledgment else None,
        "response": message_text(response.body) if response else None,
        "failure": asdict(exchange.failure) if exchange.failure else None,
    }


def _acknowledgment_result(acknowledgment: Acknowledgment) -> dict[str, Any]:
    keys = ("location", "code", "severity", "text")
    return {
        "code": acknowledgment.code,
        "control_id": acknowledgment.control_id,
        "text": acknowledgment.text,
        "errors": [{key: getattr(error, key) for key in keys} for error in acknowledgment.errors],
    }


def message_text(body: bytes) -> str:
    """A message in the character set that it says, or shows."""
    from workbench.hl7v2.characters import decode_bytes

    return decode_bytes(body)[0]
