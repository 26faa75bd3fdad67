import base64
from pathlib import Path

import pytest

from tests.documents.samples import PDF, RTF, TEXT, build, make_document
from workbench.documents.document import DocumentForm
from workbench.documents.judge import judge_document
from workbench.hl7v2.message import Message, parse_message
from workbench.issue import Issue

FIXTURES = Path(__file__).parents[2] / "fixtures" / "messages"
CODED = base64.b64encode(PDF).decode()
NOTIFICATION = build(make_document())
REPORT = build(make_document(), message="ORU^R01")
NOTE = build(make_document(TEXT.encode(), "text/plain"))
BREAK, HEXED_BREAK, CR, LF, CRLF = "\\.br\\", "\\X0D0A\\", "\r", "\n", "\r\n"


def wrapped(end: str, text: str = CODED, width: int = 76) -> str:
    return end.join(text[start : start + width] for start in range(0, len(text), width))


def names(message: Message, form: DocumentForm | None = None) -> list[str]:
    return [issue.rule.removeprefix("document: ") for issue in judge_document(message, form)]


def only(message: Message, form: DocumentForm | None = None) -> Issue:
    (issue,) = judge_document(message, form)
    return issue


def with_content(value: str, message: Message = NOTIFICATION) -> Message:
    return message.set("OBX-5", value, raw=True)


PIECES = "".join(base64.b64encode(PDF[at : at + 100]).decode() for at in range(0, 900, 100))
ENCAPSULATED = {
    "base64-place": (CODED, f"^{CODED}", f"^application^{CODED}", f"^application^pdf^Base64^^{CODED}"),
    "content-empty": ("", "^application^pdf^Base64^", "^application^pdf^Base64"),
    "base64-cut": (
        f"^application^pdf^Base64^{CODED[:100]}^{CODED[100:]}",
        f"^application^pdf^Base64^{CODED[:100]}&{CODED[100:]}",
        f"^application^pdf^Base64^{CODED[:100]}~{CODED[100:]}",
        f"^application^pdf^Base64^{CODED[:401]}",
        f"^application^pdf^Base64^{CODED[:402]}",
    ),
    "line-break": tuple(f"^application^pdf^Base64^{wrapped(end)}" for end in (CR, CRLF)),
    "base64-line-breaks": tuple(f"^application^pdf^Base64^{wrapped(end)}" for end in (" ", LF)),
    "base64-escapes": tuple(f"^application^pdf^Base64^{wrapped(end)}" for end in (BREAK, HEXED_BREAK)),
    "base64-data-uri": (f"^application^pdf^Base64^data:application/pdf;base64,{CODED}",),
    "base64-url-safe": (f"^application^pdf^Base64^{base64.urlsafe_b64encode(PDF).decode()}",),
    "base64-unpadded": (f"^application^pdf^Base64^{CODED.rstrip('=')}",),
    "base64-pieces": (f"^application^pdf^Base64^{PIECES}",),
    "base64-double": (f"^application^pdf^Base64^{base64.b64encode(CODED.encode()).decode()}",),
    "base64-foreign": (f"^application^pdf^Base64^%PDF-1.4 {CODED}", f"^application^pdf^Base64^{CODED[:40]}§{CODED}"),
    "type-wrong": (
        f"^application^pdf^Base64^{base64.b64encode(RTF).decode()}",
        f"^application^pdf^Base64^{base64.b64encode(b'Just words, and no PDF at all.').decode()}",
        f"^text^rtf^Base64^{CODED}",
        f"^TEXT^plain^Base64^{CODED}",
    ),
    "document-truncated": (f"^application^pdf^Base64^{CODED[:400]}",),
    "bytes-lost": ("^application^pdf^Base64^" + base64.b64encode(PDF.decode("utf-8", "replace").encode()).decode(),),
    "type-missing": (f"^^pdf^Base64^{CODED}", f"^^^Base64^{CODED}"),
    "subtype-missing": (f"^application^^Base64^{CODED}",),
    "type-whole": (f"^application/pdf^^Base64^{CODED}", f"^^application/pdf^Base64^{CODED}"),
    "encoding-missing": (f"^application^pdf^^{CODED}",),
    "encoding-unknown": (f"^application^pdf^BASE-64^{CODED}",),
    "encoding-case": (f"^application^pdf^BASE64^{CODED}", f"^application^pdf^base64^{CODED}"),
    "encoding-wrong": (f"^application^pdf^Hex^{CODED}",),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ENCAPSULATED.items() for value in values]
)
def test_each_mistake_with_base64_is_named_once_and_by_its_own_name(name: str, value: str) -> None:
    for message in (NOTIFICATION, REPORT):
        assert names(with_content(value, message)) == [name]


@pytest.mark.parametrize("kind", ["TX", "FT", "ST", ""])
def test_document_under_another_value_type_is_told(kind: str) -> None:
    for value in (CODED, f"^application^pdf^Base64^{CODED}"):
        issue = only(with_content(value).set("OBX-2", kind))
        assert issue.rule == "document: value-type"
        assert issue.path == "OBX-2"


def test_issue_says_symptom_place_cause_and_remedy() -> None:
    issue = only(with_content(CODED))
    assert issue.message.startswith("The receiver shows an empty document. The base64 is all of OBX-5")
    assert "fifth component" in issue.message
    assert (issue.path, issue.severity, issue.line) == ("OBX-5", "error", 6)
    obx = NOTIFICATION.find_segments("OBX")[0]
    assert issue.column == obx.text.index("|WORKBENCH^AP^") + 2


def test_line_of_what_spilled_over_is_told() -> None:
    issue = only(with_content(f"^application^pdf^Base64^{wrapped(CRLF)}"))
    assert (issue.line, issue.column) == (7, 1)
    assert "lines that are no segments follow OBX" in issue.message


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("number-missing", "TXA-12", ""),
        ("completion-missing", "TXA-17", ""),
        ("status-unknown", "TXA-17", "F"),
        ("status-unknown", "TXA-19", "Y"),
        ("status-pair", "TXA-19", "OB"),
        ("status-pair", "TXA-19", "CA"),
        ("status-pair", "TXA-19", "UN"),
        ("status-pair", "TXA-17", "DI"),
        ("status-pair", "TXA-17", "IP"),
        ("parent-same", "TXA-13", "DOC-1"),
        ("content-ignored", "MSH-9.2", "T01"),
        ("observation-missing", "OBX-3", ""),
        ("result-status-missing", "OBX-11", ""),
        ("result-status-unknown", "OBX-11", "Final"),
    ],
)
def test_each_mistake_around_the_document_is_named(name: str, path: str, value: str) -> None:
    issue = only(NOTIFICATION.set(path, value))
    assert issue.rule == f"document: {name}"


@pytest.mark.parametrize("event", ["T05", "T06", "T09", "T10"])
def test_addendum_and_replacement_need_their_parent(event: str) -> None:
    found = names(NOTIFICATION.set("MSH-9.2", event))
    assert "parent-missing" in found
    assert "parent-missing" not in names(NOTIFICATION.set("MSH-9.2", event).set("TXA-13", "DOC-0"))


def test_cancelled_document_says_that_it_is_cancelled() -> None:
    cancel = without(NOTIFICATION, "OBX").set("MSH-9.2", "T11")
    assert names(cancel) == ["status-pair"]
    assert names(cancel.set("TXA-19", "CA")) == []


def without(message: Message, name: str) -> Message:
    lines = [segment.text for segment in message.segments if segment.name != name]
    return parse_message("\r".join(lines) + "\r")


def test_missing_segments_are_named() -> None:
    assert names(without(NOTIFICATION, "TXA")) == ["txa-missing"]
    assert names(without(NOTIFICATION, "OBX")) == ["content-missing"]
    assert names(without(REPORT, "OBR")) == ["obr-missing"]
    order, result = REPORT.find_segments("OBR")[0].text, REPORT.find_segments("OBX")[0].text
    swapped = REPORT.text.replace(order, "@").replace(result, order).replace("@", result)
    assert names(parse_message(swapped)) == ["obr-missing"]


def test_report_without_a_number_is_told() -> None:
    assert names(REPORT.set("OBR-3", "")) == ["order-number-missing"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("component-separator", "BP 132^84"),
        ("subcomponent-separator", "fluids & rest"),
        ("field-separator", "left | right eye better"),
        ("escape-broken", r"see C:\notes\new"),
        ("escape-broken", r"First line\nSecond line"),
        ("text-line-break", "First line\rSecond line"),
        ("text-line-break", "First line\nSecond line\nThird, longer line"),
        ("markup-in-text", "First line<br>Second line"),
        ("rtf-in-text", RTF.decode()),
    ],
)
def test_each_mistake_with_text_is_named(name: str, value: str) -> None:
    message = without(NOTE, "OBX").set("OBX-1", "1").set("OBX-2", "TX").set("OBX-3", "11506-3^Progress note^LN")
    assert names(message.set("OBX-11", "F").set("OBX-5", value, raw=True)) == [name]


@pytest.mark.parametrize(
    "value", [r"A\.br\B", r"\H\bold\N\ \T\ \S\ \X0C\ \.sp2\ \Zlocal\ \E\n", "~two", "", '""', "132/84"]
)
def test_text_that_is_right_has_nothing_against_it(value: str) -> None:
    assert names(NOTE.set("OBX-5", value, raw=True)) == []


def test_document_in_pieces_is_told_once_and_not_as_damaged() -> None:
    first, second = (f"^application^pdf^Base64^{part}" for part in (CODED[:400], CODED[400:]))
    message = with_content(first).set("OBX[2]-1", "2").set("OBX[2]-2", "ED").set("OBX[2]-11", "F")
    message = message.set("OBX[2]-3", "11506-3^Progress note^LN", raw=True).set("OBX[2]-5", second, raw=True)
    issue = only(message)
    assert (issue.rule, issue.severity) == ("document: document-split", "warning")
    assert "OBX[1] to OBX[2] hold one document in 2 pieces" in issue.message


def test_base64_in_another_field_is_told_at_its_place() -> None:
    issue = only(NOTIFICATION.set("OBX-5", "").set("OBX-6", CODED))
    assert (issue.rule, issue.path) == ("document: base64-place", "OBX-6")


def test_pointer_without_an_address_is_told() -> None:
    assert names(with_content("^PACS^application^pdf").set("OBX-2", "RP")) == ["pointer-missing"]
    assert names(with_content("https://example.org/7^PACS^application^pdf").set("OBX-2", "RP")) == []


def test_what_a_receiver_asks_is_held_against_the_message() -> None:
    form = DocumentForm(completion=("LA",), availability=("AV",), max_segment=1000)
    assert names(NOTIFICATION, form) == ["status-not-taken", "segment-size"]
    assert "segments of up to 1,000" in judge_document(NOTIFICATION, form)[1].message


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.hl7")), ids=lambda path: path.stem)
def test_shipped_messages_have_nothing_against_them(path: Path) -> None:
    if path.stem != "faulty-not-hl7":
        assert names(parse_message(path.read_bytes())) == []


def test_results_of_a_laboratory_are_no_documents() -> None:
    message = parse_message("MSH|^~\\&|A|B|C|D|1||ORU^R01|1|P|2.5.1\rOBX|1|TX|X||a^b\rOBX|2|NM|Y||4\r")
    assert names(message) == []


def test_each_cut_of_a_message_is_judged_without_an_exception() -> None:
    for message in (NOTIFICATION, REPORT, NOTE):
        data = message.to_bytes()
        for size in range(60, len(data), 5):
            judge_document(parse_message(data[:size]))


def test_many_results_are_judged_in_a_time_that_grows_with_them() -> None:
    lines = [f"OBX|{n}|ED|X||^AP^PDF^Base64^{CODED}||||||F" for n in range(1, 3001)]
    text = "\r".join(("MSH|^~\\&|A|B|C|D|1||ORU^R01|1|P|2.5.1", "OBR|1||R-1", *lines))
    assert judge_document(parse_message(text)) == ()
