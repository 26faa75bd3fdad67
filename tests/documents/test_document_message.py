import base64
from typing import Any

import pytest

from tests.documents.samples import PDF, RTF, TEXT, build, make_document
from workbench.conformance.judge import judge
from workbench.documents.document import MESSAGES, DocumentForm
from workbench.documents.document_reading import read_documents
from workbench.documents.judge import judge_document
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.hl7v2.message import Message, parse_message

VERSIONS = tuple(version for version in KNOWN_VERSIONS if version not in ("2.1", "2.2"))
CONTENTS = ((PDF, "application/pdf"), (RTF, "application/rtf"), (TEXT.encode(), "text/plain"))
FORMS = (
    DocumentForm(),
    DocumentForm(text_type="FT", lines="breaks"),
    DocumentForm(text_type="TX", lines="repetitions"),
    DocumentForm(text_type="ED", encoding="Hex"),
    DocumentForm(encapsulated=(("application/pdf", "application^pdf"),), observation="PDF^Report^L"),
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("version", VERSIONS)
def test_document_comes_out_as_it_went_in_whatever_message_version_and_form(
    version: str, message: str, form: DocumentForm
) -> None:
    for content, media_type in CONTENTS:
        document = make_document(content, media_type, replaces="DOC-0" if message == "MDM^T10" else "")
        built = parse_message(build(document, form, message, version).to_bytes())
        (found,) = read_documents(built)
        if media_type == "text/plain" and form.text_type != "ED":
            assert found.data.decode() == TEXT.rstrip("\n")
        else:
            assert found.data == content
        assert found.media_type.startswith(media_type)
        assert found.mended == ()
        assert found.number == "DOC-1"


@pytest.mark.parametrize("form", FORMS[:4])
@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("version", VERSIONS)
def test_built_message_has_nothing_against_it(version: str, message: str, form: DocumentForm) -> None:
    for content, media_type in CONTENTS:
        document = make_document(content, media_type, replaces="DOC-0" if message == "MDM^T10" else "")
        assert judge_document(build(document, form, message, version)) == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_built_message_uses_no_field_that_its_version_lacks(version: str) -> None:
    for message in MESSAGES:
        built = build(make_document(replaces="DOC-0"), message=message, version=version)
        dictionary = load_dictionary(version)
        for segment in built.segments:
            # The tables of 2.8 and later lack the withdrawn EVN-1, so that EVN-2 stands in them as the first.
            if segment.name != "EVN":
                for part in segment.fields:
                    known = dictionary.field(segment.name, part.number)
                    assert not part.text or (known is not None and known.usage != "W"), f"{segment.name}-{part.number}"


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("version", VERSIONS)
def test_built_message_is_right_by_the_standard_of_its_version(version: str, message: str) -> None:
    for form in FORMS:
        for content, media_type in CONTENTS:
            document = make_document(content, media_type, replaces="DOC-0" if message == "MDM^T10" else "")
            issues = judge(build(document, form, message, version))
            assert [issue.message for issue in issues if issue.is_error] == []
            # PDF and the words of MIME are beside the tables of 2.3.1 to 2.5.1, and what the world writes.
            assert {issue.path for issue in issues} <= {"OBX-5.2", "OBX-5.3"}


def values(message: Message, *paths: str) -> tuple[str | None, ...]:
    return tuple(message.get(path) for path in paths)


def test_notification_of_a_pdf_has_each_thing_in_its_place() -> None:
    message = build(make_document(media_type="application/pdf"))
    assert message.type_name == "MDM^T02"
    assert message.structure == "MDM_T02"
    assert [segment.name for segment in message.segments] == ["MSH", "EVN", "PID", "PV1", "TXA", "OBX"]
    assert values(message, "PID-3.1", "PID-3.4", "PV1-2", "PV1-3.2", "PV1-19") == ("100001", "CHMRN", "I", "401", "V-1")
    assert values(message, "TXA-2", "TXA-3", "TXA-12", "TXA-17", "TXA-19") == ("PR", "AP", "DOC-1", "AU", "AV")
    assert values(message, "TXA-5.1", "TXA-9.2", "TXA-22.15") == ("RAMAN", "Raman", "20260302093000+0000")
    assert values(message, "OBX-2", "OBX-3.1", "OBX-5.1", "OBX-5.2", "OBX-5.3", "OBX-5.4", "OBX-11") == (
        *("ED", "11506-3", "WORKBENCH", "AP", "PDF", "Base64", "F"),
    )
    assert message.get("OBX-5.5") == base64.b64encode(PDF).decode()


def test_from_2_7_ed_is_named_as_in_mime_and_txa_has_a_title() -> None:
    message = build(make_document(), version="2.7")
    assert values(message, "OBX-5.2", "OBX-5.3", "TXA-25", "TXA-2.1", "TXA-2.3") == (
        *("application", "pdf", "Progress note", "PR", "HL70270"),
    )


def test_replacement_names_what_it_replaces_and_keeps_its_own_number() -> None:
    message = build(make_document(replaces="DOC-0"), message="MDM^T10")
    assert values(message, "MSH-9.2", "MSH-9.3", "TXA-12", "TXA-13") == ("T10", "MDM_T02", "DOC-1", "DOC-0")


def test_replacement_of_nothing_is_refused_in_words() -> None:
    with pytest.raises(WorkbenchError, match="nothing says which"):
        build(make_document(), message="MDM^T10")


def test_result_that_corrects_another_keeps_its_number_and_says_so() -> None:
    message = build(make_document(replaces="DOC-0"), message="ORU^R01")
    assert [segment.name for segment in message.segments] == ["MSH", "PID", "PV1", "OBR", "OBX"]
    assert values(message, "OBR-3", "OBR-25", "OBX-11", "OBR-32.1.1", "OBR-32.1.2", "OBX-16.1") == (
        *("DOC-0", "C", "C", "RAMAN", "Raman", "RAMAN"),
    )


@pytest.mark.parametrize(("completion", "status"), [("AU", "F"), ("LA", "F"), ("DO", "P"), ("PA", "P"), ("IP", "P")])
def test_result_status_follows_the_completion(completion: str, status: str) -> None:
    assert build(make_document(completion=completion)).get("OBX-11") == status


def test_statuses_are_the_first_that_the_receiver_takes() -> None:
    message = build(make_document(), DocumentForm(completion=("LA", "AU"), availability=("UN",)))
    assert values(message, "TXA-17", "TXA-19") == ("LA", "UN")


def test_text_stands_line_by_line_with_its_separators_escaped() -> None:
    message = build(make_document(TEXT.encode(), "text/plain"))
    assert [segment.name for segment in message.segments].count("OBX") == 4
    assert message.find_part("OBX[2]-5") is not None
    assert values(message, "OBX[2]-5", "OBX[2]-2", "OBX[3]-5") == ("Temp ^ & | ~ \\ 37.2", "TX", None)
    assert r"Temp \S\ \T\ \F\ \R\ \E\ 37.2" in message.text


def test_control_characters_of_a_text_break_neither_segment_nor_frame() -> None:
    content = b"page\x0cbreak\x1c\x0b\r\nnext"
    message = build(make_document(content, "text/plain"), DocumentForm(text_type="FT", lines="breaks"))
    assert not set(message.to_bytes()) & {0x0B, 0x0C, 0x1C, 0x0A}
    assert read_documents(message)[0].data == b"page\x0cbreak\x1c\x0b\nnext"


def test_other_letters_name_their_character_set() -> None:
    message = build(make_document("37 °C – fièvre".encode(), "text/plain"))
    assert message.get("MSH-18") == "UNICODE UTF-8"
    latin = build(make_document("37 °C, fièvre".encode(), "text/plain"), DocumentForm(character_set="8859/1"))
    assert b"37 \xb0C, fi\xe8vre" in latin.to_bytes()
    assert build(make_document(b"plain", "text/plain")).get("MSH-18") is None


def test_version_without_a_name_for_utf_8_gets_latin_1_where_that_holds_all() -> None:
    plain, far = ("37 °C".encode(), "37 °C → 38".encode())
    assert build(make_document(plain, "text/plain"), version="2.3.1").get("MSH-18") == "8859/1"
    assert build(make_document(far, "text/plain"), version="2.3.1").get("MSH-18") == "UNICODE UTF-8"
    message = parse_message(build(make_document(plain, "text/plain"), version="2.3.1").to_bytes())
    assert read_documents(message)[0].data.decode() == "37 °C"


def test_letter_that_the_receivers_character_set_lacks_is_told_before_sending() -> None:
    with pytest.raises(WorkbenchError, match="“→” cannot be written in 8859/1"):
        build(make_document("a → b".encode(), "text/plain"), DocumentForm(character_set="8859/1"))


@pytest.mark.parametrize(
    ("values", "message", "version", "words"),
    [
        ({}, "MDM^T02", "2.2", "neither MDM nor the type ED"),
        ({}, "MDM^T04", "2.5.1", "not built as MDM"),
        ({"content": b""}, "MDM^T02", "2.5.1", "empty"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(
    values: dict[str, Any], message: str, version: str, words: str
) -> None:
    with pytest.raises(WorkbenchError, match=words):
        build(make_document(**values), message=message, version=version)
