"""HL7 v2 endpoint of a simulated site: takes a message, answers by the site's rules, and keeps what it accepted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from workbench.errors import WorkbenchError
from workbench.exchange import utc_now
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.acknowledgment import AcknowledgmentError, decide_code, make_acknowledgment
from workbench.hl7v2.batch import split_messages
from workbench.hl7v2.correlation import choose_codes, read_answered, read_asked
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.mllp import FramingFault, frame_message
from workbench.hl7v2.sequence import SequenceReceiver
from workbench.intake.intake import Intake, take_in
from workbench.sandbox.answer_rules import AnswerRules
from workbench.site.answer_faults import make_reply, turn_away
from workbench.site.answer_rule import AnswerRule
from workbench.site.messages import judge_message
from workbench.site.site import Site
from workbench.transports.mllp_reply import Reply

_OURS = (WorkbenchError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)


class Hl7v2Endpoint:
    """Answers whatever arrives and lives. `clock` dates the acknowledgments, `make_id` gives their control IDs.

    `rules` say which messages are answered otherwise than the site would.
    """

    def __init__(
        self,
        site: Site,
        store: FhirStore,
        *,
        rules: AnswerRules | None = None,
        clock: Callable[[], datetime] = utc_now,
        make_id: Callable[[], str] = lambda: uuid.uuid4().hex[:20],
    ) -> None:
        self.site = site
        self.store = store
        self.rules = AnswerRules(site.hl7v2.answers) if rules is None else rules
        self._clock = clock
        self._make_id = make_id
        self._intake = Intake(site, store)
        self._links: dict[tuple[str, ...], SequenceReceiver] = {}

    def reply(self, payload: bytes) -> bytes | Reply | None:
        """What goes out for `payload`: its acknowledgment, or what a rule makes of it."""
        message = _first_message(payload) if self.rules.uses else None
        rule = self.rules.choose(message)
        if rule is None:
            answer = self.answer(payload)
            accept = self._accept(payload, answer)
            if accept is None or answer is None:
                return answer
            return Reply(answer, (frame_message(accept), frame_message(answer)), accept=accept)
        reply = make_reply(rule, self._answer_by(rule, message, payload))
        accept = self._accept(payload, reply.answer)
        return reply if accept is None else replace(reply, pieces=(frame_message(accept), *reply.pieces), accept=accept)

    def admit(self) -> Reply | None:
        """How the next connection is turned away, where a rule says so."""
        rule = self.rules.choose_connection()
        return None if rule is None else turn_away(rule)

    def _answer_by(self, rule: AnswerRule, message: Message | None, payload: bytes) -> bytes | None:
        """A refusal takes nothing in; after every other rule the message is taken as usual."""
        usual = None if rule.refuses_message or rule.refuse else self.answer(payload)
        return usual if rule.code is None else self._write(message, rule.code, rule.reasons, rule.text)

    def answer(self, payload: bytes) -> bytes | None:
        """The acknowledgment of `payload`; None where the site, or MSH-15 and MSH-16, ask for none."""
        try:
            messages = _read_messages(payload)
        except WorkbenchError as error:
            return self._refuse(None, "100", f"{error.message} {error.hint}".strip())
        message = messages[0]
        if len(messages) > 1:
            return self._refuse(
                message, "200", f"{len(messages)} messages came in one frame; {self.site.name} takes one at a time."
            )
        if self.site.hl7v2.sequence_numbers and (number := message.get("MSH-13")):
            return self._answer_in_order(message, number)
        return self._acknowledge(message, self._judge(message))

    def _judge(self, message: Message) -> tuple[AcknowledgmentError, ...]:
        """What the site has against the message; where that is nothing, it is taken in."""
        errors = judge_message(self.site, message, knows_patient=self._knows_patient)
        return errors or self._take_in(message)

    def _answer_in_order(self, message: Message, number: str) -> bytes | None:
        """The acknowledgment with MSA-4; only the next number of its sender's link has its content read."""
        link = self._links.setdefault(tuple(message.get(f"MSH-{field}") or "" for field in (3, 4)), SequenceReceiver())
        verdict = link.judge(number)
        if verdict.reason:
            error = AcknowledgmentError("MSH-13", "207", "E", verdict.reason, "AE")
            return self._acknowledge(message, (error,), verdict.expected)
        errors = self._judge(message) if verdict.standing == "next" else ()
        if verdict.standing == "next" and not errors:
            link.accept(number)
        return self._acknowledge(message, errors, verdict.expected)

    def _accept(self, payload: bytes, answer: bytes | None) -> bytes | None:
        """The accept acknowledgment that goes before the application acknowledgment `answer`, where MSH-15 asks so."""
        if answer is None or read_asked(payload).accept not in ("AL", "SU"):
            return None
        answered, message = read_answered(answer), _first_message(payload)
        is_before = answered is not None and answered.code in ("AA", "AE", "AR") and message is not None
        return self._write(message, "CA", ()) if is_before else None

    def answer_fault(self, fault: FramingFault) -> bytes | None:
        """What is said of bytes that are no frame: AR, with the fault and its place on the connection."""
        return self._refuse(None, "100", fault.reason)

    def _knows_patient(self, number: str) -> bool:
        return self._intake.find_patient(number) is not None

    def _take_in(self, message: Message) -> tuple[AcknowledgmentError, ...]:
        """Keep what the message tells, all of it or nothing."""
        before = self.store.snapshot()
        try:
            take_in(self.site, message, self.store)
        except _OURS as error:
            self.store.rollback(before)
            text = f"{self.site.name} could not keep this message, which is a fault of the sandbox: {error}"
            return (AcknowledgmentError("", "207", "E", text, "AE"),)
        return ()

    def _refuse(self, message: Message | None, code: str, text: str) -> bytes | None:
        if not self.site.hl7v2.acknowledges:
            return None
        return self._write(message, "AR", (AcknowledgmentError("", code, "E", text, "AR"),))

    def _acknowledge(
        self, message: Message, errors: Sequence[AcknowledgmentError], sequence: int | None = None
    ) -> bytes | None:
        code = decide_code(errors)
        written = choose_acknowledgment(message, code) if self.site.hl7v2.acknowledges else None
        return None if written is None else self._write(message, written, errors, sequence=sequence)

    def _write(
        self,
        message: Message | None,
        code: str,
        errors: Sequence[AcknowledgmentError],
        text: str = "",
        sequence: int | None = None,
    ) -> bytes:
        rules = self.site.hl7v2
        return make_acknowledgment(
            message,
            code,
            text=text,
            errors=errors,
            control_id=self._make_id(),
            now=self._clock(),
            application=rules.application,
            facility=rules.facility,
            version=rules.version,
            expected_sequence=sequence,
        )


def _read_messages(payload: bytes) -> tuple[Message, ...]:
    """The messages of a frame. What stands before an MSH would be lost, so only a batch may begin otherwise."""
    begin = payload[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    return split_messages(payload) if begin.startswith((b"MSH", b"BHS", b"FHS")) else (parse_message(payload),)


def _first_message(payload: bytes) -> Message | None:
    try:
        return _read_messages(payload)[0]
    except WorkbenchError:
        return None


def choose_acknowledgment(message: Message, code: str) -> str | None:
    """The code that is sent last for what was decided; None where the message asks for no answer to that."""
    codes = choose_codes(read_asked(message.find_segments("MSH")[0].text.encode() + b"\r"), code)
    return codes[-1] if codes else None
