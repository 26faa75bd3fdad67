from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.packages import MANIFEST, files_of, profile, write_archive, write_folder
from workbench.errors import WorkbenchError
from workbench.exchange import Request, Response
from workbench.packages.package_shelf import PackageShelf
from workbench.transports.http_server import HttpServer
from workbench.workspace.package_unpacking import unpack_package
from workbench.workspace.packages import (
    InstallEvent,
    InstallProgress,
    PackageInstalled,
    describe_package,
    install_archive,
    install_from_registry,
    install_with_dependencies,
    list_packages,
    remove_package,
)

FILES = files_of([profile(f"p{number}") for number in range(60)])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "x.tgz", FILES)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def gather(events: AsyncIterator[InstallEvent]) -> list[InstallEvent]:
    async def listed() -> list[InstallEvent]:
        return [event async for event in events]

    return asyncio.run(listed())


def left_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def test_an_archive_is_installed_and_told_step_by_step(archive: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    events = gather(install_archive(archive, folder=shelf))
    assert [event.stage for event in events if isinstance(event, InstallProgress)][:2] == ["unpacking", "unpacking"]
    last = events[-1]
    assert isinstance(last, PackageInstalled) and last.package.label == "x.shoes#1.0.0"
    assert last.package.missing == ("x.socks#2.1.0",) and left_in(shelf) == ["x.shoes#1.0.0"]
    written = {f"package/{path.name}": path.read_bytes() for path in (shelf / "x.shoes#1.0.0/package").iterdir()}
    assert written == FILES
    assert "x.shoes#1.0.0" in [package.label for package in list_packages(shelf)]


def test_what_is_installed_stays_unless_it_is_to_be_replaced(archive: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    gather(install_archive(archive, folder=shelf))
    newer = write_archive(tmp_path / "y.tgz", files_of([], MANIFEST | {"title": "Newer"}))
    with pytest.raises(WorkbenchError, match="installed already"):
        gather(install_archive(newer, folder=shelf))
    assert describe_package("x.shoes", shelf)[0].title == "Shoes"
    gather(install_archive(newer, folder=shelf, replace=True))
    assert describe_package("x.shoes", shelf)[0].title == "Newer" and left_in(shelf) == ["x.shoes#1.0.0"]


@pytest.mark.parametrize(
    "files",
    [
        {"package/x.json": b"{}"},
        {**FILES, "package/../../x": b""},
        {"package/package.json": b'{"name": "x", "version": ".."}'},
    ],
)
def test_a_package_that_is_refused_leaves_nothing(files: Mapping[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError):
        gather(install_archive(write_archive(tmp_path / "x.tgz", files), folder=tmp_path / "shelf"))
    assert left_in(tmp_path / "shelf") == []


def test_an_archive_cut_anywhere_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    whole = archive.read_bytes()
    for size in range(0, len(whole), max(1, len(whole) // 15)):
        archive.write_bytes(whole[:size])
        with pytest.raises(WorkbenchError):
            gather(install_archive(archive, folder=tmp_path / "shelf"))
        assert left_in(tmp_path / "shelf") == []


def test_an_install_that_is_given_up_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    async def story() -> int:
        seen = 0
        async with aclosing(install_archive(archive, folder=tmp_path / "shelf")) as events:
            async for _ in events:
                seen += 1
                if seen == 2:
                    break
        return seen

    assert asyncio.run(story()) == 2 and left_in(tmp_path / "shelf") == []


def test_an_install_that_is_cancelled_leaves_nothing(archive: Path, tmp_path: Path) -> None:
    async def story() -> None:
        async def install() -> None:
            async for _ in install_archive(archive, folder=tmp_path / "shelf"):
                started.set()
                await asyncio.sleep(0.001)

        started = asyncio.Event()
        task = asyncio.create_task(install())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(story())
    assert left_in(tmp_path / "shelf") == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("steps", [1, 5, 30, 60])
def test_a_kill_in_the_middle_leaves_no_package(archive: Path, tmp_path: Path, steps: int) -> None:
    """What it leaves is hidden, is no package to anybody, and is cleaned away by a later install."""
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from workbench.workspace.package_unpacking import unpack_package\n"
        "for n, _ in enumerate(unpack_package(Path(sys.argv[1]), Path(sys.argv[2]))):\n"
        f"    if n == {steps}: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    shelf = tmp_path / "shelf"
    done = subprocess.run([sys.executable, "-c", script, str(archive), str(shelf)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [entry for entry in PackageShelf(shelf).entries if entry.folder] == []
    for left in shelf.iterdir():
        assert left.name.startswith(".workbench-")
        os.utime(left, (time.time() - 90_000,) * 2)
    gather(install_archive(archive, folder=shelf))
    assert left_in(shelf) == ["x.shoes#1.0.0"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_kill_between_old_and_new_loses_neither_and_the_old_comes_back(archive: Path, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from workbench.workspace.package_unpacking import unpack_package\n"
        "def watch(event, arguments):\n"
        "    if event == 'os.rename' and '.workbench-' in str(arguments[0]): os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(watch)\n"
        "list(unpack_package(Path(sys.argv[1]), Path(sys.argv[2]), replace=True))\n"
    )
    shelf = tmp_path / "shelf"
    gather(install_archive(archive, folder=shelf))
    before = (shelf / "x.shoes#1.0.0/package/package.json").stat().st_ino
    done = subprocess.run([sys.executable, "-c", script, str(archive), str(shelf)], check=False)
    assert done.returncode == -signal.SIGKILL and not PackageShelf(shelf).find("x.shoes")
    other = files_of((), MANIFEST | {"name": "x.hats", "dependencies": {}})
    gather(install_archive(write_archive(tmp_path / "hats.tgz", other), folder=shelf))
    assert [name for name in left_in(shelf) if not name.startswith(".")] == ["x.hats#1.0.0", "x.shoes#1.0.0"]
    assert (shelf / "x.shoes#1.0.0/package/package.json").stat().st_ino == before


@pytest.mark.skipif(sys.platform == "win32", reason="links take a right of their own there")
def test_of_a_package_that_is_a_link_the_link_is_removed_and_nothing_else(tmp_path: Path) -> None:
    away = write_folder(tmp_path / "away", files_of((), MANIFEST))
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/x.shoes#1.0.0").symlink_to(away)
    remove_package("x.shoes#1.0.0", tmp_path / "shelf")
    assert list((tmp_path / "shelf").iterdir()) == [] and (away / "package/package.json").is_file()


def test_a_shelf_that_cannot_be_written_is_told_in_words(archive: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(WorkbenchError, match=r"Cannot install x\.tgz in"):
        list(unpack_package(archive, tmp_path / "file"))


def test_an_installed_package_is_removed_and_a_built_in_one_stays(archive: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    gather(install_archive(archive, folder=shelf))
    assert remove_package("x.shoes#1.0.0", shelf).title == "Shoes" and left_in(shelf) == []
    with pytest.raises(WorkbenchError, match="cannot be removed"):
        remove_package("hl7.fhir.r4.core#4.0.1", shelf)
    with pytest.raises(WorkbenchError, match="here to remove"):
        remove_package("x.shoes", shelf)


def test_a_package_that_cannot_be_read_is_listed_with_the_reason(tmp_path: Path) -> None:
    write_folder(tmp_path / "shelf/x.bad#1", {"package/package.json": b"{"})
    found = {package.label: package for package in list_packages(tmp_path / "shelf")}
    assert "valid JSON" in found["x.bad#1"].error


Answer = Callable[[Request], Awaitable[Response]]


def serve(answer: Callable[[str, str], Response], use: Callable[[str], Awaitable[Any]]) -> Any:
    """Run `use` with the address of a registry that answers by path and by its own address."""

    async def story() -> Any:
        async def reply(request: Request) -> Response:
            return answer(request.address.removeprefix(server.address), server.address)

        server = HttpServer(reply)
        await server.start()
        try:
            return await use(server.address)
        finally:
            await server.stop()

    return asyncio.run(story())


def listing(versions: Mapping[str, Mapping[str, str]], latest: str = "") -> Response:
    told = {version: {"name": "x.shoes", "version": version, "dist": dict(dist)} for version, dist in versions.items()}
    listed = {"versions": told} | ({"dist-tags": {"latest": latest}} if latest else {})
    return Response(200, (("Content-Type", "application/json"),), json.dumps(listed).encode())


def install_with(name: str, shelf: Path) -> Callable[[str], Awaitable[list[InstallEvent]]]:
    async def use(address: str) -> list[InstallEvent]:
        return [event async for event in install_from_registry(name, address, folder=shelf)]

    return use


@pytest.mark.parametrize("name", ["x.shoes#1.0.0", "x.shoes#1.0.x", "x.shoes"])
def test_a_package_is_fetched_from_the_registry_that_was_set(name: str, archive: Path, tmp_path: Path) -> None:
    content = archive.read_bytes()
    sha1, sha512 = hashlib.sha1(content).hexdigest(), base64.b64encode(hashlib.sha512(content).digest()).decode()  # noqa: S324 - the registry's own word

    def answer(path: str, address: str) -> Response:
        if path == "/x.shoes":
            dist = {"tarball": f"{address}/moved", "shasum": sha1, "integrity": f"sha512-{sha512}"}
            return listing({"0.9.0": {}, "1.0.0": dist, "1.0.0-ballot": {}})
        if path == "/moved":
            return Response(302, (("Location", "/files/x.tgz"),))
        return Response(200, (), content) if path == "/files/x.tgz" else Response(404)

    events = serve(answer, install_with(name, tmp_path / "shelf"))
    downloading = [event for event in events if isinstance(event, InstallProgress) and event.stage == "downloading"]
    assert downloading[-1].done == downloading[-1].total == len(content)
    assert isinstance(events[-1], PackageInstalled) and left_in(tmp_path / "shelf") == ["x.shoes#1.0.0"]


def test_what_a_package_depends_on_comes_along_as_far_as_the_registry_has_it(tmp_path: Path) -> None:
    needs = {"x.shoes": {"x.socks": "2.1.0", "x.hats": "1.0.0"}, "x.socks": {"x.shoes": "1.0.0", "x.wool": "1.x"}}
    archives = {
        f"/{name}/{version}": write_archive(
            tmp_path / f"{name}.tgz",
            files_of([], MANIFEST | {"name": name, "version": version, "dependencies": needs.get(name, {})}),
        ).read_bytes()
        for name, version in (("x.shoes", "1.0.0"), ("x.socks", "2.1.0"), ("x.wool", "1.4.0"))
    }

    def answer(path: str, address: str) -> Response:
        versions = {known.split("/")[2]: {} for known in archives if known.startswith(f"{path}/")}
        if path in archives:
            return Response(200, (), archives[path])
        return listing(versions) if versions else Response(404)

    async def use(address: str) -> list[InstallEvent]:
        return [each async for each in install_with_dependencies("x.shoes", address, folder=tmp_path / "shelf")]

    events = serve(answer, use)
    installed = [event.package.label for event in events if isinstance(event, PackageInstalled)]
    assert installed == ["x.shoes#1.0.0", "x.socks#2.1.0", "x.wool#1.4.0", "x.shoes#1.0.0"]
    assert left_in(tmp_path / "shelf") == sorted(set(installed)) and events[-1].package.missing == ("x.hats#1.0.0",)


@pytest.mark.parametrize(
    ("name", "latest", "asked"),
    [
        ("x.shoes", "1.0.0", "1.0.0"),
        ("x.shoes#latest", "1.0.0", "1.0.0"),
        ("x.shoes", "", "1.5.0"),
        ("x.shoes", "9.9.9", "1.5.0"),
        ("x.shoes@1.0.0", "", "1.0.0"),
        ("x.shoes#2.0.0-ballot", "", "2.0.0-ballot"),
    ],
)
def test_where_no_version_is_named_the_registry_says_which_is_the_latest_and_else_it_is_no_ballot(
    name: str, latest: str, asked: str, tmp_path: Path
) -> None:
    paths: list[str] = []

    def answer(path: str, address: str) -> Response:
        paths.append(path)
        return listing({"1.0.0": {}, "1.5.0": {}, "2.0.0-ballot": {}}, latest) if path == "/x.shoes" else Response(404)

    with pytest.raises(WorkbenchError, match="404"):
        serve(answer, install_with(name, tmp_path / "shelf"))
    assert paths == ["/x.shoes", f"/x.shoes/{asked}"]


def test_a_registry_that_names_no_address_is_asked_by_version(archive: Path, tmp_path: Path) -> None:
    def answer(path: str, address: str) -> Response:
        if path == "/x.shoes/1.0.0":
            return Response(200, (), archive.read_bytes())
        return listing({"1.0.0": {}})

    assert isinstance(serve(answer, install_with("x.shoes", tmp_path / "shelf"))[-1], PackageInstalled)


@pytest.mark.parametrize(
    ("dist", "content", "told"),
    [
        ({"shasum": "0" * 40}, None, "checksums differ"),
        ({"integrity": "sha512-AAAA"}, None, "checksums differ"),
        ({}, b"no archive", "cannot be read as a package"),
        ({"tarball": "http://example.org/x.tgz"}, None, "not followed"),
        ({"tarball": "file:///etc/passwd"}, None, "not followed"),
    ],
)
def test_what_a_registry_gives_wrongly_is_refused(
    dist: dict[str, str], content: bytes | None, told: str, archive: Path, tmp_path: Path
) -> None:
    def answer(path: str, address: str) -> Response:
        return listing({"1.0.0": dist}) if path == "/x.shoes" else Response(200, (), content or archive.read_bytes())

    with pytest.raises(WorkbenchError, match=told):
        serve(answer, install_with("x.shoes", tmp_path / "shelf"))
    assert left_in(tmp_path / "shelf") == []


def test_a_package_under_another_name_than_asked_is_refused(archive: Path, tmp_path: Path) -> None:
    def answer(path: str, address: str) -> Response:
        return listing({"1.0.0": {}}) if path == "/x.boots" else Response(200, (), archive.read_bytes())

    with pytest.raises(WorkbenchError, match=r"says it is x\.shoes#1\.0\.0, and not x\.boots#1\.0\.0"):
        serve(answer, install_with("x.boots", tmp_path / "shelf"))
    assert left_in(tmp_path / "shelf") == []


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (Response(404), "answered 404"),
        (Response(200, (), b"<html>"), "cannot be read"),
        (Response(200, (), b"[]"), "does not have x.shoes"),
        (Response(302, (("Location", "/x.shoes"),)), "without end"),
    ],
)
def test_a_registry_that_does_not_have_it_is_told_in_words(response: Response, told: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=told):
        serve(lambda path, address: response, install_with("x.shoes", tmp_path / "shelf"))


@pytest.mark.parametrize("address", ["", "packages.example.org", "http://packages.example.org", "ftp://x"])
def test_an_address_that_is_no_registrys_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="registry"):
        gather(install_from_registry("x.shoes", address, folder=tmp_path / "shelf"))


@pytest.mark.parametrize("name", ["", "../x", "x/y", "#1.0.0"])
def test_a_name_that_is_no_packages_is_not_asked_for(name: str, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="no name of a package"):
        gather(install_from_registry(name, "https://127.0.0.1:1", folder=tmp_path / "shelf"))
