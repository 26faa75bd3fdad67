"""The host of a browser app serves the files of its folder, and nothing beside them."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, Response
from workbench.sandbox.app_host import AppHost
from workbench.transports.http_client import HttpClient

VITALS = Path(__file__).parents[2] / "fixtures" / "apps" / "vitals"
ABOUT = "version: 1\nname: Mine\nclient_id: mine\nlaunch: launch.html\nstandalone: index.html\n"


def make_app(folder: Path, about: str = ABOUT) -> Path:
    app = folder / "app"
    app.mkdir()
    (app / "app.yaml").write_text(about, encoding="utf-8")
    (app / "index.html").write_text("<title>Mine</title>", encoding="utf-8")
    (app / "launch.html").write_text("<title>Launch</title>", encoding="utf-8")
    (folder / "secret.txt").write_text("outside", encoding="utf-8")
    return app


def ask(folder: Path, *paths: str, method: str = "GET", host: str = "") -> list[Response]:
    async def run() -> list[Response]:
        app, answers = AppHost(folder), []
        await app.start()
        try:
            async with HttpClient() as client:
                for path in paths:
                    headers = (("Host", host),) if host else ()
                    exchange = await client.send(Request(method, app.address + path, headers))
                    assert exchange.response is not None, exchange.failure
                    answers.append(exchange.response)
        finally:
            await app.stop()
        return answers

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/launch.html?iss=x&launch=y", "text/html"),
        ("/app.js", "text/javascript"),
        ("/style.css", "text/css"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_of_the_app_comes_with_its_kind_and_a_strict_policy(path: str, kind: str) -> None:
    (response,) = ask(VITALS, path)
    assert response.status == 200
    assert response.header("content-type").startswith(kind)
    assert "script-src 'self'" in response.header("content-security-policy")
    assert "unsafe" not in response.header("content-security-policy")
    assert response.header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/./../app/../secret.txt",
        "/link.txt",
        "/folder/secret.txt",
        "/app.yaml",
        "/index.html%00.txt",
        "/nothing",
    ],
)
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    app = make_app(tmp_path)
    (app / "link.txt").symlink_to(tmp_path / "secret.txt")
    (app / "folder").symlink_to(tmp_path, target_is_directory=True)
    (response,) = ask(app, path)
    assert response.status == 404
    assert b"outside" not in response.body


def test_a_hostile_host_is_turned_away() -> None:
    (response,) = ask(VITALS, "/index.html", host="evil.example")
    assert response.status == 421


def test_an_app_is_only_read() -> None:
    (posted,) = ask(VITALS, "/index.html", method="POST")
    (head,) = ask(VITALS, "/index.html", method="HEAD")
    assert (posted.status, posted.header("allow")) == (405, "GET, HEAD")
    assert (head.status, head.body) == (200, b"")


def test_the_addresses_name_the_pages_of_the_app() -> None:
    async def run() -> None:
        seen: list[Exchange] = []
        app = AppHost(VITALS, on_exchange=seen.append)
        await app.start()
        try:
            assert (app.name, app.client_id) == ("Vitals (sample app)", "vitals-app")
            assert app.launch_address == f"{app.address}/launch.html"
            assert app.standalone_address == f"{app.address}/index.html"
            assert app.standalone_address_at("http://a/b?") == f"{app.launch_address}?iss=http%3A%2F%2Fa%2Fb%3F"
            async with HttpClient() as client:
                await client.send(Request("GET", app.launch_address))
            assert [exchange.receiver for exchange in seen] == ["Vitals (sample app)"]
        finally:
            await app.stop()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("version: 2\n", "version that is not known"),
        (ABOUT + "more: x\n", "“more” is not known here"),
        (ABOUT.replace("client_id: mine\n", ""), "“client_id” is missing"),
        (ABOUT.replace("launch.html", "gone.html"), "no file “gone.html”"),
    ],
)
def test_an_app_that_does_not_say_what_it_is_is_refused_in_words(tmp_path: Path, about: str, words: str) -> None:
    folder = make_app(tmp_path, about)
    with pytest.raises(WorkbenchError, match=re.escape(words)):
        asyncio.run(AppHost(folder).start())


def test_the_sample_app_names_itself_alike_and_fetches_nothing_from_afar() -> None:
    assert f'CLIENT_ID = "{AppHost(VITALS).client_id}"' in (VITALS / "smart.js").read_text("utf-8")
    for path in VITALS.iterdir():
        text = path.read_text("utf-8")
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text), path.name
        assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\son\w+=|innerHTML|eval\(", text), path.name
