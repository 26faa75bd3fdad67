"""MessageDemand: what a site, message profiles or a version ask of HL7 v2 messages, as one side of a comparison.

Forms: `site:ID`, `profile:FILE`, and a version as `hl7v2:2.5.1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.workspace.comparison_side import Tell, tell_nobody

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.conformance.asked import Asked
    from workbench.conformance.gap import GapReport
    from workbench.conformance.gap_count import GapCount
    from workbench.diff.difference import Difference
    from workbench.hl7v2.message import Message
    from workbench.site.site import Site
    from workbench.workspace.message_source import MessageSources
    from workbench.workspace.workspace import Workspace

SITE, PROFILE = "site:", "profile:"


@dataclass(frozen=True, slots=True)
class MessageDemand:
    """`site` is the path of a site file; `version` counts for all messages where given."""

    site: str = ""
    profiles: tuple[str, ...] = ()
    version: str = ""

    def read_site(self) -> Site | None:
        from workbench.site.site_file import read_site

        return read_site(Path(self.site)) if self.site else None


def find_demand(text: str, workspace: Workspace) -> MessageDemand | None:
    """Read `site:ID` or `profile:FILE`; None for another form. Raises WorkbenchError where there is none such."""
    if text.startswith(PROFILE):
        from workbench.conformance.profile_source import read_profiles

        path = text.removeprefix(PROFILE)
        read_profiles(path)
        return MessageDemand(profiles=(path,))
    if not text.startswith(SITE):
        return None
    name = text.removeprefix(SITE)
    for entry in workspace.sites():
        if entry.id == name:
            return MessageDemand(site=str(entry.path))
    if Path(name).is_file():
        return MessageDemand(site=name)
    known = ", ".join(entry.id for entry in workspace.sites())
    raise WorkbenchError(f"There is no site “{name}”.", hint=f"Sites are {known}, or the path of a site file.")


def diff_message(message: Message, demand: MessageDemand) -> tuple[Difference, ...]:
    """What the demand has against one message, and what it asks there that holds."""
    from workbench.version_diff.demand_rows import rows_of_message
    from workbench.workspace.message_desk import MessageDesk

    desk = MessageDesk(demand.version, demand.site, demand.profiles)
    desk.open()
    issues, _, _ = desk.judge(message.to_bytes())
    count = _count(demand, shows_values=True)
    count.add(message)
    return rows_of_message(message, issues, count.report())


def diff_log(sources: MessageSources, demand: MessageDemand, tell: Tell = tell_nobody) -> tuple[Difference, ...]:
    """How the messages of a log use each place, beside what the demand asks of it."""
    from workbench.version_diff.demand_rows import rows_of_log

    return rows_of_log(count_log(sources, demand, tell))


def diff_two(left: MessageDemand, right: MessageDemand) -> tuple[Difference, ...]:
    """What two sites, or the profiles of two files, ask otherwise."""
    from workbench.version_diff.demand_diff import diff_demands

    return (*_diff_versions(left, right), *diff_demands(_asked(left), _asked(right)))


def _diff_versions(left: MessageDemand, right: MessageDemand) -> Iterator[Difference]:
    from workbench.diff.difference import Verdict, make_row

    here, there = left.read_site(), right.read_site()
    if here is None or there is None or here.hl7v2.versions == there.hl7v2.versions:
        return
    taken = [", ".join(site.hl7v2.versions) or "all" for site in (here, there)]
    lost = there.hl7v2.versions and set(here.hl7v2.versions or ("all",)) - set(there.hl7v2.versions)
    why = "Messages of other versions are refused on the right." if lost else "The right takes more versions."
    verdict = Verdict("breaks-sender" if lost else "compatible", why)
    yield make_row("MSH-12", "versions", taken[0], taken[1], verdict, "Version ID")


def _asked(demand: MessageDemand) -> dict[str, Asked]:
    """What is asked, by message."""
    from workbench.conformance.asked import Asked
    from workbench.conformance.profile_source import read_profiles

    site = demand.read_site()
    if site is not None:
        rules = site.hl7v2.messages
        version = site.hl7v2.version
        return {rule.message: Asked(version, rule.profile, ("MSH-10", *rule.required)) for rule in rules}
    profiles = [profile for name in demand.profiles for profile in read_profiles(name)]
    return {profile.message: Asked(profile.version, profile) for profile in profiles}


def count_log(sources: MessageSources, demand: MessageDemand, tell: Tell = tell_nobody) -> GapReport:
    """`tell` is called with how far it is, by the bytes that are read."""
    from workbench.hl7v2.message import parse_message

    count, size = _count(demand), sources.count_bytes() or 1
    for outgoing in sources.read():
        tell(outgoing.read / size)
        try:
            count.add(parse_message(outgoing.payload), outgoing.source, outgoing.line)
        except WorkbenchError:
            count.add_unreadable(outgoing.place)
    return count.report()


def _count(demand: MessageDemand, *, shows_values: bool = False) -> GapCount:
    from workbench.workspace.gap_run import GapRequest, make_count

    request = GapRequest(demand.read_site(), demand.profiles, demand.version, shows_values=shows_values)
    return make_count(request)
