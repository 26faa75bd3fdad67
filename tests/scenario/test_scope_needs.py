"""What a scenario's launches must be granted is told before anything is sent."""

from __future__ import annotations

import pytest

from workbench.scenario.scenario_file import parse_scenario, read_scenario
from workbench.scenario.scope_needs import ScopeNeeds, find_scope_needs
from workbench.site.site_file import read_site
from workbench.smart.scopes import to_scope_text
from workbench.workspace.library import fixtures_folder

SHIPPED = sorted((fixtures_folder() / "scenarios").glob("*.scenario.yaml"))
V2 = {"site": "a", "scopes": "v2"}
SCENARIO = """
version: 1
name: Reads and writes
variables:
  scope: {scope}
steps:
  - fhir: GET Patient?identifier=1
    capture:
      patient: {{fhirpath: Bundle.entry.resource.id}}
  - launch: {kind}
    scope: ${{scope}}
    as: visit
  - fhir: GET Patient/${{patient}}
    with: visit
  - fhir: POST Observation
    with: visit
    body: "{{}}"
  - fhir: POST Observation/_search
    with: visit
  - fhir: GET Condition?patient=1
    with: visit
    checks:
      - status: [401, 403]
  - fhir: GET Patient/1/$everything
    with: visit
  - fhir: GET Encounter/1
    when: {{site: elsewhere}}
    with: visit
  - fhir: GET Medication/1
  - launch: {kind}
    scope: ${{scope}}
    as: visit
  - fhir: DELETE Observation/1
    with: visit
"""


def needs_of(scope: str, kind: str = "standalone", **traits: str) -> tuple[ScopeNeeds, ...]:
    return find_scope_needs(parse_scenario(SCENARIO.format(scope=scope, kind=kind)), V2 | traits)


def test_each_launch_needs_what_goes_with_it_and_is_not_to_be_refused() -> None:
    first, second = needs_of("launch/patient patient/*.cruds")
    assert to_scope_text(first.needed) == "patient/Patient.r patient/Observation.cs"
    assert to_scope_text(second.needed) == "patient/Observation.d"
    assert (first.step, second.step, first.missing, second.missing) == (1, 9, (), ())


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        ("patient/Patient.r patient/Observation.c", "patient/Observation.s"),
        ("patient/Patient.r patient/Observation.cs?category=vital-signs", ""),
        ("patient/*.read", "patient/Observation.c"),
        ("openid", "patient/Patient.r patient/Observation.cs"),
        ("user/Patient.rs", "user/Observation.cs"),
    ],
)
def test_what_a_launch_does_not_ask_for_is_found(scope: str, missing: str) -> None:
    assert to_scope_text(needs_of(scope)[0].missing) == missing


def test_needs_are_written_as_the_site_takes_them_and_as_the_app_signs_in() -> None:
    assert to_scope_text(needs_of("openid", scopes="v1")[0].needed) == "patient/Patient.read patient/Observation.*"
    assert to_scope_text(needs_of("openid", "backend")[0].needed) == "system/Patient.r system/Observation.cs"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name.partition(".")[0])
def test_shipped_scenarios_ask_for_what_they_need_at_each_of_their_sites(path) -> None:
    scenario = read_scenario(path)
    for site_id in scenario.sites:
        traits = read_site(fixtures_folder() / "sites" / f"{site_id}.yaml").traits
        assert [needs for needs in find_scope_needs(scenario, traits) if needs.missing] == []
