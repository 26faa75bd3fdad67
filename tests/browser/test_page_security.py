"""The pages of a site against a hostile page in the same Chromium: no frame, no forged form, no read, no referrer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import Loop
from workbench.exchange import Request, Response
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.tokens import make_challenge
from workbench.transports.http_server import HttpServer

pytestmark = pytest.mark.browser


class HostilePage:
    """A site of its own on another port; it serves `body` and keeps what it is asked."""

    def __init__(self) -> None:
        self.body = "<!doctype html><title>x</title>"
        self.asked: list[Request] = []
        self.server = HttpServer(self._answer, name="hostile")

    @property
    def address(self) -> str:
        return self.server.address

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(200, (("Content-Type", "text/html; charset=utf-8"),), self.body.encode())


@pytest.fixture
def hostile(loop: Loop) -> Iterator[HostilePage]:
    page = HostilePage()
    loop.run(page.server.start())
    yield page
    loop.run(page.server.stop())


@pytest.fixture
def browser_page(chromium: Any) -> Iterator[Any]:
    """A page that may breach a policy, since that is what is tried."""
    context = chromium.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def authorize_address(sandbox: Sandbox, redirect: str = "http://127.0.0.1:9/callback") -> str:
    scope = "patient/Patient.rs" if "v2" in sandbox.site.smart.scope_versions else "patient/Observation.read"
    form = {
        "response_type": "code",
        "client_id": "workbench",
        "redirect_uri": redirect,
        "scope": f"launch/patient openid {scope}",
        "state": "s-1",
        "aud": sandbox.addresses.fhir_base,
        "code_challenge": make_challenge("v" * 43),
        "code_challenge_method": "S256",
    }
    return f"{sandbox.addresses.issuer}/authorize?{urlencode(form)}"


def test_no_page_is_shown_in_a_frame_of_another_site(browser_page: Any, sandbox: Sandbox, hostile: HostilePage) -> None:
    for inner in (sandbox.addresses.ehr_page, authorize_address(sandbox), f"{sandbox.addresses.issuer}/consent?flow=x"):
        hostile.body = f'<!doctype html><title>x</title><iframe src="{inner.replace("&", "&amp;")}"></iframe>'
        browser_page.goto(hostile.address)
        frame = browser_page.frames[1]
        assert frame.url.startswith("chrome-error://")
        assert sandbox.site.name not in frame.content()


def test_a_form_of_another_site_is_refused_even_with_the_right_token(
    browser_page: Any, sandbox: Sandbox, hostile: HostilePage
) -> None:
    browser_page.goto(authorize_address(sandbox))
    values = {
        name: browser_page.locator(f"input[name={name}]").get_attribute("value") for name in ("flow", "form_token")
    } | {"user": "raman"}
    fields = "".join(f'<input name="{name}" value="{value}">' for name, value in values.items())
    action = f"{sandbox.addresses.issuer}/sign-in"
    hostile.body = (
        f'<!doctype html><title>x</title><form method="post" action="{action}">{fields}<button>go</button></form>'
    )
    browser_page.goto(hostile.address)
    with browser_page.expect_navigation() as moved:
        browser_page.get_by_role("button").click()
    assert moved.value.status == 403
    assert "sent from another site" in browser_page.get_by_role("alert").inner_text()


def test_a_script_of_another_site_reads_no_page(browser_page: Any, sandbox: Sandbox, hostile: HostilePage) -> None:
    browser_page.goto(hostile.address)
    read = "async address => { try { return (await fetch(address)).status } catch (error) { return error.name } }"
    for address in (sandbox.addresses.ehr_page, authorize_address(sandbox), f"{sandbox.addresses.issuer}/sign-in"):
        assert browser_page.evaluate(read, address) == "TypeError"
    assert browser_page.evaluate(read, f"{sandbox.addresses.fhir_base}/Patient") == 401
    assert browser_page.evaluate(read, f"{sandbox.addresses.fhir_base}/metadata") == 200


def test_what_the_app_is_sent_names_no_page_of_the_site(page: Any, sandbox: Sandbox, hostile: HostilePage) -> None:
    page.goto(authorize_address(sandbox, f"{hostile.address}/callback"))
    page.get_by_label("Priya Raman").check()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Okafor, Amara").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{hostile.address}/callback?*")
    callback = next(request for request in hostile.asked if "/callback?" in request.address)
    assert "code=" in callback.address and callback.header("referer") == "" and callback.header("cookie") == ""
    assert page.evaluate("() => document.referrer") == ""
    assert page.context.cookies() == []
