"""A server-side SMART app on the standard library alone, right or with one slip, as a team would test its own."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import secrets
import threading
import urllib.error
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

Slip = Literal["", "no-state", "plain-challenge", "token-in-query", "takes-any-state"]
SCOPE = "launch openid fhirUser patient/Patient.rs"
_OPENER = build_opener(ProxyHandler({}))


def fetch(address: str, form: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
    body = urlencode(form).encode() if form is not None else None
    with _OPENER.open(Request(address, body, {"Accept": "application/json", **headers}), timeout=20) as answer:
        value: dict[str, Any] = json.load(answer)
        return value


class OwnApp(ThreadingHTTPServer):
    """Reads the patient once it is let in, and keeps its family name in `seen`."""

    daemon_threads = True

    def __init__(self, slip: Slip) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.slip = slip
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.seen: list[str] = []
        self._begun: dict[str, tuple[str, str, str]] = {}

    def begin(self, iss: str, launch: str) -> str:
        """The address that the browser is sent to."""
        token_endpoint, authorize = self._discover(iss)
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        plain = self.slip == "plain-challenge"
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": "my-app",
            "redirect_uri": f"{self.address}/callback",
            "scope": SCOPE,
            "aud": iss,
            "launch": launch,
            "state": state,
            "nonce": secrets.token_urlsafe(32),
            "code_challenge": verifier if plain else digest,
            "code_challenge_method": "plain" if plain else "S256",
        }
        if self.slip == "no-state":
            state = ""
            del asked["state"]
        self._begun[state] = iss, token_endpoint, verifier
        return f"{authorize}?{urlencode(asked)}"

    def finish(self, query: dict[str, str]) -> str:
        """What the user reads in the end."""
        known = query.get("state", "")
        if self.slip == "takes-any-state":
            known = next(iter(self._begun), "")
        begun = self._begun.pop(known, None)
        if begun is None or "code" not in query:
            return f"Not signed in: {query.get('error', 'this visit was not begun here')}"
        iss, token_endpoint, verifier = begun
        form = {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": f"{self.address}/callback",
            "client_id": "my-app",
            "code_verifier": verifier,
        }
        answer = fetch(token_endpoint, form)
        patient = f"{iss}/Patient/{answer['patient']}"
        token = str(answer["access_token"])
        if self.slip == "token-in-query":
            with contextlib.suppress(urllib.error.HTTPError):
                fetch(f"{patient}?{urlencode({'access_token': token})}")
        self.seen.append(fetch(patient, Authorization=f"Bearer {token}")["name"][0]["family"])
        return f"Signed in for {self.seen[-1]}"

    def _discover(self, iss: str) -> tuple[str, str]:
        told = fetch(f"{iss.rstrip('/')}/.well-known/smart-configuration")
        return str(told["token_endpoint"]), str(told["authorization_endpoint"])


class _Handler(BaseHTTPRequestHandler):
    server: OwnApp

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/launch":
            self._answer(http.client.FOUND, "", self.server.begin(query["iss"], query["launch"]))
        elif parts.path == "/callback":
            self._answer(http.client.OK, self.server.finish(query))
        else:
            self._answer(http.client.NOT_FOUND, "There is no such page")

    def _answer(self, status: int, words: str, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(f"<title>{words}</title><p>{words}</p>".encode() if words else b"")

    def log_message(self, *_: object) -> None:
        return


@contextlib.contextmanager
def own_app(slip: Slip = "") -> Iterator[OwnApp]:
    server = OwnApp(slip)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
