"""A person at a browser without JavaScript: opens a site's pages and sends their forms."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from workbench.app_launch.web_form import parse_page
from workbench.exchange import Headers, Request, Response
from workbench.sandbox.sandbox import SandboxAddresses
from workbench.smart.tokens import make_challenge
from workbench.transports.http_client import HttpClient

VERIFIER = "v" * 43
REDIRECT = "http://127.0.0.1:5000/callback"
FORM: Headers = (("Content-Type", "application/x-www-form-urlencoded"),)


class Person:
    """Walks one app through the pages of one site."""

    def __init__(self, client: HttpClient, addresses: SandboxAddresses) -> None:
        self.client = client
        self.site = addresses

    async def ask(self, method: str, address: str, headers: Headers = (), body: bytes = b"") -> Response:
        exchange = await self.client.send(Request(method, address, headers, body))
        assert exchange.response is not None, exchange.failure
        return exchange.response

    async def post(self, address: str, fields: list[tuple[str, str]], headers: Headers = ()) -> Response:
        return await self.ask("POST", address, FORM + headers, urlencode(fields).encode())

    async def authorize(self, **changes: str | None) -> Response:
        """Open the authorization endpoint as the workbench's app would; None leaves a parameter out."""
        form: dict[str, str | None] = {
            "response_type": "code",
            "client_id": "workbench",
            "redirect_uri": REDIRECT,
            "scope": "launch/patient openid fhirUser patient/Patient.rs patient/Observation.rs",
            "state": "s-1",
            "aud": self.site.fhir_base,
            "code_challenge": make_challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in (form | changes).items() if value is not None}
        return await self.ask("GET", f"{self.site.issuer}/authorize?{urlencode(given)}")

    async def answer(self, address: str, *fields: tuple[str, str], headers: Headers = ()) -> Response:
        """Open a page and send its form with `fields`; ticked boxes are sent unless `scope` stands in the fields."""
        page = await self.ask("GET", address)
        assert page.status == 200, page.body
        (form,) = (form for form in parse_page(page.body.decode()).forms if form.method == "POST")
        names = {name for name, _ in fields}
        kept = [
            (field.name, field.value)
            for field in form.fields
            if field.name not in names and (field.kind == "hidden" or (field.kind == "checkbox" and field.checked))
        ]
        return await self.post(urljoin(address, form.action), [*kept, *fields], headers)

    async def walk(self, response: Response, **answers: str) -> Response:
        """Answer page after page until the browser is sent back to the app."""
        while response.header("location").startswith(self.site.issuer):
            address = response.header("location")
            page = urlsplit(address).path.rpartition("/")[2]
            fields = {
                "sign-in": [("user", answers.get("user", "raman"))],
                "patient": [("patient", answers.get("patient", "amara-okafor"))],
                "encounter": [("encounter", answers.get("encounter", "none"))],
                "consent": [("decision", answers.get("decision", "allow"))],
            }[page]
            if page == "consent" and "scope" in answers:
                fields += [("scope", scope) for scope in answers["scope"].split()]
            response = await self.answer(address, *fields)
        return response

    async def code(self, **changes: str | None) -> str:
        answers = {name: str(changes.pop(name)) for name in ("user", "patient", "ticked") if name in changes}
        ticked = answers.pop("ticked", None)
        extra = {"scope": ticked} if ticked is not None else {}
        return query_of(await self.walk(await self.authorize(**changes), **answers, **extra))["code"]

    async def redeem(self, code: str, /, **changes: str | None) -> Response:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "client_id": "workbench",
            "code_verifier": VERIFIER,
        }
        fields = [(name, value) for name, value in (form | changes).items() if value is not None]
        return await self.post(f"{self.site.issuer}/token", fields)

    async def launch(self, **changes: str | None) -> dict[str, Any]:
        response = await self.redeem(await self.code(**changes))
        assert response.status == 200, response.body
        return json_of(response)

    async def fhir(self, path: str, token: str = "", *, method: str = "GET", body: Any = None) -> Response:
        headers: Headers = (("Authorization", f"Bearer {token}"),) if token else ()
        if body is not None:
            headers += (("Content-Type", "application/fhir+json"),)
        data = json.dumps(body).encode() if body is not None else b""
        return await self.ask(method, f"{self.site.fhir_base}/{path}", headers, data)


def query_of(response: Response) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(response.header("location")).query).items()}


def json_of(response: Response) -> dict[str, Any]:
    value = json.loads(response.body)
    assert isinstance(value, dict)
    return value
