from __future__ import annotations

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.terminology.implicit_value_set import find_implicit_value_set
from workbench.terminology.value_set import ConceptFilter
from workbench.terminology.well_known import LOINC, SNOMED

REFSET = "900000000000527005"


@pytest.mark.parametrize(
    ("canonical", "system", "version", "rules"),
    [
        ("http://snomed.info/sct?fhir_vs", SNOMED, "", []),
        ("http://snomed.info/sct?fhir_vs=isa/73211009", SNOMED, "", [("concept", "is-a", "73211009")]),
        (
            "http://snomed.info/sct?fhir_vs=refset/32570521000036109",
            SNOMED,
            "",
            [("concept", "in", "32570521000036109")],
        ),
        ("http://snomed.info/sct?fhir_vs=ecl/%3C%3C73211009", SNOMED, "", [("constraint", "=", "<<73211009")]),
        ("http://snomed.info/sct/32506021000036107?fhir_vs", SNOMED, "http://snomed.info/sct/32506021000036107", []),
        ("http://loinc.org/vs", LOINC, "", []),
        ("http://loinc.org/vs/LL379-9", LOINC, "", [("LIST", "=", "LL379-9")]),
        ("http://loinc.org/vs/LP43571-6", LOINC, "", [("ancestor", "=", "LP43571-6")]),
    ],
)
def test_a_canonical_says_what_is_in_it(
    canonical: str, system: str, version: str, rules: list[tuple[str, str, str]]
) -> None:
    found = find_implicit_value_set(canonical)
    assert found and found.url == canonical
    (selection,) = found.includes
    assert (selection.system, selection.version) == (system, version)
    assert list(selection.filters) == [ConceptFilter(*rule) for rule in rules]


@pytest.mark.parametrize(
    "canonical", ["http://snomed.info/sct", "http://loinc.org", "http://loinc.org/vs/x", "http://x/?fhir_vs"]
)
def test_other_canonicals_stand_for_nothing(canonical: str) -> None:
    assert find_implicit_value_set(canonical) is None


def test_a_code_of_another_system_or_with_a_wrong_check_digit_is_none_and_others_stay_undecided() -> None:
    definitions = load_definitions("4.0")
    diabetes = "http://snomed.info/sct?fhir_vs=isa/73211009"
    assert definitions.judge_code(diabetes, LOINC, "8867-4").found is False
    assert definitions.judge_code(diabetes, SNOMED, "44054007").found is False
    right = definitions.judge_code(diabetes, SNOMED, "44054006")
    assert right.found is None and "SNOMED CT" in right.reason
    assert definitions.judge_code("http://loinc.org/vs/LL379-9", LOINC, "LA6576-8").found is None
