"""No secret is told by the command line, whatever a site throws back of what it was sent."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.app_launch.honest_site import Given, HonestSite, json_answer, sent_on, to_object
from workbench.cli import main
from workbench.exchange import Request, Response

SECRET = "cAnary-client-secret-7f3a9c51e2b84d60"
NAMES = ("code", "code_verifier", "client_secret", "refresh_token", "token", "state", "nonce")
SCOPE = "launch/patient openid fhirUser patient/Patient.rs patient/Observation.rs offline_access"
HTML = (("Content-Type", "text/html"),)


class Echo(HonestSite):
    """Keeps all secrets that it was sent, for its twists to throw back."""

    sent: frozenset[str] = frozenset()

    @property
    def junk(self) -> str:
        return " ".join(sorted(self.sent))

    async def answer(self, request: Request) -> Response:
        given = parse_qs(f"{urlsplit(request.address).query}&{request.body.decode()}")
        found = {values[0] for name, values in given.items() if name in NAMES}
        scheme, _, value = request.header("authorization").partition(" ")
        if scheme == "Basic":
            found.add(base64.b64decode(value).decode().partition(":")[2])
        elif scheme == "Bearer":
            found.add(value)
        self.sent |= {each for each in found if len(each) > 8}
        return await super().answer(request)


def error(site: HonestSite, _: Response, given: Given) -> Response:
    return json_answer({"error": "invalid_grant", "error_description": f"You sent {told(site)}"}, 400)


def told(site: HonestSite) -> str:
    assert isinstance(site, Echo)
    return site.junk


def odd_tokens(site: HonestSite, honest: Response, given: Given) -> Response:
    junk, answer = told(site), to_object(honest)
    return json_answer(answer | {"expires_in": junk, "patient": junk, "intent": junk, "token_type": "Bearer"})


Twist = Callable[[HonestSite, Response, Given], Response]
TWISTS: dict[str, dict[str, Twist]] = {
    "description of an error": {"/auth/token": error},
    "error itself": {"/auth/token": lambda site, *_: json_answer({"error": f"bad {told(site)}"}, 400)},
    "page in place of tokens": {
        "/auth/token": lambda site, *_: Response(500, HTML, f"<title>{told(site)}</title>".encode())
    },
    "address that tokens are sent on to": {
        "/auth/token": lambda site, *_: Response(307, (("Location", f"https://e.test/{told(site)}#x"),))
    },
    "launch context": {"/auth/token": odd_tokens},
    "error in the redirect": {
        "/auth/authorize": lambda site, _, given: sent_on(
            given["redirect_uri"], error=f"access_denied {told(site)}", state=given["state"]
        )
    },
    "page of the sign-in": {
        "/auth/authorize": lambda site, *_: Response(400, HTML, f"<title>{told(site)}</title>".encode())
    },
    "address of the sign-in": {
        "/auth/authorize": lambda site, *_: Response(302, (("Location", f"https://e.test/{told(site)}"),))
    },
    "who signed in": {
        "/auth/userinfo": lambda site, *_: json_answer({"sub": told(site), "fhirUser": told(site)}),
    },
    "record": {
        "/fhir/Patient/amara-okafor": lambda site, *_: json_answer(
            {"resourceType": "OperationOutcome", "issue": [{"diagnostics": told(site)}]}, 403
        )
    },
    "introspection and revocation": {"/auth/introspect": error, "/auth/revoke": error},
}


@contextmanager
def served(site: HonestSite) -> Iterator[None]:
    """Serve the site from a thread of its own, since the command line has a loop of its own."""
    ready, ending = threading.Event(), threading.Event()

    async def serve() -> None:
        async with site.served():
            ready.set()
            await asyncio.to_thread(ending.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        ending.set()
        thread.join()


@pytest.mark.parametrize("place", TWISTS)
def test_what_a_site_throws_back_is_told_without_secrets(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_SECRET", SECRET)
    site, page = Echo(TWISTS[place]), tmp_path / "launch.html"
    own = ("--client", "portal", "--authentication", "client_secret_basic", "--secret-env", "APP_SECRET")
    with served(site):
        told_of = ("--scope", SCOPE, "--script", "--verbose", "--html", str(page), "--json")
        main(["launch", "--as", "app", f"{site.address}/fhir", *own, *told_of])
    out, err = capsys.readouterr()
    assert site.sent, "the site has nothing to throw back"
    leaks = {name: [s for s in site.sent if s in text] for name, text in (("out", out), ("err", err))}
    assert leaks | {"html": [s for s in site.sent if s in page.read_text()]} == {"out": [], "err": [], "html": []}
    assert "•••" in out + err + page.read_text()
    assert json.loads(out)["review"]


def test_nothing_that_a_site_says_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    said = "\x1b]0;owned\x07\x1b[2J\r\u202egnitset\nWarning: forged"
    site = HonestSite({"/auth/token": lambda *_: json_answer({"error": said, "error_description": said}, 400)})
    with served(site):
        main(["launch", "--as", "app", f"{site.address}/fhir", "--scope", SCOPE, "--script", "--verbose"])
    out = capsys.readouterr().out
    assert "owned" in out
    assert {letter for letter in out if letter in "\x1b\x07\r\u202e"} == set()
    assert not any(line.startswith("Warning: forged") for line in out.splitlines())
