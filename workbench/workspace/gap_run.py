"""Gap run: a log of HL7 v2 messages held against a site, a profile or a version, told while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.conformance.asked import Asked
from workbench.conformance.gap import GapReport
from workbench.conformance.gap_count import FindAsked, GapCount
from workbench.conformance.message_profile import MessageProfile
from workbench.conformance.profile_source import find_profile, read_profiles
from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.hl7v2.message import parse_message
from workbench.site.site import Site
from workbench.workspace.message_source import MessageSources

# Messages between two moments at which a window may draw and a Ctrl-C is heard.
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class GapRequest:
    """What to hold messages against: a site, or profiles of files, or `version`; else each message's own version."""

    site: Site | None = None
    profiles: tuple[str, ...] = ()
    version: str = ""
    most_values: int = 10
    shows_values: bool = False


@dataclass(frozen=True, slots=True)
class GapProgress:
    """`messages` are counted, and `read` of `total` bytes are behind; `source` is the file that is read."""

    messages: int
    read: int
    total: int
    source: str


@dataclass(frozen=True, slots=True)
class GapFinished:
    """The whole report; `remarks` are what is said of the files themselves."""

    report: GapReport
    remarks: tuple[str, ...] = ()


GapEvent = GapProgress | GapFinished


async def find_gaps(sources: MessageSources, request: GapRequest) -> AsyncGenerator[GapEvent, None]:
    """Yield how far it is from time to time, and at last the report; closing the generator stops it.

    Raises WorkbenchError where the request names what is not here, before the first event.
    """
    count, total = make_count(request), sources.count_bytes()
    for number, outgoing in enumerate(sources.read(), 1):
        try:
            count.add(parse_message(outgoing.payload), outgoing.source, outgoing.line)
        except WorkbenchError:
            count.add_unreadable(outgoing.place)
        if number % _AT_ONCE == 0:
            yield GapProgress(number, outgoing.read, total, outgoing.source)
            await asyncio.sleep(0)
    remarks = tuple(f"{each.source}:{each.line}: {each.message}" for each in sources.remarks)
    yield GapFinished(count.report(), remarks)


def make_count(request: GapRequest) -> GapCount:
    """What counts the messages of a request; raises WorkbenchError where it names what is not here."""
    if request.version and request.version not in KNOWN_VERSIONS:
        raise WorkbenchError(
            f"HL7 v{request.version} is not known.", hint=f"The versions are {', '.join(KNOWN_VERSIONS)}."
        )
    against, find_asked = _against(request)
    return GapCount(
        against,
        find_asked,
        version=request.version,
        taken_versions=request.site.hl7v2.versions if request.site else (),
        most_values=request.most_values,
        shows_values=request.shows_values,
    )


def _against(request: GapRequest) -> tuple[str, FindAsked]:
    profiles = tuple(_read_all(request.profiles))
    site = request.site
    if site is not None:
        return site.name, lambda message: _asked_by_site(site, profiles, message)
    if profiles:
        names = ", ".join(dict.fromkeys(profile.name or profile.message for profile in profiles))
        return names, lambda message: _asked_by_profile(profiles, message)
    if request.version:
        return f"HL7 v{request.version}", lambda message: Asked(request.version)
    return "HL7 v2, each message by its own version", lambda message: Asked()


def _read_all(names: tuple[str, ...]) -> Iterator[MessageProfile]:
    for name in names:
        yield from read_profiles(Path(name))


def _asked_by_profile(profiles: tuple[MessageProfile, ...], message: str) -> Asked | None:
    profile = find_profile(profiles, message)
    if profile is None:
        return Asked() if _is_answer(message) else None
    return Asked(profile.version, profile)


def _is_answer(message: str) -> bool:
    """A log holds what was answered too, which nobody takes and nobody refuses."""
    return message.split("^")[0] == "ACK"


def _asked_by_site(site: Site, profiles: tuple[MessageProfile, ...], message: str) -> Asked | None:
    """What a site asks; a profile that is named besides stands in the place of the site's own."""
    rule = site.hl7v2.find_message(message)
    if rule is None:
        return Asked() if _is_answer(message) else None
    named = find_profile(profiles, message)
    profile = rule.profile if named is None else replace(named, name=named.name or site.name)
    return Asked(profile=profile, required=("MSH-10", *rule.required))
