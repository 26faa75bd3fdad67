"""Both acknowledgments of enhanced mode, and sequence numbers, as a simulated site gives them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.exchange import Exchange
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.correlation import read_answered
from workbench.hl7v2.message import parse_message
from workbench.sandbox.answer_rules import AnswerRules
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.site.site import Site
from workbench.site.site_file import read_site
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_listener import MllpListener
from workbench.transports.mllp_reply import Reply

FIXTURES = Path(__file__).parents[2] / "fixtures"
SITE = read_site(FIXTURES / "sites" / "community-hospital.yaml")
IN_ORDER = replace(SITE, hl7v2=replace(SITE.hl7v2, sequence_numbers=True))
ADMISSION = parse_message((FIXTURES / "messages" / "adt-a01-admission.hl7").read_bytes())


def asking(accept: str, application: str) -> bytes:
    return ADMISSION.set("MSH-15", accept).set("MSH-16", application).to_bytes()


def converse(site: Site, *messages: bytes, rule: str = "") -> tuple[list[Exchange], list[Exchange]]:
    """What the sender and the receiver have of the messages."""
    received: list[Exchange] = []

    async def story() -> list[Exchange]:
        rules = AnswerRules((parse_answer_rule(rule),) if rule else ())
        endpoint = Hl7v2Endpoint(site, FhirStore(), rules=rules)

        async def reply(payload: bytes) -> bytes | Reply | None:
            return endpoint.reply(payload)

        listener = MllpListener(reply, on_exchange=received.append)
        await listener.start()
        sent: list[Exchange] = []
        async with MllpConnection("127.0.0.1", listener.port, within=1, quiet=0.1) as connection:
            for message in messages:
                sent.extend(await connection.ask(message))
        await listener.stop()
        return sent

    return asyncio.run(story()), received


def codes(exchanges: list[Exchange]) -> list[str]:
    return [parse_acknowledgment(each.response.body).code if each.response else "none" for each in exchanges]


@pytest.mark.parametrize(
    ("accept", "application", "expected"),
    [
        ("AL", "AL", ["CA", "AA"]),
        ("SU", "AL", ["CA", "AA"]),
        ("ER", "AL", ["AA"]),
        ("NE", "AL", ["AA"]),
        ("AL", "SU", ["CA", "AA"]),
        ("AL", "ER", ["CA"]),
        ("AL", "NE", ["CA"]),
        ("", "", ["AA"]),
    ],
)
def test_accept_acknowledgment_goes_before_the_application_acknowledgment(
    accept: str, application: str, expected: list[str]
) -> None:
    sent, received = converse(SITE, asking(accept, application))
    assert codes(sent) == codes(received) == expected


def test_message_that_is_refused_after_it_was_received_is_told_both() -> None:
    refused = parse_message(asking("AL", "AL")).set("PID-3", "").to_bytes()
    sent, _ = converse(SITE, refused)
    assert codes(sent) == ["CA", "AE"]


def test_answer_on_request_goes_after_the_accept_acknowledgment() -> None:
    sent, received = converse(SITE, asking("AL", "AL"), rule="any: AE")
    assert codes(sent) == ["CA", "AE"]
    assert all("On request" in exchange.note for exchange in received)


def test_sequence_numbers_keep_a_sender_in_order() -> None:
    def numbered(number: str) -> bytes:
        return ADMISSION.set("MSH-13", number).set("MSH-10", f"C{number}").to_bytes()

    sent, _ = converse(IN_ORDER, *map(numbered, ("0", "5", "6", "6", "9", "7", "-1", "100", "x")))
    answers = [read_answered(exchange.response.body) for exchange in sent if exchange.response]
    told = [(answer.code, answer.expected_sequence) for answer in answers if answer]
    assert told == [
        ("AA", "-1"),
        ("AA", "5"),
        ("AA", "6"),
        ("AA", "7"),  # it was accepted before, and its acknowledgment lost (2.10.1 d1)
        ("AE", "7"),
        ("AA", "7"),
        ("AA", "-1"),
        ("AA", "100"),
        ("AE", "101"),
    ]
    refusal = sent[4].response
    assert refusal and "MSH-13 is 9, and 7 is expected." in parse_acknowledgment(refusal.body).reason


def test_only_what_is_accepted_anew_is_taken_in() -> None:
    store = FhirStore()
    endpoint = Hl7v2Endpoint(IN_ORDER, store)
    for number in ("0", "9", "9"):
        endpoint.reply(ADMISSION.set("MSH-13", number).to_bytes())
    assert len(store.all("Encounter")) == 1


def test_sequence_numbers_mean_nothing_to_a_site_that_does_not_keep_them() -> None:
    sent, _ = converse(SITE, ADMISSION.set("MSH-13", "9").to_bytes(), ADMISSION.set("MSH-13", "3").to_bytes())
    assert codes(sent) == ["AA", "AA"]
    answer = read_answered(sent[1].response.body if sent[1].response else b"")
    assert answer and answer.expected_sequence == ""


def test_site_file_says_whether_sequence_numbers_are_kept(tmp_path: Path) -> None:
    text = (FIXTURES / "sites" / "community-hospital.yaml").read_text(encoding="utf-8")
    file = tmp_path / "site.yaml"
    file.write_text(text.replace("  acknowledges: true\n", "  acknowledges: true\n  sequence_numbers: true\n"))
    assert read_site(file).hl7v2.sequence_numbers
    assert not SITE.hl7v2.sequence_numbers
