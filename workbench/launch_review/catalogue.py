"""Catalogue of all that a launch is judged by, as Markdown tables for the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.launch_review.judge import all_requirements
from workbench.launch_review.review import STAGES, Party, Requirement
from workbench.launch_review.risks import all_risks

PARTY_TITLES: Mapping[Party, str] = {"app": "App", "server": "Site"}


def to_markdown() -> str:
    """A table for each stage, with what is asked of the app before what is asked of the site, and one of the risks."""
    return "\n".join([*_requirement_lines(), *_risk_lines()])


def _requirement_lines() -> Iterator[str]:
    requirements = all_requirements()
    for stage, title in STAGES.items():
        yield from (f"### {title}", "", "| id | of | what is asked | clause |", "|---|---|---|---|")
        yield from (_row(requirement) for requirement in requirements if requirement.stage == stage)
        yield ""


def _row(requirement: Requirement) -> str:
    marks = [" *should*" if requirement.level == "should" else "", " *SMART 2*" if requirement.since == 2 else ""]
    why = f" {requirement.why}" if requirement.why else ""
    party = PARTY_TITLES[requirement.party]
    return f"| `{requirement.id}` | {party}{''.join(marks)} | {requirement.text}{why} | {requirement.clause} |"


def _risk_lines() -> Iterator[str]:
    yield from ("### Risks", "", "| id | of | risk | why it matters | clause |", "|---|---|---|---|---|")
    for risk in all_risks():
        yield f"| `{risk.id}` | {PARTY_TITLES[risk.party]} | {risk.title} | {risk.why} | {risk.clause} |"
    yield ""
