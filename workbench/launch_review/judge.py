"""Judge of a launch: every requirement held against a row of exchanges, whatever is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from workbench.exchange import Exchange
from workbench.launch_review import (
    assertion_rules,
    authorize_app_rules,
    authorize_server_rules,
    backend_rules,
    code_rules,
    discovery_app_rules,
    discovery_beside_rules,
    discovery_rules,
    id_token_rules,
    introspection_rules,
    launch_rules,
    refresh_rules,
    token_answer_rules,
    token_app_rules,
    token_context_rules,
    token_scope_rules,
    use_app_rules,
    use_server_rules,
)
from workbench.launch_review.attribution import tell_story
from workbench.launch_review.review import (
    STAGES,
    WORST_FIRST,
    Evidence,
    LaunchFacts,
    LaunchReview,
    Party,
    Requirement,
    Verdict,
)
from workbench.launch_review.risks import find_risks
from workbench.launch_review.rule import Rule
from workbench.launch_review.steps import draw_steps
from workbench.launch_review.story import Story
from workbench.smart.secrets import MASK, find_secrets

MOST_EVIDENCE = 20
"""Pieces of evidence that one verdict keeps, the worst of them first."""
ON_REQUEST = "On request"
OLDER = "The site claims no more than SMART App Launch 1, which does not ask this."
_CHAPTERS = (
    discovery_app_rules.CHAPTER,
    discovery_rules.CHAPTER,
    discovery_beside_rules.CHAPTER,
    launch_rules.CHAPTER,
    authorize_app_rules.CHAPTER,
    authorize_server_rules.CHAPTER,
    token_app_rules.CHAPTER,
    token_answer_rules.CHAPTER,
    token_scope_rules.CHAPTER,
    token_context_rules.CHAPTER,
    code_rules.CHAPTER,
    refresh_rules.CHAPTER,
    id_token_rules.CHAPTER,
    introspection_rules.CHAPTER,
    introspection_rules.REVOCATION,
    assertion_rules.CHAPTER,
    backend_rules.CHAPTER,
    use_app_rules.CHAPTER,
    use_server_rules.CHAPTER,
)
RULES: tuple[Rule, ...] = tuple(
    sorted(
        (rule for chapter in _CHAPTERS for rule in chapter.rules),
        key=lambda rule: ([*STAGES].index(rule.requirement.stage), rule.requirement.party),
    )
)


def all_requirements() -> tuple[Requirement, ...]:
    """All that a launch is judged by, in the order of its stages."""
    return tuple(rule.requirement for rule in RULES)


def review_launch(
    exchanges: Sequence[Exchange],
    *,
    party: Literal["app", "server", "both"] = "both",
    facts: LaunchFacts | None = None,
) -> LaunchReview:
    """Judge `party` by what it sent. No value of a secret stands in what comes back."""
    story = tell_story(exchanges, facts or LaunchFacts())
    parties: tuple[Party, ...] = ("app", "server") if party == "both" else (party,)
    verdicts = tuple(_judge(rule, story) for rule in RULES if rule.requirement.party in parties)
    risks = tuple(risk for risk in find_risks(story) if risk.party in parties)
    return _mask_review(LaunchReview(verdicts, risks, draw_steps(story, verdicts)), exchanges)


def _judge(rule: Rule, story: Story) -> Verdict:
    if rule.requirement.since > story.version:
        return Verdict(rule.requirement, "not-seen", note=OLDER)
    found = [_weigh(rule.requirement, evidence, story) for evidence in rule.check(story)]
    if not found:
        return Verdict(rule.requirement, "not-seen")
    found.sort(key=lambda evidence: (WORST_FIRST.index(evidence.outcome), evidence.exchange))
    return Verdict(rule.requirement, found[0].outcome, tuple(found[:MOST_EVIDENCE]))


def _weigh(requirement: Requirement, evidence: Evidence, story: Story) -> Evidence:
    """What only should hold warns where it does not; what a site does wrongly on request is told as that."""
    if evidence.outcome != "fail":
        return evidence
    note = story.notes.get(evidence.exchange, "") if requirement.party == "server" else ""
    sentence = f"{evidence.sentence} {note}." if note.startswith(ON_REQUEST) else evidence.sentence
    return replace(evidence, sentence=sentence, outcome="warning" if requirement.level == "should" else "fail")


def _mask_review(review: LaunchReview, exchanges: Sequence[Exchange]) -> LaunchReview:
    """The sentences are written without secrets; a value that slipped in by another name is masked all the same."""
    said = "\n".join(_sentences(review))
    known = {secret for exchange in exchanges for secret in find_secrets(exchange)}
    secrets = sorted((secret for secret in known if _head(secret) in said), key=len, reverse=True)
    if not secrets:
        return review

    def hide(text: str) -> str:
        for secret in secrets:
            text = _hide(text, secret)
        return text

    def mask(held: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(replace(each, sentence=hide(each.sentence)) for each in held)

    return LaunchReview(
        tuple(replace(verdict, evidence=mask(verdict.evidence)) for verdict in review.verdicts),
        tuple(replace(risk, evidence=mask(risk.evidence)) for risk in review.risks),
        tuple(replace(step, label=hide(step.label), answer=hide(step.answer)) for step in review.steps),
    )


def _hide(text: str, secret: str) -> str:
    """The text without the secret, also where it was cut off."""
    at = text.find(_head(secret))
    while at >= 0:
        pairs = enumerate(zip(text[at:], secret, strict=False))
        length = next((i for i, (told, kept) in pairs if told != kept), min(len(text) - at, len(secret)))
        text = f"{text[:at]}{MASK}{text[at + length :]}"
        at = text.find(_head(secret), at + len(MASK))
    return text


def _head(secret: str) -> str:
    """As much of a secret as tells it; an address that somebody keeps in a state begins as many others do."""
    return secret if "://" in secret else secret[:12]


def _sentences(review: LaunchReview) -> Iterable[str]:
    for held in (*(v.evidence for v in review.verdicts), *(r.evidence for r in review.risks)):
        yield from (evidence.sentence for evidence in held)
    yield from (text for step in review.steps for text in (step.label, step.answer))
