"""The authorization server over the wire: whole launches, and every wrong request with its right answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.person import REDIRECT, Person, json_of, query_of
from tests.sandbox.running import running, tell
from workbench.app_launch.web_form import parse_page
from workbench.exchange import Response
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.tokens import decode_token, make_challenge, verify_token

TYPES_OF_ERROR = {"invalid_client", "invalid_grant", "invalid_request", "unsupported_grant_type"}


@pytest.fixture(scope="module")
def community() -> Iterator[Sandbox]:
    with running("community-hospital") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def academic() -> Iterator[Sandbox]:
    with running("academic-medical-center") as sandbox:
        yield sandbox


def test_a_standalone_launch_ends_with_tokens_for_the_chosen_patient(community: Sandbox) -> None:
    answer = tell(community, lambda person: person.launch(user="berg", patient="grace-nguyen"))
    assert (answer["token_type"], answer["patient"], answer["need_patient_banner"]) == ("Bearer", "grace-nguyen", True)
    assert "encounter" not in answer
    assert answer["scope"].split() == [
        "launch/patient",
        "openid",
        "fhirUser",
        "patient/Patient.rs",
        "patient/Observation.rs",
    ]


def test_the_id_token_holds_against_the_published_keys(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        answer = await person.launch(nonce="n-1")
        openid = await person.ask("GET", f"{person.site.issuer}/.well-known/openid-configuration")
        keys = await person.ask("GET", json_of(openid)["jwks_uri"])
        return answer, json_of(openid), json_of(keys)

    answer, openid, keys = tell(community, story)
    claims = verify_token(answer["id_token"], keys, audience="workbench", issuer=openid["issuer"])
    assert claims["fhirUser"] == f"{community.addresses.fhir_base}/Practitioner/priya-raman"
    assert (claims["sub"], claims["nonce"]) == ("raman", "n-1")
    assert decode_token(answer["id_token"])[0]["alg"] == "RS256"


def test_the_consent_page_shows_the_patient_the_person_and_what_the_site_withholds(academic: Sandbox) -> None:
    async def story(person: Person) -> str:
        scope = "launch/patient openid patient/Observation.read patient/*.write offline_access"
        response = await person.authorize(scope=scope)
        response = await person.answer(response.header("location"), ("user", "clarke"))
        response = await person.answer(response.header("location"), ("patient", "daniel-kim"))
        return (await person.ask("GET", response.header("location"))).body.decode()

    page = tell(academic, story)
    for text in ("Kim", "100004", "Nadia Clarke", "Academic Medical Center", "offline_access", "patient/*.write"):
        assert text in page
    (form,) = parse_page(page).forms
    ticked = [field.value for field in form.fields if field.kind == "checkbox"]
    assert ticked == ["patient/Observation.read", "launch/patient", "openid"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "nobody", "redirect_uri": "http://10.0.0.1/x"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "http://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:5000/callback/../x"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://127.0.0.1:5000/callback\r\nSet-Cookie: a=b"},
    ],
)
def test_a_bad_client_or_redirect_shows_a_page_and_never_redirects(
    community: Sandbox, changes: dict[str, str | None]
) -> None:
    response = tell(community, lambda person: person.authorize(**changes))
    assert response.status == 400
    assert response.header("location") == ""
    assert parse_page(response.body.decode()).alert


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"aud": "http://127.0.0.1:1/fhir"}, "invalid_request"),
        ({"aud": None}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": "p" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"scope": "patient/Observation.read"}, "invalid_scope"),
        ({"launch": "made-up", "scope": "launch"}, "invalid_request"),
    ],
)
def test_a_wrong_request_goes_back_to_the_app_with_its_error(
    community: Sandbox, changes: dict[str, str | None], error: str
) -> None:
    response = tell(community, lambda person: person.authorize(**changes))
    assert response.status == 303
    assert response.header("location").startswith(REDIRECT + "?")
    assert (query_of(response)["error"], query_of(response)["state"]) == (error, "s-1")


def test_a_request_without_state_is_refused(community: Sandbox) -> None:
    response = tell(community, lambda person: person.authorize(state=None))
    assert query_of(response)["error"] == "invalid_request"


@pytest.mark.parametrize("state", ["a b&c=d", "ümlaut", "x" * 2000, "%2e%26"])
def test_state_comes_back_untouched(community: Sandbox, state: str) -> None:
    async def story(person: Person) -> Response:
        return await person.walk(await person.authorize(state=state))

    assert query_of(tell(community, story))["state"] == state


@pytest.mark.parametrize(
    ("changes", "error", "status"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant", 400),
        ({"code_verifier": None}, "invalid_grant", 400),
        ({"client_id": "vitals-app"}, "invalid_grant", 400),
        ({"client_id": None}, "invalid_client", 401),
        ({"redirect_uri": "http://127.0.0.1:5001/callback"}, "invalid_grant", 400),
        ({"code": "made-up"}, "invalid_grant", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({"grant_type": None}, "invalid_request", 400),
        ({"client_secret": "s"}, "invalid_client", 401),
    ],
)
def test_a_wrong_token_request_gets_its_error_as_json_that_nobody_caches(
    community: Sandbox, changes: dict[str, str | None], error: str, status: int
) -> None:
    async def story(person: Person) -> Response:
        return await person.redeem(await person.code(), **changes)

    response = tell(community, story)
    assert (response.status, json_of(response)["error"]) == (status, error)
    assert response.header("cache-control") == "no-store"
    assert bool(response.header("www-authenticate")) is (status == 401)


def test_a_token_request_must_be_a_form(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        return await person.ask("POST", f"{person.site.issuer}/token", (("Content-Type", "application/json"),), b"{}")

    response = tell(community, story)
    assert (response.status, json_of(response)["error"]) == (400, "invalid_request")


def test_an_unknown_app_is_refused_where_apps_are_registered_and_taken_where_registration_is_open(
    community: Sandbox, academic: Sandbox
) -> None:
    assert tell(academic, lambda p: p.authorize(client_id="new", scope="patient/Patient.read")).status == 400
    assert tell(community, lambda p: p.authorize(client_id="new")).status == 303


def test_a_code_used_twice_is_refused_and_its_tokens_end(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response, Response]:
        code = await person.code()
        token = json_of(await person.redeem(code))["access_token"]
        before = await person.fhir("Patient/amara-okafor", token)
        again = await person.redeem(code)
        return before, again, await person.fhir("Patient/amara-okafor", token)

    before, again, after = tell(community, story)
    assert (before.status, again.status, after.status) == (200, 400, 401)


def test_a_refresh_gives_new_tokens_and_ends_the_old_refresh_token(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response, Response]:
        answer = await person.launch(scope="launch/patient patient/Patient.rs offline_access")
        fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "workbench"),
            ("refresh_token", answer["refresh_token"]),
        ]
        renewed = await person.post(f"{person.site.issuer}/token", fields)
        reading = await person.fhir("Patient/amara-okafor", json_of(renewed)["access_token"])
        return renewed, reading, await person.post(f"{person.site.issuer}/token", fields)

    renewed, reading, again = tell(community, story)
    assert (renewed.status, reading.status, again.status) == (200, 200, 400)
    assert json_of(renewed)["patient"] == "amara-okafor"


def test_denial_sends_the_browser_back_with_access_denied(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        return await person.walk(await person.authorize(), decision="deny")

    assert query_of(tell(community, story))["error"] == "access_denied"


def test_fewer_scopes_than_asked_are_enforced_on_fhir(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[dict[str, Any], Response, Response, Response]:
        answer = await person.launch(ticked="launch/patient patient/Patient.rs")
        token = answer["access_token"]
        return (
            answer,
            await person.fhir("Patient/amara-okafor", token),
            await person.fhir("Observation?patient=amara-okafor", token),
            await person.fhir("Patient/daniel-kim", token),
        )

    answer, allowed, refused, other = tell(community, story)
    assert answer["scope"] == "launch/patient patient/Patient.rs"
    assert (allowed.status, refused.status) == (200, 403)
    assert json_of(refused)["resourceType"] == "OperationOutcome"
    assert b"patient/Observation.s" in refused.body
    assert other.status in (403, 404)


def test_fhir_without_a_token_or_with_a_made_up_one_is_401(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[Response, Response, Response]:
        return (
            await person.fhir("Patient/amara-okafor"),
            await person.fhir("Patient/amara-okafor", "made-up"),
            await person.fhir("metadata"),
        )

    without, wrong, metadata = tell(community, story)
    assert (without.status, wrong.status, metadata.status) == (401, 401, 200)
    assert without.header("www-authenticate").startswith("Bearer")


def test_a_site_without_version_2_scopes_grants_only_those_of_version_1(academic: Sandbox) -> None:
    scope = "launch/patient patient/Patient.rs patient/Observation.read patient/*.write"
    assert (
        tell(academic, lambda person: person.launch(scope=scope))["scope"] == "launch/patient patient/Observation.read"
    )


def test_the_pages_go_forward_only(community: Sandbox) -> None:
    """A page asked for out of turn sends the browser to the page whose turn it is."""

    async def story(person: Person) -> Response:
        location = (await person.authorize()).header("location")
        return await person.ask("GET", location.replace("/sign-in", "/consent"))

    response = tell(community, story)
    assert response.status == 303
    assert "/auth/sign-in?" in response.header("location")


@pytest.mark.parametrize(("page", "field"), [("sign-in", ("user", "mallory")), ("sign-in", ("user", ""))])
def test_a_choice_that_the_page_does_not_offer_is_told_on_the_page(
    community: Sandbox, page: str, field: tuple[str, str]
) -> None:
    async def story(person: Person) -> Response:
        return await person.answer((await person.authorize()).header("location"), field)

    response = tell(community, story)
    assert response.status == 400
    assert parse_page(response.body.decode()).alert == "Choose who you are."


def test_a_visit_of_another_patient_cannot_be_chosen(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        response = await person.authorize(scope="launch/patient launch/encounter patient/Patient.rs")
        response = await person.answer(response.header("location"), ("user", "raman"))
        response = await person.answer(response.header("location"), ("patient", "amara-okafor"))
        return await person.answer(response.header("location"), ("encounter", "benjamin-larsen-open"))

    assert tell(community, story).status == 400


def test_the_chosen_visit_is_in_the_token_response(community: Sandbox) -> None:
    async def story(person: Person) -> dict[str, Any]:
        response = await person.authorize(scope="launch/patient launch/encounter patient/Patient.rs")
        response = await person.walk(response, encounter="amara-okafor-open")
        return json_of(await person.redeem(query_of(response)["code"]))

    assert tell(community, story)["encounter"] == "amara-okafor-open"


CROSS_SITE = [
    (("Origin", "http://evil.example"),),
    (("Origin", "null"),),
    (("Sec-Fetch-Site", "cross-site"), ("Origin", "null")),
    (("Sec-Fetch-Site", "same-site"),),
]


@pytest.mark.parametrize("headers", CROSS_SITE)
def test_a_form_sent_from_another_sites_page_is_refused(community: Sandbox, headers: tuple[tuple[str, str]]) -> None:
    async def story(person: Person) -> Response:
        return await person.answer((await person.authorize()).header("location"), ("user", "raman"), headers=headers)

    assert tell(community, story).status == 403


def test_a_browser_that_hides_the_origin_but_says_same_origin_is_served(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        headers = (("Sec-Fetch-Site", "same-origin"), ("Origin", "null"))
        return await person.answer((await person.authorize()).header("location"), ("user", "raman"), headers=headers)

    assert tell(community, story).status == 303


@pytest.mark.parametrize(("field", "status"), [("form_token", 403), ("flow", 400)])
def test_a_form_with_a_made_up_token_is_refused(community: Sandbox, field: str, status: int) -> None:
    async def story(person: Person) -> Response:
        location = (await person.authorize()).header("location")
        return await person.answer(location, ("user", "raman"), (field, "made-up"))

    assert tell(community, story).status == status


def test_a_finished_sign_in_cannot_be_sent_again(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        response = await person.authorize(scope="openid")
        response = await person.answer(response.header("location"), ("user", "raman"))
        consent = response.header("location")
        await person.answer(consent, ("decision", "allow"))
        return await person.ask("GET", consent)

    response = tell(community, story)
    assert response.status == 400
    assert parse_page(response.body.decode()).alert == "This sign-in has ended."


def test_pages_are_guarded_by_their_headers_and_closed_to_other_origins(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        return await person.ask("GET", (await person.authorize()).header("location"))

    page = tell(community, story)
    policy = page.header("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.header("cache-control") == "no-store"
    assert page.header("referrer-policy") == "no-referrer"
    assert page.header("access-control-allow-origin") == ""
    assert b"<script" not in page.body
    assert b"style=" not in page.body


def test_what_an_app_calls_itself_is_escaped_on_the_pages(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        response = await person.authorize(client_id="<script>alert(1)</script>")
        return await person.ask("GET", response.header("location"))

    assert b"<script>" not in tell(community, story).body


@pytest.mark.parametrize(
    "path",
    ["{fhir}/Patient/amara-okafor", "{fhir}/.well-known/smart-configuration", "{auth}/token", "{auth}/jwks"],
)
def test_browser_apps_of_any_origin_are_let_in_where_a_token_guards(community: Sandbox, path: str) -> None:
    async def story(person: Person) -> tuple[Response, Response]:
        address = path.format(fhir=person.site.fhir_base, auth=person.site.issuer)
        asks = (("Origin", "http://app.example"), ("Access-Control-Request-Method", "PUT"))
        return await person.ask("OPTIONS", address, asks), await person.ask("GET", address, asks[:1])

    preflight, answer = tell(community, story)
    allowed = preflight.header("access-control-allow-headers").lower()
    assert preflight.status == 204
    assert all(name in allowed for name in ("authorization", "content-type", "if-match", "prefer"))
    assert "PUT" in preflight.header("access-control-allow-methods")
    assert answer.header("access-control-allow-origin") == "*"
    assert all(name in answer.header("access-control-expose-headers") for name in ("ETag", "Location", "Last-Modified"))


def test_discovery_names_addresses_that_answer(community: Sandbox) -> None:
    async def story(person: Person) -> tuple[dict[str, Any], list[int | None]]:
        found = json_of(await person.ask("GET", f"{person.site.fhir_base}/.well-known/smart-configuration"))
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        return found, [(await person.ask("GET", found[name])).status for name in names]

    found, statuses = tell(community, story)
    assert statuses == [400, 405, 200]
    assert found["issuer"] == community.addresses.issuer
    assert "permission-v2" in found["capabilities"]


def test_an_authorization_request_may_be_posted(community: Sandbox) -> None:
    async def story(person: Person) -> Response:
        fields = {
            "response_type": "code",
            "client_id": "workbench",
            "redirect_uri": REDIRECT,
            "scope": "openid",
            "state": "s",
            "aud": person.site.fhir_base,
            "code_challenge": make_challenge("v" * 43),
            "code_challenge_method": "S256",
        }
        elsewhere = (("Origin", "http://app.example"), ("Sec-Fetch-Site", "cross-site"))
        return await person.post(f"{person.site.issuer}/authorize", list(fields.items()), elsewhere)

    assert tell(community, story).status == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["authorize", "token", "jwks", "consent", "style.css"])
def test_other_methods_are_405(community: Sandbox, method: str, path: str) -> None:
    assert tell(community, lambda p: p.ask(method, f"{p.site.issuer}/{path}")).status == 405
