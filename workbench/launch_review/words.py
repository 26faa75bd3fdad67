"""Words for a review: lines for a terminal, and a JSON value for programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from workbench.launch_review.review import STAGES, WORST_FIRST, Evidence, LaunchReview, Outcome, Party, Risk, Verdict

OUTCOME_WORDS: Mapping[Outcome, str] = {
    "fail": "Failed",
    "warning": "Warning",
    "pass": "Passed",
    "not-seen": "Not seen",
}
PARTY_WORDS: Mapping[Party, str] = {"app": "the app", "server": "the site"}
SHOWN: tuple[Outcome, ...] = ("fail", "warning")


def sum_up_review(review: LaunchReview) -> str:
    """One sentence: `2 of 131 requirements failed, 1 warning, 3 risks.`"""
    counts = review.counts
    seen = counts["fail"] + counts["warning"] + counts["pass"]
    if not seen and not review.risks:
        return "Nothing was seen that could be judged."
    failed = f"{counts['fail'] or 'None'} of {seen} requirement{'s' if seen != 1 else ''} failed"
    more = [_count(counts["warning"], "warning"), _count(len(review.risks), "risk")]
    return ", ".join([failed, *(words for words in more if words)]) + "."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}" if number else ""


def review_lines(review: LaunchReview, outcomes: Iterable[Outcome] = SHOWN) -> tuple[str, ...]:
    """The summary, what has one of `outcomes` with its clause and evidence, the worst first, and the risks."""
    return (sum_up_review(review), *_verdict_lines(review, tuple(outcomes)), *_risk_lines(review))


def _verdict_lines(review: LaunchReview, outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    for outcome in (outcome for outcome in WORST_FIRST if outcome in outcomes):
        for verdict in (verdict for verdict in review.verdicts if verdict.outcome == outcome):
            requirement = verdict.requirement
            stage = STAGES[requirement.stage]
            yield f"{OUTCOME_WORDS[outcome]}: {requirement.text} ({PARTY_WORDS[requirement.party]}, {stage})"
            yield f"    {requirement.id} · {requirement.clause}"
            if requirement.why and outcome != "pass":
                yield f"    Why: {requirement.why}"
            if verdict.note:
                yield f"    {verdict.note}"
            yield from _evidence_lines(verdict.evidence if outcome != "pass" else verdict.evidence[:1], outcome)


def _evidence_lines(evidence: Iterable[Evidence], outcome: Outcome) -> Iterator[str]:
    for each in (each for each in evidence if each.outcome == outcome):
        yield f"    Exchange {each.exchange + 1}, {each.place}: {each.sentence}"


def _risk_lines(review: LaunchReview) -> Iterator[str]:
    for risk in review.risks:
        yield f"Risk: {risk.title} ({PARTY_WORDS[risk.party]})"
        yield f"    {risk.id} · {risk.clause}"
        yield f"    Why: {risk.why}"
        yield from _evidence_lines(risk.evidence, "fail")


def review_json(review: LaunchReview) -> dict[str, Any]:
    """`{"counts": {outcome: number}, "verdicts": […], "risks": […], "steps": […]}`; exchanges are counted from 0.

    A verdict is `{"id", "party", "stage", "level", "since", "text", "clause", "why", "outcome", "note", "evidence"}`,
    a risk `{"id", "party", "title", "why", "clause", "evidence"}`, evidence `{"exchange", "place", "sentence",
    "outcome"}`, a step `{"exchange", "from", "to", "label", "answer", "outcome", "requirements"}`.
    """
    return {
        "counts": review.counts,
        "verdicts": [_verdict_json(verdict) for verdict in review.verdicts],
        "risks": [_risk_json(risk) for risk in review.risks],
        "steps": [
            {
                "exchange": step.exchange,
                "from": step.sender,
                "to": step.receiver,
                "label": step.label,
                "answer": step.answer,
                "outcome": step.outcome,
                "requirements": list(step.requirements),
            }
            for step in review.steps
        ],
    }


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    requirement = verdict.requirement
    return {
        "id": requirement.id,
        "party": requirement.party,
        "stage": requirement.stage,
        "level": requirement.level,
        "since": requirement.since,
        "text": requirement.text,
        "clause": requirement.clause,
        "why": requirement.why,
        "outcome": verdict.outcome,
        "note": verdict.note,
        "evidence": [_evidence_json(each) for each in verdict.evidence],
    }


def _risk_json(risk: Risk) -> dict[str, Any]:
    return {
        "id": risk.id,
        "party": risk.party,
        "title": risk.title,
        "why": risk.why,
        "clause": risk.clause,
        "evidence": [_evidence_json(each) for each in risk.evidence],
    }


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    return {
        "exchange": evidence.exchange,
        "place": evidence.place,
        "sentence": evidence.sentence,
        "outcome": evidence.outcome,
    }
