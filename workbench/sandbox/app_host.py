"""Host of a browser app: serves the files of one folder on a loopback port of its own, and nothing beside them.

The files are read when the host starts, so a request can only name one of them and never a path on this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.transports.http_server import HttpServer
from workbench.yaml_file import read_yaml

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src http: https:; form-action 'none'; base-uri 'none'"
)
SIZE_LIMIT = 20_000_000


class AppHost:
    """A folder with an `app.yaml` beside its pages; `start` and `stop` belong to one event loop."""

    def __init__(self, folder: Path, *, port: int = 0, on_exchange: Callable[[Exchange], None] | None = None) -> None:
        """Read what the app is; raises WorkbenchError where `app.yaml` does not say so."""
        about = read_yaml(folder / "app.yaml")
        if about.integer("version") != 1:
            raise WorkbenchError("This app.yaml has a version that is not known here.", source=folder / "app.yaml")
        self.name = about.text("name")
        self.client_id = about.text("client_id")
        self._launch_page = about.text("launch")
        self._standalone_page = about.text("standalone")
        about.finish()
        self._folder = folder
        self._files: dict[str, bytes] = {}
        self._server = HttpServer(self._answer, port=port, name=self.name, on_exchange=on_exchange)

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def launch_address(self) -> str:
        """Where an EHR opens the app, adding `iss` and `launch`."""
        return f"{self.address}/{self._launch_page}"

    @property
    def standalone_address(self) -> str:
        """Where a person opens the app without an EHR."""
        return f"{self.address}/{self._standalone_page}"

    def standalone_address_at(self, fhir_base: str) -> str:
        """Where the app starts a standalone launch at one site at once."""
        return f"{self.launch_address}?{urlencode({'iss': fhir_base})}"

    async def start(self) -> None:
        """Read the folder and listen; raises WorkbenchError where either cannot be done."""
        self._files = _read_folder(self._folder)
        for page in (self._launch_page, self._standalone_page):
            if page not in self._files:
                raise WorkbenchError(f"The app has no file “{page}”, which its app.yaml names.", source=self._folder)
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(405, (("Allow", "GET, HEAD"), *_headers_for(".txt")), b"This app is read with GET.")
        name = unquote(urlsplit(request.address).path).removeprefix("/") or self._standalone_page
        if name not in self._files:
            return Response(404, _headers_for(".txt"), b"The app has no such file.")
        body = self._files[name]
        headers = (*_headers_for(Path(name).suffix.lower()), ("Content-Length", str(len(body))))
        return Response(200, headers, body if request.method == "GET" else b"")


def _headers_for(suffix: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", CONTENT_TYPES[suffix]),
        ("Content-Security-Policy", POLICY),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    )


def _read_folder(folder: Path) -> dict[str, bytes]:
    """Every file of a known kind below `folder`, by its path there; links that lead out are left out."""
    root, found, size = folder.resolve(), {}, 0
    try:
        for path in sorted(root.rglob("*")):
            if path.suffix.lower() in CONTENT_TYPES and path.is_file() and path.resolve().is_relative_to(root):
                size += path.stat().st_size
                if size > SIZE_LIMIT:
                    raise WorkbenchError(f"The app is larger than {SIZE_LIMIT:,} bytes.", source=folder)
                found[path.relative_to(root).as_posix()] = path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"Cannot read the app: {error.strerror or error}.", source=folder) from error
    return found
