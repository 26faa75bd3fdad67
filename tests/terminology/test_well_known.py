from __future__ import annotations

import pytest

from workbench.definitions.core_facts import load_core_facts
from workbench.definitions.definitions import load_definitions
from workbench.definitions.release import find_release
from workbench.terminology.ucum import is_ucum
from workbench.terminology.well_known import (
    COLOURS,
    COUNTRY_CODES,
    CURRENCY_CODES,
    LANGUAGES,
    LOINC,
    MEDIA_TYPES,
    SNOMED,
    STATE_CODES,
    UCUM,
    URIS,
    is_surely_none,
    judge_well_known,
    list_well_known,
)

GOOD: dict[str, tuple[str, ...]] = {
    LANGUAGES: ("en", "en-US", "de-CH-1996", "zh-Hant-TW", "es-419", "i-klingon", "x-mine", "EN-us", "en-a-bbb-x-a"),
    MEDIA_TYPES: (
        "text/plain",
        "json",
        "application/fhir+json; fhirVersion=4.0",
        "text/plain;charset=utf-8",
        "image/svg+xml",
    ),
    COUNTRY_CODES: ("US", "USA", "DE", "GBR"),
    CURRENCY_CODES: ("EUR", "USD", "CHF"),
    URIS: ("urn:oid:1.2.3", "http://x.y/z?a=b#c", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
    COLOURS: ("#2e8B57",),
    STATE_CODES: ("MA", "DC", "PR", "AE"),
}
BAD: dict[str, tuple[str, ...]] = {
    LANGUAGES: ("english", "e", "en_US", "xx", "en-XX-", "en-JX", "", "en--US"),
    MEDIA_TYPES: ("pdf", "text/", "/plain", "text/plain;", "text plain/x"),
    COUNTRY_CODES: ("UK", "us", "XYZ", "Germany"),
    CURRENCY_CODES: ("EURO", "usd", "$"),
    URIS: ("1.2.3", "a b:c", "http:"),
    COLOURS: ("2e8B57", "red"),
    STATE_CODES: ("Massachusetts", "ma", "XX"),
}


@pytest.mark.parametrize(("system", "code"), [(system, code) for system, codes in GOOD.items() for code in codes])
def test_good_codes_are_members(system: str, code: str) -> None:
    membership = judge_well_known(system, code)
    assert membership and membership.found is True, membership


@pytest.mark.parametrize(("system", "code"), [(system, code) for system, codes in BAD.items() for code in codes])
def test_bad_codes_are_none_and_the_reason_names_them(system: str, code: str) -> None:
    membership = judge_well_known(system, code)
    assert membership and membership.found is False and f"“{code}”" in membership.reason


@pytest.mark.parametrize(("system", "code"), [(COUNTRY_CODES, "840"), (COUNTRY_CODES, "US-CA")])
def test_what_cannot_be_told_is_said_so(system: str, code: str) -> None:
    membership = judge_well_known(system, code)
    assert membership and membership.found is None and membership.reason


def test_a_system_without_grammar_is_not_judged() -> None:
    assert judge_well_known("http://loinc.org", "1234-5") is None and list_well_known(LANGUAGES) is None
    assert "EUR" in (list_well_known(CURRENCY_CODES) or ())


@pytest.mark.parametrize("code", ["8867-4", "85354-9", "1-8", "LA6576-8", "LP29684-5", "LL715-4"])
def test_codes_of_loinc_have_their_check_digit(code: str) -> None:
    assert not is_surely_none(LOINC, code)


@pytest.mark.parametrize("code", ["8867-5", "8876-4", "88674", "8867-", "heart-rate", "A8867-4", ""])
def test_a_code_with_another_check_digit_is_none_of_loinc(code: str) -> None:
    membership = load_definitions("4.0").judge_in_system(LOINC, code)
    assert membership.found is False and "LOINC" in membership.reason


@pytest.mark.parametrize("code", ["73211009", "44054006", "404684003", "449868002", "73211009:363698007=39057004"])
def test_concepts_of_snomed_have_their_check_digit(code: str) -> None:
    assert not is_surely_none(SNOMED, code)


@pytest.mark.parametrize("code", ["73211008", "73211090", "123", "732110090000000000000", "01234567"])
def test_a_number_with_another_check_digit_is_none_of_snomed(code: str) -> None:
    assert is_surely_none(SNOMED, code)


@pytest.mark.parametrize("release", ["4.0", "4.3", "5.0"])
def test_every_code_of_loinc_and_snomed_that_a_release_lists_passes(release: str) -> None:
    core = load_core_facts(find_release(release))
    value_sets = (core.value_set(head.url) for head in core.value_set_heads())
    selections = [item for value_set in value_sets if value_set for item in value_set.includes]
    listed = [(item.system, code) for item in selections for code, _ in item.codes if item.system in (LOINC, SNOMED)]
    assert len(listed) > 500 and [pair for pair in listed if is_surely_none(*pair)] == []


UNITS = (
    "mg/dL mm[Hg] 10*3/uL {score} /min kg/m2 % 1 [lb_av] mL/min/{1.73_m2} (8.h) umol/(8.h.kg) m2.s-1 10*-3 cm+2 [iU]/L"
)


@pytest.mark.parametrize(
    "unit", [*UNITS.split(), "g/(8.h){shift}", "[in_i'H2O]", "mmol/mol{creat}", "kat", "dar", "Kibit"]
)
def test_units_of_ucum_are_read(unit: str) -> None:
    assert is_ucum(unit)


@pytest.mark.parametrize(
    "unit",
    ["", "mmHg", "lbs", "cm ", " cm", "m/", "/", "(m", "m)", "mg//dL", "years", "°C", "m^2", "{", "k[lb_av]", "m2s"],
)
def test_what_is_no_unit_of_ucum_is_refused(unit: str) -> None:
    assert not is_ucum(unit)
    membership = judge_well_known(UCUM, unit)
    assert membership and membership.found is False


def test_deep_parentheses_are_refused_without_harm() -> None:
    assert not is_ucum("(" * 400) and not is_ucum("(" * 200 + "m" + ")" * 200)


@pytest.mark.parametrize("release", ["4.0", "4.3", "5.0"])
def test_every_unit_and_language_that_a_release_lists_is_one(release: str) -> None:
    definitions = load_definitions(release)
    judged = 0
    for name in ("ucum-common", "units-of-time", "ucum-bodyweight", "languages", "iso3166-1-2"):
        value_set = definitions.value_set(f"http://hl7.org/fhir/ValueSet/{name}")
        for system, code in (value_set.codes() if value_set else None) or ():
            membership = judge_well_known(system, code)
            assert membership and membership.found is True, (system, code)
            judged += 1
    assert judged > 800
