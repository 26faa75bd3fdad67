"""A server-side SMART app on loopback for the tests of `workbench launch`: PyPI fhirclient behind two addresses."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            status, headers, body = self.server.app.answer(parts.path, query, self.server.address + self.path)
        except Exception as error:  # noqa: BLE001 - the library raises Exception itself
            status, headers, body = 500, {}, f"<h1>{type(error).__name__}</h1>"
        self.send_response(status)
        for name, value in (headers | {"Content-Type": "text/html"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, scope: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.app = ServerApp(self.address, scope)


class ServerApp:
    """Asks for `scope`, and reads the patient once it is let in; `seen` are the names of the patients that it read."""

    def __init__(self, address: str, scope: str) -> None:
        self.address = address
        self.scope = scope
        self.seen: list[str] = []
        self._client: Any = None

    def answer(self, path: str, query: dict[str, str], address: str) -> tuple[int, dict[str, str], str]:
        from fhirclient.client import FHIRClient

        if path == "/launch":
            settings = {
                "app_id": "server-app",
                "api_base": query["iss"],
                "redirect_uri": f"{self.address}/callback",
                "scope": self.scope,
                "launch_token": query["launch"],
            }
            self._client = FHIRClient(settings=settings)
            self._client.prepare()
            return 302, {"Location": self._client.authorize_url}, ""
        if path == "/callback":
            self._client.handle_callback(address)
            self.seen.append(str(self._client.patient.name[0].family))
            return 200, {}, "<h1>Signed in</h1>"
        return 404, {}, ""


@contextlib.contextmanager
def serving(scope: str) -> Iterator[ServerApp]:
    server = _Server(scope)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.app
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
