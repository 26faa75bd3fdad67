import asyncio
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.acknowledgment import Acknowledgment, parse_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.mllp import FramingFault
from workbench.sandbox.hl7v2_endpoint import Hl7v2Endpoint, choose_acknowledgment
from workbench.site.site import Site
from workbench.site.site_file import read_site
from workbench.transports.mllp_listener import MllpListener

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "fixtures" / "messages"
SHARED = ROOT.parent / "shared" / "data" / "hl7v2-messages"
COMMUNITY = read_site(ROOT / "fixtures" / "sites" / "community-hospital.yaml")
ACADEMIC = read_site(ROOT / "fixtures" / "sites" / "academic-medical-center.yaml")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADMISSION = (MESSAGES / "adt-a01-admission.hl7").read_bytes()


def ids() -> Iterator[str]:
    return (f"id-{number}" for number in count(1))


def start(site: Site) -> tuple[Hl7v2Endpoint, FhirStore]:
    numbers = ids()
    amara = {
        "resourceType": "Patient",
        "id": "amara-okafor",
        "identifier": [{"system": site.mrn_system, "value": "100001"}],
        "name": [{"family": "Okafor", "given": ["Amara"]}],
    }
    store = FhirStore([amara], clock=lambda: NOW, make_id=lambda: next(numbers))
    return Hl7v2Endpoint(site, store, clock=lambda: NOW, make_id=lambda: "K1"), store


def ask(endpoint: Hl7v2Endpoint, data: bytes) -> Acknowledgment:
    answer = endpoint.answer(data)
    assert answer is not None
    return parse_acknowledgment(answer)


def test_acknowledgment_speaks_for_the_site() -> None:
    endpoint, _ = start(COMMUNITY)
    assert endpoint.answer(ADMISSION) == (
        b"MSH|^~\\&|EHR|COMMUNITY|REGISTRATION|COMMUNITY|20260302090000+0000||ACK^A01^ACK|K1|P|2.5.1\rMSA|AA|ADT0001\r"
    )


def test_error_segment_is_shaped_as_the_site_speaks() -> None:
    older = (MESSAGES / "adt-a01-admission-231.hl7").read_bytes().replace(b"V-260302-001", b"")
    answer = start(ACADEMIC)[0].answer(older) or b""
    assert b"\rERR|PV1^1^19^101&Required field missing&HL70357\r" in answer
    faulty = (MESSAGES / "faulty-missing-patient-identifier.hl7").read_bytes()
    answer = start(COMMUNITY)[0].answer(faulty) or b""
    assert b"\rERR||PID^1^3^1^1|101^Required field missing^HL70357|E||||PID-3.1" in answer


@pytest.mark.parametrize(
    ("name", "community", "academic"),
    [
        ("adt-a01-admission", "AA", "AR"),
        ("adt-a01-admission-231", "AE", "AA"),
        ("mdm-t02-note", "AR", "AR"),
        ("mdm-t02-note-231", "AR", "AA"),
        ("mdm-t02-pdf-231", "AR", "AE"),
        ("oru-r01-vitals", "AA", "AR"),
        ("oru-r01-vitals-231", "AE", "AA"),
        ("adt-a01-local-segments", "AA", "AR"),
        ("siu-s12-appointment", "AE", "AR"),
        ("faulty-not-hl7", "AR", "AR"),
        ("faulty-unknown-event", "AR", "AR"),
        ("faulty-missing-patient-identifier", "AE", "AR"),
    ],
)
def test_shipped_message_is_answered_by_each_sites_rules(name: str, community: str, academic: str) -> None:
    data = (MESSAGES / f"{name}.hl7").read_bytes()
    answers = [ask(start(site)[0], data) for site in (COMMUNITY, ACADEMIC)]
    assert [answer.code for answer in answers] == [community, academic]
    assert all(answer.is_positive or len(answer.reason) > 20 for answer in answers)


@pytest.mark.parametrize(
    "data",
    [b"hello world", b"", b"\x00\xff\xfe", b"MSH", b"MSH\r", b"GET / HTTP/1.1", b"PID|1", b"\r\r\r", b"<xml/>", b"{}"],
)
def test_what_is_no_message_is_rejected_with_the_reason(data: bytes) -> None:
    answer = ask(start(COMMUNITY)[0], data)
    assert (answer.code, answer.errors[0].code) == ("AR", "100")
    assert "MSH" in answer.reason


@pytest.mark.parametrize(
    "header",
    [
        "MSH|",
        "MSH||",
        "MSH|^~\\&",
        "MSH|^~\\&|A|B|C|D|2026||ADT^A01",
        "MSHello world",
        "MSH|^~\\&|||||||||||||||||8859/1",
    ],
)
def test_header_alone_is_never_accepted(header: str) -> None:
    assert ask(start(COMMUNITY)[0], header.encode()).code == "AR"


def test_batch_is_rejected_in_words() -> None:
    endpoint, store = start(COMMUNITY)
    answer = ask(endpoint, ADMISSION + ADMISSION)
    assert answer.code == "AR" and "2 messages" in answer.reason
    assert store.all("Encounter") == ()


def test_fault_of_the_frame_is_rejected_with_its_place() -> None:
    endpoint, _ = start(COMMUNITY)
    answer = endpoint.answer_fault(FramingFault("garbage", 7, "A start block was expected at byte 7."))
    assert parse_acknowledgment(answer or b"").reason == "AR: A start block was expected at byte 7."


def test_site_that_does_not_acknowledge_keeps_silent_and_takes_the_message() -> None:
    endpoint, store = start(replace(COMMUNITY, hl7v2=replace(COMMUNITY.hl7v2, acknowledges=False)))
    assert endpoint.answer(ADMISSION) is None
    assert endpoint.answer(b"hello world") is None
    assert len(store.all("Encounter")) == 1


@pytest.mark.parametrize(
    ("accept", "application", "codes"),
    [
        ("", "", ("AA", "AE", "AR")),
        ("NE", "AL", ("AA", "AE", "AR")),
        ("AL", "AL", ("AA", "AE", "AR")),
        ("AL", "NE", ("CA", "CE", "CR")),
        ("AL", "", ("CA", "CE", "CR")),
        ("NE", "NE", (None, None, None)),
        ("NE", "ER", (None, "AE", "AR")),
        ("", "SU", ("AA", None, None)),
        ("ER", "NE", (None, "CE", "CR")),
    ],
)
def test_sender_chooses_which_acknowledgments_it_wants(
    accept: str, application: str, codes: tuple[str | None, ...]
) -> None:
    message = parse_message(ADMISSION).set("MSH-15", accept).set("MSH-16", application)
    assert tuple(choose_acknowledgment(message, code) for code in ("AA", "AE", "AR")) == codes


def test_message_that_cannot_be_kept_leaves_nothing_behind() -> None:
    class Full(FhirStore):
        def create(self, resource):  # type: ignore[no-untyped-def]  # as the method it stands for
            if resource["resourceType"] == "Encounter":
                raise ValueError("full")
            return super().create(resource)

    store = Full(clock=lambda: NOW)
    answer = ask(Hl7v2Endpoint(COMMUNITY, store), ADMISSION)
    assert (answer.code, answer.errors[0].code) == ("AE", "207")
    assert "full" in answer.reason
    assert store.all("Patient") == ()


def test_public_messages_are_all_answered() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of public HL7 v2 messages is not beside the checkout")
    for site in (COMMUNITY, ACADEMIC):
        anyone = replace(site, hl7v2=replace(site.hl7v2, versions=(), unknown_patient="create"))
        endpoint, _ = start(anyone)
        for path in SHARED.iterdir():
            answer = endpoint.answer(path.read_bytes())
            assert answer is None or parse_acknowledgment(answer).errors or parse_acknowledgment(answer).is_positive


def test_mutated_messages_are_answered_and_none_without_its_identifiers_is_accepted() -> None:
    rng = random.Random(11)  # noqa: S311 - the same mutations in every run
    sources = [path.read_bytes() for path in MESSAGES.glob("*.hl7")]
    sites = [replace(s, hl7v2=replace(s.hl7v2, unknown_patient="create", versions=())) for s in (COMMUNITY, ACADEMIC)]
    for round_ in range(30):
        endpoint, _ = start(sites[round_ % 2])
        for _ in range(100):
            data = mutate(rng, rng.choice(sources))
            answer = endpoint.answer(data)
            if answer is None:
                continue
            read = parse_acknowledgment(answer)
            assert read.code in ("AA", "AE", "AR", "CA", "CE", "CR")
            assert all(error.code != "207" for error in read.errors), (data, read.reason)
            if read.is_positive:
                message = parse_message(data)
                assert message.get("MSH-10") and message.get("MSH-11") and message.get_all("PID-3.1")


def mutate(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(max(len(changed), 1))
        match rng.randrange(5):
            case 0 if changed:
                changed[min(place, len(changed) - 1)] = rng.choice(b'|^~\\&\r\n"\x00\xff0A')
            case 1:
                del changed[place : place + rng.randint(1, 12)]
            case 2:
                changed[place:place] = rng.choice(
                    (b"|", b"^", b"~", b"&", b"\\", b"\r", b"||||", b'""', b"\\X0D\\", b"1e9")
                )
            case 3:
                changed[place:place] = changed[place : place + rng.randint(1, 80)]
            case _:
                lines = bytes(changed).split(b"\r")
                rng.shuffle(lines)
                changed = bytearray(b"\r".join(sorted(lines, key=lambda line: line[:3] != b"MSH")))
    return bytes(changed)


@pytest.mark.peer
def test_python_hl7_is_answered_by_the_sites_rules() -> None:
    client = pytest.importorskip("hl7.client", reason="the package hl7 is not installed")
    library = pytest.importorskip("hl7", reason="the package hl7 is not installed")
    endpoint, store = start(COMMUNITY)

    async def answer(payload: bytes) -> bytes | None:
        return endpoint.answer(payload)

    async def story() -> list[str]:
        listener = MllpListener(answer, answer_fault=endpoint.answer_fault)
        await listener.start()

        def by_library() -> list[str]:
            with client.MLLPClient("127.0.0.1", listener.port) as connection:
                sent = [ADMISSION, ADMISSION.replace(b"ADT^A01^ADT_A01", b"ADT^A40^ADT_A39")]
                answers = [connection.send_message(data) for data in sent]
                return [str(library.parse(bytes(data).strip(b"\x0b\x1c\r").decode())["MSA.F1"]) for data in answers]

        codes = await asyncio.to_thread(by_library)
        await listener.stop()
        return codes

    assert asyncio.run(story()) == ["AA", "AR"]
    assert len(store.all("Encounter")) == 1
