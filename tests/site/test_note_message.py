from dataclasses import replace
from pathlib import Path

import pytest

from tests.documents.samples import NOW, PDF, RTF, TEXT, make_document
from workbench.documents.document import Document, DocumentForm, DocumentVisit
from workbench.documents.document_reading import read_documents
from workbench.errors import WorkbenchError
from workbench.hl7v2.acknowledgment import decide_code
from workbench.hl7v2.message import parse_message
from workbench.site.messages import judge_message
from workbench.site.note_message import NoteProposal, propose_note
from workbench.site.site import Site
from workbench.site.site_file import parse_site, read_site

SITES = Path(__file__).parents[2] / "fixtures" / "sites"
COMMUNITY = read_site(SITES / "community-hospital.yaml")
ACADEMIC = read_site(SITES / "academic-medical-center.yaml")


def propose(site: Site, document: Document, message: str = "") -> NoteProposal:
    patient = replace(document.patient, authority=site.hl7v2.assigning_authority)
    return propose_note(site, replace(document, patient=patient), message=message, now=NOW, control_id="C-1")


def note(**values: object) -> Document:
    return make_document(TEXT.encode(), "text/plain", **values)


def test_site_takes_what_was_built_for_it() -> None:
    for site, document in ((ACADEMIC, note()), (ACADEMIC, note(replaces="DOC-0")), (COMMUNITY, make_document())):
        proposal = propose(site, document)
        assert proposal.issues == ()
        assert proposal.is_taken and proposal.message is not None
        assert decide_code(judge_message(site, proposal.message)) == "AA"


def test_site_chooses_the_message() -> None:
    assert propose(ACADEMIC, note()).name == "MDM^T02"
    assert propose(ACADEMIC, note(replaces="DOC-0")).name == "MDM^T10"
    assert propose(COMMUNITY, make_document(replaces="DOC-0")).name == "ORU^R01"


def test_message_speaks_the_version_and_form_of_the_site() -> None:
    message = propose(ACADEMIC, note()).message
    assert message is not None
    assert (message.version, message.get("MSH-5"), message.get("MSH-6")) == ("2.3.1", "EHR", "ACADEMIC")
    assert [segment.name for segment in message.segments].count("OBX") == 4
    report = propose(COMMUNITY, make_document()).message
    assert report is not None
    assert (report.version, report.get("OBX-5.2"), report.get("OBX-5.3")) == ("2.5.1", "application", "pdf")


def test_format_that_is_not_taken_is_said_before_anything_is_sent_with_another_way() -> None:
    proposal = propose(ACADEMIC, make_document())
    (issue,) = proposal.issues
    assert issue.message == ("Academic Medical Center does not take PDF by HL7 v2; it takes text. Send it as text.")
    assert not proposal.is_taken
    assert proposal.message is not None, "a tester must be able to send what is wrong"
    (issue,) = propose(COMMUNITY, note()).issues
    assert issue.message.endswith("It takes text by FHIR: write a DocumentReference.")


def test_message_that_is_not_taken_is_said_with_those_that_are() -> None:
    (issue,) = propose(ACADEMIC, note(), "ORU^R01").issues
    assert "does not take documents as ORU^R01; it takes MDM^T02, MDM^T10." in issue.message


def test_site_without_documents_by_message_names_the_other_road() -> None:
    closed = replace(COMMUNITY, note=replace(COMMUNITY.note, form=None))
    (issue,) = propose(closed, make_document()).issues
    assert issue.message == (
        "Community Hospital takes no documents by HL7 v2. It takes PDF by FHIR: write a DocumentReference."
    )
    (issue,) = propose(closed, make_document(RTF, "application/rtf")).issues
    assert issue.message == "Community Hospital takes no documents by HL7 v2."


def test_status_that_the_site_does_not_take_is_said() -> None:
    (issue,) = propose(ACADEMIC, note(completion="DO")).issues
    assert "does not take “DO” in TXA-17" in issue.message


def test_size_is_held_against_the_sites_limit() -> None:
    form = ACADEMIC.note.form
    assert form is not None
    small = replace(ACADEMIC, note=replace(ACADEMIC.note, form=replace(form, max_size=20)))
    (issue,) = propose(small, note()).issues
    assert "takes up to 20" in issue.message
    narrow = replace(COMMUNITY, note=replace(COMMUNITY.note, form=DocumentForm(max_segment=500)))
    assert [each.rule for each in propose(narrow, make_document()).issues] == ["document: segment-size"]


def test_visit_that_the_site_asks_for_is_missed() -> None:
    rules = tuple(replace(rule, required=(*rule.required, "PV1-19")) for rule in ACADEMIC.hl7v2.messages)
    asking = replace(ACADEMIC, hl7v2=replace(ACADEMIC.hl7v2, messages=rules))
    document = note(visit=DocumentVisit(patient_class="I"))
    (issue,) = propose(asking, document).issues
    assert issue.path == "PV1-19"


def test_what_cannot_be_built_is_an_issue() -> None:
    proposal = propose(ACADEMIC, note(), "MDM^T10")
    assert proposal.message is None
    assert "nothing says which" in proposal.issues[0].message


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("text: TX", "text: PDF", "must be one of TX, FT, ED"),
        ("lines: segments", "lines: pages", "must be one of segments, breaks, repetitions"),
        ("max_size: 200000", "max_size: 0", "must be a whole number of at least 1"),
        ("max_size: 200000", "max_sizes: 5", "“note.hl7v2.max_sizes” is not known here"),
        ("text: TX", "encapsulated: {application/pdf: pdf}", "must be type of data and subtype, and is “pdf”"),
        ("text: TX", "observation: A|B", "must be one observation identifier"),
    ],
)
def test_faulty_form_is_refused_with_its_place(old: str, new: str, sentence: str) -> None:
    text = (SITES / "academic-medical-center.yaml").read_text("utf-8")
    with pytest.raises(WorkbenchError) as caught:
        parse_site(text.replace(old, new), "mine.yaml")
    assert sentence in caught.value.message
    assert caught.value.line is not None


def test_every_word_of_the_form_is_read() -> None:
    text = (SITES / "academic-medical-center.yaml").read_text("utf-8")
    written = text.replace(
        "    text: TX\n    lines: segments\n",
        "    text: FT\n    lines: breaks\n    formats: [text/plain, application/rtf]\n    encoding: Hex\n"
        "    encapsulated: {application/rtf: TEXT^RTF}\n    observation: 11506-3^Progress note^LN\n"
        "    result_status: C\n    character_set: 8859/1\n    max_segment: 60000\n",
    )
    assert parse_site(written).note.form == DocumentForm(
        formats=("text/plain", "application/rtf"),
        text_type="FT",
        lines="breaks",
        encapsulated=(("application/rtf", "TEXT^RTF"),),
        encoding="Hex",
        observation="11506-3^Progress note^LN",
        completion=("AU", "LA"),
        availability=("AV",),
        result_status="C",
        character_set="8859/1",
        max_size=200_000,
        max_segment=60_000,
    )
    proposal = propose(parse_site(written), make_document(RTF, "application/rtf"))
    assert proposal.issues == () and proposal.message is not None
    assert proposal.message.get("OBX-5.4") == "Hex"
    assert read_documents(parse_message(proposal.message.to_bytes()))[0].data == RTF


def test_mistake_of_a_sender_is_answered_with_its_cause_and_place() -> None:
    proposal = propose(COMMUNITY, make_document())
    assert proposal.message is not None
    coded = proposal.message.get("OBX-5.5") or ""
    (error,) = judge_message(COMMUNITY, proposal.message.set("OBX-5", f"{coded}^application^pdf^Base64", raw=True))
    assert (error.answer, error.location) == ("AE", "OBX-5.1")
    assert error.text.startswith("The base64 is OBX-5.1, and ED keeps the document in its fifth component.")
    assert PDF.startswith(b"%PDF")
