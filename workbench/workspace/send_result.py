"""SendResult: what became of one message of many, as its attempts say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.correlation import read_answered
from workbench.workspace.message_source import Outgoing

Outcome = Literal["accepted", "refused", "failed", "unreadable", "left out", "not sent"]
OUTCOMES: tuple[Outcome, ...] = ("accepted", "refused", "failed", "unreadable", "left out", "not sent")
Place = tuple[str, int, str]
"""What names a message in two runs over the same files: its file, its line and the control ID that it has there."""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one message. `control_id` is the one that was sent, `code` is MSA-1 and `condition` ERR-3.

    `text` is what the answer says, or why there is none, and `location` its place; `note` is a remark of ours. In
    enhanced mode `accept` is MSA-1 of the accept acknowledgment that came before an application acknowledgment.
    `exchanges` are those of all attempts, the accept acknowledgment one of its own.
    """

    number: int
    source: str
    line: int
    offset: int
    type_name: str
    control_id: str
    outcome: Outcome
    code: str = ""
    condition: str = ""
    location: str = ""
    text: str = ""
    note: str = ""
    duration: float = 0.0
    attempts: int = 0
    original_id: str = ""
    accept: str = ""
    read: int = 0
    exchanges: tuple[Exchange, ...] = field(default=(), compare=False)

    @property
    def exchange(self) -> Exchange | None:
        """What its last attempt came to."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def place(self) -> Place:
        return self.source, self.line, self.original_id or self.control_id

    @property
    def is_bad(self) -> bool:
        return self.outcome in ("refused", "failed")


def judge_attempts(message: Outgoing, attempts: Sequence[tuple[Exchange, ...]]) -> SendResult:
    """What the attempts to send a message came to: the last one decides."""
    *before, exchange = attempts[-1]
    base = replace(
        make_result(message, "failed", note=exchange.note),
        duration=sum(attempt[-1].duration for attempt in attempts),
        attempts=len(attempts),
        accept=_code_of(before[0]) if before else "",
        exchanges=tuple(exchange for attempt in attempts for exchange in attempt),
    )
    if exchange.failure is not None:
        return replace(base, code=exchange.failure.kind, text=exchange.failure.reason)
    if exchange.response is None:
        return replace(base, outcome="accepted", text="It asks for no answer (MSH-15, MSH-16).")
    try:
        said = parse_acknowledgment(exchange.response.body)
    except WorkbenchError as error:
        return replace(base, text=error.message)
    if said.control_id != message.control_id:
        text = f"The answer is about “{said.control_id}” (MSA-2), and not about this message."
        return replace(base, code=said.code, text=text)
    first = said.errors[0] if said.errors else None
    return replace(
        base,
        outcome="accepted" if said.is_positive else "refused",
        code=said.code,
        condition=first.code if first else "",
        location=first.location if first else "",
        text=(first.text if first else "") or said.text,
    )


def _code_of(exchange: Exchange) -> str:
    answered = read_answered(exchange.response.body) if exchange.response else None
    return answered.code if answered else ""


def make_result(message: Outgoing, outcome: Outcome, *, text: str = "", note: str = "") -> SendResult:
    return SendResult(
        message.number,
        message.source,
        message.line,
        message.offset,
        message.type_name,
        message.control_id,
        outcome,
        text=text,
        note=note,
        read=message.read,
    )
