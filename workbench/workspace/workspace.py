"""Workspace: the analyst's folder of scenarios, sites, messages and remote sandboxes, beside the shipped library.

The folder is made at the first save. What lies in it stands before what is shipped under the same id.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.site.site import Site
from workbench.site.site_file import SUFFIXES, read_site
from workbench.site.site_profiles import stamp_profiles
from workbench.workspace.atomic import Stamp, read_text, write_text
from workbench.workspace.file_names import file_name_of
from workbench.workspace.library import fixtures_folder, load_population
from workbench.workspace.remotes import RemoteSandbox, check_remote, drop_remote, parse_remotes, put_remote

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import Sandbox
    from workbench.scenario.runner import Endpoints
    from workbench.scenario.scenario import Scenario

SCENARIO_SUFFIX = ".scenario.yaml"
MESSAGE_SUFFIXES = (".hl7", ".er7", ".txt", ".json")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in the workspace or the shipped library, as a list shows it; it has not been read whole."""

    name: str
    path: Path
    shipped: bool


ScenarioEntry = Entry
MessageEntry = Entry


@dataclass(frozen=True, slots=True)
class SiteEntry:
    """A site file, by the id that it carries."""

    id: str
    name: str
    path: Path
    shipped: bool


class Workspace:
    """Names and finds things; `folder` is the default folder in the user's documents where it is None."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = default_folder() if folder is None else Path(folder)
        self._remotes_stamp: Stamp = ""

    def sites(self) -> tuple[SiteEntry, ...]:
        """The sites by id, the shipped ones first."""
        found: dict[str, SiteEntry] = {}
        for path, shipped in self._files("sites", SUFFIXES):
            head = _head(path, ("id", "name"))
            site_id = head.get("id") or path.stem
            found[site_id] = SiteEntry(site_id, head.get("name") or path.stem, path, shipped)
        return tuple(found.values())

    def read_site(self, site_id: str) -> Site:
        """Read a site by its id, or from the path of a site file; raises WorkbenchError that names the known ones."""
        entries = self.sites()
        for entry in entries:
            if entry.id == site_id:
                return _read_site_once(entry.path)
        if site_id.endswith(SUFFIXES) or "/" in site_id or "\\" in site_id:
            return read_site(Path(site_id))
        known = ", ".join(entry.id for entry in entries)
        raise WorkbenchError(
            f"There is no site “{site_id}”.", hint=f"Known sites: {known}. A path of a site file is taken too."
        )

    def scenarios(self) -> tuple[ScenarioEntry, ...]:
        return tuple(
            Entry(_head(path, ("name",)).get("name") or path.name.removesuffix(SCENARIO_SUFFIX), path, shipped)
            for path, shipped in self._files("scenarios", (SCENARIO_SUFFIX,))
        )

    def read_scenario(self, path: Path) -> Scenario:
        """Read a scenario; a message that it names is looked for beside it, in the workspace and in the library."""
        from workbench.scenario.scenario_file import read_scenario

        roots = (self.folder, fixtures_folder())
        return read_scenario(path, [root / name for root in roots for name in ("messages", "resources")])

    def messages(self) -> tuple[MessageEntry, ...]:
        return tuple(Entry(path.stem, path, shipped) for path, shipped in self._files("messages", MESSAGE_SUFFIXES))

    def save_scenario(self, name: str, text: str, *, path: Path | None = None, read_as: Stamp | None = "") -> Path:
        """Save a scenario file under `path`, or under a file name made from `name`; return where it lies.

        `read_as` is the stamp of what was opened; the default lets no file that is there be written over.
        """
        target = path or self.folder / "scenarios" / file_name_of(name, SCENARIO_SUFFIX)
        write_text(target, text, read_as=read_as)
        return target

    def save_message(self, name: str, text: str, *, read_as: Stamp | None = "", suffix: str = ".hl7") -> Path:
        target = self.folder / "messages" / file_name_of(name, suffix)
        write_text(target, text, read_as=read_as)
        return target

    @property
    def remotes_path(self) -> Path:
        return self.folder / "remotes.yaml"

    def remotes(self) -> tuple[RemoteSandbox, ...]:
        return parse_remotes(self._read_remotes(), str(self.remotes_path))

    def find_remote(self, remote_id: str) -> RemoteSandbox:
        remotes = self.remotes()
        for remote in remotes:
            if remote.id == remote_id:
                return remote
        known = ", ".join(remote.id for remote in remotes) or "none yet"
        raise WorkbenchError(f"There is no remote sandbox “{remote_id}”.", hint=f"Known ones: {known}.")

    def save_remote(self, remote: RemoteSandbox) -> None:
        """Add `remote`, or change the one with its id; a change that another window made is kept too."""
        check_remote(remote)
        if remote.id in {entry.id for entry in self.sites()}:
            raise WorkbenchError(f"“{remote.id}” is the id of a simulated site.", hint="Choose another id.")
        self._change_remotes(lambda text: put_remote(text, remote))

    def delete_remote(self, remote_id: str) -> None:
        self._change_remotes(lambda text: drop_remote(text, remote_id))

    def make_sandbox(
        self,
        site_id: str,
        on_exchange: Callable[[Exchange], None] | None = None,
        *,
        http_port: int = 0,
        mllp_port: int = 0,
        mllp_tls: ssl.SSLContext | None = None,
    ) -> Sandbox:
        """A sandbox of the site, not yet started; `on_exchange` is called from the sandbox's thread."""
        from workbench.sandbox.sandbox import Sandbox

        site = self.read_site(site_id)
        population = load_population(site.population)
        return Sandbox(
            site,
            population,
            on_exchange=on_exchange,
            http_port=http_port,
            mllp_port=mllp_port,
            mllp_tls=mllp_tls,
        )

    def endpoints_of(self, target: Sandbox | RemoteSandbox, *, secret: str | None = None) -> Endpoints:
        """Where a replay reaches a sandbox that is up, or a remote one; `secret` stands in for the keyring's."""
        from workbench.workspace.endpoints import endpoints_of_remote, endpoints_of_sandbox

        if not isinstance(target, RemoteSandbox):
            return endpoints_of_sandbox(target)
        like = self.read_site(target.like) if target.like else None
        return endpoints_of_remote(target, like, secret=secret)

    def _files(self, folder: str, suffixes: tuple[str, ...]) -> Iterator[tuple[Path, bool]]:
        for root, shipped in ((fixtures_folder(), True), (self.folder, False)):
            for path in sorted((root / folder).glob("*")):
                if path.name.lower().endswith(suffixes) and not path.name.startswith(".") and path.is_file():
                    yield path, shipped

    def _read_remotes(self) -> str:
        if not self.remotes_path.exists():
            self._remotes_stamp = ""
            return ""
        file = read_text(self.remotes_path)
        self._remotes_stamp = file.stamp
        return file.text

    def _change_remotes(self, change: Callable[[str], str]) -> None:
        """Read, change and save in one go, so that only a change in that very moment is refused."""
        text = self._read_remotes()
        write_text(self.remotes_path, change(text), read_as=self._remotes_stamp)


def _read_site_once(path: Path) -> Site:
    """Read a site file again only after it, or a profile beside it, changed; a `Site` never changes."""
    try:
        status = path.stat()
    except OSError:
        return read_site(path)  # which tells why
    return _read_site(path, status.st_mtime_ns, status.st_size, stamp_profiles(path))


@lru_cache(maxsize=64)
def _read_site(path: Path, changed: int, size: int, profiles: tuple[tuple[str, int, int], ...]) -> Site:
    return read_site(path)


def default_folder() -> Path:
    """`Interop Workbench` in the user's documents."""
    import platformdirs

    return platformdirs.user_documents_path() / "Interop Workbench"


def _head(path: Path, keys: tuple[str, ...]) -> dict[str, str]:
    """The plain texts at the top level of a YAML file, read without the rest, so that a list of many is quick."""
    from workbench.yaml_file import parse_yaml

    try:
        lines = path.read_text("utf-8-sig").splitlines()
        chosen = "\n".join(line for line in lines if line.startswith(tuple(f"{key}:" for key in keys)))
        top = parse_yaml(chosen)
        return {key: top.text(key) for key in keys if key in top}
    except (OSError, UnicodeDecodeError, WorkbenchError):
        return {}
