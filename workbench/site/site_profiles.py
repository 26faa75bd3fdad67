"""SiteProfiles: the message profiles of a site file, written in it or in a file beside it, over its general rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from workbench.conformance.message_profile import MessageProfile
from workbench.conformance.profile_file import merge_profiles, profile_of, read_profile
from workbench.yaml_file import YamlMap

KEY = "profile"
FOLDER = "profiles"


class SiteProfiles:
    """Reads `profile` of each message; what the one of all messages asks is asked of each, unless it is complete."""

    def __init__(self, site_name: str, hl7v2: YamlMap) -> None:
        self._name = site_name
        self._general = profile_of(hl7v2.map(KEY, default=True), "")
        if self._general.complete or self._general.structure:
            raise hl7v2.refuse(
                KEY,
                f"“{hl7v2.name_of(KEY)}” holds for every message, and can neither be complete nor have a structure.",
                "Write that under the message.",
            )

    def read(self, message: YamlMap, name: str) -> MessageProfile | None:
        """The profile of the message `name`; None where nothing is asked of it."""
        special = self._read_special(message, name)
        if special is None and not self._general.children and not self._general.tables:
            return None
        profile = special or MessageProfile(name)
        if not profile.complete:
            profile = merge_profiles(self._general, profile)
        return replace(profile, name=profile.name or self._name)

    def _read_special(self, message: YamlMap, name: str) -> MessageProfile | None:
        if KEY not in message:
            message.raw(KEY, None)
            return None
        if isinstance(message.raw(KEY), dict):
            return profile_of(message.map(KEY), name)
        path = self._find_file(message)
        profile = read_profile(path)
        if profile.message != name:
            raise message.refuse(
                KEY, f"The profile in {path.name} is of {profile.message}, and stands here for {name}.", "Name another."
            )
        return profile

    def _find_file(self, message: YamlMap) -> Path:
        """A file in the folder of the site file or below it."""
        text = message.text(KEY)
        named = PurePosixPath(text)
        if named.is_absolute() or ".." in named.parts or "\\" in text or ":" in text:
            raise message.refuse(
                KEY, f"“{text}” does not lie beside the site file.", f"Put it there, such as {FOLDER}/adt-a01.yaml."
            )
        path = Path(message.source).parent / named
        if not message.source or not path.is_file():
            raise message.refuse(KEY, f"There is no profile “{text}” beside the site file.", "Correct the name.")
        return path


def stamp_profiles(site_file: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, time and size of each profile beside a site file, by which a change of one is known."""
    stamps = []
    for path in sorted((site_file.parent / FOLDER).glob("*.yaml")):
        try:
            status = path.stat()
        except OSError:
            continue
        stamps.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(stamps)
