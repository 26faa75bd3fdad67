"""A request for a code is judged by what stands in it, and by what the launch it comes with was made for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.authorization_server.test_authorization import ISSUER, USER, Server, query_of, refused
from workbench.authorization_server.flow import Flow
from workbench.authorization_server.rules import RoleRules, User
from workbench.smart.launch_context import LaunchContext

LAUNCH_SCOPE = "launch patient/Observation.rs"


@pytest.mark.parametrize(
    ("changes", "goes_back"),
    [
        ({"scope": "openid " + " ".join(f"patient/Observation.rs?code={n}" for n in range(600))}, True),
        ({"nonce": "n" * 4001}, True),
        ({"x-anything": "n" * 4001}, True),
        ({"aud": "http://127.0.0.1/" + "a" * 4000}, True),
        ({"state": "s" * 4001}, False),
        ({"redirect_uri": "http://127.0.0.1:5000/" + "a" * 4000}, False),
        ({"client_id": "c" * 4001}, False),
        ({f"x{n}": "y" * 3000 for n in range(12)}, False),
        ({f"x{n}": "y" for n in range(101)}, False),
    ],
)
def test_an_oversized_request_is_refused_and_goes_back_only_with_what_is_of_a_good_size(
    changes: dict[str, str], goes_back: bool
) -> None:
    refusal = refused(Server().begin(**changes))
    assert refusal.error == "invalid_request"
    assert bool(refusal.address) is goes_back
    assert len(refusal.address) < 5000


def test_what_is_long_and_still_honest_is_taken() -> None:
    scope = "openid launch/patient " + " ".join(f"patient/Observation.rs?code={n}" for n in range(298))
    assert isinstance(Server().begin(scope=scope, state="s" * 4000), Flow)


@pytest.mark.parametrize(
    ("launched", "prompt", "error"),
    [
        (False, "none", "login_required"),
        (True, "none", "consent_required"),
        (False, "none login", "invalid_request"),
    ],
)
def test_no_page_is_shown_to_an_app_that_wants_none(launched: bool, prompt: str, error: str) -> None:
    server = Server()
    more = (
        {"launch": server.flows.start_launch(LaunchContext("raman", "ann")), "scope": LAUNCH_SCOPE} if launched else {}
    )
    refusal = refused(server.begin(prompt=prompt, **more))
    assert (refusal.error, refusal.state) == (error, "s-1")


@pytest.mark.parametrize("prompt", ["login", "consent", "select_account", ""])
def test_another_prompt_is_what_is_done_anyway(prompt: str) -> None:
    assert isinstance(Server().begin(prompt=prompt), Flow)


def test_a_launch_may_come_again_and_stays_with_the_first_app_that_came_with_it() -> None:
    server = Server()
    launch = server.flows.start_launch(LaunchContext("raman", "ann"))
    assert isinstance(server.begin(launch=launch, scope=LAUNCH_SCOPE), Flow)
    assert isinstance(server.begin(launch=launch, scope=LAUNCH_SCOPE), Flow)
    refusal = refused(server.begin(launch=launch, scope=LAUNCH_SCOPE, client_id="other"))
    assert (refusal.error, "made for the app app" in refusal.description) == ("invalid_request", True)
    server.now += timedelta(minutes=10)
    assert "too old" in refused(server.begin(launch=launch, scope=LAUNCH_SCOPE)).description


def test_a_refused_request_leaves_the_launch_to_another_app() -> None:
    server = Server()
    launch = server.flows.start_launch(LaunchContext("raman", "ann"))
    refused(server.begin(launch=launch, scope=LAUNCH_SCOPE, aud="http://elsewhere"))
    assert isinstance(server.begin(launch=launch, scope=LAUNCH_SCOPE, client_id="other"), Flow)


def test_a_launch_without_a_user_asks_who_it_is_and_keeps_the_chart() -> None:
    server = Server()
    flow = server.begin(launch=server.flows.start_launch(LaunchContext("", "ann", "visit")), scope=LAUNCH_SCOPE)
    assert isinstance(flow, Flow) and flow.page == "sign-in"
    signed_in = server.flows.sign_in(flow, "raman")
    assert signed_in is not None
    assert (signed_in.page, signed_in.patient, signed_in.encounter) == ("consent", "ann", "visit")


def test_a_visit_is_chosen_among_those_of_one_patient() -> None:
    server = Server()
    flow = server.begin(scope="launch/encounter openid")
    assert isinstance(flow, Flow)
    pages = []
    for step in (
        lambda flow: server.flows.sign_in(flow, "raman"),
        lambda flow: server.flows.choose_patient(flow, "ann"),
        lambda flow: server.flows.choose_encounter(flow, "visit"),
    ):
        moved = step(flow)
        assert isinstance(moved, Flow)
        flow = moved
        pages.append(flow.page)
    assert pages == ["patient", "encounter", "consent"]


def test_a_state_that_stands_twice_goes_back_in_neither_form() -> None:
    answer = query_of(refused(Server().begin(("state", "another"))).address)
    assert (answer["error"], "state" in answer) == ("invalid_request", False)


def test_no_code_is_given_before_the_consent_page_is_reached() -> None:
    server = Server()
    flow = server.begin()
    assert isinstance(flow, Flow)
    flow = server.flows.sign_in(flow, "raman") or flow
    assert flow.page == "patient"
    assert query_of(server.flows.decide(flow, True, ["openid"]))["error"] == "access_denied"


@pytest.mark.parametrize(("left_out", "told"), [("", [{"reference": "Observation/1"}]), ("launch/observation", None)])
def test_what_was_chosen_is_told_to_an_app_whose_scope_for_it_was_allowed(left_out: str, told: object) -> None:
    server = Server(context=("patient", "fhirContext"))
    flow = server.begin(scope="launch/patient launch/observation patient/Patient.rs")
    assert isinstance(flow, Flow)
    flow = server.flows.choose_patient(server.flows.sign_in(flow, "raman") or flow, "ann") or flow
    assert (flow.page, flow.next_resource) == ("resource", "launch/observation")
    flow = server.flows.choose_resource(flow, "Observation/1")
    assert flow.page == "consent"
    texts = [scope.text for scope in flow.offered if scope.text != left_out]
    answer = server.redeem(query_of(server.flows.decide(flow, True, texts))["code"])
    assert isinstance(answer, dict)
    assert answer.get("fhirContext") == told
    grant = server.tokens.grant_for(answer["access_token"])
    assert grant is not None
    assert [(each.scope.text, each.by) for each in grant.withheld] == ([(left_out, "consent")] if left_out else [])


def test_nobody_chooses_in_a_launch_from_the_ehr_what_is_open_there() -> None:
    server = Server(context=("patient", "fhirContext"))
    launch = server.flows.start_launch(LaunchContext("raman", "ann", "visit"))
    flow = server.begin(launch=launch, scope="launch launch/observation patient/Patient.rs")
    assert isinstance(flow, Flow)
    assert (flow.page, flow.next_resource) == ("consent", "")


@pytest.mark.parametrize(
    ("encounter", "location", "told"),
    [("visit", "", "place-of-visit"), ("visit", "ward", "ward"), ("", "ward", "ward"), ("", "", None)],
)
def test_a_launch_is_at_its_own_place_or_at_that_of_its_visit(encounter: str, location: str, told: str | None) -> None:
    server = Server(context=("patient", "location"), locate=lambda encounter: f"place-of-{encounter}")
    launch = server.flows.start_launch(LaunchContext("raman", "ann", encounter, location=location))
    answer = server.launch(launch=launch, scope=LAUNCH_SCOPE)
    assert answer.get("fhirContext") == ([{"reference": f"Location/{told}"}] if told else None)


def portal(*charts: str) -> Server:
    """A server with a patient beside its physician, who may open these charts alone."""
    ann = User("ann", "Ann", "Patient", "Patient/ann")
    roles = (RoleRules("Patient", ("patient/*.cud",)),)
    return Server(users=(USER, ann), charts_of=lambda user: charts if user is ann else None, roles=roles)


def test_one_chart_is_chosen_without_asking_and_no_other_can_be() -> None:
    server = portal("ann")
    flow = server.begin()
    assert isinstance(flow, Flow)
    signed_in = server.flows.sign_in(flow, "ann")
    assert signed_in is not None
    assert (signed_in.patient, signed_in.charts, signed_in.page) == ("ann", ("ann",), "consent")
    assert server.flows.choose_patient(signed_in, "ben") is None


def test_a_launch_into_a_chart_that_is_not_the_users_loses_it() -> None:
    server = portal("ann", "ben")
    flow = server.begin(launch=server.flows.start_launch(LaunchContext("ann", "carl")), scope=LAUNCH_SCOPE)
    assert isinstance(flow, Flow)
    assert (flow.page, flow.patient) == ("patient", "")
    assert server.flows.choose_patient(flow, "ben") is not None


def test_what_a_role_lacks_is_withheld_once_it_is_known_who_works() -> None:
    server = portal("ann")
    flow = server.begin(scope="launch/patient patient/Observation.cruds")
    assert isinstance(flow, Flow)
    assert "patient/Observation.cruds" in [scope.text for scope in flow.offered]
    signed_in = server.flows.sign_in(flow, "ann")
    assert signed_in is not None
    assert [scope.text for scope in signed_in.offered] == ["launch/patient", "patient/Observation.rs"]
    assert {each.by for each in signed_in.withheld} == {"role"}


def test_a_site_names_itself_with_a_code_and_with_an_error_where_its_rules_say_so() -> None:
    server = Server(issuer_in_redirect=True)
    assert query_of(refused(server.begin(aud="http://elsewhere")).address)["iss"] == ISSUER
    for ticked, member in (("patient/Patient.rs", "code"), ("", "error")):
        flow = server.begin(scope="patient/Patient.rs")
        assert isinstance(flow, Flow)
        flow = server.flows.choose_patient(server.flows.sign_in(flow, "raman") or flow, "ann") or flow
        given = query_of(server.flows.decide(flow, True, ticked.split()))
        assert member in given and given["iss"] == ISSUER
    assert "iss" not in query_of(refused(Server().begin(aud="http://elsewhere")).address)
