"""StrangerLook: segments that have no place in a message: of another one or version, misspelt, or cut in two."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.version_plan import VersionPlan
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, load_dictionary
from workbench.hl7v2.segment import Segment

_NAME = re.compile(r"[A-Za-z0-9]{3,4}")
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StrangerLook:
    """The strangers of a message that is held against the structure named `name`."""

    log: IssueLog
    version: VersionPlan
    name: str

    def tell(self, segment: Segment, path: str, *, missing: str = "", more: int = 0) -> None:
        """Tell of a stranger; `missing` is the segment that is required where it stands and looks like it.

        `more` is how many after it are written as wrongly.
        """
        name = segment.name
        rule, said = "unknown segment", ""
        if self.version.fields(name):
            rule = f"{name} not in {self.name}"
            said = f"{name} has no place in {self.name}: take it out, or use another message."
        groups = path[: len(path) - len(name)] if path.endswith(name) else ""
        shown = path if len(name) <= _SHOWN else f"{groups}{name[:_SHOWN]}"
        said = said or self._tell_unknown(segment, missing)
        if more:
            said += f" So it is with {more} more behind it."
        self.log.add("error", "extension", said, path=shown, rule=rule, offset=segment.start)

    def _tell_unknown(self, segment: Segment, missing: str) -> str:
        name = segment.name
        meant = name.strip().upper()
        if not segment.text.strip():
            return "The line holds nothing but blanks: take it out."
        if meant != name and (self.version.fields(meant) or (meant[:1] == "Z" and len(meant) == 3)):
            return f"“{name}” is no segment of {self.log.standard}: write {meant}."
        separator = segment.encoding.field
        if self.version.fields(name[:3]) and not name[3:4].isalnum():
            return f"“{name[3]}” stands after {name[:3]}, and MSH-1 names “{separator}”: write that between the fields."
        if missing:
            return f"“{name[:_SHOWN]}” is no segment of {self.log.standard}, and {missing} is missing: write {missing}."
        if is_cut(name):
            return (
                f"The line “{segment.text[:_SHOWN]}” begins with no name of a segment: if it goes on from the line "
                "before, join the two, and write a line break in text as \\.br\\."
            )
        said = f"“{name[:_SHOWN]}” is no segment of {self.log.standard}"
        since = find_version_of_segment(self.version.version, name)
        return said + (
            f"; it comes with HL7 v{since}." if since else ", and a local one starts with Z: check its name."
        )


def is_cut(name: str) -> bool:
    """Whether a line that begins with `name` looks like the rest of the one before it, and not like a segment."""
    bare = name.strip()
    return name[:1] != "Z" and (_NAME.fullmatch(bare) is None or bare.isdecimal())


def looks_like(name: str, meant: str) -> bool:
    """Whether a name has but one letter of another wrong, or has them in another order."""
    short = name.strip().upper()[: len(meant)]
    alike = sum(one == other for one, other in zip(short, meant, strict=False))
    return len(short) == len(meant) and (alike >= len(meant) - 1 or sorted(short) == sorted(meant))


@lru_cache(maxsize=1024)
def find_version_of_segment(version: str, name: str) -> str:
    """The first version after `version` that has a segment of that name; empty where none has."""
    later = KNOWN_VERSIONS[KNOWN_VERSIONS.index(version) + 1 :]
    return next((each for each in later if load_dictionary(each).knows_segment(name)), "")
