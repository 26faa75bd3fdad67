"""Slicing: the elements of one name shared out among the slices of a profile, and how many each may have.

FHIR R4, Profiling, slicing: an element belongs to the slice whose discriminators it meets; one that meets none is
refused where the slicing is closed, and must come last where it is open at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.definitions.definition_tree import Branch
from workbench.definitions.structure import Discriminator, Slicing
from workbench.fhirpath.node import Node
from workbench.profiles.discriminator import Matcher, compile_matcher
from workbench.profiles.profile_compiler import compile_element
from workbench.profiles.profile_plan import ElementPlan
from workbench.rules.rulebook import Rulebook
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place

Element = tuple[Node, Place]
_BY_TYPE = (Discriminator("type", "$this"),)


class Slice:
    """One slice: what tells its elements, how many there must be, what is asked of each, and its reslices."""

    __slots__ = ("branch", "least", "matcher", "most", "plan", "reslicing")

    def __init__(self, branch: Branch, matcher: Matcher, plan: ElementPlan, reslicing: SlicingPlan | None) -> None:
        self.branch = branch
        self.matcher = matcher
        self.plan = plan
        self.reslicing = reslicing
        self.least = branch.definition.least
        self.most = branch.definition.most


class _Shares:
    """The elements of one name shared out among slices, by the number of each."""

    __slots__ = ("_claimed", "_others", "doubtful", "own", "slices")

    def __init__(self, slices: Sequence[Slice]) -> None:
        self.slices = slices
        self.own: list[list[Element]] = [[] for _ in slices]
        # How many may be of a slice, which cannot be decided.
        self.doubtful = [0] * len(slices)
        # The slices that an element is of besides the one that it was given to.
        self._claimed: set[int] = set()
        self._others: list[Place] = []

    def share_out(self, node: Node, at: Place, visit: Visit) -> tuple[list[int], bool]:
        """Give an element to the first slice that it is of; return all that it is of, and whether it may be of more."""
        verdicts = [one.matcher(node, at, visit) for one in self.slices]
        matched = [number for number, verdict in enumerate(verdicts) if verdict]
        if matched:
            self.own[matched[0]].append((node, at))
            self._claimed.update(matched[1:])
            return matched, False
        self._others.append(at)
        doubtful = [number for number, verdict in enumerate(verdicts) if verdict is None]
        for number in doubtful:
            self.doubtful[number] += 1
        return matched, bool(doubtful)

    def may_be_wrong(self, number: int, here: Place, visit: Visit) -> bool:
        """Whether what a slice misses may be an element that is told to be wrong, of another slice too, or null."""
        if number in self._claimed or any(visit.log.is_spoilt(at) for at in self._others):
            return True
        wrong = visit.log.spoilt_items(here)
        return bool(wrong) and not wrong <= {str(at) for members in self.own for _, at in members}


class SlicingPlan:
    """The slices of one element in their order. `unclear` are slices whose definition does not say what tells them."""

    __slots__ = ("branch", "name", "ordered", "rules", "slices", "unclear")

    def __init__(self, branch: Branch, slicing: Slicing, slices: Sequence[Slice], unclear: Sequence[Branch]) -> None:
        self.branch = branch
        self.name = branch.name
        self.rules = slicing.rules
        self.ordered = slicing.ordered
        self.slices = tuple(slices)
        self.unclear = tuple(unclear)

    def __call__(self, elements: list[Element], place: Place, visit: Visit) -> None:
        shares = _Shares(self.slices)
        reached = 0
        others_from: Place | None = None
        for node, at in elements:
            matched, is_doubtful = shares.share_out(node, at, visit)
            if len(matched) > 1:
                self._tell_ambiguous(at, matched, visit)
            if not matched:
                if self.rules == "closed" and not is_doubtful and not self.unclear and not visit.log.is_spoilt(at):
                    self._tell_unmatched(at, visit)
                others_from = others_from or (None if is_doubtful else at)
                continue
            found = matched[0]
            if self.ordered and found < reached:
                self._tell_order(at, found, visit)
            if self.rules == "openAtEnd" and others_from is not None:
                self._tell_late(at, found, visit)
            reached = max(reached, found)
        for number, one in enumerate(self.slices):
            self._judge_slice(one, number, shares, place, visit)
        for branch in self.unclear:
            if branch.definition.least > 0 and elements:
                self._tell_unclear(branch, place, visit)

    def _judge_slice(self, one: Slice, number: int, shares: _Shares, place: Place, visit: Visit) -> None:
        members = shares.own[number]
        count = len(members)
        if count < one.least and not shares.may_be_wrong(number, Place(place, self.name), visit):
            self._tell_few(one, count, shares.doubtful[number], place, visit)
        elif one.most is not None and count > one.most:
            self._tell_many(one, count, members, place, visit)
        for node, at in members:
            one.plan(node, at, visit)
        if one.reslicing is not None:
            one.reslicing(members, place, visit)

    def _tell_few(self, one: Slice, count: int, doubts: int, place: Place, visit: Visit) -> None:
        here = Place(place, self.name)
        log = visit.log
        if any(log.is_told(here, aspect) for aspect in ("min", "type", "shape")):
            return
        structure, name = self.branch.structure, one.branch.definition.slice_name
        rule = f"{one.branch.definition.id} min"
        which = f" ({one.matcher.words})" if one.matcher.words else ""
        if doubts + count >= one.least:
            question = f"Whether “{self.name}” has the slice “{name}”{which}"
            why = f"what makes one of the slice “{name}” is undecided of those that stand there"
            log.tell_undecided(question, why, here, rule, structure.canonical, aspect=f"{name} min")
            return
        number = "one" if one.least == 1 else str(one.least)
        said = f"“{self.name}” must have {number} for the slice “{name}”{which}, says {structure.called}"
        had = f", and has {count}" if count else ""
        visit.log.tell("error", "required", f"{said}{had}.", here, rule, structure.canonical, aspect=f"{name} min")
        visit.log.spoil(here)

    def _tell_many(self, one: Slice, count: int, members: list[Element], place: Place, visit: Visit) -> None:
        structure, name = self.branch.structure, one.branch.definition.slice_name
        said = f"“{self.name}” has {count} for the slice “{name}”, and {structure.called} allows {one.most}."
        at = members[one.most or 0][1]
        visit.log.tell(
            "error", "structure", said, at, f"{one.branch.definition.id} max", structure.canonical, aspect=f"{name} max"
        )

    def _tell_ambiguous(self, at: Place, matched: list[int], visit: Visit) -> None:
        """The values SHALL tell completely which slice it is (ElementDefinition.slicing.discriminator)."""
        structure, rule = self.branch.structure, f"{self.branch.definition.id} slicing"
        slices = " and ".join(f"“{self.slices[number].branch.definition.slice_name}”" for number in matched)
        said = f"“{self.name}” here is of the slices {slices} at once, and {structure.called} lets it be of one."
        visit.log.tell("error", "structure", said, at, rule, structure.canonical)

    def _tell_unmatched(self, at: Place, visit: Visit) -> None:
        structure = self.branch.structure
        allowed = ", ".join(f"“{one.branch.definition.slice_name}” ({one.matcher.words})" for one in self.slices)
        said = f"“{self.name}” here is none of those that {structure.called} allows: {allowed}."
        visit.log.tell("error", "structure", said, at, f"{self.branch.definition.id} slicing", structure.canonical)

    def _tell_order(self, at: Place, found: int, visit: Visit) -> None:
        structure, name = self.branch.structure, self.slices[found].branch.definition.slice_name
        said = f"“{self.name}” for the slice “{name}” stands too late: {structure.called} gives their order."
        visit.log.tell("error", "structure", said, at, f"{self.branch.definition.id} order", structure.canonical)

    def _tell_late(self, at: Place, found: int, visit: Visit) -> None:
        structure, name = self.branch.structure, self.slices[found].branch.definition.slice_name
        said = f"“{self.name}” for the slice “{name}” must stand before those that are of no slice."
        visit.log.tell("error", "structure", said, at, f"{self.branch.definition.id} order", structure.canonical)

    def _tell_unclear(self, branch: Branch, place: Place, visit: Visit) -> None:
        structure, name = self.branch.structure, branch.definition.slice_name
        question = f"Which “{self.name}” is the slice “{name}”"
        why, rule = f"{structure.called} does not say what makes one", f"{branch.definition.id} slicing"
        here = Place(place, self.name)
        visit.log.tell_undecided(question, why, here, rule, structure.canonical, aspect=f"{name} min")


def compile_slicing(rulebook: Rulebook, branch: Branch, known: Sequence[Branch]) -> SlicingPlan | None:
    """Return the plan of the slices of an element; None where there are none, or they ask nothing."""
    if not branch.slices:
        return None
    definition = branch.definition
    slicing = definition.slicing or Slicing(())
    is_choice = definition.path.endswith("[x]")
    discriminators = slicing.discriminators or (_BY_TYPE if is_choice else ())
    if not discriminators and definition.slice_name:
        discriminators = _inherited(known)
    slices: list[Slice] = []
    unclear: list[Branch] = []
    for position, inner in enumerate(branch.slices.values()):
        matcher = compile_matcher(rulebook, inner, discriminators, position)
        if matcher is None:
            unclear.append(inner)
            continue
        plan = compile_element(rulebook, inner, [branch, *known])
        slices.append(Slice(inner, matcher, plan, compile_slicing(rulebook, inner, [branch, *known])))
    plan_of_all = SlicingPlan(branch, slicing, slices, unclear)
    return plan_of_all if _asks(plan_of_all) else None


def _inherited(known: Sequence[Branch]) -> tuple[Discriminator, ...]:
    """Reslices are told by what tells the slices, where nothing else is said."""
    return next((other.definition.slicing.discriminators for other in known if other.definition.slicing), ())


def _asks(plan: SlicingPlan) -> bool:
    if plan.rules != "open" or plan.ordered or plan.unclear:
        return True
    return any(one.least or one.plan or one.reslicing or one.most != plan.branch.definition.most for one in plan.slices)
