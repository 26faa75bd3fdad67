"""Documents that come by HL7 v2 are filed with the same bytes, and read back over FHIR."""

import asyncio
import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.documents.samples import NOW, PDF, RTF, TEXT, make_document
from tests.sandbox.person import Person as Client
from tests.sandbox.person import json_of
from tests.sandbox.running import running, tell
from workbench.documents.document import Document, DocumentForm
from workbench.fhir_server.store import FhirStore
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.message import Message
from workbench.intake.intake import take_in
from workbench.sandbox.sandbox import Sandbox
from workbench.site.note_message import propose_note
from workbench.site.site import Site
from workbench.site.site_file import read_site
from workbench.structure.structure_look import check_structure
from workbench.transports.mllp_client import send_mllp
from workbench.workspace.library import fixtures_folder, load_population
from workbench.workspace.note_people import read_note_people

SITES = fixtures_folder() / "sites"
COMMUNITY = read_site(SITES / "community-hospital.yaml")
ACADEMIC = read_site(SITES / "academic-medical-center.yaml")
_ASKING_LITTLE = tuple(replace(rule, profile=None) for rule in ACADEMIC.hl7v2.messages)
OPEN = replace(
    ACADEMIC,
    hl7v2=replace(ACADEMIC.hl7v2, messages=_ASKING_LITTLE),
    note=replace(ACADEMIC.note, formats=(), form=DocumentForm()),
)


def for_site(site: Site, document: Document) -> Document:
    """The document about somebody whom the site knows, in the open visit, by one of its users."""
    people = read_note_people(site, load_population(site.population))
    patient = people.find_patient("amara-okafor", site)
    author = people.find_author("raman")
    return replace(document, patient=patient.patient, visit=patient.visits[0].visit, author=author)


def message_for(site: Site, document: Document, name: str = "") -> Message:
    proposal = propose_note(site, for_site(site, document), message=name, now=NOW, control_id="C-1")
    assert proposal.issues == ()
    assert proposal.message is not None
    return proposal.message


def filed(store: FhirStore, number: str) -> dict[str, Any]:
    (found,) = [
        each
        for each in store.all("DocumentReference")
        if any(entry.get("value") == number for entry in each.get("identifier", ()))
    ]
    assert list(check_structure(found)) == []
    return found


def content_of(resource: dict[str, Any]) -> bytes:
    (content,) = resource["content"]
    return base64.b64decode(content["attachment"]["data"])


@pytest.mark.parametrize(
    ("content", "media_type"), [(PDF, "application/pdf"), (RTF, "application/rtf"), (TEXT.encode(), "text/plain")]
)
@pytest.mark.parametrize(
    "form", [DocumentForm(), DocumentForm(text_type="FT", lines="breaks"), DocumentForm(text_type="ED")]
)
def test_document_is_filed_with_its_bytes_type_author_and_visit(
    content: bytes, media_type: str, form: DocumentForm
) -> None:
    site = replace(OPEN, note=replace(OPEN.note, form=form))
    store = FhirStore(load_population(site.population))
    take_in(site, message_for(site, make_document(content, media_type)), store)
    resource = filed(store, "DOC-1")
    text = media_type == "text/plain" and form.text_type != "ED"
    assert content_of(resource) == (TEXT.rstrip("\n").encode() if text else content)
    assert resource["content"][0]["attachment"]["contentType"].startswith(media_type)
    assert (resource["status"], resource["docStatus"]) == ("current", "final")
    assert resource["type"]["coding"][0]["code"] == "11506-3"
    assert resource["author"][0]["reference"] == "Practitioner/priya-raman"
    assert resource["authenticator"]["reference"] == "Practitioner/priya-raman"
    assert resource["subject"]["reference"] == "Patient/amara-okafor"
    assert resource["context"]["encounter"] == [{"reference": "Encounter/amara-okafor-open"}]


@pytest.mark.parametrize(
    ("completion", "availability", "status", "doc_status"),
    [
        ("AU", "AV", "current", "final"),
        ("LA", "AV", "current", "final"),
        ("DO", "UN", "current", "preliminary"),
        ("PA", "AV", "current", "preliminary"),
    ],
)
def test_completion_status_becomes_the_document_status(
    completion: str, availability: str, status: str, doc_status: str
) -> None:
    store = FhirStore(load_population(OPEN.population))
    take_in(OPEN, message_for(OPEN, make_document(completion=completion, availability=availability)), store)
    resource = filed(store, "DOC-1")
    assert (resource["status"], resource["docStatus"]) == (status, doc_status)


def test_replacement_supersedes_what_it_replaces_and_says_so() -> None:
    store = FhirStore(load_population(OPEN.population))
    take_in(OPEN, message_for(OPEN, make_document(number="DOC-1")), store)
    take_in(OPEN, message_for(OPEN, make_document(RTF, "application/rtf", number="DOC-2", replaces="DOC-1")), store)
    old, new = filed(store, "DOC-1"), filed(store, "DOC-2")
    assert (old["status"], new["status"]) == ("superseded", "current")
    (relation,) = new["relatesTo"]
    assert relation["code"] == "replaces"
    assert relation["target"]["reference"] == f"DocumentReference/{old['id']}"
    assert (content_of(old), content_of(new)) == (PDF, RTF)


def test_replacement_of_a_document_that_never_came_names_it_all_the_same() -> None:
    store = FhirStore(load_population(OPEN.population))
    take_in(OPEN, message_for(OPEN, make_document(number="DOC-2", replaces="DOC-1")), store)
    (relation,) = filed(store, "DOC-2")["relatesTo"]
    assert relation["target"] == {"identifier": {"value": "DOC-1"}}


def test_report_is_filed_as_a_document_and_makes_no_observation() -> None:
    store = FhirStore(load_population(COMMUNITY.population))
    before = len(list(store.all("Observation")))
    take_in(COMMUNITY, message_for(COMMUNITY, make_document()), store)
    resource = filed(store, "DOC-1")
    assert content_of(resource) == PDF
    assert resource["author"][0]["reference"] == "Practitioner/priya-raman"
    assert len(list(store.all("Observation"))) == before


def test_corrected_report_takes_the_place_of_the_first() -> None:
    store = FhirStore(load_population(COMMUNITY.population))
    take_in(COMMUNITY, message_for(COMMUNITY, make_document()), store)
    corrected = make_document(PDF + b" ", number="DOC-9", replaces="DOC-1")
    take_in(COMMUNITY, message_for(COMMUNITY, corrected), store)
    resource = filed(store, "DOC-1")
    assert content_of(resource) == PDF + b" "
    assert resource["docStatus"] == "amended"


def test_pointer_is_filed_as_an_address() -> None:
    message = message_for(OPEN, make_document())
    value = "https://example.org/7^PACS^application^pdf"
    store = FhirStore(load_population(OPEN.population))
    take_in(OPEN, message.set("OBX-2", "RP").set("OBX-5", value, raw=True), store)
    (content,) = filed(store, "DOC-1")["content"]
    assert content["attachment"]["url"] == "https://example.org/7"
    assert "data" not in content["attachment"]


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with running("community-hospital") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def academic() -> Iterator[Sandbox]:
    with running("academic-medical-center") as sandbox:
        yield sandbox


def send(sandbox: Sandbox, message: Message) -> str:
    address = sandbox.addresses
    exchange = asyncio.run(send_mllp(address.mllp_host, address.mllp_port, message.to_bytes()))
    assert exchange.response is not None
    return parse_acknowledgment(exchange.response.body).code


def read_back(sandbox: Sandbox, number: str, scope: str) -> dict[str, Any]:
    async def story(person: Client) -> dict[str, Any]:
        granted = await person.launch(scope=f"launch/patient {scope}")
        found = await person.fhir(
            f"DocumentReference?patient=amara-okafor&identifier={number}", granted["access_token"]
        )
        (entry,) = json_of(found)["entry"]
        resource: dict[str, Any] = entry["resource"]
        return resource

    return tell(sandbox, story)


def test_pdf_sent_by_mllp_is_read_back_over_fhir_byte_for_byte(community: Sandbox) -> None:
    content = b"%PDF-1.7\n" + bytes(range(256)) * 4000 + b"%%EOF"
    assert send(community, message_for(COMMUNITY, make_document(content, number="PDF-1"))) == "AA"
    resource = read_back(community, "PDF-1", "patient/DocumentReference.rs")
    assert content_of(resource) == content
    assert resource["content"][0]["attachment"]["contentType"] == "application/pdf"


def test_note_sent_by_mllp_is_read_back_over_fhir(academic: Sandbox) -> None:
    assert send(academic, message_for(ACADEMIC, make_document(TEXT.encode(), "text/plain", number="TX-1"))) == "AA"
    resource = read_back(academic, "TX-1", "patient/DocumentReference.read")
    assert content_of(resource).decode() == TEXT.rstrip("\n")


def test_what_the_proposal_says_is_what_the_site_answers(academic: Sandbox) -> None:
    proposal = propose_note(ACADEMIC, for_site(ACADEMIC, make_document()), now=NOW, control_id="C-2")
    assert not proposal.is_taken and proposal.message is not None
    assert send(academic, proposal.message) == "AE"
