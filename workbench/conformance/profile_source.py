"""Profile source: message profiles from a file of any form that is read: our own YAML, HL7's XML, NIST's XML."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from workbench.conformance.message_profile import MessageProfile
from workbench.conformance.profile_file import read_profile
from workbench.conformance.profile_xml import read_profile_xml


def read_profiles(path: Path | str) -> tuple[MessageProfile, ...]:
    """The profiles in a file; raises WorkbenchError with its place."""
    file = Path(path)
    if file.suffix.lower() != ".xml":
        return (read_profile(file),)
    return read_profile_xml(file)


def find_profile(profiles: Iterable[MessageProfile], message: str) -> MessageProfile | None:
    """The profile of a message such as `ADT^A01`, or the one that is of every message."""
    return next((profile for profile in profiles if profile.is_of(message)), None)
