from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.packages import CORE, MANIFEST, files_of, profile, write_archive
from workbench.cli import main

SIZES = {"resourceType": "ValueSet", "url": "http://x/sizes", "name": "Sizes"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tester's own packages and cache are left alone."""
    for name in ("HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "shoes.tgz", files_of([profile("owner"), SIZES], MANIFEST))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["package", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, _ = run(capsys, *arguments, "--json")
    assert code == 0
    found = json.loads(out)
    assert isinstance(found, dict)
    return found


def test_what_is_built_in_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list")
    assert code == 0 and "hl7.fhir.us.core#5.0.1" in out and "built in, in part" in out
    (us_core,) = (item for item in run_json(capsys, "list")["packages"] if item["id"] == "hl7.fhir.us.core")
    assert us_core["built_in"] and us_core["partial"] and us_core["fhir_versions"] == ["4.0.1"] and us_core["size"]


def test_a_package_is_installed_shown_and_removed(
    archive: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "install", str(archive))
    assert code == 0 and "Installed x.shoes#1.0.0" in out and "not here: x.socks#2.1.0" in out
    assert (home / ".fhir/packages/x.shoes#1.0.0/package/package.json").is_file()
    shown = run_json(capsys, "show", "x.shoes")
    assert shown["profiles"] == [{"url": "http://x/StructureDefinition/owner", "name": "owner", "of": ["Patient"]}]
    assert shown["missing"] == ["x.socks#2.1.0"] and shown["value_sets"][0]["name"] == "Sizes"
    code, out, _ = run(capsys, "show", "x.shoes#1.0.0")
    assert code == 0 and "profiles (1)" in out and "depends on what is not here: x.socks#2.1.0" in out
    assert run_json(capsys, "remove", "x.shoes#1.0.0")["version"] == "1.0.0"
    assert "x.shoes" not in run(capsys, "list")[1]


def test_an_archive_is_shown_without_installing_it(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_json(capsys, "show", str(archive))["folder"] == str(archive)
    assert "x.shoes" not in run(capsys, "list")[1]


def test_files_of_a_package_that_are_no_json_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = files_of([SIZES], MANIFEST) | {"package/ValueSet-cut.json": b'{"resourceType": "Val'}
    path = str(write_archive(tmp_path / "cut.tgz", files))
    assert run_json(capsys, "show", path)["unread"] == ["ValueSet-cut.json"]
    assert "Left out, as they are no JSON: ValueSet-cut.json." in run(capsys, "show", path)[1]


def test_an_archive_without_a_name_is_told_by_its_own_and_not_by_where_it_was_unpacked(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(write_archive(tmp_path / "nameless.tgz", {"package/package.json": b"{}"}))
    code, _, err = run(capsys, "install", path)
    assert code == 2 and err.startswith("workbench: nameless.tgz is not a FHIR package") and str(home) not in err
    assert list((home / ".fhir/packages").iterdir()) == []


def test_what_is_installed_already_is_left_and_the_option_that_replaces_it_named(
    archive: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "install", str(archive))
    code, _, err = run(capsys, "install", str(archive))
    assert code == 2 and "x.shoes#1.0.0 is installed already" in err and "--replace" in err
    assert run(capsys, "install", str(archive), "--replace")[0] == 0
    code, _, err = run(capsys, "remove", "x.shoes")
    assert code == 2 and "Here are x.shoes#1.0.0." in err


def test_what_comes_with_the_workbench_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = run_json(capsys, "show", "hl7.fhir.r4.core")
    assert {"url": CORE + "Patient", "name": "Patient", "of": []} in shown["types"] and len(shown["value_sets"]) > 1000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("install", "hl7.fhir.us.core#6.1.0"), "no registry is named"),
        (("install", "gone.tgz"), "There is no file"),
        (("install", "x.shoes", "--registry", "http://example.org"), "not the address of a package registry"),
        (("show", "x.nothing"), "not installed"),
        (("remove", "hl7.fhir.r4.core#4.0.1"), "cannot be removed"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2 and told in err and out == ""
