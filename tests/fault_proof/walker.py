"""A person without a browser: answers a site's pages until the site sends them back to the app, or does not."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from workbench.app_launch.web_form import parse_page

ANSWERS = {"user": "raman", "patient": "amara-okafor", "encounter": "none", "decision": "allow"}


class Stayed(Exception):
    """The site showed this and sent nobody anywhere."""


def walk(address: str, callback: str) -> str:
    """Where the site sends the browser at `callback`; raises Stayed where it does not."""
    import requests

    with requests.Session() as browser:
        browser.trust_env = False
        response = browser.get(address, allow_redirects=False, timeout=10)
        while not response.headers.get("location", "").startswith(callback):
            if response.is_redirect:
                address = urljoin(address, response.headers["location"])
                response = browser.get(address, allow_redirects=False, timeout=10)
                continue
            address = response.url
            response = _answer(browser, address, response)
        return str(response.headers["location"])


def _answer(browser: Any, address: str, response: Any) -> Any:
    page = parse_page(response.text)
    if response.status_code != 200 or not page.forms:
        raise Stayed(page.alert or f"answer {response.status_code}")
    form = page.forms[0]
    fields = [(field.name, field.value) for field in form.fields if field.kind in ("hidden", "checkbox")]
    fields += [(name, value) for name, value in ANSWERS.items() if name in form.names]
    return browser.post(urljoin(address, form.action), data=fields, allow_redirects=False, timeout=10)
