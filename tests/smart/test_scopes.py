"""Scopes as they are written in either version, and as one becomes the other."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.smart.scopes import parse_scope, parse_scopes, resource_scope, to_scope_text


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("patient/Observation.read", "rs"),
        ("user/*.write", "cud"),
        ("patient/*.*", "cruds"),
        ("patient/Observation.rs", "rs"),
        ("patient/Observation.cruds", "cruds"),
        ("patient/Observation.rs?category=http://cat|vital-signs", "rs"),
        ("system/Patient.s", "s"),
    ],
)
def test_a_resource_scope_of_either_version_is_known(text: str, letters: str) -> None:
    scope = parse_scope(text)
    assert (scope.kind, scope.letters, scope.text) == ("resource", letters, text)


@pytest.mark.parametrize(
    "text",
    [
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.cur",
        "patient/Observation.dus",
        "patient/Observation.rr",
        "patient/observation.read",
        "clinic/Observation.read",
        "patient/Observation.read?category=x",
        "Patient.read",
        "patient/Observation.reads",
        "launch/",
        "launch/Patient",
        "launch/patient?role=",
        "patient/Observation.rs?",
        "patient/Observation.?category=x",
        "system/*",
        "é",
    ],
)
def test_what_is_no_scope_is_kept_as_unknown(text: str) -> None:
    assert parse_scope(text).kind == "unknown"


def test_scopes_stand_once_and_in_order() -> None:
    assert to_scope_text(parse_scopes("openid  launch openid")) == "openid launch"


@pytest.mark.parametrize("text", ["launch", "launch/patient", "launch/questionnaire", "launch/location?role=origin"])
def test_every_scope_of_launch_context_is_known_as_one(text: str) -> None:
    assert parse_scope(text).kind == "context"


def test_letters_stand_in_the_order_of_the_standard_however_they_come() -> None:
    assert resource_scope("user", "Observation", "sdr").text == "user/Observation.rds"


@pytest.mark.parametrize(
    ("text", "version", "other"),
    [
        ("patient/Observation.read", "v2", "patient/Observation.rs"),
        ("user/*.write", "v2", "user/*.cud"),
        ("patient/*.*", "v2", "patient/*.cruds"),
        ("patient/Observation.rs", "v1", "patient/Observation.read"),
        ("patient/Observation.s", "v1", "patient/Observation.read"),
        ("patient/Observation.cu", "v1", "patient/Observation.write"),
        ("patient/Observation.cr", "v1", "patient/Observation.*"),
        ("patient/Observation.rs?category=x", "v1", None),
        ("openid", "v1", "openid"),
    ],
)
def test_a_scope_is_told_in_the_other_version(text: str, version: Any, other: str | None) -> None:
    told = parse_scope(text).in_version(version)
    assert (told and told.text) == other


@pytest.mark.parametrize(
    ("text", "letters", "left"),
    [
        ("patient/Observation.cruds?category=x.y&code=a", "d", "patient/Observation.crus?category=x.y&code=a"),
        ("patient/*.*", "cud", "patient/*.read"),
        ("patient/*.*", "d", None),
        ("patient/Patient.rs", "rs", None),
        ("patient/Patient.rs", "d", "patient/Patient.rs"),
    ],
)
def test_a_scope_less_some_letters_is_a_scope_or_nothing(text: str, letters: str, left: str | None) -> None:
    rest = parse_scope(text).without(letters)
    assert (rest and rest.text) == left
