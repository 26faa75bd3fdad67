"""Readings of exchanges: what a value can hold at most, and which parts of an address matter."""

from __future__ import annotations

import uuid

import pytest

from workbench.launch_review.reading import fhir_parts, most_bits, read_address, seconds_until


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("", 0),
        ("123456", 19),
        ("0123456789abcdef" * 2, 128),
        ("aB3dE5gH7jK9mN1p", 95),
        ("aB3dE5gH7jK9mN1pQrStUv", 130),
        ("aB3dE5gH7jK9mN1pQrStU-", 132),
        ("same-same-same-same-same-same-same-same-", 0),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0),
    ],
)
def test_a_value_holds_no_more_than_its_alphabet_and_length(text: str, bits: int) -> None:
    assert int(most_bits(text)) == bits


def test_a_random_uuid_holds_122_bits() -> None:
    assert most_bits(str(uuid.uuid4())) == 122


def test_this_machine_is_protected_and_others_need_tls() -> None:
    assert read_address("http://127.0.0.1:8080/x").is_protected
    assert read_address("http://[::1]/x").is_protected
    assert read_address("https://ehr.example/x").is_protected
    assert not read_address("http://ehr.example/x").is_protected


def test_an_address_compares_without_its_query_and_the_usual_port() -> None:
    assert read_address("https://EHR.example:443/auth/token?x=1#y").bare == "https://ehr.example/auth/token"


def test_a_fhir_path_is_read_from_the_base_or_from_the_first_type() -> None:
    assert fhir_parts("/api/FHIR/R4/Patient/1", "/api/FHIR/R4") == ["Patient", "1"]
    assert fhir_parts("/api/FHIR/R4/Patient/1", "") == ["Patient", "1"]
    assert fhir_parts("/api/x", "") == []


@pytest.mark.parametrize(
    "value", [None, "1000", True, 10**400, float("inf"), float("nan"), [1000]], ids=lambda it: f"{it!r:.12}"
)
def test_a_moment_that_is_no_number_to_reckon_with_is_none(value: object) -> None:
    assert seconds_until({"exp": value}, "exp", 900.0) is None


def test_a_moment_is_so_many_seconds_away() -> None:
    assert seconds_until({"exp": 1000}, "exp", 900.0) == 100.0
    assert seconds_until({}, "exp", 900.0) is None
