from __future__ import annotations

from ui.models.document_file import open_bytes
from ui.models.xml_lines import identify_xml, looks_like_xml_resource, to_xml_lines

PATIENT = (
    '<?xml version="1.0"?><Patient xmlns="http://hl7.org/fhir"><id value="p1"/><!-- a > b --><text><status value="x"/>'
    '<div xmlns="http://www.w3.org/1999/xhtml"><p>a <b>b</b></p><div>c</div></div></text>'
    '<name><family value="A &gt; &quot;B"/></name></Patient>'
)


def test_elements_get_a_line_each_and_narrative_stays_as_it_is() -> None:
    assert to_xml_lines(PATIENT).split("\n") == [
        '<?xml version="1.0"?>',
        '<Patient xmlns="http://hl7.org/fhir">',
        '  <id value="p1"/>',
        "  <!-- a > b -->",
        "  <text>",
        '    <status value="x"/>',
        '    <div xmlns="http://www.w3.org/1999/xhtml"><p>a <b>b</b></p><div>c</div></div>',
        "  </text>",
        "  <name>",
        '    <family value="A &gt; &quot;B"/>',
        "  </name>",
        "</Patient>",
    ]


def test_broken_xml_loses_nothing() -> None:
    for text in ("<a", "<a><b></a>", "</a></a>", "no tags", "", "<a 'b>"):
        assert to_xml_lines(text).replace("\n", "").replace("  ", "") == text


def test_xml_of_fhir_is_known_by_its_namespace() -> None:
    assert looks_like_xml_resource(PATIENT.encode())
    assert not looks_like_xml_resource(b"<html></html>")
    assert identify_xml(PATIENT.encode()) == ("Patient", "p1")
    assert identify_xml(b"<") == ("", "")


def test_an_xml_file_opens_as_the_update_of_its_resource() -> None:
    opened = open_bytes(PATIENT.encode(), "patient.xml")
    assert opened.request is not None
    assert (opened.request.method, opened.request.address) == ("PUT", "Patient/p1")
    assert opened.body_only
    long = PATIENT.replace("A &gt;", "A" * 3000)
    again = open_bytes(long.encode(), "patient.xml")
    assert again.body is not None
    assert again.body.reformatted
    assert again.body.to_bytes(again.body.shown) == long.encode()
