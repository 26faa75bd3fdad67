"""The shipped sites say only what the standards know, and stay apart from code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.definitions.search_paths import find_parameter
from workbench.fhirpath.expression import compile_expression
from workbench.hl7v2.path import parse_path
from workbench.site.site import Site
from workbench.site.site_file import read_site
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS

ROOT = Path(__file__).parents[2]
SITES = [read_site(path) for path in sorted((ROOT / "fixtures" / "sites").glob("*.yaml"))]


@pytest.fixture(params=SITES, ids=lambda site: site.id)
def site(request: pytest.FixtureRequest) -> Site:
    assert isinstance(request.param, Site)
    return request.param


def test_every_search_parameter_is_one_of_r4(site: Site) -> None:
    for rules in site.fhir.resources:
        unknown = [name for name in rules.search if find_parameter(rules.type, name) is None]
        assert unknown == [], rules.type


def test_every_include_follows_a_reference_of_its_type(site: Site) -> None:
    for rules in site.fhir.resources:
        for include in rules.include:
            type_name, _, name = include.partition(":")
            parameter = find_parameter(type_name, name)
            assert type_name == rules.type
            assert parameter is not None and parameter.kind == "reference", include


def test_every_write_rule_is_fhirpath(site: Site) -> None:
    for rules in site.fhir.resources:
        for rule in rules.write_rules:
            compile_expression(rule.expression)
            assert rule.message.endswith(".")


def test_only_what_can_be_written_has_write_rules(site: Site) -> None:
    for rules in site.fhir.resources:
        assert not rules.write_rules or {"create", "update"} & set(rules.interactions), rules.type


def test_what_a_message_asks_for_is_a_path_and_what_it_makes_is_served(site: Site) -> None:
    for message in site.hl7v2.messages:
        for path in message.required:
            parse_path(path)
        for made in message.makes:
            assert site.fhir.find_resource(made) is not None


def test_a_note_has_exactly_one_road(site: Site) -> None:
    rules = site.fhir.find_resource("DocumentReference")
    assert rules is not None
    roads = {"fhir": "create" in rules.interactions, "hl7v2": site.hl7v2.find_message("MDM^T02") is not None}
    assert [road for road, is_open in roads.items() if is_open] == [site.note.road]


def test_the_sample_app_and_the_workbench_are_known(site: Site) -> None:
    assert {"vitals-app", "workbench"} <= {client.id for client in site.smart.clients}


def test_no_site_file_holds_credentials(site: Site) -> None:
    assert not [client.id for client in site.smart.clients if client.secret_sha256 or client.jwks]


def test_the_shipped_sites_know_an_app_of_each_kind_and_a_backend_service() -> None:
    clients = [client for site in SITES for client in site.smart.clients]
    assert {client.authentication for client in clients} == {*CLIENT_AUTHENTICATIONS}
    assert [client.scope for client in clients if client.is_backend_service] == ["system/*.rs"]


def test_no_code_knows_a_site_by_its_name() -> None:
    names = "|".join(re.escape(name) for site in SITES for name in (site.id, site.name))
    code = [path for package in ("workbench", "ui") for path in (ROOT / package).rglob("*.py")]
    asking = re.compile(rf"(==|!=|\bin\b)\s*\(?[\"'](?:{names})[\"']|[\"'](?:{names})[\"']\s*(==|!=)")
    assert [path.name for path in code if asking.search(path.read_text("utf-8"))] == []
