"""The pages of a site in Chromium: readable, in reach of a keyboard, in light and dark, on a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.accessibility import find_axe_problems, find_problems, walk_by_keyboard
from tests.browser.conftest import Loop
from tests.sandbox.running import make_sandbox
from workbench.sandbox.sandbox import Sandbox
from workbench.smart.tokens import make_challenge

pytestmark = pytest.mark.browser

SIZES = {"desk": (1280, 900), "phone": (360, 740), "zoomed": (640, 450)}
V1 = "launch/patient openid fhirUser patient/Patient.read patient/Observation.read patient/*.write offline_access"
V2 = (
    "launch/patient launch/encounter launch/diagnosticreport openid fhirUser offline_access patient/Patient.rs "
    "patient/Observation.cruds "
    "patient/Observation.rs?category=laboratory user/Encounter.rs user/Practitioner.r patient/Flag.rs everything"
)
Look = Callable[[str], None]


@pytest.fixture
def axe() -> Path | None:
    folder = os.environ.get("WORKBENCH_NPM", "")
    script = Path(folder) / "node_modules" / "axe-core" / "axe.min.js"
    return script if folder and script.is_file() else None


@pytest.fixture(params=[f"{size}-{scheme}" for size in SIZES for scheme in ("light", "dark")])
def screen(request: pytest.FixtureRequest, chromium: Any) -> Iterator[Any]:
    """A page on one screen; what breaks the content policy fails the test."""
    size, _, scheme = request.param.partition("-")
    width, height = SIZES[size]
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: "Content Security Policy" in said.text and problems.append(said.text))
    page.screen_name = request.param
    yield page
    context.close()
    assert problems == []


def authorize_address(sandbox: Sandbox, **changes: str) -> str:
    form = {
        "response_type": "code",
        "client_id": "workbench",
        "redirect_uri": "http://127.0.0.1:9/callback",
        "scope": V2 if "v2" in sandbox.site.smart.scope_versions else V1,
        "state": "s-1",
        "aud": sandbox.addresses.fhir_base,
        "code_challenge": make_challenge("v" * 43),
        "code_challenge_method": "S256",
    } | changes
    return f"{sandbox.addresses.issuer}/authorize?{urlencode(form)}"


@pytest.fixture
def look(screen: Any, sandbox: Sandbox, axe: Path | None) -> Look:
    """Hold the page that is open against all that is asked of every page, and take its picture."""

    def look(name: str) -> None:
        if folder := os.environ.get("WORKBENCH_PICTURES"):
            screen.screenshot(
                path=str(Path(folder) / f"{sandbox.site.id}-{name}-{screen.screen_name}.png"), full_page=True
            )
        assert find_problems(screen) == [], name
        assert walk_by_keyboard(screen) == [], name
        if axe is not None:
            assert find_axe_problems(screen, axe) == [], name

    return look


def press(page: Any, name: str) -> None:
    """Press a button that sends the form, and wait for the page that comes of it."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()


def test_every_page_of_a_launch_can_be_read_and_used(screen: Any, sandbox: Sandbox, look: Look) -> None:
    screen.goto(authorize_address(sandbox))
    look("sign-in")
    screen.get_by_label("Nadia Clarke").check()
    press(screen, "Sign in")
    look("patient")
    screen.get_by_label("Okafor, Amara").check()
    press(screen, "Continue")
    if "encounter" in sandbox.site.smart.context:
        look("encounter")
        press(screen, "Continue")
    if "fhirContext" in sandbox.site.smart.context:
        look("resource")
        press(screen, "Continue")
    look("consent")


def test_the_ehrs_page_can_be_read_and_used(screen: Any, sandbox: Sandbox, look: Look) -> None:
    screen.goto(sandbox.addresses.ehr_page)
    look("ehr")
    screen.get_by_label("Okafor, Amara").check()
    screen.get_by_label("Launch address of the app").fill("javascript:alert(1)")
    press(screen, "Open the app")
    look("ehr-problem")


def test_pages_that_tell_of_a_problem_say_so_first(screen: Any, sandbox: Sandbox, look: Look) -> None:
    screen.goto(authorize_address(sandbox, redirect_uri="http://evil.example/callback"))
    look("error")
    assert "evil.example" in screen.get_by_role("alert").inner_text()
    assert screen.title().startswith("The redirect address")
    screen.goto(authorize_address(sandbox))
    screen.get_by_label("Tomas Berg").check()
    press(screen, "Sign in")
    screen.eval_on_selector_all(
        "input[name=patient]", "all => all.forEach(e => { e.value = 'nobody'; e.checked = true })"
    )
    press(screen, "Continue")
    look("patient-problem")
    assert screen.title().startswith("Choose a patient of this list.")
    assert screen.get_by_role("alert").inner_text() == "Choose a patient of this list."


def test_a_launch_can_be_gone_through_by_keyboard_alone(page: Any, sandbox: Sandbox) -> None:
    keys = page.keyboard
    page.goto(authorize_address(sandbox))
    keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url("**/auth/patient?*")
    while page.evaluate("() => document.activeElement.name") != "patient":
        keys.press("Tab")
    keys.press("Space")
    keys.press("Enter")
    page.wait_for_url(lambda address: "/auth/patient?" not in address)
    for name, after in (("encounter", "resource"), ("resource", "consent")):
        if f"/auth/{name}" in page.url:
            keys.press("Tab")
            keys.press("Enter")
            page.wait_for_url(f"**/auth/{after}?*")
    while page.evaluate("() => document.activeElement.name") != "scope":
        keys.press("Tab")
    left_out = page.evaluate("() => document.activeElement.value")
    keys.press("Space")
    assert page.locator(f'input[value="{left_out}"]').is_checked() is False
    with page.expect_request(lambda request: request.url.startswith("http://127.0.0.1:9/callback")) as sent:
        keys.press("Enter")
    assert "code=" in sent.value.url


def test_a_group_of_scopes_is_ticked_and_unticked_at_once_and_the_rest_stays(page: Any, sandbox: Sandbox) -> None:
    open_consent(page, sandbox)
    ticked = page.locator("input[name=scope]:checked")
    everything = ticked.count()
    page.locator("input[name=scope][value=openid]").uncheck()
    page.get_by_role("button", name="Tick none: Records of this patient").click()
    page.wait_for_url("**#patient")
    assert page.locator("#patient input:checked").count() == 0
    assert not page.locator("input[value=openid]").is_checked()
    assert page.locator("#work input:checked").count() > 0
    page.get_by_role("button", name="Tick all: Records of this patient").click()
    page.wait_for_load_state()
    assert page.locator("#patient input:not(:checked)").count() == 0
    assert ticked.count() == everything - 1


def go_on_to_consent(page: Any, look: Look = lambda name: None) -> list[str]:
    """Take what each page has chosen already, and return their names."""
    seen: list[str] = []
    while (name := page.url.partition("?")[0].rpartition("/")[2]) != "consent":
        look(name)
        seen.append(name)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(lambda address, name=name: f"/{name}?" not in address)
    return seen


def open_consent(page: Any, sandbox: Sandbox) -> None:
    page.goto(authorize_address(sandbox))
    page.get_by_label("Nadia Clarke").check()
    press(page, "Sign in")
    page.get_by_label("Okafor, Amara").check()
    press(page, "Continue")
    while "/auth/consent" not in page.url:
        press(page, "Continue")


def test_the_consent_page_says_what_is_withheld_by_whom_and_why(page: Any, sandbox: Sandbox) -> None:
    open_consent(page, sandbox)
    page.eval_on_selector("details", "e => { e.open = true }")
    told = page.locator(".withheld").inner_text()
    if sandbox.site.id == "community-hospital":
        assert "patient/Flag.rs" in told and "does not serve Flag" in told
        assert "Withheld by your role (Registrar)" in told and "patient/Observation.cud" in told
    else:
        assert "Withheld by Academic Medical Center. This site never grants it." in told


@pytest.fixture
def crowded(loop: Loop) -> Iterator[Sandbox]:
    """Community Hospital with a thousand patients more."""
    sandbox = make_sandbox("community-hospital")
    more = tuple(
        {
            "resourceType": "Patient",
            "id": f"p-{number}",
            "identifier": [{"system": sandbox.site.mrn_system, "value": f"9{number:05}"}],
            "name": [{"family": f"Zweig{number:04}", "given": ["Ida"]}],
            "birthDate": "1950-01-01",
        }
        for number in range(1000)
    )
    sandbox.population += more
    loop.run(sandbox.start())
    yield sandbox
    loop.run(sandbox.stop())


def test_one_of_a_thousand_patients_is_found_without_a_script(page: Any, crowded: Sandbox, axe: Path | None) -> None:
    page.goto(authorize_address(crowded))
    press(page, "Sign in")
    assert page.get_by_role("radio").count() == 50
    assert "50 of 1,0" in page.get_by_role("status").inner_text()
    assert len(page.content()) < 60_000
    page.get_by_label("Find a patient").fill("zweig0777 ida")
    with page.expect_navigation():
        page.get_by_label("Find a patient").press("Enter")
    assert page.get_by_role("radio").count() == 1
    assert page.get_by_role("status").inner_text() == "1 patient found."
    assert find_problems(page) == [] and walk_by_keyboard(page) == []
    assert axe is None or find_axe_problems(page, axe) == []
    page.get_by_label("Find a patient").fill("nobody at all")
    press(page, "Find")
    assert "No patient is found" in page.get_by_role("status").inner_text()
    page.get_by_label("Find a patient").fill("900778")
    press(page, "Find")
    page.get_by_label("Zweig0778").check()
    press(page, "Continue")
    assert "/auth/patient" not in page.url


def test_the_ehrs_page_finds_one_of_a_thousand_and_keeps_the_app(page: Any, crowded: Sandbox) -> None:
    page.goto(f"{crowded.addresses.ehr_page}?{urlencode({'app': 'workbench', 'user': 'berg'})}")
    page.get_by_label("Find a patient").fill("zweig0999")
    press(page, "Find")
    assert page.locator("tbody input[type=radio]").count() == 1
    assert page.locator("select[name=app]").input_value() == "workbench"
    assert page.locator("select[name=user]").input_value() == "berg"
    assert find_problems(page) == []
