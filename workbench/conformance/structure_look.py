"""StructureLook: a close look at the segments of a message in its structure: order, cardinality, choices, strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.order_look import OrderLook, opening_of
from workbench.conformance.stranger_look import StrangerLook, looks_like
from workbench.conformance.version_plan import VersionPlan
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
class _Missing:
    """A node that does not stand in `group` as often as it must; `last` is the segment after which it belongs."""

    group: PlacedGroup
    node: int
    count: int
    last: Segment | None


@dataclass(frozen=True, slots=True)
class StructureLook:
    """One message against the structure named `name`."""

    log: IssueLog
    version: VersionPlan
    name: str

    def look_at(self, placement: Placement) -> None:
        plan = placement.plan
        astray = {node for each in placement.segments if each.fit == "order" for node in plan.chains[each.node]}
        missing: list[_Missing] = []
        crowded: set[int] = set()
        for group in placement.root.groups():
            counts = Counter(child.node for child in group.children)
            if plan.nodes[group.node].choice:
                self._look_at_choice(placement, group, counts)
                continue
            is_astray = all(isinstance(child, PlacedSegment) and child.fit == "order" for child in group.children)
            for node in plan.children(group.node):
                facts = plan.nodes[node]
                if counts[node] < facts.least and node not in astray and not is_astray:
                    last = _last_before(placement, group, node)
                    missing.append(_Missing(group, node, counts[node], last))
                if facts.most is not None and counts[node] > facts.most and facts.name != ANY_SEGMENT:
                    crowded.update(self._tell_too_many(placement, group, node))
        OrderLook.of(self.log, self.name, placement).look_at(crowded)
        self._tell_strangers(placement, missing)

    def _tell_strangers(self, placement: Placement, missing: list[_Missing]) -> None:
        """The strangers, and what is missing where none of them stands for it."""
        look = StrangerLook(self.log, self.version, self.name)
        meant: dict[int, str] = {}
        for each in missing:
            name, last = opening_of(placement.plan.nodes[each.node]), each.last
            if last is not None and not self.version.fields(last.name) and looks_like(last.name, name):
                meant[last.index] = name
            else:
                self._tell_missing(placement, each)
        misspelt = [placed for placed in placement.segments if placed.fit == "name"]
        if misspelt:
            look.tell(misspelt[0].segment, misspelt[0].path, more=len(misspelt) - 1)
        for placed in placement.segments:
            if placed.fit == "unknown" and placed.segment.name not in _AROUND:
                look.tell(placed.segment, placed.path, missing=meant.get(placed.segment.index, ""))

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
                self._tell_too_many(placement, group, node)

    def _tell_missing(self, placement: Placement, missing: _Missing) -> None:
        group, node, last = missing.group, missing.node, missing.last
        facts = placement.plan.nodes[node]
        self.log.add(
            "error",
            "required",
            self._say_missing(placement, missing),
            path=f"{group.path}/{facts.name}" if group.path else facts.name,
            rule=f"{self.name} {facts.name} required",
            offset=last.end if last else 0,
        )

    def _say_missing(self, placement: Placement, missing: _Missing) -> str:
        plan, node, group = placement.plan, missing.node, missing.group
        facts, around = plan.nodes[node], plan.nodes[group.node].name
        first = next((child for child in group.children if child.node), None)
        if (
            facts.kind == "segment"
            and group.node
            and not missing.count
            and first
            and plan.at[first.node] > plan.at[node]
        ):
            name = _first_segment(first).name
            how = f"has it in {around}" if plan.at[node] else f"begins {around} with it"
            said = f"{facts.name} is missing before {name}: {self.name} {how}."
            return f"{said} Add it, or move {name} after its {facts.name}."
        what = facts.name
        if facts.kind == "group":
            what = f"The group {facts.name}, which begins with {opening_of(facts)},"
        spot = f" after {missing.last.name}" if missing.last else ""
        often = f"requires it{spot}"
        if missing.count:
            often = f"needs it {facts.least} times, and it stands {missing.count}"
        within = f" in {around}" if group.node else ""
        return f"{what} is missing: {self.name} {often}{within}. Add it there."

    def _tell_too_many(self, placement: Placement, group: PlacedGroup, node: int) -> set[int]:
        """Tell of one of those that are too many, one out of order if there is such; gives the indexes of those."""
        facts = placement.plan.nodes[node]
        most = facts.most or 0
        there = [child for child in group.children if child.node == node]
        astray = [child for child in there if isinstance(child, PlacedSegment) and child.fit == "order"]
        extra = astray[0] if astray else there[most]
        within = f" in {placement.plan.nodes[group.node].name}" if group.node else ""
        times, kept = ("once", "one of them") if most == 1 else (f"{most} times at most", f"{most}")
        self.log.add(
            "error",
            "structure",
            f"{facts.name} stands {len(there)} times{within}, and {self.name} has it {times}: keep {kept}.",
            path=extra.path,
            rule=f"{self.name} {facts.name} cardinality",
            offset=_first_segment(extra).start,
        )
        return {child.segment.index for child in astray}


def _last_before(placement: Placement, group: PlacedGroup, node: int) -> Segment | None:
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


def _segments(child: PlacedGroup | PlacedSegment) -> Iterator[Segment]:
    if isinstance(child, PlacedSegment):
        yield child.segment
    else:
        yield from (placed.segment for placed in child.segments())


def _first_segment(child: PlacedGroup | PlacedSegment) -> Segment:
    return next(_segments(child))
