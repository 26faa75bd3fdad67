from __future__ import annotations

import gzip
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.packages import MANIFEST, element, files_of, profile, write_archive, write_folder
from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.packages.package import open_package
from workbench.packages.package_archive import read_archive
from workbench.packages.package_shelf import PackageShelf
from workbench.packages.package_version import is_asked_for, labels_of, order_of, preference_of, split_label

ROOT = Path(__file__).parents[2]
US_CORE = ROOT.parent / "shared/data/us-core-packages"
RESOURCES: tuple[dict[str, Any], ...] = (
    profile("shoe-owner", element("Patient.active", 1, "1", "boolean", mustSupport=True)),
    {"resourceType": "ValueSet", "url": "http://x/sizes", "compose": {"include": [{"system": "http://x/size"}]}},
    {"resourceType": "CodeSystem", "url": "http://x/size", "content": "complete", "concept": [{"code": "l"}]},
    {"resourceType": "SearchParameter", "url": "http://x/sp", "code": "size", "type": "token", "base": ["Patient"]},
    {"resourceType": "CapabilityStatement", "url": "http://x/server", "name": "Server", "kind": "requirements"},
)
EXAMPLE = b'{"resourceType": "Patient", "id": "a", "meta": {"profile": ["http://x/StructureDefinition/shoe-owner"]}}'
FILES = files_of(RESOURCES) | {"package/example/Patient-a.json": EXAMPLE, "package/broken.json": b"{", "x.txt": b""}


@pytest.fixture(params=["archive", "folder", "folder with package in it"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "archive":
        return write_archive(tmp_path / "x.tgz", FILES)
    folder = write_folder(tmp_path / "x.shoes#1.0.0", FILES)
    return folder / "package" if request.param == "folder" else folder


def test_a_package_gives_its_definitions(place: Path, tmp_path: Path) -> None:
    package = open_package(place, cache=tmp_path / "cache")
    assert (package.label, package.id, package.version, package.title) == ("x.shoes#1.0.0", "x.shoes", "1.0.0", "Shoes")
    assert package.fhir_versions == ("4.0.1",) and package.dependencies["x.socks"] == "2.1.0"
    found = package.structure("http://x/StructureDefinition/shoe-owner")
    assert found and found.package == "x.shoes#1.0.0" and found.elements[1].must_support
    assert found.elements[1].definition == "Prose." and found.elements[1].short == "Prose"
    assert [head.url for head in package.value_set_heads()] == ["http://x/sizes"]
    assert [parameter.code for parameter in package.search_parameters("Patient")] == ["size"]
    assert [(head.type, head.name) for head in package.other_heads()] == [("CapabilityStatement", "Server")]
    assert (package.other("CapabilityStatement", "http://x/server") or {})["kind"] == "requirements"
    assert package.unread == ("broken.json",)


def test_examples_are_listed_with_the_profiles_they_claim_and_read_as_they_are(place: Path, tmp_path: Path) -> None:
    package = open_package(place, cache=tmp_path / "cache")
    (example,) = package.examples
    assert (example.type, example.id) == ("Patient", "a")
    assert example.profiles == ("http://x/StructureDefinition/shoe-owner",) and package.read_example(example) == EXAMPLE


def test_definitions_ask_packages_before_the_release(place: Path, tmp_path: Path) -> None:
    definitions = load_definitions("4.0", [open_package(place, cache=tmp_path / "cache")])
    assert [head.name for head in definitions.profiles_of("Patient")][:1] == ["shoe-owner"]
    assert definitions.judge_code("http://x/sizes", "http://x/size", "l").found is True
    assert definitions.judge_code("http://x/sizes", "http://x/size", "m").found is False
    assert definitions.structure("Patient") is not None


def test_a_package_is_compiled_once(place: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_package(place, cache=cache)
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    assert open_package(place, cache=cache).label == "x.shoes#1.0.0"
    assert [item.stat().st_mtime_ns for item in cache.iterdir()] == [written]


def test_a_changed_package_is_compiled_anew(tmp_path: Path) -> None:
    folder, cache = write_folder(tmp_path / "x", FILES), tmp_path / "cache"
    open_package(folder, cache=cache)
    write_folder(folder, files_of(RESOURCES, MANIFEST | {"title": "Boots"}))
    assert open_package(folder, cache=cache).title == "Boots"


@pytest.mark.parametrize("keep", [0, 1, 100, -1, -40])
def test_a_damaged_cache_is_made_again(place: Path, tmp_path: Path, keep: int) -> None:
    cache = tmp_path / "cache"
    open_package(place, cache=cache)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:keep])
    assert open_package(place, cache=cache).structure("http://x/StructureDefinition/shoe-owner")
    assert file.read_bytes() == whole
    file.write_bytes(whole.replace(b"shoe-owner", b"shoe-loser"))
    assert open_package(place, cache=cache).structure("http://x/StructureDefinition/shoe-owner")


@pytest.mark.parametrize("place_of_fault", [0.0, 0.3, 0.6, 0.9, 1.0])
@pytest.mark.parametrize("byte", [b"0", b"\n", b"\xff"])
def test_one_wrong_byte_anywhere_in_the_cache_is_seen(tmp_path: Path, place_of_fault: float, byte: bytes) -> None:
    folder, cache = write_folder(tmp_path / "x", FILES), tmp_path / "cache"
    open_package(folder, cache=cache)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    at = int(place_of_fault * (len(whole) - 1))
    file.write_bytes(whole[:at] + byte + whole[at + 1 :])
    assert open_package(folder, cache=cache).label == "x.shoes#1.0.0"
    assert file.read_bytes() == whole


@pytest.mark.parametrize("content", [b"[]\n", b"5\n0123456789\n", b"null", b"{}\n" * 9])
def test_a_cache_file_of_another_making_is_made_again(tmp_path: Path, content: bytes) -> None:
    folder, cache = write_folder(tmp_path / "x", FILES), tmp_path / "cache"
    open_package(folder, cache=cache)
    (file,) = cache.iterdir()
    file.write_bytes(content)
    assert open_package(folder, cache=cache).structure("http://x/StructureDefinition/shoe-owner")


def test_an_open_package_stays_readable_where_its_cache_is_emptied(place: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_package(place, cache=cache)
    package = open_package(place, cache=cache)
    for file in cache.iterdir():
        file.unlink()
    assert package.structure("http://x/StructureDefinition/shoe-owner") and package.value_set("http://x/sizes")


def test_two_versions_whose_files_differ_neither_in_size_nor_in_time_are_two(tmp_path: Path) -> None:
    for version in ("1.0.0", "1.0.1"):
        folder = write_folder(tmp_path / version, files_of((), MANIFEST | {"version": version}))
        os.utime(folder / "package/package.json", (499162500, 499162500))
        assert open_package(folder, cache=tmp_path / "cache").version == version


def test_processes_that_compile_one_package_at_once_all_get_it_whole(tmp_path: Path) -> None:
    folder, cache = write_folder(tmp_path / "x", FILES), tmp_path / "cache"
    told = "from pathlib import Path; from workbench.packages.package import open_package; "
    told += f"print(open_package(Path({str(folder)!r}), cache=Path({str(cache)!r})).unread)"
    running = [subprocess.Popen([sys.executable, "-c", told], stdout=subprocess.PIPE, cwd=ROOT) for _ in range(4)]
    assert {process.communicate(timeout=60)[0].strip() for process in running} == {b"('broken.json',)"}
    assert len(list(cache.iterdir())) == 1


def test_what_nobody_has_read_for_long_leaves_the_cache(place: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    open_package(place, cache=cache)
    (old,) = cache.iterdir()
    made_before, in_use, alien = cache / "0f-1.1.facts", cache / "0e-1.1.facts", cache / "notes.txt"
    for path in (made_before, in_use, alien):
        path.write_text("")
    os.utime(old, (0, 0))
    os.utime(made_before, (time.time() - 90_000,) * 2)
    other = write_folder(tmp_path / "other", files_of((), MANIFEST | {"name": "x.hats"}))
    open_package(other, cache=cache)
    (new,) = set(cache.iterdir()) - {alien, in_use}
    assert new != old and alien.exists() and in_use.exists()
    os.utime(new, (0, 0))
    open_package(other, cache=cache)
    assert time.time() - new.stat().st_atime < 60


def test_a_cache_that_cannot_be_written_does_no_harm_and_leaves_nothing_elsewhere(place: Path, tmp_path: Path) -> None:
    blocked, elsewhere = tmp_path / "file", Path(tempfile.gettempdir())
    blocked.write_text("no folder")
    before = set(elsewhere.glob("workbench-*.facts"))
    assert open_package(place, cache=blocked).label == "x.shoes#1.0.0"
    assert open_package(place, cache=blocked).structure("http://x/StructureDefinition/shoe-owner")
    assert set(elsewhere.glob("workbench-*.facts")) == before


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes root to become somebody else")
def test_a_cache_of_somebody_else_that_may_only_be_read_is_read() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder, cache = write_folder(Path(place) / "x", FILES), Path(place) / "cache"
        for path in (Path(place), folder, *folder.rglob("*")):
            path.chmod(0o755)
        open_package(folder, cache=cache)
        cache.chmod(0o755)
        (file,) = cache.iterdir()
        file.chmod(0o644)
        written = file.stat().st_ino, file.stat().st_mtime_ns
        told = (
            f"print(open_package(Path({str(folder)!r}), cache=Path({str(cache)!r}))._file._content.__class__.__name__)"
        )
        assert run_apart(told, "import os; os.setuid(65534)") == "mmap"
        assert [(item.stat().st_ino, item.stat().st_mtime_ns) for item in cache.iterdir()] == [written]


@pytest.mark.skipif(sys.platform == "win32", reason="takes a limit of the system to the size of files")
def test_a_full_disk_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    folder, cache = write_folder(tmp_path / "x", FILES), tmp_path / "cache"
    full = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    full += "; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))"
    told = f"print(open_package(Path({str(folder)!r}), cache=Path({str(cache)!r})).label)"
    assert run_apart(told, full) == "x.shoes#1.0.0" and list(cache.iterdir()) == []


def run_apart(told: str, before: str) -> str:
    imports = "from pathlib import Path; from workbench.packages.package import open_package"
    code = f"{imports}; import workbench.packages.package_compiler; {before}; {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_one_file_that_cannot_be_read_is_told_and_the_rest_is_taken(tmp_path: Path) -> None:
    marked = b"\xef\xbb\xbf" + files_of(RESOURCES)["package/ValueSet-1.json"]
    odd = {"package/a.json": b"\xff\xfe", "package/b.json": b"", "package/c.json": b"[" * 100_000}
    files = FILES | odd | {"package/ValueSet-1.json": marked}
    package = open_package(write_archive(tmp_path / "x.tgz", files), cache=tmp_path / "cache")
    assert package.unread == ("a.json", "b.json", "broken.json", "c.json") and package.value_set("http://x/sizes")


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"package/package.json": b"{}"},
        {"package/package.json": b"[]"},
        {"package/package.json": b'{"name": "../up", "version": "1"}'},
        {"package/package.json": b'{"name": "x", "version": "../1"}'},
        {"other/package.json": b'{"name": "x", "version": "1"}'},
    ],
)
def test_what_is_no_package_is_refused_in_words(files: dict[str, bytes], tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="is not a FHIR package"):
        open_package(write_archive(tmp_path / "x.tgz", files), cache=tmp_path)


def test_a_manifest_that_is_no_json_is_named_with_its_package(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x.shoes#1.0.0", {"package/package.json": b"{"})
    with pytest.raises(WorkbenchError, match=r"x\.shoes#1\.0\.0.package.package\.json:1:2: This is not valid JSON"):
        open_package(folder, cache=tmp_path / "cache")


def test_what_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.tgz", tmp_path):
        with pytest.raises(WorkbenchError, match="is not a FHIR package"):
            open_package(path, cache=tmp_path)


WHOLE = gzip.compress(bytes(range(256)) * 40, mtime=0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b"no gzip", "it is not packed as a .tgz is"),
        (b"\x1f\x8b\x08" + b"\0" * 40, "what is packed in it is no archive of files"),
        (WHOLE, "what is packed in it is no archive of files"),
        (WHOLE[:100], "it ends before its content does"),
    ],
)
def test_damaged_archives_are_refused_with_the_reason_and_their_name_once(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.tgz"
    path.write_bytes(content)
    with pytest.raises(WorkbenchError) as caught:
        open_package(path, cache=tmp_path)
    assert str(caught.value).startswith(f"x.tgz cannot be read as a package: {reason}.")


def test_an_archive_cut_anywhere_is_refused_as_one_that_was_cut(tmp_path: Path) -> None:
    whole = write_archive(tmp_path / "x.tgz", {"package/package.json": b'{"name": "x", "version": "1"}'}).read_bytes()
    for size in range(20, len(whole) - 8, 7):
        (tmp_path / "cut.tgz").write_bytes(whole[:size])
        with pytest.raises(WorkbenchError, match="it ends before its content does"):
            list(read_archive(tmp_path / "cut.tgz"))


def test_an_archive_cut_anywhere_is_refused_in_words(tmp_path: Path) -> None:
    whole = write_archive(tmp_path / "x.tgz", FILES).read_bytes()
    for size in range(0, len(whole) - 1, 23):
        (tmp_path / "cut.tgz").write_bytes(whole[:size])
        with pytest.raises(WorkbenchError):
            open_package(tmp_path / "cut.tgz", cache=tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "package/../../x",
        "/etc/x",
        "package/a\\b",
        "C:/x",
        "package/nul.json",
        "package/COM1 .json",
        "package/com¹.json",
        "package/CONIN$",
        "package/a:b",
        "package/x. ",
        "p/\x01",
    ],
)
def test_names_that_lead_outside_are_refused(name: str, tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "x.tgz", {"package/package.json": b"{}", name: b"{}"})
    with pytest.raises(WorkbenchError, match="refused"):
        list(read_archive(archive))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(kind: bytes, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/x.json")
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member)
    with pytest.raises(WorkbenchError, match="link or a device"):
        list(read_archive(tmp_path / "x.tgz"))


@pytest.mark.parametrize("names", [("a", "A"), ("\u00e9", "e\u0301")])
def test_a_name_that_stands_twice_is_refused(names: tuple[str, str], tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "x.tgz", {f"package/{name}.json": b"{}" for name in names})
    with pytest.raises(WorkbenchError, match="twice"):
        list(read_archive(archive))


def test_a_bomb_is_refused_soon(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/x.json")
        member.size = 120 << 20
        archive.addfile(member, io.BytesIO(bytes(member.size)))
    started = time.process_time()
    with pytest.raises(WorkbenchError, match="unpacks to more than"):
        list(read_archive(tmp_path / "x.tgz"))
    assert time.process_time() - started < 2


def test_versions_are_ordered_as_semantic_versions_are() -> None:
    versions = ["2.0.0", "1.0.0-ballot", "1.10.0", "1.0.0", "1.0.0-ballot2", "1.2.0", "1.10.0-cibuild"]
    in_order = ["1.0.0-ballot", "1.0.0-ballot2", "1.0.0", "1.2.0", "1.10.0-cibuild", "1.10.0", "2.0.0"]
    assert sorted(versions, key=order_of) == in_order
    assert is_asked_for("1.0.4", "1.0.x") and not is_asked_for("1.1.0", "1.0.x") and is_asked_for("3", "latest")
    assert is_asked_for("1.3.0", "1.x") and not is_asked_for("1.3.0-ballot", "1.x")
    assert max(["1.0.0", "2.0.0-ballot", "1.1.0"], key=preference_of) == "1.1.0"


def test_labels_name_an_id_and_a_version_and_aliases_stand_for_them() -> None:
    assert split_label("x.socks#1.2.0") == split_label("x.socks@1.2.0") == ("x.socks", "1.2.0")
    assert split_label("x.socks") == ("x.socks", "")
    asked = {"x.socks": "1.2.0", "old@npm:x.socks": "1.1.0", "older": "npm:x.socks@1.0.0", "any": "npm:x.socks"}
    assert list(labels_of(asked)) == ["x.socks#1.2.0", "x.socks#1.1.0", "x.socks#1.0.0", "x.socks#"]


@pytest.fixture
def shelf(tmp_path: Path) -> PackageShelf:
    for version in ("1.2.0", "1.10.0", "1.10.0-ballot"):
        manifest = MANIFEST | {"name": "x.socks", "version": version, "dependencies": {}}
        write_folder(tmp_path / f"shelf/x.socks#{version}", files_of((), manifest))
    needs = MANIFEST | {"dependencies": {"hl7.fhir.r4.core": "4.0.1", "x.socks": "1.2.x", "x.hats": "3.0.0"}}
    write_folder(tmp_path / "shelf/x.shoes#1.0.0", files_of(RESOURCES, needs))
    (tmp_path / "shelf/.tmp#1").mkdir()
    (tmp_path / "shelf/empty#1").mkdir()
    (tmp_path / "shelf/packages.ini").write_text("")
    return PackageShelf(tmp_path / "shelf", cache=tmp_path / "cache")


def test_the_shelf_lists_what_is_installed_and_built_in(shelf: PackageShelf) -> None:
    labels = [entry.label for entry in shelf.entries]
    assert labels[-4:] == ["x.shoes#1.0.0", "x.socks#1.10.0", "x.socks#1.10.0-ballot", "x.socks#1.2.0"]
    assert "hl7.fhir.us.core#5.0.1" in labels and "empty#1" not in labels


def test_the_manifest_of_a_package_is_read_without_opening_it(shelf: PackageShelf, tmp_path: Path) -> None:
    for entry in shelf.entries:
        manifest = shelf.manifest_of(entry)
        assert manifest.label == entry.label and manifest.fhir_versions
    assert not (tmp_path / "cache").exists()


def test_packages_are_found_by_id_and_version(shelf: PackageShelf) -> None:
    assert shelf.open("x.socks").version == "1.10.0" and shelf.open("x.socks#1.2.x").version == "1.2.0"
    assert shelf.open("hl7.fhir.us.core").is_partial
    with pytest.raises(WorkbenchError, match=r"x\.socks#9 is not installed.*1\.10\.0"):
        shelf.open("x.socks#9")


def test_dependencies_are_opened_and_missing_ones_listed(shelf: PackageShelf) -> None:
    shoes = shelf.open("x.shoes")
    found = shelf.with_dependencies([shoes])
    assert [package.label for package in found.packages] == ["x.shoes#1.0.0", "x.socks#1.2.0"]
    assert found.missing == ("x.hats#3.0.0",) == shelf.missing_of(shoes) and found.release().key == "4.0"


def test_one_package_comes_in_each_version_that_is_asked_for_and_the_one_that_was_named_goes_first(
    shelf: PackageShelf, tmp_path: Path
) -> None:
    needs = {"dependencies": {"x.socks": "1.2.0", "new@npm:x.socks": "1.10.0", "x.hats": "3.0.0"}}
    files = files_of((), MANIFEST | {"name": "x.boots"} | needs)
    boots = shelf.open(str(write_archive(tmp_path / "boots.tgz", files)))
    hats = files_of((), MANIFEST | {"name": "x.hats", "version": "3.1.0", "dependencies": {}})
    newer = shelf.open(str(write_archive(tmp_path / "hats.tgz", hats)))
    labels = [package.label for package in shelf.with_dependencies([boots, newer]).packages]
    assert labels == ["x.boots#1.0.0", "x.hats#3.1.0", "x.socks#1.2.0", "x.socks#1.10.0"]
    assert shelf.with_dependencies([boots, newer]).missing == ()
    assert shelf.with_dependencies([boots]).missing == shelf.missing_of(boots) == ("x.hats#3.0.0",)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="takes root to become somebody unknown")
def test_a_user_without_a_home_has_what_is_built_in_and_is_told_so() -> None:
    told = """
import os
import platformdirs
from workbench.packages.package_shelf import PackageShelf
from workbench.packages.package import default_cache
from workbench.errors import WorkbenchError
platformdirs.user_cache_path("x")
os.setuid(54321)
print(PackageShelf().find("hl7.terminology.r4").version, default_cache())
try:
    PackageShelf().folder
except WorkbenchError as error:
    print(error.hint)
"""
    bare = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, cwd=ROOT, env=bare, check=False)
    assert done.stdout.split("\n")[:2] == ["7.0.1 None", "Set HOME to a folder."], done.stderr


def test_a_shelf_that_is_not_there_has_what_is_built_in(tmp_path: Path) -> None:
    assert PackageShelf(tmp_path / "none").find("hl7.terminology.r4")


@pytest.mark.skipif(not US_CORE.is_dir(), reason="the folder shared/data with the US Core packages is absent")
@pytest.mark.parametrize("name", ["us_core_311", "us_core_400", "us_core_610", "us_core_700"])
def test_official_packages_are_read_whole(name: str, tmp_path: Path) -> None:
    package = open_package(US_CORE / f"{name}.tgz", cache=tmp_path)
    assert package.id == "hl7.fhir.us.core" and package.unread == () and len(package.examples) >= 84
    structures = [package.structure(head.url) for head in package.structure_heads()]
    assert len(structures) >= 30 and all(found and found.elements[1].short for found in structures)
    assert all(package.value_set(head.url) for head in package.value_set_heads())
    again = next(tmp_path.iterdir()).stat().st_mtime_ns
    assert open_package(US_CORE / f"{name}.tgz", cache=tmp_path).label == package.label
    assert next(tmp_path.iterdir()).stat().st_mtime_ns == again
