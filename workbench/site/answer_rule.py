"""AnswerRule: how a receiver answers some HL7 v2 messages otherwise than usual, on request, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from workbench.hl7v2.acknowledgment import AcknowledgmentError
from workbench.hl7v2.message import Message

RuleCode = Literal["AA", "AE", "AR", "CA", "CE", "CR"]
ContentFault = Literal["wrong control ID", "wrong version", "no MSA"]
WireFault = Literal[
    "no answer",
    "two answers",
    "byte by byte",
    "no start block",
    "no end block",
    "no carriage return",
    "garbage before",
    "garbage after",
    "half a frame",
    "close",
    "reset",
]
RULE_CODES: tuple[RuleCode, ...] = get_args(RuleCode)
CONTENT_FAULTS: tuple[ContentFault, ...] = get_args(ContentFault)
WIRE_FAULTS: tuple[WireFault, ...] = get_args(WireFault)
ANY = "any"
CONNECTION = "connection"


@dataclass(frozen=True, slots=True)
class Condition:
    """What must stand at `path`: `value`, or with `equal` off anything else; any value where `value` is None."""

    path: str
    value: str | None = None
    equal: bool = True

    def holds(self, message: Message) -> bool:
        values = message.get_all(self.path)
        found = any(values) if self.value is None else self.value in values
        return found == self.equal


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """`subject` is a message (`ADT^A01`), a type (`ADT`), `any` or `connection`.

    The first `after` of them go as usual; of the rest every `every`th is answered so, `times` times, or always where
    that is 0. `code` stands in place of the site's own. `late` and `refuse` are in seconds; with `refuse` nobody
    listens for so long.
    """

    subject: str = ANY
    conditions: tuple[Condition, ...] = ()
    code: RuleCode | None = None
    text: str = ""
    errors: tuple[AcknowledgmentError, ...] = ()
    content: ContentFault | None = None
    wire: WireFault | None = None
    late: float = 0.0
    refuse: float = 0.0
    after: int = 0
    every: int = 1
    times: int = 0

    @property
    def refuses_message(self) -> bool:
        """Whether the message is not taken; after all else it is, and the answer alone is spoilt."""
        return self.code in ("AE", "AR", "CE", "CR")

    @property
    def reasons(self) -> tuple[AcknowledgmentError, ...]:
        """What ERR says: the errors of the rule, or for a refusal the one of its text."""
        if self.errors or not self.refuses_message:
            return self.errors
        return (AcknowledgmentError("", "207", "E", self.text or "Refused on request."),)

    def matches(self, message: Message | None) -> bool:
        """Tell whether the rule is about `message`; one that cannot be read is any message and no other."""
        if self.subject == CONNECTION:
            return False
        if message is None:
            return self.subject == ANY and not self.conditions
        name = message.type_name
        if self.subject not in (ANY, name, name.split("^")[0]):
            return False
        return all(condition.holds(message) for condition in self.conditions)

    def is_due(self, seen: int, used: int) -> bool:
        """Tell whether the rule acts on the `seen`th that it is about, after it has acted `used` times."""
        place = seen - self.after - 1
        return place >= 0 and place % self.every == 0 and (self.times == 0 or used < self.times)
