import pytest

from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("PID", "Patient Identification"),
        ("PID-1", "Set ID - PID"),
        ("PID-5", "Patient Name"),
        ("PID-5.1", "Family Name"),
        ("PID-5.1.1", "Surname"),
        ("PID-3[2].4.2", "Universal ID"),
        ("PID-6", "Mother's Maiden Name"),
        ("PID-8.1", "Administrative Sex"),
        ("MSH-7", "Date/Time of Message"),
        ("OBX[3]-5", "Observation Value"),
        ("OBX-5.1", "Observation Value"),
        ("XPD-1", ""),
        ("PID-99", ""),
        ("PID-8.2", ""),
        ("ZPD", "Local Segment"),
        ("ZPD-1", ""),
    ],
)
def test_place_has_its_name(path: str, name: str) -> None:
    assert load_dictionary("2.5.1").name_of(path) == name


def test_component_of_a_varying_field_is_named_by_the_type_that_obx_2_tells() -> None:
    assert load_dictionary("2.5.1").name_of("OBX-5.2", datatype="CWE") == "Text"
    assert load_dictionary("2.5.1").name_of("OBX-5.2") == ""


def test_names_follow_the_version() -> None:
    assert load_dictionary("2.3.1").name_of("PID-8") == "Sex"
    assert load_dictionary("2.5.1").name_of("PID-8") == "Administrative Sex"
    assert load_dictionary("2.1").name_of("PID-5.1") == "Family Name"


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("2.5.1", "2.5.1"),
        ("2.3.2", "2.3.1"),
        ("2.9", "2.8.2"),
        ("2.0", "2.1"),
        ("", "2.5.1"),
        ("3.0", "2.5.1"),
        ("x", "2.5.1"),
    ],
)
def test_unknown_version_uses_the_nearest_one(asked: str, given: str) -> None:
    assert load_dictionary(asked).version == given


def test_field_tells_type_use_repetition_and_table() -> None:
    dictionary = load_dictionary("2.5.1")
    identifiers, sex = dictionary.field("PID", 3), dictionary.field("PID", 8)
    assert identifiers and (identifiers.datatype, identifiers.usage, identifiers.repeats) == ("CX", "R", True)
    assert sex and (sex.usage, sex.repeats, sex.table) == ("O", False, "0001")
    assert dictionary.field("PID", 0) is None
    assert load_dictionary("2.8.2").field("PID", 2).usage == "W"  # type: ignore[union-attr]


def test_components_and_table_are_listed() -> None:
    dictionary = load_dictionary("2.5.1")
    assert [component.name for component in dictionary.components("HD")] == [
        "Namespace ID",
        "Universal ID",
        "Universal ID Type",
    ]
    assert dictionary.components("ST") == ()
    name, values = dictionary.table("0001") or ("", ())
    assert (name, "F" in values) == ("Administrative Sex", True)


def test_structure_is_a_tree_of_groups_and_segments() -> None:
    tree = load_dictionary("2.5.1").structure("ORU_R01")
    assert tree is not None
    result = next(node for node in tree.children if node.kind == "group")
    assert (result.name, result.required, result.repeats) == ("PATIENT_RESULT", True, True)
    assert [node.name for node in result.children] == ["PATIENT", "ORDER_OBSERVATION"]
    assert tree.children[0].name == "MSH" and tree.children[0].kind == "segment"
    assert load_dictionary("2.5.1").structure("ADT_X99") is None


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_every_definition_of_a_version_can_be_read(version: str) -> None:
    dictionary = load_dictionary(version)
    for name in dictionary.structures():
        assert dictionary.structure(name) is not None
    for segment in ("MSH", "PID", "PV1", "OBX", "OBR", "EVN"):
        assert all(field.name for field in dictionary.fields(segment))
        assert dictionary.knows_segment(segment)
        assert dictionary.segment_name(segment)


@pytest.mark.parametrize(
    ("table", "value", "name"),
    [("0001", "F", "Female"), ("0004", "I", "Inpatient"), ("0136", "Y", "Yes"), ("0001", "?", ""), ("9999", "F", "")],
)
def test_values_of_tables_have_names_where_they_are_known(table: str, value: str, name: str) -> None:
    assert load_dictionary("2.5.1").value_name(table, value) == name
    assert load_dictionary("2.3").value_name(table, value) == name
