import base64
from pathlib import Path

import pytest

from tests.documents.samples import PDF, RTF, build, make_document
from workbench.documents.base64_reading import read_base64
from workbench.documents.document_reading import FoundDocument, read_documents
from workbench.hl7v2.message import Message, parse_message

FIXTURES = Path(__file__).parents[2] / "fixtures" / "messages"
HEAD = "MSH|^~\\&|A|B|C|D|20260302||MDM^T02^MDM_T02|1|P|2.5.1\rTXA|1|PR|AP|||||||||DOC-7||||note.pdf|AU||AV\r"
CODED = base64.b64encode(PDF).decode()
BREAK, HEXED_BREAK, CR, LF, CRLF = "\\.br\\", "\\X0D0A\\", "\r", "\n", "\r\n"


def read(*lines: str) -> tuple[FoundDocument, ...]:
    return read_documents(parse_message(HEAD + "\r".join(lines) + "\r"))


def only(*lines: str) -> FoundDocument:
    (found,) = read(*lines)
    return found


def wrapped(text: str, end: str, width: int = 76) -> str:
    return end.join(text[start : start + width] for start in range(0, len(text), width))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (CODED, "it stood in OBX-5.1, and belongs in OBX-5.5 of ED"),
        (f"^{CODED}", "OBX-5.2"),
        (f"^application^pdf^{CODED}", "OBX-5.4"),
        (f"^application^pdf^Base64^^{CODED}", "OBX-5.6"),
        (f"^application^pdf^Base64^data:application/pdf;base64,{CODED}", "data: URI"),
        (f"^application^pdf^Base64^{base64.urlsafe_b64encode(PDF).decode()}", "URL-safe"),
        (f"^application^pdf^Base64^{wrapped(CODED, BREAK)}", "escape sequences"),
        (f"^application^pdf^Base64^{wrapped(CODED, HEXED_BREAK)}", "escape sequences"),
        (f"^application^pdf^Base64^{wrapped(CODED, ' ')}", "line breaks"),
        (f"^application^pdf^Base64^{wrapped(CODED, LF)}", "line breaks"),
        (f"^application^pdf^Base64^{wrapped(CODED, CR)}", "line breaks"),
        (f"^application^pdf^Base64^{wrapped(CODED, CRLF)}", "line breaks"),
        (f"^application^pdf^Base64^{base64.b64encode(CODED.encode()).decode()}", "twice"),
        (f"^text^rtf^Base64^{CODED}", "says application/rtf and is application/pdf"),
        (f"^application^pdf^Base64^{CODED.rstrip('=')}", "padding"),
    ],
)
def test_mishandled_document_is_read_whole_and_what_was_mended_is_told(value: str, words: str) -> None:
    found = only(f"OBX|1|ED|1^Note^LN||{value}||||||F")
    assert found.data == PDF
    assert found.media_type == "application/pdf"
    assert words in "; ".join(found.mended)


@pytest.mark.parametrize("kind", ["TX", "ST", "", "FT"])
def test_document_under_another_value_type_is_found(kind: str) -> None:
    found = only(f"OBX|1|{kind}|1^Note^LN||^application^pdf^Base64^{CODED}||||||F")
    assert found.data == PDF
    assert "OBX-2" in found.mended[0]


def test_pieces_that_were_encoded_one_by_one_are_put_together() -> None:
    pieces = "".join(base64.b64encode(PDF[start : start + 100]).decode() for start in range(0, len(PDF), 100))
    found = only(f"OBX|1|ED|1^Note^LN||^application^pdf^Base64^{pieces}||||||F")
    assert found.data == PDF
    assert "pieces" in found.mended[0]


@pytest.mark.parametrize("coded_by_piece", [False, True])
def test_document_that_is_split_over_several_obx_is_put_together(coded_by_piece: bool) -> None:
    if coded_by_piece:
        pieces = [base64.b64encode(PDF[at : at + 300]).decode() for at in range(0, len(PDF), 300)]
    else:
        pieces = [CODED[at : at + 401] for at in range(0, len(CODED), 401)]
    lines = [f"OBX|{n}|ED|1^Note^LN|{n}|^application^pdf^Base64^{each}||||||F" for n, each in enumerate(pieces, 1)]
    found = only(*lines)
    assert found.data == PDF
    assert found.mended[0] == f"it was split over {len(pieces)} OBX"
    swapped = only(lines[0], *reversed(lines[1:]))
    assert swapped.data == PDF


def test_two_whole_documents_are_not_put_together() -> None:
    line = f"ED|1^Note^LN||^application^pdf^Base64^{CODED}||||||F"
    assert [each.data for each in read(f"OBX|1|{line}", f"OBX|2|{line}")] == [PDF, PDF]


@pytest.mark.parametrize("mark", ["^", "&", "~"])
def test_document_that_separators_cut_is_read_whole(mark: str) -> None:
    found = only(f"OBX|1|ED|1||^application^pdf^Base64^{CODED[:100]}{mark}{CODED[100:]}||||||F")
    assert found.data == PDF
    assert "separators" in found.mended[0]


def test_hexadecimal_and_plain_contents_are_read_by_what_ed_4_says() -> None:
    assert only(f"OBX|1|ED|1||^application^pdf^Hex^{PDF.hex()}||||||F").data == PDF
    plain = only(r"OBX|1|ED|1||^text^plain^A^Temp 37 \T\ rising||||||F")
    assert (plain.data, plain.media_type, plain.mended) == (b"Temp 37 & rising", "text/plain", ())


def test_pointer_is_told_as_one_and_fetches_nothing() -> None:
    found = only("OBX|1|RP|1^Scan^L||https://example.org/doc/7^PACS^application^pdf||||||F")
    assert (found.pointer, found.media_type, found.data) == ("https://example.org/doc/7", "application/pdf", b"")


def test_lines_of_a_text_are_joined_with_their_escapes_read() -> None:
    found = only(r"OBX|1|FT|1||First\.br\second \T\ third||||||F", "OBX|2|TX|1||||||||F", "OBX|3|TX|1||one~two||||||F")
    assert found.data.decode() == "First\nsecond & third\n\none\ntwo"
    assert found.media_type == "text/plain; charset=utf-8"
    assert found.file_name == "DOC-7.txt"


def test_lines_out_of_order_are_put_into_the_order_of_their_set_ids() -> None:
    found = only("OBX|2|TX|1||second||||||F", "OBX|1|TX|1||first||||||F")
    assert found.data == b"first\nsecond"
    assert "another order" in found.mended[0]


def test_line_break_in_a_text_does_not_lose_what_follows() -> None:
    found = only("OBX|1|TX|1||first", "second", "third||||||F")
    assert found.data == b"first\nsecond\nthird"
    assert "line break" in found.mended[0]


def test_several_documents_of_a_message_are_each_found() -> None:
    rtf = base64.b64encode(RTF).decode()
    found = read(
        f"OBX|1|ED|1^A||^AP^PDF^Base64^{CODED}||||||F",
        "OBX|2|TX|1^B||words||||||F",
        f"OBX|3|ED|1^C||^AP^RTF^Base64^{rtf}||||||F",
    )
    assert [(each.path, each.media_type.split(";")[0]) for each in found] == [
        ("OBX[1]-5.5", "application/pdf"),
        ("OBX[2]-5", "text/plain"),
        ("OBX[3]-5.5", "application/rtf"),
    ]


def test_texts_of_two_reports_in_one_message_stay_apart() -> None:
    head = "MSH|^~\\&|A|B|C|D|1||ORU^R01|1|P|2.5.1"
    lines = "\r".join((head, "OBR|1||R-1|X", "OBX|1|TX|X||one||||||F", "OBR|2||R-2|X", "OBX|1|TX|X||two||||||F"))
    found = read_documents(parse_message(lines))
    assert [(each.number, each.data) for each in found] == [("R-1", b"one"), ("R-2", b"two")]
    assert read_documents(parse_message(lines), texts=False) == ()


def test_message_without_a_document_has_none() -> None:
    assert read_documents(parse_message((FIXTURES / "adt-a01-admission.hl7").read_bytes())) == ()


def test_shipped_notes_are_read() -> None:
    (pdf,) = read_documents(parse_message((FIXTURES / "mdm-t02-pdf.hl7").read_bytes()))
    assert pdf.data.startswith(b"%PDF-1.4")
    (note,) = read_documents(parse_message((FIXTURES / "mdm-t02-note.hl7").read_bytes()))
    assert note.data.decode().endswith("Plan: continue antibiotics & fluids, repeat CBC tomorrow.")


def test_own_encoding_characters_are_honoured() -> None:
    text = (
        f"MSH*@~%$*A*B*C*D*1**MDM@T02*1*P*2.5.1\rTXA*1\rOBX*1*ED*X**@AP@PDF@Base64@{wrapped(CODED, '%.br%')}******F\r"
    )
    assert read_documents(parse_message(text))[0].data == PDF


@pytest.mark.parametrize("text", ["", "=", "====", "A", "A===", "data:,", "\\.br\\", "ä", "AB\x00CD"])
def test_what_is_no_base64_is_read_without_an_exception(text: str) -> None:
    read_base64(text)


def test_any_cut_of_a_message_is_read_without_an_exception() -> None:
    data = build(make_document()).to_bytes()
    for size in range(60, len(data), 7):
        read_documents(parse_message(data[:size]))


def test_ten_megabytes_come_out_as_they_went_in() -> None:
    content = b"%PDF-1.7\n" + bytes(range(256)) * 40_000 + b"%%EOF"
    message: Message = build(make_document(content))
    assert read_documents(parse_message(message.to_bytes()))[0].data == content
