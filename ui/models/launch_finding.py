"""Launch finding: a verdict or a risk of a launch's review as one row to read, and the marks they leave on arrows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ui.widgets.sequence_drawing import NO_MARK, Mark
from workbench.launch_review.review import STAGES, Evidence, LaunchReview, Party

Outcome = Literal["fail", "risk", "warning", "pass", "not-seen"]
OUTCOMES: tuple[Outcome, ...] = ("fail", "risk", "warning", "pass", "not-seen")
OUTCOME_WORDS: Mapping[Outcome, str] = {
    "fail": "Failed",
    "risk": "Risk",
    "warning": "Warning",
    "pass": "Passed",
    "not-seen": "Not seen",
}
# The look that each has everywhere: an icon and a colour of the verdicts.
VERDICT_OF: Mapping[Outcome, str] = {
    "fail": "fail",
    "risk": "error",
    "warning": "error",
    "pass": "pass",
    "not-seen": "skip",
}
PARTY_WORDS: Mapping[Party, str] = {"app": "App", "server": "Server"}
_SERIOUS: tuple[Outcome, ...] = ("fail", "warning", "pass")


@dataclass(frozen=True, slots=True)
class Finding:
    """`id` is that of the requirement or risk; a risk belongs to no stage."""

    id: str
    outcome: Outcome
    party: Party
    stage: str
    text: str
    clause: str
    why: str
    note: str
    evidence: tuple[Evidence, ...]

    @property
    def deciding(self) -> Evidence | None:
        """The evidence that decided, which is the worst; the first of several."""
        return next((each for each in self.evidence if each.outcome == self.outcome), next(iter(self.evidence), None))


def list_findings(review: LaunchReview) -> tuple[Finding, ...]:
    """All that a review says, the worst first, and of alike in the order of a launch."""
    verdicts = [
        Finding(
            verdict.requirement.id,
            verdict.outcome,
            verdict.requirement.party,
            STAGES[verdict.requirement.stage],
            verdict.requirement.text,
            verdict.requirement.clause,
            verdict.requirement.why,
            verdict.note,
            verdict.evidence,
        )
        for verdict in review.verdicts
    ]
    risks = [
        Finding(risk.id, "risk", risk.party, "", risk.title, risk.clause, risk.why, "", risk.evidence)
        for risk in review.risks
    ]
    return tuple(sorted((*verdicts, *risks), key=lambda finding: OUTCOMES.index(finding.outcome)))


def count_findings(findings: tuple[Finding, ...]) -> Counter[Outcome]:
    return Counter(finding.outcome for finding in findings)


def tell_counts(counts: Counter[Outcome]) -> str:
    """What a review came to in one line, such as `1 failed, 2 warnings, 1 risk, 24 passed`."""
    words = {"fail": ("failed", "failed"), "warning": ("warning", "warnings"), "risk": ("risk", "risks")}
    parts = [f"{counts[each]} {words[each][counts[each] > 1]}" for each in words if counts[each]]  # type: ignore[index]
    return ", ".join([*parts, f"{counts['pass']} passed"])


def worst_verdict(counts: Counter[Outcome]) -> str:
    """The verdict that stands for a whole review."""
    return next((VERDICT_OF[each] for each in OUTCOMES if counts[each] and each != "not-seen"), "skip")


def make_marks(findings: tuple[Finding, ...]) -> dict[int, tuple[Mark, Mark]]:
    """Marks of each exchange, by its index: what the app did is on its request, what the server did on its answer."""
    seen: dict[tuple[int, Party], Counter[Outcome]] = defaultdict(Counter)
    for finding in findings:
        if finding.outcome == "risk":
            continue
        for index, outcome in {(each.exchange, each.outcome) for each in finding.evidence}:
            seen[index, finding.party][outcome] += 1
    indexes = {index for index, _ in seen}
    return {index: (_to_mark(seen[index, "app"]), _to_mark(seen[index, "server"])) for index in indexes}


def list_lanes(review: LaunchReview) -> dict[int, tuple[str, str]]:
    """Between whom each exchange goes, by its index and in the words of the diagram."""
    ours = {"user": "browser"}
    return {
        step.exchange: (ours.get(step.sender, step.sender), ours.get(step.receiver, step.receiver))
        for step in review.steps
    }


def _to_mark(counts: Counter[Outcome]) -> Mark:
    worst = next((outcome for outcome in _SERIOUS if counts[outcome]), None)
    if worst is None:
        return NO_MARK
    count = counts[worst]
    words = {"fail": f"{count} failed", "warning": f"{count} warning{'s' if count > 1 else ''}", "pass": str(count)}
    return Mark(VERDICT_OF[worst], words[worst])
