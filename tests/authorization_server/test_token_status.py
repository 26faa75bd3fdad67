"""What a token is worth to who may ask, a token taken back, and who stands behind one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.authorization_server.test_authorization import BASE, ISSUER, Server, refused
from tests.authorization_server.test_token_grants import BASIC, HEADER, NIGHT, POST, SECRET, ask
from workbench.authorization_server.refusal import Refusal
from workbench.authorization_server.token_status import TokenStatus


class Asked(Server):
    def __init__(self, **changes: Any) -> None:
        super().__init__(BASIC, POST, NIGHT, backend_services=True, **changes)
        rules = self.tokens._rules
        self.status = TokenStatus(rules, self.families, self.authenticator, fhir_base=BASE, issuer=ISSUER)

    def introspect(self, token: str, authorization: str = HEADER, **more: str) -> dict[str, Any] | Refusal:
        return self.status.introspect([("token", token), *more.items()], authorization)

    def revoke(self, token: str, **more: str) -> Refusal | None:
        return self.status.revoke([*({"token": token, "client_id": "app"} | more).items()])


@pytest.fixture
def server() -> Asked:
    return Asked()


def test_an_access_token_is_told_with_its_launch_context_and_who_signed_in(server: Asked) -> None:
    answer = server.launch()
    now = int(server.now.timestamp())
    assert server.introspect(answer["access_token"]) == {
        "active": True,
        "scope": answer["scope"],
        "client_id": "app",
        "token_type": "Bearer",
        "iat": now,
        "exp": now + 3600,
        "iss": ISSUER,
        "aud": BASE,
        "sub": "raman",
        "fhirUser": f"{BASE}/Practitioner/priya",
        "patient": "ann",
        "need_patient_banner": True,
    }


def test_a_token_without_fhirUser_does_not_tell_who_signed_in_but_by_its_subject(server: Asked) -> None:
    told = server.introspect(server.launch(scope="launch/patient patient/Patient.rs")["access_token"])
    assert isinstance(told, dict)
    assert told["sub"] == "raman"
    assert "fhirUser" not in told


def test_a_refresh_token_is_told_until_it_was_used(server: Asked) -> None:
    token = server.launch()["refresh_token"]
    told = server.introspect(token, token_type_hint="access_token")
    assert isinstance(told, dict)
    assert (told["active"], told["client_id"], told["sub"]) == (True, "app", "raman")
    assert told["exp"] - told["iat"] == 90 * 24 * 3600
    server.refresh(token)
    assert server.introspect(token) == {"active": False}


def test_a_token_of_a_backend_service_has_the_service_as_its_subject(server: Asked) -> None:
    answer = ask(server)
    assert isinstance(answer, dict)
    told = server.introspect(answer["access_token"])
    assert isinstance(told, dict)
    assert (told["sub"], told["client_id"], told["scope"]) == ("night", "night", "system/Patient.rs")
    assert not {"patient", "fhirUser"} & told.keys()


def test_of_a_token_that_does_not_hold_nothing_else_is_told(server: Asked) -> None:
    answer = server.launch()
    code = server.code()
    server.now += timedelta(seconds=3600)
    for token in (answer["access_token"], code, "made-up"):
        assert server.introspect(token) == {"active": False}


def test_an_access_token_opens_the_introspection_where_the_site_has_it_so(server: Asked) -> None:
    token = server.launch()["access_token"]
    told = server.introspect(token, f"Bearer {token}")
    assert isinstance(told, dict)
    assert told["active"]
    strict = Asked(introspection=("client",))
    token = strict.launch()["access_token"]
    assert refused(strict.introspect(token, f"Bearer {token}")).status == 401


def test_the_token_of_a_public_app_tells_nothing_of_the_tokens_of_others(server: Asked) -> None:
    answer, service = server.launch(), ask(server)
    other = server.redeem(server.code(client_id="other"), client_id="other")
    assert isinstance(other, dict) and isinstance(service, dict)
    for token in (answer["access_token"], answer["refresh_token"], service["access_token"]):
        assert server.introspect(token, f"Bearer {other['access_token']}") == {"active": False}
    told = server.introspect(answer["refresh_token"], f"Bearer {answer['access_token']}")
    assert isinstance(told, dict) and told["active"]
    told = server.introspect(answer["access_token"], f"Bearer {service['access_token']}")
    assert isinstance(told, dict) and told["client_id"] == "app"


@pytest.mark.parametrize("authorization", ["Bearer made-up", "Bearer ", "bearer", "Basic bm9ib2R5Og==", ""])
def test_a_stranger_learns_nothing_of_a_token(server: Asked, authorization: str) -> None:
    token = server.launch()["access_token"]
    refusal = refused(server.introspect(token, authorization))
    assert refusal.status == 401
    assert refusal.challenge


def test_a_public_app_may_not_ask_by_its_name_alone(server: Asked) -> None:
    refusal = refused(server.introspect(server.launch()["access_token"], "", client_id="app"))
    assert (refusal.error, refusal.status) == ("invalid_client", 401)


def test_a_client_may_not_ask_where_the_site_asks_for_an_access_token() -> None:
    server = Asked(introspection=("token",))
    refusal = refused(server.introspect(server.launch()["access_token"]))
    assert "an access token" in refusal.description


def test_a_wrong_introspection_request_is_refused(server: Asked) -> None:
    assert refused(server.status.introspect([], HEADER)).error == "invalid_request"
    assert refused(server.status.introspect([("token", "a"), ("token", "b")], HEADER)).error == "invalid_request"


def test_a_refresh_token_taken_back_takes_the_whole_sign_in_with_it(server: Asked) -> None:
    answer = server.launch()
    second = server.refresh(answer["refresh_token"])
    assert isinstance(second, dict)
    assert server.revoke(second["refresh_token"], token_type_hint="refresh_token") is None
    for token in (answer["access_token"], second["access_token"]):
        assert server.tokens.grant_for(token) is None
    assert refused(server.refresh(second["refresh_token"])).error == "invalid_grant"


def test_an_access_token_taken_back_leaves_the_refresh_token(server: Asked) -> None:
    answer = server.launch()
    assert server.revoke(answer["access_token"], token_type_hint="of no kind") is None
    assert server.tokens.grant_for(answer["access_token"]) is None
    assert isinstance(server.refresh(answer["refresh_token"]), dict)


def test_a_token_that_is_not_known_is_taken_back_without_a_word(server: Asked) -> None:
    assert server.revoke("made-up") is None


def test_an_app_takes_back_its_own_tokens_alone(server: Asked) -> None:
    answer = server.launch()
    for token in (answer["access_token"], answer["refresh_token"]):
        assert refused(server.revoke(token, client_id="other")).error == "invalid_grant"
        assert refused(server.revoke(token, client_id="post", client_secret=SECRET)).error == "invalid_grant"
        assert refused(server.revoke(token, client_id="nobody")).error == "invalid_client"
        assert refused(server.revoke(token, client_id="post")).error == "invalid_client"
    assert server.tokens.grant_for(answer["access_token"]) is not None


def test_a_wrong_revocation_request_is_refused(server: Asked) -> None:
    assert refused(server.revoke("")).error == "invalid_request"


def test_userinfo_tells_the_same_person_as_the_id_token(server: Asked) -> None:
    token = server.launch()["access_token"]
    told = server.status.tell_user(f"Bearer {token}")
    assert told == {"sub": "raman", "fhirUser": f"{BASE}/Practitioner/priya"}


def test_userinfo_tells_the_name_where_the_profile_was_granted(server: Asked) -> None:
    token = server.launch(scope="openid profile launch/patient patient/Patient.rs")["access_token"]
    told = server.status.tell_user(f"Bearer {token}")
    assert isinstance(told, dict)
    assert told["name"] == "Priya Raman"


@pytest.mark.parametrize("authorization", ["", "Bearer made-up", "Basic YTpi"])
def test_userinfo_asks_for_an_access_token(server: Asked, authorization: str) -> None:
    refusal = refused(server.status.tell_user(authorization))
    assert (refusal.error, refusal.status) == ("invalid_token", 401)
    assert refusal.challenge.startswith("Bearer ")
    assert ("error=" in refusal.challenge) is bool(authorization)


def test_userinfo_asks_for_the_scope_openid(server: Asked) -> None:
    of_app = server.launch(scope="launch/patient patient/Patient.rs")
    of_service = ask(server)
    assert isinstance(of_service, dict)
    for answer in (of_app, of_service):
        refusal = refused(server.status.tell_user(f"Bearer {answer['access_token']}"))
        assert (refusal.error, refusal.status) == ("insufficient_scope", 403)
