"""The rules of a site's authorization server, called without HTTP."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from workbench.authorization_server.authorization import Authorization
from workbench.authorization_server.client_authentication import ClientAuthenticator
from workbench.authorization_server.flow import Flow
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.rules import Client, SmartRules, User
from workbench.authorization_server.token_families import TokenFamilies
from workbench.authorization_server.token_grants import TokenGrants
from workbench.smart.grant_judge import GrantJudge
from workbench.smart.launch_context import LaunchContext
from workbench.smart.tokens import make_challenge

BASE = "http://127.0.0.1:8000/fhir/r4"
ISSUER = "http://127.0.0.1:8000/auth"
TOKEN_ENDPOINT = f"{ISSUER}/token"
TYPES = ("Patient", "Observation")
APP = Client("app", "An app", ("http://127.0.0.1/callback", "https://app.example/back?x=1"))
OTHER = Client("other", "Another app", ("http://127.0.0.1/callback",))
USER = User("raman", "Priya Raman", "Physician", "Practitioner/priya")
VERIFIER = "v" * 43
RULES = SmartRules(
    scope_versions=("v2",),
    launches=("ehr", "standalone"),
    context=("patient", "encounter", "fhirUser", "need_patient_banner"),
    refresh=("online_access", "offline_access"),
    registration="registered",
)


class Server:
    """Both halves with a clock that stands still until it is moved, and tokens that can be foretold."""

    def __init__(
        self,
        *clients: Client,
        users: tuple[User, ...] = (USER,),
        charts_of: Callable[[User], tuple[str, ...] | None] = lambda user: None,
        locate: Callable[[str], str] = lambda encounter: "",
        **changes: Any,
    ) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        rules, count = replace(RULES, **changes), itertools.count(1)
        common: dict[str, Any] = {"clock": lambda: self.now, "make_token": lambda: f"token-{next(count)}"}
        self.flows = Authorization(
            rules,
            users,
            TYPES,
            fhir_base=BASE,
            issuer=ISSUER,
            clients=lambda: (APP, OTHER, *clients),
            issue=lambda consent: self.tokens.issue_code(consent),
            charts_of=charts_of,
            locate=locate,
            **common,
        )
        self.keys: dict[str, Any] = {}
        self.families = TokenFamilies(**common)
        self.authenticator = ClientAuthenticator(
            rules,
            token_endpoint=TOKEN_ENDPOINT,
            clock=lambda: self.now.timestamp(),
            find_client=self.flows.find_client,
            find_keys=lambda client: client.jwks or self.keys.get(client.id, "There are no keys."),
        )
        self.tokens = TokenGrants(
            rules,
            self.families,
            self.authenticator,
            fhir_base=BASE,
            issuer=ISSUER,
            sign=lambda claims: repr(dict(claims)),
            types=TYPES,
        )

    def begin(self, *more: tuple[str, str], **changes: str | None) -> Flow | Refusal:
        form: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "app",
            "redirect_uri": "http://127.0.0.1:5000/callback",
            "scope": "openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs offline_access",
            "state": "s-1",
            "aud": BASE,
            "code_challenge": make_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        return self.flows.begin([(k, v) for k, v in (form | changes).items() if v is not None] + list(more))

    def code(self, *, ticked: str = "", **changes: str | None) -> str:
        """Walk a person through the pages and return the code."""
        flow = self.begin(**changes)
        assert isinstance(flow, Flow)
        if flow.page == "sign-in":
            flow = self.flows.sign_in(flow, "raman") or flow
        if flow.page == "patient":
            flow = self.flows.choose_patient(flow, "ann") or flow
        if flow.page == "encounter":
            flow = self.flows.choose_encounter(flow, "visit")
        texts = ticked.split() or [scope.text for scope in flow.offered]
        return query_of(self.flows.decide(flow, True, texts))["code"]

    def redeem(self, code: str, **changes: str | None) -> dict[str, Any] | Refusal:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": "http://127.0.0.1:5000/callback",
            "client_id": "app",
            "code_verifier": VERIFIER,
        }
        return self.tokens.answer([(k, v) for k, v in (form | changes).items() if v is not None])

    def launch(self, **changes: str | None) -> dict[str, Any]:
        answer = self.redeem(self.code(**changes))
        assert isinstance(answer, dict)
        return answer

    def refresh(self, token: str, **changes: str) -> dict[str, Any] | Refusal:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "app"} | changes
        return self.tokens.answer(list(form.items()))


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def refused(outcome: object) -> Refusal:
    assert isinstance(outcome, Refusal)
    assert outcome.description.endswith(".")
    return outcome


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "http://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:5000/callback/"},
        {"redirect_uri": "http://127.0.0.1:5000/callback?x=1"},
        {"redirect_uri": "http://127.0.0.1:5000/callback#x"},
        {"redirect_uri": "http://localhost:5000/callback"},
        {"redirect_uri": "https://127.0.0.1:5000/callback"},
        {"redirect_uri": "http://127.0.0.1:5000@evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:5000\\@evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:999999/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "https://app.example/back"},
        {"redirect_uri": "https://app.example:444/back?x=1"},
        {"redirect_uri": "http://127.0.0.1/callback\r\nX: y"},
    ],
)
def test_a_bad_client_or_redirect_address_is_never_redirected(changes: dict[str, str | None]) -> None:
    assert refused(Server().begin(**changes)).address == ""


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_client_or_redirect_address_that_stands_twice_is_never_redirected(name: str) -> None:
    value = {"client_id": "app", "redirect_uri": "http://127.0.0.1:5000/callback"}[name]
    assert refused(Server().begin((name, value))).address == ""


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"aud": None}, "invalid_request"),
        ({"aud": "http://127.0.0.1:8000/fhir/r5"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "patient/Observation.read"}, "invalid_scope"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"launch": "made-up", "scope": "launch"}, "invalid_request"),
    ],
)
def test_a_bad_request_of_a_good_client_goes_back_with_its_error_and_state(
    changes: dict[str, str | None], error: str
) -> None:
    answer = query_of(refused(Server().begin(**changes)).address)
    assert (answer["error"], answer["state"]) == (error, "s-1")
    assert answer["error_description"].isascii()


def test_a_request_without_state_is_refused() -> None:
    assert query_of(refused(Server().begin(state=None)).address) == {
        "error": "invalid_request",
        "error_description": "The parameter 'state' is missing.",
    }


@pytest.mark.parametrize("name", ["scope", "state", "aud", "made-up"])
def test_a_parameter_that_stands_twice_is_refused(name: str) -> None:
    assert refused(Server().begin((name, "x"), (name, "x"))).error == "invalid_request"


def test_a_loopback_redirect_may_have_any_port_and_a_closing_slash_of_the_base_does_not_matter() -> None:
    assert isinstance(Server().begin(redirect_uri="http://127.0.0.1:61234/callback", aud=BASE + "/"), Flow)
    assert isinstance(Server().begin(redirect_uri="https://app.example/back?x=1"), Flow)


def test_open_registration_takes_any_app_on_loopback_and_none_elsewhere() -> None:
    server = Server(registration="open")
    assert isinstance(server.begin(client_id="new", redirect_uri="http://localhost:1/x"), Flow)
    assert refused(server.begin(client_id="new", redirect_uri="http://10.0.0.1/x")).address == ""
    assert refused(server.begin(redirect_uri="http://127.0.0.1:1/elsewhere")).address == ""


def test_a_person_signs_in_chooses_a_patient_and_consents() -> None:
    server = Server()
    flow = server.begin(scope="launch/patient launch/encounter patient/Patient.rs")
    assert isinstance(flow, Flow)
    pages = [flow.page]
    flow = server.flows.sign_in(flow, "raman") or flow
    pages.append(flow.page)
    flow = server.flows.choose_patient(flow, "ann") or flow
    pages.append(flow.page)
    flow = server.flows.choose_encounter(flow, "")
    pages.append(flow.page)
    assert pages == ["sign-in", "patient", "encounter", "consent"]
    address = server.flows.decide(flow, True, ["patient/Patient.rs"])
    assert query_of(address)["state"] == "s-1"
    assert server.flows.find_flow(flow.id) is None


def test_nobody_else_can_sign_in() -> None:
    flow = Server().begin()
    assert isinstance(flow, Flow)
    assert Server().flows.sign_in(flow, "mallory") is None


def test_no_patient_is_asked_for_where_no_scope_needs_one() -> None:
    server = Server()
    flow = server.begin(scope="openid user/Patient.rs")
    assert isinstance(flow, Flow)
    assert (server.flows.sign_in(flow, "raman") or flow).page == "consent"


def test_a_launch_from_the_ehr_goes_straight_to_consent_with_its_context() -> None:
    server = Server()
    launch = server.flows.start_launch(LaunchContext("raman", "ann", "visit"), "app")
    flow = server.begin(launch=launch, scope="launch patient/Observation.rs openid fhirUser")
    assert isinstance(flow, Flow)
    assert flow.page == "consent"
    answer = server.launch(launch=launch, scope="launch patient/Observation.rs openid fhirUser")
    assert (answer["patient"], answer["encounter"], answer["need_patient_banner"]) == ("ann", "visit", True)
    assert answer["fhirUser"] == "Practitioner/priya"


def test_a_launch_of_another_app_or_one_too_old_or_without_its_scope_is_refused() -> None:
    server = Server()
    scope = "launch patient/Observation.rs"
    launch = server.flows.start_launch(LaunchContext("raman", "ann", ""), "other")
    assert refused(server.begin(launch=launch, scope=scope)).error == "invalid_request"
    launch = server.flows.start_launch(LaunchContext("raman", "ann"))
    assert refused(server.begin(launch=launch)).error == "invalid_scope"
    server.now += timedelta(minutes=11)
    assert refused(server.begin(launch=launch, scope=scope)).error == "invalid_request"


@pytest.mark.parametrize(("launches", "extra"), [(("ehr",), {}), (("standalone",), {"launch": "x", "scope": "launch"})])
def test_a_kind_of_launch_that_the_site_does_not_have_is_refused(
    launches: tuple[str, ...], extra: dict[str, str]
) -> None:
    assert refused(Server(launches=launches).begin(**extra)).error == "unauthorized_client"


def test_denial_and_consent_to_nothing_go_back_as_access_denied() -> None:
    for allowed, ticked in ((False, ["openid"]), (True, []), (True, ["user/*.cruds"])):
        server = Server()
        flow = server.begin(scope="openid")
        assert isinstance(flow, Flow)
        flow = server.flows.sign_in(flow, "raman") or flow
        answer = query_of(server.flows.decide(flow, allowed, ticked))
        assert (answer["error"], answer["state"], "code" in answer) == ("access_denied", "s-1", False)


def test_consent_before_sign_in_gives_no_code() -> None:
    server = Server()
    flow = server.begin()
    assert isinstance(flow, Flow)
    assert "code" not in query_of(server.flows.decide(flow, True, ["openid"]))


def test_fewer_scopes_are_granted_than_asked() -> None:
    server = Server(withheld=("patient/Patient.rs",))
    answer = server.launch(
        scope="openid launch/patient patient/*.rs patient/Patient.rs patient/Made.rs",
        ticked="patient/Observation.rs",
    )
    assert answer["scope"] == "patient/Observation.rs"
    assert "id_token" not in answer


@pytest.mark.parametrize(
    ("versions", "granted"),
    [
        (("v1",), "patient/Observation.read"),
        (("v2",), "patient/Patient.rs"),
        (("v1", "v2"), "patient/Observation.read patient/Patient.rs"),
    ],
)
def test_a_site_grants_the_scope_versions_that_it_knows(versions: tuple[str, ...], granted: str) -> None:
    answer = Server(scope_versions=versions).launch(scope="patient/Observation.read patient/Patient.rs")
    assert answer["scope"] == granted


def test_tokens_give_the_grant_with_its_patient() -> None:
    server = Server()
    answer = server.launch()
    grant = server.tokens.grant_for(answer["access_token"])
    assert grant is not None
    assert (grant.patient, grant.user, grant.client_id) == ("ann", "raman", "app")
    assert (answer["token_type"], answer["expires_in"], answer["patient"]) == ("Bearer", 3600, "ann")
    assert "encounter" not in answer
    server.now += timedelta(seconds=3600)
    assert server.tokens.grant_for(answer["access_token"]) is None
    assert server.tokens.grant_for("made-up") is None


def test_context_is_given_as_the_site_and_the_grant_allow() -> None:
    assert "patient" not in Server(context=("fhirUser",)).launch(scope="patient/Patient.rs openid")
    assert "encounter" not in Server(context=("patient",)).launch(scope="launch/patient launch/encounter")
    assert Server().launch(scope="launch/patient launch/encounter")["encounter"] == "visit"
    assert "patient" not in Server().launch(scope="launch/patient openid", ticked="openid")
    assert "fhirUser" not in Server().launch(scope="openid")


def test_the_id_token_names_the_person_the_app_and_the_nonce() -> None:
    answer = Server().launch(nonce="n-1")
    for part in ("'sub': 'raman'", "'aud': 'app'", "'nonce': 'n-1'", f"'fhirUser': '{BASE}/Practitioner/priya'"):
        assert part in answer["id_token"]


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"code": "made-up"}, "invalid_grant", 400),
        ({"code": None}, "invalid_request", 400),
        ({"redirect_uri": None}, "invalid_request", 400),
        ({"redirect_uri": "http://127.0.0.1:5001/callback"}, "invalid_grant", 400),
        ({"client_id": "other"}, "invalid_grant", 400),
        ({"client_id": "nobody"}, "invalid_client", 401),
        ({"client_id": None}, "invalid_client", 401),
        ({"client_secret": "x"}, "invalid_client", 401),
        ({"code_verifier": None}, "invalid_grant", 400),
        ({"code_verifier": "w" * 43}, "invalid_grant", 400),
        ({"code_verifier": make_challenge(VERIFIER)}, "invalid_grant", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"grant_type": None}, "invalid_request", 400),
    ],
)
def test_a_bad_token_request_gets_its_error_and_no_token(changes: dict[str, Any], error: str, status: int) -> None:
    server = Server()
    code = server.code()
    refusal = refused(server.redeem(changes.pop("code", code), **changes))
    assert (refusal.error, refusal.status, refusal.address) == (error, status, "")


def test_a_code_is_short_lived() -> None:
    server = Server()
    code = server.code()
    server.now += timedelta(seconds=60)
    assert refused(server.redeem(code)).error == "invalid_grant"


def test_a_code_used_twice_revokes_what_it_gave() -> None:
    server = Server()
    code = server.code()
    answer = server.redeem(code)
    assert isinstance(answer, dict)
    assert refused(server.redeem(code)).error == "invalid_grant"
    assert server.tokens.grant_for(answer["access_token"]) is None
    assert refused(server.refresh(answer["refresh_token"])).error == "invalid_grant"


def test_a_code_cannot_be_tried_again_after_a_wrong_verifier() -> None:
    server = Server()
    code = server.code()
    refused(server.redeem(code, code_verifier="w" * 43))
    assert refused(server.redeem(code)).error == "invalid_grant"


def test_where_pkce_is_optional_a_challenge_still_binds_and_a_stray_verifier_is_refused() -> None:
    server = Server(pkce="optional")
    bare = {"code_challenge": None, "code_challenge_method": None}
    assert isinstance(server.redeem(server.code(**bare), code_verifier=None), dict)
    assert refused(server.redeem(server.code(**bare))).error == "invalid_grant"
    assert refused(server.redeem(server.code(), code_verifier=None)).error == "invalid_grant"


def test_a_refresh_token_is_replaced_at_each_use_and_using_it_twice_ends_the_sign_in() -> None:
    server = Server()
    first = server.launch()
    second = server.refresh(first["refresh_token"])
    assert isinstance(second, dict)
    assert second["refresh_token"] != first["refresh_token"]
    assert second["patient"] == "ann"
    assert server.tokens.grant_for(second["access_token"]) is not None
    assert refused(server.refresh(first["refresh_token"])).error == "invalid_grant"
    assert server.tokens.grant_for(second["access_token"]) is None


def test_a_refresh_may_ask_for_less_and_not_for_more() -> None:
    server = Server()
    first = server.launch()
    more = server.refresh(first["refresh_token"], scope="patient/Observation.cruds")
    assert refused(more).error == "invalid_scope"
    less = server.refresh(first["refresh_token"], scope="patient/Patient.r")
    assert isinstance(less, dict)
    assert less["scope"] == "patient/Patient.r"
    grant = server.tokens.grant_for(less["access_token"])
    assert grant is not None
    assert GrantJudge(grant).judge("read", "Observation") is not None


def test_a_refresh_token_serves_its_own_app_alone() -> None:
    server = Server()
    first = server.launch()
    assert refused(server.refresh(first["refresh_token"], client_id="other")).error == "invalid_grant"
    assert refused(server.refresh("made-up")).error == "invalid_grant"
    assert refused(server.refresh("")).error == "invalid_request"


def test_a_public_app_need_not_name_itself_at_a_refresh_since_its_token_does() -> None:
    server = Server(refresh=("offline_access",))
    first = server.launch(scope="patient/Patient.rs offline_access")
    for name in ("", None):
        pairs = [("grant_type", "refresh_token"), ("refresh_token", first["refresh_token"])]
        again = server.tokens.answer(pairs + ([("client_id", name)] if name is not None else []))
        assert isinstance(again, dict)
        first = again
    unknown = server.tokens.answer([("grant_type", "refresh_token"), ("refresh_token", "made-up")])
    assert refused(unknown).error == "invalid_grant"


def test_no_refresh_token_is_given_that_nobody_asked_for_or_the_site_does_not_give() -> None:
    assert "refresh_token" not in Server().launch(scope="openid")
    assert "refresh_token" not in Server(refresh=()).launch(scope="openid offline_access")


def test_an_online_refresh_token_ends_with_the_working_day() -> None:
    server = Server()
    first = server.launch(scope="openid online_access")
    server.now += timedelta(hours=12)
    assert refused(server.refresh(first["refresh_token"])).error == "invalid_grant"


def test_a_flow_ends_by_itself() -> None:
    server = Server()
    flow = server.begin()
    assert isinstance(flow, Flow)
    server.now += timedelta(minutes=30)
    assert server.flows.find_flow(flow.id) is None


def test_old_flows_give_way_to_new_ones() -> None:
    server = Server()
    first = server.begin()
    assert isinstance(first, Flow)
    for _ in range(2000):
        server.begin()
    assert server.flows.find_flow(first.id) is None
    assert isinstance(server.begin(), Flow)


def test_secrets_of_a_flow_are_not_in_its_words() -> None:
    flow = Server().begin(state="state-canary", nonce="nonce-canary")
    assert isinstance(flow, Flow)
    assert flow.id not in repr(flow)
    assert flow.form_token not in repr(flow)
    assert "canary" not in repr(flow)


def test_a_refusal_does_not_show_the_state_that_goes_back_with_it() -> None:
    refusal = Server().begin(state="state-canary", response_type="token")
    assert isinstance(refusal, Refusal)
    assert "state=state-canary" in refusal.address
    assert "canary" not in repr(refusal)
