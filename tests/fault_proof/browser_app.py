"""npm fhirclient in Chromium as its documentation shows it: a launch, the patient, a refresh, the patient again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from workbench.sandbox.sandbox import Sandbox

SCOPE = "launch launch/patient openid fhirUser offline_access patient/Patient.rs"
PAGE = '<!doctype html><meta charset="utf-8"><title>{name}</title><body><script src="fhir-client.min.js"></script>'
LAUNCH = """
FHIR.oauth2.authorize({{
  clientId: "peer-app", scope: "{scope}", redirectUri: "index.html", pkceMode: "required"
}}).catch(error => {{
  document.body.textContent = "discovery: " + error.message; document.body.id = "done";
}});
"""
INDEX = """
let step = "return";
const tell = text => { document.body.textContent = text; document.body.id = "done"; };
FHIR.oauth2.ready().then(async client => {
  step = "patient"; await client.patient.read();
  step = "refresh"; await client.refresh();
  step = "read again"; await client.request(`Patient/${client.patient.id}`);
  tell("");
}).catch(error => tell(step + ": " + error.message));
"""
APP = "version: 1\nname: Peer\nclient_id: peer-app\nlaunch: launch.html\nstandalone: index.html\n"


def name(script: Path) -> str:
    package = json.loads((script.parents[1] / "package.json").read_text(encoding="utf-8"))
    return f"npm fhirclient {package['version']} in Chromium"


@contextmanager
def open_chromium() -> Iterator[Any]:
    """A browser; raises LookupError in words where it or playwright is not here."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise LookupError("playwright is not installed") from None
    program = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if program is None:
        raise LookupError("Chromium is not on this machine")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


def meet_again(browser: Any, address: Callable[[], str], sandbox: Sandbox, times: int) -> str:
    """So many launches in tabs of one profile; the first thing that is wrong."""
    context = browser.new_context()
    context.set_default_timeout(15_000)
    try:
        return next((said for _ in range(times) if (said := meet(context.new_page(), address(), sandbox))), "")
    finally:
        context.close()


def write_app(folder: Path, script: Path, scope: str = SCOPE) -> Path:
    """A page that launches and one that is launched, of a few lines around the library."""
    folder.mkdir(parents=True, exist_ok=True)
    for page, code in (("launch", LAUNCH.format(scope=scope)), ("index", INDEX)):
        (folder / f"{page}.html").write_text(PAGE.format(name=page) + f'<script src="{page}.js"></script>', "utf-8")
        (folder / f"{page}.js").write_text(code, encoding="utf-8")
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    shutil.copy(script, folder / "fhir-client.min.js")
    return folder


def meet(page: Any, address: str, sandbox: Sandbox) -> str:
    """The step that it did not get beyond and what it says of it; "" where it ends its story.

    `address` opens the app: from the EHR with `iss` and `launch`, or by itself with `iss` alone.
    """
    page.goto(address)
    while True:
        page.wait_for_selector("#done, [role=alert], button[type=submit]", state="attached")
        if page.locator("#done").count():
            return str(page.inner_text("body")).strip()
        if page.locator("[role=alert]").count():
            return f"authorize: stays at the site: {page.inner_text('[role=alert]')}"
        _answer(page, sandbox.addresses.issuer)


def _answer(page: Any, issuer: str) -> None:
    where = page.url
    if where.startswith(f"{issuer}/sign-in"):
        page.check("input[name=user][value=raman]")
    elif where.startswith(f"{issuer}/patient"):
        page.check("input[name=patient][value=amara-okafor]")
    allow = page.get_by_role("button", name="Allow", exact=True)
    (allow if allow.count() else page.locator("button[type=submit]").first).click()
    page.wait_for_function("where => location.href !== where", arg=where)
