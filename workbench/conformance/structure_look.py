"""StructureLook: a close look at the segments of a message in its structure: order, cardinality, choices, strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.version_plan import VersionPlan
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, StructureNode, load_dictionary
from workbench.hl7v2.placement import PlacedGroup, PlacedSegment, Placement
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.structure_plan import ANY_SEGMENT, ROOT, StructurePlan

# What may stand around a message or go on in another one, and is in no structure.
_AROUND = frozenset({"FHS", "BHS", "BTS", "FTS", "ADD", "DSC"})


def is_structure_sound(plan: StructurePlan, names: list[str]) -> bool:
    """A plain yes for segments that stand in order and as often as they may; a no tells nothing."""
    place, seen = ROOT, set[int]()
    for name in names:
        step = plan.find_step(place, name)
        if step is None:
            if name[:1] != "Z":
                return False
            continue
        if step.is_fault or step.node in seen or not seen.isdisjoint(step.opens):
            return False
        if plan.bounded:
            seen.update(node for node in (step.node, *step.opens) if node in plan.bounded)
        place = step.node
    return plan.is_end(place)


@dataclass(frozen=True, slots=True)
class StructureLook:
    """One message against the structure named `name`."""

    log: IssueLog
    version: VersionPlan
    name: str

    def look_at(self, placement: Placement) -> None:
        misplaced = Counter(placed.node for placed in placement.segments if placed.fit == "order")
        wheres = _find_wheres(placement, misplaced) if misplaced else {}
        for placed in placement.segments:
            if placed.fit == "order":
                self._tell_order(placed, wheres[placed.node])
            elif placed.fit == "unknown" and placed.segment.name not in _AROUND:
                self.tell_stranger(placed.segment, placed.path)
        for group in placement.root.groups():
            self._look_at_group(placement, group, misplaced)

    def tell_stranger(self, segment: Segment, path: str) -> None:
        """A segment that has no place: one of the version in another message, of a later version, or of none."""
        name = segment.name
        rule, said = (
            f"{name} not in {self.name}",
            f"{name} has no place in {self.name}: take it out, or use another message.",
        )
        if not self.version.fields(name):
            since = find_version_of_segment(self.version.version, name)
            rule = "unknown segment"
            said = f"“{name[:20]}” is no segment of {self.log.standard}"
            meant = name.strip().upper()
            if meant != name and self.version.fields(meant):
                said += f": write {meant}."
            else:
                said += (
                    f"; it comes with HL7 v{since}." if since else ", and a local one starts with Z: check its name."
                )
        self.log.add("error", "extension", said, path=path, rule=rule, offset=segment.start)

    def _tell_order(self, placed: PlacedSegment, where: str) -> None:
        self.log.add(
            "error",
            "structure",
            f"{placed.segment.name} is out of order: {self.name} has it {where}. Move it there.",
            path=placed.path,
            rule=f"{self.name} order",
            offset=placed.segment.start,
        )

    def _look_at_group(self, placement: Placement, group: PlacedGroup, misplaced: Counter[int]) -> None:
        plan = placement.plan
        counts = Counter(child.node for child in group.children)
        if plan.nodes[group.node].choice:
            self._look_at_choice(placement, group, counts)
            return
        for node in plan.children(group.node):
            facts = plan.nodes[node]
            if counts[node] < facts.least and not misplaced[node]:
                self._tell_missing(placement, group, node, counts[node])
            if facts.most is not None and counts[node] > facts.most and facts.name != ANY_SEGMENT:
                self._tell_too_many(placement, group, node, counts[node])

    def _look_at_choice(self, placement: Placement, group: PlacedGroup, counts: Counter[int]) -> None:
        chosen = [child for child in group.children if child.node]
        others = [child for child in chosen if child.node != chosen[0].node]
        if others:
            names = " or ".join(placement.plan.nodes[node].name for node in placement.plan.children(group.node))
            first = _first_segment(others[0])
            self.log.add(
                "error",
                "structure",
                f"{self.name} has one of {names} here, and {first.name} stands beside another: keep one of them.",
                path=others[0].path,
                rule=f"{self.name} choice",
                offset=first.start,
            )
        for node, count in counts.items():
            if node and not others and (most := placement.plan.nodes[node].most) is not None and count > most:
                self._tell_too_many(placement, group, node, count)

    def _tell_missing(self, placement: Placement, group: PlacedGroup, node: int, count: int) -> None:
        plan, facts = placement.plan, placement.plan.nodes[node]
        path = f"{group.path}/{facts.name}" if group.path else facts.name
        last = self._last_before(placement, group, node)
        spot = f" after {last.name}" if last else ""
        what = (
            facts.name if facts.kind == "segment" else f"The group {facts.name}, which begins with {_opening(facts)},"
        )
        often = f"needs it {facts.least} times, and it stands {count}" if count else f"requires it{spot}"
        within = f" in {plan.nodes[group.node].name}" if group.node else ""
        self.log.add(
            "error",
            "required",
            f"{what} is missing: {self.name} {often}{within}.",
            path=path,
            rule=f"{self.name} {facts.name} required",
            offset=last.end if last else 0,
        )

    def _last_before(self, placement: Placement, group: PlacedGroup, node: int) -> Segment | None:
        """The last segment before the place of `node` in `group`; of an empty place the one before the group."""
        at = placement.plan.at[node]
        last = None
        for child in group.children:
            if child.node and placement.plan.at[child.node] > at:
                break
            *_, last = _segments(child)
        if last is None:
            index = next((each.segment.index for each in group.segments()), 0)
            last = placement.segments[index - 1].segment if index else None
        return last

    def _tell_too_many(self, placement: Placement, group: PlacedGroup, node: int, count: int) -> None:
        facts = placement.plan.nodes[node]
        most = facts.most or 0
        extra = [child for child in group.children if child.node == node][most]
        within = f" in {placement.plan.nodes[group.node].name}" if group.node else ""
        times, kept = ("once", "one of them") if most == 1 else (f"{most} times at most", f"{most}")
        self.log.add(
            "error",
            "structure",
            f"{facts.name} stands {count} times{within}, and {self.name} has it {times}: keep {kept}.",
            path=extra.path,
            rule=f"{self.name} {facts.name} cardinality",
            offset=_first_segment(extra).start,
        )


@lru_cache(maxsize=1024)
def find_version_of_segment(version: str, name: str) -> str:
    """The first version after `version` that has a segment of that name; empty where none has."""
    later = KNOWN_VERSIONS[KNOWN_VERSIONS.index(version) + 1 :]
    return next((each for each in later if load_dictionary(each).knows_segment(name)), "")


def _segments(child: PlacedGroup | PlacedSegment) -> Iterator[Segment]:
    if isinstance(child, PlacedSegment):
        yield child.segment
    else:
        yield from (placed.segment for placed in child.segments())


def _first_segment(child: PlacedGroup | PlacedSegment) -> Segment:
    return next(_segments(child))


def _opening(group: StructureNode) -> str:
    """The name of the segment by which a group begins: its first that is required, or its first."""
    node = group
    while node.kind == "group":
        node = next((child for child in node.children if child.required), node.children[0])
    return node.name


def _find_wheres(placement: Placement, nodes: Iterable[int]) -> dict[int, str]:
    """Where each node stands in its group: beside siblings that the message has, if it has some."""
    plan = placement.plan
    there = {above for placed in placement.segments if not placed.fit for above in plan.chains[placed.node]}
    return {node: _find_where(plan, node, there) for node in nodes}


def _find_where(plan: StructurePlan, node: int, there: set[int]) -> str:
    parent = plan.parent(node)
    siblings = list(plan.children(parent))
    at = siblings.index(node)
    before = [each for each in siblings[:at] if each in there] or siblings[:at]
    after = [each for each in siblings[at + 1 :] if each in there] or siblings[at + 1 :]
    place = f"after {plan.nodes[before[-1]].name}" if before else f"before {plan.nodes[after[0]].name if after else ''}"
    return f"{place} of {plan.nodes[parent].name}" if parent else place
