"""A site file is read strictly, and refused with its place and what was expected."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.site.site import Site
from workbench.site.site_file import parse_site, read_site

SITES = Path(__file__).parents[2] / "fixtures" / "sites"
SHIPPED = sorted(SITES.glob("*.yaml"))


@pytest.fixture
def text() -> str:
    return (SITES / "community-hospital.yaml").read_text("utf-8")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_site_carries_its_file_name_as_id(path: Path) -> None:
    assert read_site(path).id == path.stem


def test_the_two_shipped_sites_differ_as_hospitals_do() -> None:
    community, academic = (
        read_site(SITES / f"{name}.yaml") for name in ("community-hospital", "academic-medical-center")
    )
    assert (community.fhir.us_core, academic.fhir.us_core) == ("6.1.0", "3.1.1")
    assert (community.smart.scope_versions, academic.smart.scope_versions) == (("v2",), ("v1",))
    assert (community.note.road, academic.note.road) == ("fhir", "hl7v2")
    assert (community.hl7v2.version, academic.hl7v2.version) == ("2.5.1", "2.3.1")
    assert "encounter" in community.smart.context
    assert "encounter" not in academic.smart.context
    assert community.mrn_system == academic.mrn_system


def test_the_shipped_sites_know_the_same_users() -> None:
    assert len({read_site(path).users for path in SHIPPED}) == 1


def test_every_field_of_the_dataclasses_is_read_from_the_file() -> None:
    """A field that the reader forgot would keep its default at both sites."""
    community, academic = map(read_site, reversed(SHIPPED))
    same_on_purpose = {
        "mrn_system", "population", "users", "release", "launches", "code_lifetime", "clients", "application",
        "acknowledges", "answers", "sequence_numbers", "version", "type", "resource",
        "backend_token_lifetime",
        "need_patient_banner", "fhir_context_form", "banner_form", "location_form", "leave_out", "set", "faults",
        "text_type", "lines", "encoding", "observation", "result_status", "character_set", "max_segment",
    }  # fmt: skip
    alike = {name for name in _alike(community, academic) if name not in same_on_purpose}
    assert alike == set()


def _alike(left: object, right: object) -> set[str]:
    assert is_dataclass(left)
    found: set[str] = set()
    for field in fields(left):
        mine, theirs = getattr(left, field.name), getattr(right, field.name)
        found |= _alike(mine, theirs) if is_dataclass(mine) else {field.name} if mine == theirs else set()
    return found


def test_write_rules_and_messages_keep_their_order(text: str) -> None:
    site = parse_site(text)
    observation = site.fhir.find_resource("Observation")
    assert observation is not None
    assert [rule.expression for rule in observation.write_rules][-1] == "effective.exists()"
    assert [rule.message for rule in site.hl7v2.messages][:3] == ["ADT^A01", "ADT^A03", "ADT^A04"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("version: 1\n", "version: 2\n", "has version 2; this workbench reads versions up to 1"),
        ("version: 1\n", "", "“version” is missing"),
        ("id: community-hospital", "id: Community Hospital", "must be small letters, digits and hyphens"),
        ("id: community-hospital", "id: ../up", "must be small letters, digits and hyphens"),
        ("us_core: 6.1.0", "us_cor: 6.1.0", "“fhir.us_core” is missing"),
        ("page_size: 20", "page_sizes: 20", "“fhir.page_sizes” is not known here"),
        ("page_size: 20", "page_size: many", "must be a whole number of at least 1, and is “many”"),
        ("page_size: 20", "page_size: 200", "must not be over “fhir.max_page_size”"),
        ("path: /fhir/r4", "path: fhir/r4", "must be a path such as /fhir/r4, and is “fhir/r4”"),
        ("[batch, transaction]", "[batch, transactions]", "“transactions” is not known in “fhir.system_interactions”"),
        ("pkce: required", "pkce: maybe", "must be one of required, optional, off, and is “maybe”"),
        ("road: fhir", "road: pigeon", "must be one of fhir, hl7v2, none, and is “pigeon”"),
        ("acknowledges: true", "acknowledges: yes", "must be true or false, and is “yes”"),
        ("    role: Nurse\n", "", "“users.berg.role” is missing"),
        ("scope_versions: [v2]", "scope_versions: [v3]", "“v3” is not known in “smart.scope_versions”"),
    ],
)
def test_a_faulty_site_file_is_refused_with_its_place(text: str, old: str, new: str, sentence: str) -> None:
    assert old in text
    with pytest.raises(WorkbenchError) as caught:
        parse_site(text.replace(old, new, 1), "mine.yaml")
    assert sentence in caught.value.message
    assert caught.value.source == "mine.yaml"
    assert caught.value.line is not None


def test_a_fault_is_placed_on_its_own_line(text: str) -> None:
    broken = text.replace("pkce: required", "pkce: maybe")
    line = broken.splitlines().index("  pkce: maybe") + 1
    with pytest.raises(WorkbenchError) as caught:
        parse_site(broken, "mine.yaml")
    assert (caught.value.line, caught.value.column) == (line, 3)


def test_a_site_file_that_is_not_there_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"Cannot read .*nowhere\.yaml: No such file"):
        read_site(tmp_path / "nowhere.yaml")


SMALL = """version: 1
id: small
name: Small
mrn_system: urn:oid:2.999.9
fhir:
  release: 4.0.1
  us_core: 6.1.0
  path: /fhir
  resources: {Patient: {interactions: [read]}}
smart:
  scope_versions: [v2]
  launches: [standalone]
  context: [patient]
  clients: {}
hl7v2:
  version: 2.5.1
  application: A
  facility: F
  assigning_authority: MR
  messages: {}
note:
  road: none
users: {}
"""


def test_a_small_site_file_is_enough() -> None:
    site: Site = parse_site(SMALL)
    assert site.fhir.resources[0].type == "Patient"
    assert site.hl7v2.messages == ()
    assert site.smart.clients == ()


def test_a_file_cut_off_anywhere_is_read_or_refused_in_words(text: str) -> None:
    for end in range(0, len(text), 211):
        try:
            parse_site(text[:end], "cut.yaml")
        except WorkbenchError as error:
            assert error.source == "cut.yaml"


@pytest.mark.parametrize("value", ["7", "true", "null", "[1]", "{a: 1}", "{1: 2}", "{null: {}}", "[[x]]", "''"])
@pytest.mark.parametrize(
    "key", ["id", "name", "  path", "  resources", "  context", "  clients", "  messages", "  road", "users"]
)
def test_a_value_of_another_kind_is_refused_in_words(key: str, value: str) -> None:
    broken = re.sub(rf"^{key}: .*$", f"{key}: {value}", SMALL, flags=re.MULTILINE)
    assert broken != SMALL
    try:
        parse_site(broken)
    except WorkbenchError as error:
        assert error.message


def test_an_id_that_could_climb_out_of_a_folder_is_refused() -> None:
    for bad in ("a/b", "..", "a b", "A", "-a", "ä", "a.b"):
        with pytest.raises(WorkbenchError, match="small letters, digits and hyphens"):
            parse_site(SMALL.replace("id: small", f"id: {bad}"))
