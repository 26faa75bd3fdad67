from __future__ import annotations

import tarfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_resource, to_json
from workbench.source import xml_tree
from workbench.source.source import Source, parse_source
from workbench.source.xml_writer import to_xml

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT.parent / "shared/data/us-core-packages"
RESOURCES = sorted((ROOT / "fixtures" / "resources").rglob("*.json"))
R4 = load_definitions("4.0")
DIV = '<div xmlns="http://www.w3.org/1999/xhtml"><p>é &amp; <b>bold</b><br/></p></div>'
OBSERVATION = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- ö -->
<Observation xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y">
  <id value="a"/>
  <text><status value="generated"/>{DIV}</text>
  <contained><Patient><id value="p"/><active value="true"/><multipleBirthInteger value="2"/></Patient></contained>
  <extension url="http://example.org/e"><valueDecimal value="1.50"/></extension>
  <status value="final"/>
  <code id="c"><text value="Größe &lt;&#10;2"/></code>
  <subject><reference value="#p"/></subject>
  <effectiveDateTime id="d">
    <extension url="http://example.org/why"><valueCode value="unknown"/></extension>
  </effectiveDateTime>
  <valueQuantity><value value="72.50"/><unit value="kg"/></valueQuantity>
  <component><code><text value="one"/></code></component>
  <component><code><text value="two"/></code></component>
</Observation>
"""


def patient(inner: str) -> Source:
    return parse_source(f'<Patient xmlns="http://hl7.org/fhir">{inner}</Patient>', R4)


def told(source: Source) -> list[tuple[str, str]]:
    return [(issue.path, issue.message) for issue in source.issues]


def test_xml_means_what_the_json_of_it_means() -> None:
    source = parse_source(OBSERVATION, R4)
    assert (source.format, source.issues) == ("xml", ())
    assert source.value == {
        "resourceType": "Observation",
        "id": "a",
        "text": {"status": "generated", "div": DIV},
        "contained": [{"resourceType": "Patient", "id": "p", "active": True, "multipleBirthInteger": 2}],
        "extension": [{"url": "http://example.org/e", "valueDecimal": Decimal("1.50")}],
        "status": "final",
        "code": {"id": "c", "text": "Größe <\n2"},
        "subject": {"reference": "#p"},
        "_effectiveDateTime": {
            "id": "d",
            "extension": [{"url": "http://example.org/why", "valueCode": "unknown"}],
        },
        "valueQuantity": {"value": Decimal("72.50"), "unit": "kg"},
        "component": [{"code": {"text": "one"}}, {"code": {"text": "two"}}],
    }
    assert to_json(source.value["valueQuantity"]) == '{"value":72.50,"unit":"kg"}'


def test_primitives_that_repeat_keep_value_and_extension_at_one_index() -> None:
    source = patient('<name><given value="A"/><given id="g"/><given value="C"/></name>')
    assert source.value["name"] == [{"given": ["A", None, "C"], "_given": [None, {"id": "g"}, None]}]


@pytest.mark.parametrize(
    ("path", "place", "piece"),
    [
        ("Observation", (3, 1), "<Observation xmlns"),
        ("Observation.value.value", (14, 18), '<value value="72.50"/>'),
        ("Observation.component[1].code.text", (16, 20), '<text value="two"/>'),
        ("Observation.contained[0].multipleBirth", (6, 60), '<multipleBirthInteger value="2"/>'),
        ("Observation.effective.extension[0].value", (12, 45), '<valueCode value="unknown"/>'),
        ("Observation.extension('http://example.org/e').value", (7, 41), '<valueDecimal value="1.50"/>'),
        ("Observation.code.coding[0].system", (9, 3), '<code id="c">'),
        ("Observation.text.div", (5, 36), "<div "),
        ("Observation.method", (3, 1), "<Observation xmlns"),
        ("component[0]", (15, 3), "<component>"),
    ],
)
def test_a_path_has_its_place_in_the_text(path: str, place: tuple[int, int], piece: str) -> None:
    source = parse_source(OBSERVATION, R4)
    span = source.span_of(path)
    assert span is not None
    assert source.text[span.offset : span.offset + span.length].startswith(piece)
    assert source.place_of(path) == place


def test_another_resources_path_has_no_place() -> None:
    assert parse_source(OBSERVATION, R4).place_of("Patient.name") is None


def test_a_place_has_its_path() -> None:
    source = parse_source(OBSERVATION, R4)
    assert source.path_at(14, 25) == "Observation.valueQuantity.value"
    assert source.path_at(16, 30) == "Observation.component[1].code.text"
    assert source.path_at(6, 45) == "Observation.contained.active"


@pytest.mark.parametrize(
    ("inner", "path", "words"),
    [
        ('<gender value="male"/><active value="true"/>', "Patient.active", "“active” must stand before “gender”"),
        ('<name/><active value="true"/><name/>', "Patient.active", "“active” must stand before “name”"),
        ('<telecom/><name/><telecom><system value="sms"/></telecom>', "Patient.name[0]", "before “telecom”"),
        ('<active value="true">yes</active>', "Patient.active", "Text stands between the elements"),
        ("x", "Patient", "Text stands between the elements"),
        ('<active value="true" wrong="1"/>', "Patient.active", "The attribute “wrong” is not known here"),
        ('<name value="A"/>', "Patient.name[0]", "has parts, which stand within it"),
        ('<name family="A"/>', "Patient.name[0]", "“family” is an attribute here and must be an element"),
        ('<name><id value="A"/></name>', "Patient.name[0]", "“id” must be an attribute in XML"),
        ('<o:name xmlns:o="http://example.org"/>', "Patient", "of the namespace http://example.org"),
        ('<name xmlns=""/>', "Patient", "is of no namespace"),
        ("<contained/>", "Patient.contained[0]", "must hold one resource"),
        ("<contained><Patient/><Patient/></contained>", "Patient.contained[0]", "must hold one resource"),
        ('<resourceType value="Group"/>', "Patient", "a word of FHIR JSON alone"),
        ('<text><status value="generated"/><div>a</div></text>', "Patient.text.div", "must be a “div” of XHTML"),
    ],
)
def test_what_json_has_no_place_for_is_told_by_the_reader(inner: str, path: str, words: str) -> None:
    (issue,) = patient(inner).issues
    assert (issue.path, issue.severity, issue.code) == (path, "error", "structure")
    assert words in issue.message
    assert issue.line == 1 and issue.column is not None and issue.column > 0


def test_what_is_unknown_is_kept_for_the_validator() -> None:
    source = patient('<shoe value="9"/><hat><size value="5"/><size value="6"/></hat><active value="yes"/><birthDate/>')
    assert source.value == {
        "resourceType": "Patient",
        "shoe": "9",
        "hat": {"size": ["5", "6"]},
        "active": "yes",
        "birthDate": "",
    }
    assert source.place_of("Patient.hat.size[1]") == (1, 77)


def test_an_element_that_stands_twice_where_it_must_not_is_told_and_the_first_taken() -> None:
    source = patient('<birthDate value="1984"/><birthDate value="1985"/>')
    assert source.value["birthDate"] == "1984"
    assert told(source) == [("Patient.birthDate", "“birthDate” stands 2 times and may stand once; keep one of them.")]


def test_a_value_written_as_text_is_told_and_read_all_the_same() -> None:
    source = patient("<active>true</active><gender>\n man </gender>")
    assert (source.value["active"], source.value["gender"]) == (True, "man")
    assert [path for path, _ in told(source)] == ["Patient.active", "Patient.gender"]


def test_an_unknown_resource_is_read_as_far_as_can_be() -> None:
    source = parse_source('<Shoe xmlns="http://hl7.org/fhir"><size value="9"/></Shoe>', R4)
    assert source.value == {"resourceType": "Shoe", "size": "9"}


@pytest.mark.parametrize(
    ("narrative", "expected"),
    [
        ('<h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>a</h:p></h:div>', "<p>a</p></div>"),
        (DIV, DIV),
        ('<div xmlns="http://www.w3.org/1999/xhtml"/>', '<div xmlns="http://www.w3.org/1999/xhtml"/>'),
    ],
)
def test_a_narrative_stands_alone_without_a_prefix(narrative: str, expected: str) -> None:
    div = patient(f"<text>{narrative}</text>").value["text"]["div"]
    assert div.endswith(expected) and div.startswith('<div xmlns="http://www.w3.org/1999/xhtml"')


def test_a_namespace_that_the_root_declares_is_written_into_the_narrative() -> None:
    text = (
        '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml">'
        '<f:text><f:status value="empty"/><div>a</div></f:text></f:Patient>'
    )
    source = parse_source(text, R4)
    assert source.issues == ()
    assert source.value["text"]["div"] == '<div xmlns="http://www.w3.org/1999/xhtml">a</div>'


BOMB = "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(12)
)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (f'{BOMB}]>\n<Patient xmlns="http://hl7.org/fhir"><id value="&m;"/></Patient>', 1, 1, "DOCTYPE"),
        ('\n<!DOCTYPE x SYSTEM "file:///etc/passwd">\n<Patient xmlns="http://hl7.org/fhir"/>', 2, 1, "DOCTYPE"),
        ('<Patient xmlns="http://hl7.org/fhir">\n <id value="&xxe;"/></Patient>', 2, 2, "does not know by this name"),
        ('<Patient xmlns="http://hl7.org/fhir">\n' + "<name>" * 10_000, 2, 715, "deeper than 120"),
        (f'<Patient xmlns="http://hl7.org/fhir"><text>{DIV.replace("<p>", "<p>" * 200)}', 1, 434, "deeper than 120"),
        ('<Patient xmlns="http://hl7.org/fhir">\n<name></Patient>', 2, 9, "not that of the element that is open"),
        ('<Patient xmlns="http://hl7.org/fhir">\n<é', 2, 1, "not ended"),
        ("<Patient/>", 1, 1, "not in the namespace of FHIR"),
        ("<!-- é -->\n <html/>", 2, 2, "not in the namespace of FHIR"),
        ('<Patient xmlns="http://hl7.org/fhir"><id value="\x01"/></Patient>', 1, 49, "cannot"),
        ('<Patient xmlns="http://hl7.org/fhir"/><x/>', 1, 39, "follows the end"),
    ],
)
def test_what_is_unsafe_or_broken_is_refused_in_words(text: str, line: int, column: int, words: str) -> None:
    started = time.process_time()
    with pytest.raises(WorkbenchError, match=words) as caught:
        parse_source(text, R4)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert time.process_time() - started < 0.25


def test_more_elements_than_memory_should_hold_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert xml_tree.MOST_ELEMENTS == 1_000_000
    monkeypatch.setattr(xml_tree, "MOST_ELEMENTS", 1_000)
    with pytest.raises(WorkbenchError, match="more than 1,000 elements"):
        parse_source('<Patient xmlns="http://hl7.org/fhir">' + "<a/>" * 1_001, R4)


def test_bytes_that_are_not_utf_8_are_refused_whatever_they_declare() -> None:
    with pytest.raises(WorkbenchError, match="not UTF-8"):
        parse_source('<?xml version="1.0" encoding="ISO-8859-1"?><Patient a="é"/>'.encode("latin-1"), R4)


def same(resource: Json, *, indent: int | None = None) -> None:
    source = parse_source(to_xml(resource, R4, indent=indent), R4)
    assert source.issues == ()
    assert source.value == resource
    assert sorted(to_json(source.value)) == sorted(to_json(resource)), "the same digits, in another order of members"


def test_shipped_resources_round_trip() -> None:
    assert RESOURCES
    for path in RESOURCES:
        same(parse_resource(path.read_bytes()), indent=2)
        same(parse_resource(path.read_bytes()))


@pytest.mark.parametrize("package", ["us_core_311", "us_core_400", "us_core_610", "us_core_700"])
def test_published_examples_round_trip(package: str) -> None:
    path = PACKAGES / f"{package}.tgz"
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine: published examples are shared data")
    count = 0
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if "/example/" in member.name else None
            if file is not None and not member.name.endswith("index.json"):
                same(parse_resource(file.read()), indent=2)
                count += 1
    assert count > 80


@pytest.mark.parametrize("number", ["72.50", "0.00000001", "1.50e3", "100", "-0.0", "12345678901234567890.5"])
def test_a_decimal_keeps_every_digit_on_the_way_and_back(number: str) -> None:
    text = '{"resourceType":"Observation","valueQuantity":{"value":' + number + "}}"
    xml = to_xml(parse_resource(text), R4)
    assert f'value="{number}"' in xml
    assert to_json(parse_source(xml, R4).value) == text


def test_xml_is_written_in_the_order_of_the_definition_and_what_is_unknown_comes_last() -> None:
    resource: dict[str, Any] = {"resourceType": "Patient", "shoe": 9, "hat": {"size": [1]}, "gender": "male", "id": "a"}
    assert to_xml(resource, R4) == (
        '<Patient xmlns="http://hl7.org/fhir"><id value="a"/><gender value="male"/><shoe value="9"/>'
        '<hat><size value="1"/></hat></Patient>'
    )


def test_line_ends_and_markup_in_values_survive() -> None:
    same({"resourceType": "Patient", "name": [{"text": 'a\r\n\tb "c" <d> & é 😀'}]})


def test_names_of_html_characters_become_the_characters() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">a&nbsp;b &amp; c</div>'
    xml = to_xml({"resourceType": "Patient", "text": {"status": "additional", "div": div}}, R4)
    assert "a\N{NO-BREAK SPACE}b &amp; c" in xml


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"resourceType": "Patient", "name": [{"text": "a\x01b"}]}, r"U\+0001"),
        ({"resourceType": "Patient", "name": [{"text": "a\ud800b"}]}, r"U\+D800"),
        ({"resourceType": "Patient", "not a name": 1}, "no element named “not a name”"),
        ({"resourceType": "Patient", "text": {"div": "<div><p></div>"}}, "narrative cannot stand in XML"),
        ({"id": "a"}, "resourceType"),
    ],
)
def test_what_xml_cannot_say_is_refused_in_words(resource: Json, words: str) -> None:
    with pytest.raises(WorkbenchError, match=words):
        to_xml(resource, R4)


@pytest.mark.parametrize("release", ["4.3", "5.0"])
def test_other_releases_have_their_own_tables(release: str) -> None:
    definitions = load_definitions(release)
    xml = (
        '<Ingredient xmlns="http://hl7.org/fhir"><status value="active"/><substance><code><concept><text value="a"/>'
        "</concept></code></substance></Ingredient>"
    )
    source = parse_source(xml, definitions)
    assert source.value["substance"]["code"] == {"concept": {"text": "a"}}
    assert to_xml(source.value, definitions) == xml


def test_a_whole_number_of_64_bits_is_a_text_in_r5() -> None:
    xml = '<Attachment xmlns="http://hl7.org/fhir"/>'
    assert parse_source(xml, R4).value == {"resourceType": "Attachment"}
    r5 = load_definitions("5.0")
    xml = (
        '<DocumentReference xmlns="http://hl7.org/fhir"><content><attachment><size value="9007199254740993"/>'
        "</attachment></content></DocumentReference>"
    )
    assert parse_source(xml, r5).value["content"][0]["attachment"]["size"] == "9007199254740993"


def test_places_far_into_a_text_beyond_ascii_are_counted_in_characters_and_come_at_once() -> None:
    patient = '<Patient><name><text value="é😀ü"/></name><active value="true"/></Patient>'
    entry = f"<entry><resource>{patient}</resource></entry>"
    source = parse_source(f'<Bundle xmlns="http://hl7.org/fhir">{entry * 1000}</Bundle>', R4)
    started = time.process_time()
    for at in range(1000):
        span = source.span_of(f"Bundle.entry[{at}].resource.active")
        assert span is not None
        assert source.text[span.offset : span.offset + span.length] == '<active value="true"/>'
    assert time.process_time() - started < 2
