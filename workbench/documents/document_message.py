"""Document messages: MDM^T02, MDM^T10 and ORU^R01 that carry a document in the form that their receiver asks for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from workbench.documents.base64_reading import encode_base64
from workbench.documents.document import MESSAGES, PRELIMINARY, Document, DocumentForm, Person, Route
from workbench.documents.document_text import decode_text, escape_line, write_lines
from workbench.documents.media_type import encapsulated_words
from workbench.errors import WorkbenchError
from workbench.hl7v2.character_set import codecs_of
from workbench.hl7v2.dictionary import Dictionary, load_dictionary
from workbench.hl7v2.message import Message, parse_message
from workbench.hl7v2.times import format_time

_TOO_OLD = ("2.1", "2.2")


def make_document_message(
    document: Document, form: DocumentForm, route: Route, *, message: str, now: datetime, control_id: str
) -> Message:
    """The message named `message`, such as `MDM^T02`; `WorkbenchError` where it cannot carry the document."""
    _check(document, form, route, message)
    dictionary = load_dictionary(route.version)
    values = _values(document, form, route)
    segments = [
        _header(dictionary, route, message, now, control_id, _character_set(document, form, dictionary)),
        *(_notification if message.startswith("MDM") else _order)(document, form, dictionary, message, now, values[0]),
        *_observations(document, form, dictionary, message, values),
    ]
    return parse_message("\r".join(segments) + "\r")


def _check(document: Document, form: DocumentForm, route: Route, message: str) -> None:
    if message not in MESSAGES:
        raise WorkbenchError(f"Documents are not built as {message}.", hint=f"Choose {', '.join(MESSAGES)}.")
    if route.version in _TOO_OLD:
        raise WorkbenchError(
            f"HL7 v{route.version} has neither MDM nor the type ED.", hint="Documents go by HL7 v2.3 and later."
        )
    if not document.content:
        raise WorkbenchError("The document is empty.", hint="Choose a file that holds something.")
    if message == "MDM^T10" and not document.replaces:
        raise WorkbenchError(
            "MDM^T10 replaces a document, and nothing says which.",
            hint="Name the document that is replaced (TXA-13), or send a new one as MDM^T02.",
        )


def completion_of(document: Document, form: DocumentForm) -> str:
    return document.completion or next(iter(form.completion), "AU")


def availability_of(document: Document, form: DocumentForm) -> str:
    return document.availability or next(iter(form.availability), "AV")


def result_status_of(document: Document, form: DocumentForm, message: str) -> str:
    """OBX-11 and OBR-25: preliminary until somebody answers for it, corrected where a result stands in for another."""
    if completion_of(document, form) in PRELIMINARY:
        return "P"
    return "C" if document.replaces and message.startswith("ORU") else form.result_status


def _character_set(document: Document, form: DocumentForm, dictionary: Dictionary) -> str:
    """MSH-18 where something is not ASCII, and a look at whether the receiver's set can hold it."""
    people = (document.author, document.patient)
    names = [part for each in people for part in (each.family, each.given)]
    text = "".join((document.title, document.file_name, document.type.text, *names))
    if form.value_type(document.media_type) != "ED":
        text += decode_text(document.content)
    if text.isascii():
        return ""
    wanted = (form.character_set,) if form.character_set else _usual_sets(dictionary)
    codecs = {name: next(iter(codecs_of(name)), "utf-8") for name in wanted}
    fitting = next((name for name, codec in codecs.items() if _can_write(text, codec)), None)
    if fitting is None:
        missing = next(letter for letter in text if not _can_write(letter, codecs[wanted[-1]]))
        raise WorkbenchError(
            f"“{missing}” cannot be written in {wanted[-1]}, which the receiver asks for.",
            hint="Write it with other letters, or send the document as PDF.",
        )
    return fitting


def _usual_sets(dictionary: Dictionary) -> tuple[str, ...]:
    """UTF-8 where table 0211 of the version has a name for it; before, Latin-1 where it holds all letters."""
    table = dictionary.table("0211")
    return ("UNICODE UTF-8",) if table and "UNICODE UTF-8" in table[1] else ("8859/1", "UNICODE UTF-8")


def _can_write(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _header(
    dictionary: Dictionary, route: Route, message: str, now: datetime, control_id: str, character_set: str
) -> str:
    code, event = message.split("^")
    type_field = dictionary.field("MSH", 9)
    # 2.3.1 knows a third component and gives MSH-9 seven characters, so that its receivers are spared it.
    known = type_field is not None and len(dictionary.components(type_field.datatype)) > 2
    has_structure = known and dictionary.version != "2.3.1"
    structure = dictionary.structure_of(code, event)
    parties = (
        route.sending_application,
        route.sending_facility,
        route.receiving_application,
        route.receiving_facility,
    )
    fields = (
        *map(escape_line, parties),
        format_time(now),
        "",
        f"{message}^{structure}" if has_structure else message,
        escape_line(control_id),
        "P",
        route.version,
    )
    head = "MSH|^~\\&|" + "|".join(fields)
    return f"{head}||||||{character_set}" if character_set else head


def _notification(
    document: Document, form: DocumentForm, dictionary: Dictionary, message: str, now: datetime, first: tuple[str, str]
) -> tuple[str, ...]:
    """EVN, PID, PV1 and TXA."""
    event = message.split("^")[1] if dictionary.version in ("2.3", "2.3.1", "2.4") else ""
    return (
        f"EVN|{event}|{format_time(now)}",
        _patient(document),
        _visit(document, dictionary),
        _txa(document, form, dictionary, first),
    )


def _txa(document: Document, form: DocumentForm, dictionary: Dictionary, first: tuple[str, str]) -> str:
    completion, author = completion_of(document, form), _person(document.author)
    written = format_time(document.written)
    presentation = {"ED": encapsulated_words(document.media_type, "2.5.1")[0]}.get(first[0], first[0])
    type_field = dictionary.field("TXA", 2)
    coded = type_field is not None and type_field.datatype == "CWE"
    kind = (document.type.code, document.type.text, "HL70270") if coded else (document.type.code,)
    authenticated = completion in ("AU", "LA") and author
    fields = {
        1: "1",
        2: "^".join(map(escape_line, kind)),
        3: presentation,
        4: written,
        5: author,
        6: written,
        7: written,
        9: author,
        12: escape_line(document.number),
        13: escape_line(document.replaces),
        16: escape_line(document.file_name),
        17: completion,
        19: availability_of(document, form),
        22: f"{_padded(document.author)}^{written}" if authenticated else "",
        25: escape_line(document.title),
    }
    return _segment("TXA", {number: value for number, value in fields.items() if dictionary.field("TXA", number)})


def _order(
    document: Document, form: DocumentForm, dictionary: Dictionary, message: str, now: datetime, first: tuple[str, str]
) -> tuple[str, ...]:
    """PID, PV1 where there is a visit, and OBR; a report that stands in for another keeps its number (OBR-3)."""
    visit = (_visit(document, dictionary),) if document.visit.number or document.visit.patient_class else ()
    order = {
        1: "1",
        3: escape_line(document.replaces or document.number),
        4: _observation(document, form),
        7: format_time(document.written),
        22: format_time(now),
        25: result_status_of(document, form, message),
        32: _person(document.author).replace("^", "&"),
    }
    return (_patient(document), *visit, _segment("OBR", order))


def _observations(
    document: Document, form: DocumentForm, dictionary: Dictionary, message: str, values: tuple[tuple[str, str], ...]
) -> list[str]:
    fixed = {
        3: _observation(document, form),
        4: "1",
        11: result_status_of(document, form, message),
        14: format_time(document.written),
        16: _person(document.author),
    }
    return [_segment("OBX", {1: str(n), 2: kind, 5: value, **fixed}) for n, (kind, value) in enumerate(values, 1)]


def _values(document: Document, form: DocumentForm, route: Route) -> tuple[tuple[str, str], ...]:
    """OBX-2 and OBX-5 of each OBX."""
    kind = form.value_type(document.media_type)
    if kind != "ED":
        return tuple((kind, line) for line in write_lines(decode_text(document.content), form.lines))
    words = dict(form.encapsulated).get(document.media_type) or "^".join(
        encapsulated_words(document.media_type, route.version)
    )
    data = encode_base64(document.content) if form.encoding == "Base64" else document.content.hex()
    return (("ED", "^".join((escape_line(route.sending_application), words, form.encoding, data))),)


def _observation(document: Document, form: DocumentForm) -> str:
    return form.observation or "^".join(map(escape_line, document.type.observation))


def _patient(document: Document) -> str:
    patient = document.patient
    identifier = "^".join((escape_line(patient.number), "", "", escape_line(patient.authority), "MR"))
    name = f"{escape_line(patient.family)}^{escape_line(patient.given)}^^^^^L" if patient.family else ""
    return _segment("PID", {1: "1", 3: identifier, 5: name, 7: patient.birth_date, 8: patient.sex})


def _visit(document: Document, dictionary: Dictionary) -> str:
    """PV1; from 2.7 an identifier says what kind it is."""
    visit = document.visit
    kinds = dictionary.components("CX")
    typed = len(kinds) > 4 and kinds[4].usage == "R"
    number = escape_line(visit.number) + ("^^^^VN" if visit.number and typed else "")
    return _segment("PV1", {1: "1", 2: visit.patient_class or "U", 3: visit.location, 19: number})


def _person(person: Person) -> str:
    """XCN with what is known."""
    return _padded(person).rstrip("^")


def _padded(person: Person) -> str:
    """The fourteen components of XCN and PPN before the time that PPN ends with."""
    parts = [person.number, person.family, person.given, "", "", person.prefix, "", "", person.authority]
    return "^".join([*map(escape_line, parts), *[""] * 5])


def _segment(name: str, fields: Mapping[int, str]) -> str:
    valued = {number: value for number, value in fields.items() if value}
    return "|".join([name, *(valued.get(number, "") for number in range(1, max(valued, default=0) + 1))])
