"""Review checks: what a scenario asks of the verdicts on a launch, such as `review: no failures`."""

from __future__ import annotations

import difflib

from workbench.errors import WorkbenchError
from workbench.launch_review.judge import all_requirements
from workbench.launch_review.review import LaunchReview, Outcome, Party, Verdict
from workbench.launch_review.words import OUTCOME_WORDS
from workbench.scenario.scenario import Check, CheckResult

PARTIES: dict[str, tuple[Party, ...]] = {
    "": ("app", "server"),
    " of the app": ("app",),
    " of the site": ("server",),
}
WORDS: dict[str, tuple[bool, tuple[Party, ...]]] = {
    f"no {what}{of}": (what == "risks", parties) for what in ("failures", "risks") for of, parties in PARTIES.items()
}
"""Each with whether it is about risks, and whose."""
OUTCOMES: tuple[Outcome, ...] = ("pass", "fail", "warning", "not-seen")
MOST_TOLD = 3


def check_subject(subject: str) -> None:
    """Raise WorkbenchError where there is no such requirement."""
    known = {requirement.id for requirement in all_requirements()}
    if subject in WORDS or subject in known:
        return
    near = difflib.get_close_matches(subject, [*WORDS, *known], n=1)
    hint = f"Did you mean {near[0]}?" if near else "Write no failures, no risks, or the id of a requirement."
    raise WorkbenchError(f"There is no requirement “{subject}”.", hint=hint)


def judge_review(check: Check, review: LaunchReview) -> CheckResult:
    """Judge one check of the kind `review`, its variables filled in."""
    check_subject(check.subject)
    if check.subject in WORDS:
        is_about_risks, parties = WORDS[check.subject]
        return _judge_risks(check, review, parties) if is_about_risks else _judge_failures(check, review, parties)
    verdict = review.verdict_of(check.subject)
    wanted = "pass" if check.how == "exists" else str(check.expected)
    actual = verdict.outcome if verdict else "not-seen"
    held = (actual == wanted) != (check.how == "not")
    expected = f"not {wanted}" if check.how == "not" else wanted
    told = _tell(verdict) if verdict else check.subject
    sentence = told if held else f"{told} It should be {expected}."
    return CheckResult(check, "pass" if held else "fail", sentence, expected, actual)


def _judge_failures(check: Check, review: LaunchReview, parties: tuple[Party, ...]) -> CheckResult:
    failed = [verdict for verdict in review.failed if verdict.requirement.party in parties]
    if not failed:
        return CheckResult(check, "pass", "No requirement on the launch failed.", check.subject, "")
    ids = ", ".join(verdict.requirement.id for verdict in failed)
    said = " ".join(_tell(verdict) for verdict in failed[:MOST_TOLD])
    more = f" {len(failed) - MOST_TOLD} more failed." if len(failed) > MOST_TOLD else ""
    return CheckResult(check, "fail", f"{said}{more}", check.subject, ids)


def _judge_risks(check: Check, review: LaunchReview, parties: tuple[Party, ...]) -> CheckResult:
    risks = [risk for risk in review.risks if risk.party in parties]
    if not risks:
        return CheckResult(check, "pass", "The launch leaves no risk that can be seen.", check.subject, "")
    said = " ".join(f"{risk.title.rstrip('.')}." for risk in risks[:MOST_TOLD])
    return CheckResult(check, "fail", said, check.subject, ", ".join(risk.id for risk in risks))


def _tell(verdict: Verdict) -> str:
    """The verdict with the evidence that decided it."""
    requirement = verdict.requirement
    seen = next((each.sentence for each in verdict.evidence if each.outcome == verdict.outcome), verdict.note)
    return f"{OUTCOME_WORDS[verdict.outcome]}: {requirement.text} ({requirement.id}) {seen}".rstrip()
