"""A workspace names and finds sites, scenarios, messages and remote sandboxes."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.atomic import read_text
from workbench.workspace.library import fixtures_folder
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.workspace import Workspace, default_folder

SCENARIO = "version: 1\nname: Mine\nsteps: []\n"
REMOTE = RemoteSandbox("lab", "Lab", "http://127.0.0.1:8080/r4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def workspace(folder: Path) -> Workspace:
    return Workspace(folder)


def own_site(folder: Path, file_name: str = "mine.yaml", **changes: str) -> Path:
    text = (fixtures_folder() / "sites" / "community-hospital.yaml").read_text("utf-8")
    for old, new in changes.items():
        text = text.replace(f"\n{old}: ", f"\n{old}: {new} #", 1)
    path = folder / "sites" / file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_looking_makes_no_folder(workspace: Workspace, folder: Path) -> None:
    assert workspace.sites()
    workspace.scenarios()
    workspace.messages()
    assert workspace.remotes() == ()
    assert not folder.exists()


def test_the_shipped_sites_are_there_with_their_names(workspace: Workspace) -> None:
    named = {entry.id: (entry.name, entry.shipped) for entry in workspace.sites()}
    assert named == {
        "academic-medical-center": ("Academic Medical Center", True),
        "community-hospital": ("Community Hospital", True),
    }


def test_a_site_of_ones_own_is_found_by_the_id_it_carries(workspace: Workspace, folder: Path) -> None:
    own_site(folder, "any-file-name.yml", id="st-mary", name="St. Mary")
    assert [entry.name for entry in workspace.sites() if not entry.shipped] == ["St. Mary"]
    assert workspace.read_site("st-mary").name == "St. Mary"


def test_a_site_of_ones_own_stands_before_the_shipped_one_of_its_id(workspace: Workspace, folder: Path) -> None:
    own_site(folder, name="Changed")
    assert workspace.read_site("community-hospital").name == "Changed"
    assert len(workspace.sites()) == 2


def test_a_site_that_was_edited_is_read_again(workspace: Workspace, folder: Path) -> None:
    path = own_site(folder, id="st-mary", name="St. Mary")
    assert workspace.read_site("st-mary").name == "St. Mary"
    path.write_text(path.read_text("utf-8").replace("St. Mary", "St. Martha"), "utf-8")
    assert workspace.read_site("st-mary").name == "St. Martha"


def test_a_site_is_read_from_a_path_too(workspace: Workspace, tmp_path: Path) -> None:
    path = own_site(tmp_path / "elsewhere", id="st-mary")
    assert workspace.read_site(str(path)).id == "st-mary"


def test_an_unknown_site_names_the_known_ones(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="There is no site “st-mary”") as caught:
        workspace.read_site("st-mary")
    assert "academic-medical-center, community-hospital" in caught.value.hint


def test_a_broken_site_file_spoils_only_itself(workspace: Workspace, folder: Path) -> None:
    (folder / "sites").mkdir(parents=True)
    (folder / "sites" / "broken.yaml").write_text("version: [", "utf-8")
    (folder / "sites" / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    assert {entry.id for entry in workspace.sites()} >= {"broken", "binary", "community-hospital"}
    with pytest.raises(WorkbenchError, match="not valid YAML"):
        workspace.read_site("broken")


def test_a_scenario_is_saved_under_its_name_and_listed(workspace: Workspace, folder: Path) -> None:
    path = workspace.save_scenario("Vitals / in a visit", SCENARIO)
    assert path == folder / "scenarios" / "vitals-in-a-visit.scenario.yaml"
    assert [(entry.name, entry.path) for entry in workspace.scenarios() if not entry.shipped] == [("Mine", path)]


def test_a_second_scenario_of_the_same_name_does_not_replace_the_first(workspace: Workspace) -> None:
    path = workspace.save_scenario("Mine", SCENARIO)
    with pytest.raises(WorkbenchError, match="not saved over"):
        workspace.save_scenario("Mine", SCENARIO.replace("[]", "[x]"))
    assert path.read_text("utf-8") == SCENARIO


def test_two_windows_on_one_scenario_lose_nothing(folder: Path) -> None:
    one, two = Workspace(folder), Workspace(folder)
    path = one.save_scenario("Mine", SCENARIO)
    opened = read_text(path)
    two.save_scenario("Mine", SCENARIO + "# theirs\n", path=path, read_as=opened.stamp)
    with pytest.raises(WorkbenchError, match="changed by somebody else"):
        one.save_scenario("Mine", SCENARIO + "# mine\n", path=path, read_as=opened.stamp)
    assert path.read_text("utf-8").endswith("# theirs\n")


def test_messages_of_ones_own_are_listed_and_hidden_files_are_not(workspace: Workspace, folder: Path) -> None:
    path = workspace.save_message("ADT^A01 odd", "MSH|^~\\&|\r")
    (folder / "messages" / ".adt.hl7.tmp").write_text("", "utf-8")
    (folder / "messages" / "picture.png").write_text("", "utf-8")
    assert [entry.path for entry in workspace.messages() if not entry.shipped] == [path]
    assert path.read_bytes() == b"MSH|^~\\&|\r"


def test_remote_sandboxes_are_saved_changed_and_deleted(workspace: Workspace) -> None:
    workspace.save_remote(REMOTE)
    workspace.save_remote(RemoteSandbox("lab", "New lab", "https://ehr.example.org/r4"))
    assert workspace.find_remote("lab").name == "New lab"
    workspace.delete_remote("lab")
    assert workspace.remotes() == ()


def test_two_windows_may_each_add_a_remote_sandbox(folder: Path) -> None:
    one, two = Workspace(folder), Workspace(folder)
    one.remotes()
    two.save_remote(REMOTE)
    one.save_remote(RemoteSandbox("other", "Other", "http://127.0.0.1:8081"))
    assert {remote.id for remote in two.remotes()} == {"lab", "other"}


def test_an_unknown_remote_sandbox_names_the_known_ones(workspace: Workspace) -> None:
    workspace.save_remote(REMOTE)
    with pytest.raises(WorkbenchError, match="no remote sandbox “x”") as caught:
        workspace.find_remote("x")
    assert "lab" in caught.value.hint


def test_a_remote_sandbox_does_not_take_the_id_of_a_site(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="id of a simulated site"):
        workspace.save_remote(RemoteSandbox("community-hospital", "X", "http://127.0.0.1"))


def test_a_full_disk_while_saving_a_remote_sandbox_loses_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.save_remote(REMOTE)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(WorkbenchError, match="No space left"):
            workspace.save_remote(RemoteSandbox("other", "Other", "http://127.0.0.1:8081"))
    assert workspace.remotes() == (REMOTE,)


def test_the_default_folder_is_in_the_users_documents() -> None:
    assert default_folder().name == "Interop Workbench"
    assert Workspace().folder == default_folder()
