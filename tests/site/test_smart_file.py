"""The SMART words of a site file are read strictly, and a slip is refused with its place and what to do."""

from __future__ import annotations

import pytest

from tests.site.test_site_file import SMALL
from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.authorization_server.rules import RoleRules
from workbench.errors import WorkbenchError
from workbench.site.site import Site
from workbench.site.site_file import parse_site
from workbench.smart.launch_context import ContextRules

USERS = """users:
  amara: {name: Amara Okafor, role: Patient, resource: Patient/amara-okafor}
  raman: {name: Priya Raman, role: Physician, resource: PractitionerRole/priya-raman-role}
"""


def site_with(words: str) -> Site:
    """The small site with these lines in its `smart:`, and with two users."""
    lines = "".join(f"  {line}\n" for line in words.splitlines())
    text = SMALL.replace("  clients: {}\n", "  clients: {}\n" + lines).replace("users: {}\n", USERS)
    if "context:" in words:
        text = text.replace("  context: [patient]\n", "")
    return parse_site(text, "mine.yaml")


def test_a_file_that_says_nothing_more_has_a_site_of_the_usual_kind() -> None:
    smart = site_with("").smart
    assert smart.given == ContextRules()
    assert (smart.roles, smart.discovery, bool(smart.discovery)) == ((), DiscoveryEdits(), False)


def test_values_and_forms_of_the_context_are_read() -> None:
    given = site_with(
        "context: [patient, fhirUser, fhirContext, intent, tenant, location, need_patient_banner, smart_style_url]\n"
        "tenant: 7\n"
        "intents: [a, b]\n"
        "need_patient_banner: false\n"
        "style: {color_text: '#000000', dim_font_size: 12px}\n"
        "context_forms: {fhirUser: relative, fhirContext: references, need_patient_banner: text, location: member}"
    ).smart.given
    assert given == ContextRules(
        "7",
        ("a", "b"),
        False,
        (("color_text", "#000000"), ("dim_font_size", "12px")),
        "relative",
        "references",
        "text",
        "member",
    )


def test_roles_and_what_they_may_not_give_are_read() -> None:
    smart = site_with("roles:\n  Patient: {withheld: [patient/*.cud, offline_access]}").smart
    assert smart.roles == (RoleRules("Patient", ("patient/*.cud", "offline_access")),)


def test_discovery_edits_are_read_as_json() -> None:
    edits = site_with(
        "discovery:\n"
        "  faults: [old, no-cors]\n"
        "  leave_out: [capabilities.client-public]\n"
        "  set:\n"
        "    issuer: https://a.example\n"
        "    x_count: 3\n"
        "    x_rate: 0.5\n"
        "    x_list: [1, true, null, {y: z}]"
    ).smart.discovery
    assert edits.faults == ("old", "no-cors")
    assert edits.leave_out == ("capabilities.client-public",)
    assert dict(edits.set) == {
        "issuer": "https://a.example",
        "x_count": 3,
        "x_rate": 0.5,
        "x_list": [1, True, None, {"y": "z"}],
    }


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("code_lifetime: 315360001", "“smart.code_lifetime” is longer than ten years"),
        ("access_token_lifetime: 100000000000000000000", "“smart.access_token_lifetime” is longer than ten years"),
        ("backend_token_lifetime: 0", "must be a whole number of at least 1"),
        ("context: [patient, tenants]", "“tenants” is not known in “smart.context”"),
        ("tenant: north", "“smart.tenant” is said, and “tenant” is not given"),
        ("intents: [a]", "“smart.intents” is said, and “intent” is not given"),
        ("need_patient_banner: false", "“smart.need_patient_banner” is said, and “need_patient_banner” is not given"),
        ("style: {color_text: x}", "“smart.style” is said, and “smart_style_url” is not given"),
        ("context: [smart_style_url]\nstyle: {colour: x}", "“colour” is no member of a SMART style"),
        ("context_forms: {fhirUser: relative}", "“smart.context_forms.fhirUser” is said, and “fhirUser” is not given"),
        ("context_forms: {patient: id}", "“smart.context_forms.patient” is not known here"),
        ("context: [fhirUser]\ncontext_forms: {fhirUser: short}", "must be one of absolute, relative"),
        (
            "withheld: [patient/Observation.everything]",
            "“patient/Observation.everything” in “smart.withheld” is no scope",
        ),
        ("roles:\n  Patient: {withheld: [writing]}", "“writing” in “smart.roles.Patient.withheld” is no scope"),
        ("roles:\n  Janitor: {withheld: [offline_access]}", "No user has the role “Janitor”"),
        ("roles:\n  Patient: {keeps: [offline_access]}", "“smart.roles.Patient.keeps” is not known here"),
        ("discovery: {faults: [odd]}", "“odd” is not known in “smart.discovery.faults”"),
        ("discovery: {leave_out: [isuer]}", "“isuer” is not in what this site publishes"),
        ("discovery: {leave_out: [capabilities.launch-ehr]}", "“capabilities.launch-ehr” is not in what this site"),
        ("discovery: {set: {oauth-uris.authorise: x}}", "“oauth-uris.authorise” is not in what this site publishes"),
        ("discovery: {sets: {issuer: x}}", "“smart.discovery.sets” is not known here"),
        ("discovery: {set: [issuer]}", "“smart.discovery.set” must be a mapping"),
    ],
)
def test_a_slip_is_refused_with_its_place(words: str, sentence: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        site_with(words)
    assert sentence in caught.value.message
    assert caught.value.source == "mine.yaml"
    assert caught.value.line is not None and caught.value.column is not None


@pytest.mark.parametrize(
    "resource", ["Device/1", "priya", "Practitioner/", "http://h/fhir/Practitioner/1", "Group/a b"]
)
def test_somebody_who_signs_in_is_a_person(resource: str) -> None:
    text = SMALL.replace("users: {}", f"users: {{a: {{name: A, role: R, resource: '{resource}'}}}}")
    with pytest.raises(WorkbenchError, match="is not the resource of somebody who signs in") as caught:
        parse_site(text, "mine.yaml")
    assert caught.value.line is not None


def test_a_slip_is_told_on_its_own_line() -> None:
    with pytest.raises(WorkbenchError) as caught:
        site_with("discovery:\n  faults: [old]\n  leave_out: [isuer]")
    assert (caught.value.line, caught.value.column) == (17, 5)
