"""Sequence numbers of a link over MLLP: each message gets the next, and MSA-4 of its answer is held against it."""

from __future__ import annotations

import secrets

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.hl7v2.correlation import read_answered
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.sequence import START, SequenceSender
from workbench.transports.mllp_client import MllpConnection


class SequencedLink:
    """Numbers what goes out on `connection` (2.5.1, 2.10.1); `trouble` says why nothing more may be sent."""

    def __init__(self, connection: MllpConnection, first: int = 1) -> None:
        self._connection = connection
        self._sender = SequenceSender(first)
        self._is_started = False

    @property
    def trouble(self) -> str:
        return self._sender.trouble

    async def start(self, example: bytes) -> Exchange | None:
        """Ask with number 0 and the header of `example` which number is expected; None where that was done before."""
        if self._is_started:
            return None
        self._is_started = True
        exchange = await self._connection.send(make_start(example))
        answered = read_answered(exchange.response.body) if exchange.response else None
        if answered is None or not answered.is_positive:
            why = f"it was answered with {answered.code}" if answered else "its answer has no MSA"
            why = exchange.failure.reason if exchange.failure else f"{why}. The receiver may keep no sequence numbers."
            self._sender.trouble = f"The link could not be started with sequence number 0: {why}"
        else:
            self._sender.start(answered.expected_sequence)
        return exchange

    def number(self, payload: bytes) -> bytes:
        """The message with the next number in MSH-13; one that cannot be read stays as it is."""
        try:
            return parse_message(payload).set("MSH-13", str(self._sender.next)).to_bytes()
        except WorkbenchError:
            return payload

    def settle(self, exchange: Exchange) -> str:
        """Hold the answer to the message that was numbered last against its number; a sentence where there is one."""
        answered = read_answered(exchange.response.body) if exchange.response else None
        if answered is None:
            return ""
        return self._sender.settle(answered.expected_sequence, is_accepted=answered.is_positive)


def make_start(example: bytes) -> bytes:
    """A message of a header alone, with sequence number 0 and without a type, as it starts a link."""
    message = parse_message(example)
    header = parse_message(message.find_segments("MSH")[0].text + "\r")
    changes = {"MSH-9": "", "MSH-10": f"START{secrets.token_hex(6).upper()}", "MSH-13": str(START)}
    for path, value in (changes | {"MSH-15": "", "MSH-16": ""}).items():
        if value or header.get(path):
            header = header.set(path, value)
    return header.to_bytes()
