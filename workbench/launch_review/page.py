"""Page of a review: an HTML fragment for reports, with the launch as a sequence diagram, and a page of its own.

The fragment uses the colours of a report (`--fail`, `--pass`, `--error`, `--skip`, `--text`, `--quiet`, `--border`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from workbench.launch_review.review import (
    LANES,
    STAGES,
    Evidence,
    Lane,
    LaunchReview,
    Outcome,
    Risk,
    Step,
    Verdict,
)
from workbench.launch_review.words import OUTCOME_WORDS, PARTY_WORDS, sum_up_review

SIGNS: Mapping[Outcome, str] = {"fail": "✗", "warning": "⚠", "pass": "✓", "not-seen": "–"}
CLASSES: Mapping[Outcome, str] = {"fail": "fail", "warning": "error", "pass": "pass", "not-seen": "skip"}
LANE_WIDTH, ROW, HEAD, MARGIN = 250, 34, 40, 40
MOST_STEPS = 400
# The lanes do not show through the letters that stand on them.
HALO = 'stroke="var(--ground)" stroke-width="4" paint-order="stroke"'
STYLE = """
:root { color-scheme: light dark; --ground: #F7F8FA; --border: #D5D9E0; --text: #1B1F27; --quiet: #586072;
  --pass: #1B7A3D; --fail: #B3261E; --error: #8A5A00; --skip: #586072; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181D; --border: #333846; --text: #E6E9EF; --quiet: #9AA3B5;
  --pass: #5FCB87; --fail: #FF8A80; --error: #F2B84B; --skip: #9AA3B5; } }
body { margin: 0 auto; max-width: 1200px; padding: 24px 16px 64px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 24px; } h3 { font-size: 16px; margin: 24px 0 4px; } .quiet { color: var(--quiet); }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: var(--quiet); font-size: 13px; }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--border); vertical-align: top; overflow-wrap: anywhere; }
.verdict { font-weight: 600; white-space: nowrap; }
.pass { color: var(--pass); } .fail { color: var(--fail); } .error { color: var(--error); }
.skip { color: var(--skip); }
.mono { font: 13px/1.5 ui-monospace, monospace; }
summary { cursor: pointer; }
"""


def review_page(review: LaunchReview, title: str) -> str:
    """A whole page without anything to load."""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{escape(title)}</h1>\n{review_html(review)}</body></html>\n"
    )


def review_html(review: LaunchReview) -> str:
    """The fragment: summary, sequence diagram, what failed or warns, risks, and the rest folded away."""
    serious = [v for outcome in ("fail", "warning") for v in review.verdicts if v.outcome == outcome]
    rest = [v for outcome in ("pass", "not-seen") for v in review.verdicts if v.outcome == outcome]
    parts = [f'<section class="launch-review"><p>{escape(sum_up_review(review))}</p>', sequence_svg(review.steps)]
    if serious:
        parts.append(f"<h3>Failed and warnings</h3>{_table(serious)}")
    if review.risks:
        parts.append(f"<h3>Risks</h3>{_risk_table(review.risks)}")
    if rest:
        parts.append(f"<details><summary>Passed, and not seen</summary>{_table(rest)}</details>")
    return "\n".join([*parts, "</section>\n"])


def _mark(outcome: Outcome) -> str:
    return f'<span class="verdict {CLASSES[outcome]}">{SIGNS[outcome]} {OUTCOME_WORDS[outcome]}</span>'


def _table(verdicts: list[Verdict]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Verdict", "Requirement", "Clause", "Evidence"))
    rows = "".join(_row(verdict) for verdict in verdicts)
    return f'<table aria-label="Verdicts"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _row(verdict: Verdict) -> str:
    requirement = verdict.requirement
    about = f"{STAGES[requirement.stage]}, {PARTY_WORDS[requirement.party]} · {requirement.id}"
    why = f'<br><span class="quiet">{escape(requirement.why)}</span>' if verdict.outcome in ("fail", "warning") else ""
    shown = [each for each in verdict.evidence if each.outcome == verdict.outcome]
    shown = shown if verdict.outcome in ("fail", "warning") else shown[:1]
    return (
        f"<tr><td>{_mark(verdict.outcome)}</td>"
        f'<td>{escape(requirement.text)}{why}<br><span class="quiet">{escape(about)}</span></td>'
        f"<td>{escape(requirement.clause)}</td><td>{_evidence(shown) or escape(verdict.note)}</td></tr>"
    )


def _risk_table(risks: tuple[Risk, ...]) -> str:
    rows = "".join(
        f'<tr><td>{escape(risk.title)}<br><span class="quiet">{escape(PARTY_WORDS[risk.party])}</span></td>'
        f"<td>{escape(risk.why)}</td><td>{escape(risk.clause)}</td><td>{_evidence(list(risk.evidence))}</td></tr>"
        for risk in risks
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Risk", "Why it matters", "Clause", "Evidence"))
    return f'<table aria-label="Risks"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _evidence(evidence: list[Evidence]) -> str:
    return "<br>".join(
        f'{each.exchange + 1}, <span class="mono">{escape(each.place)}</span>: {escape(each.sentence)}'
        for each in evidence
    )


def sequence_svg(steps: tuple[Step, ...]) -> str:
    """The launch as arrows between those who take part; the first 400 of a long one."""
    shown = steps[:MOST_STEPS]
    lanes = [lane for lane in LANES if any(lane in (step.sender, step.receiver) for step in shown)]
    width, height = MARGIN + LANE_WIDTH * max(len(lanes), 1), HEAD + ROW * (len(shown) + 1)
    at = {lane: MARGIN + LANE_WIDTH * index + LANE_WIDTH // 2 for index, lane in enumerate(lanes)}
    body = "".join((*_lanes(at, height), *(_arrow(step, at, row) for row, step in enumerate(shown))))
    about = f"Sequence diagram of {len(steps)} exchanges between {', '.join(LANES[lane] for lane in lanes)}"
    return (
        f'<svg role="img" aria-label="{escape(about)}" viewBox="0 0 {width} {height}" width="100%"'
        f' style="max-width: {width}px" font-family="system-ui, sans-serif" font-size="12">{body}</svg>'
    )


def _lanes(at: Mapping[Lane, int], height: int) -> Iterator[str]:
    for lane, x in at.items():
        yield (
            f'<text x="{x}" y="18" text-anchor="middle" font-weight="600" fill="var(--text)">'
            f"{escape(LANES[lane])}</text>"
            f'<line x1="{x}" y1="26" x2="{x}" y2="{height}" stroke="var(--border)"/>'
        )


def _arrow(step: Step, at: Mapping[Lane, int], row: int) -> str:
    start, end, y = at[step.sender], at[step.receiver], HEAD + ROW * (row + 1)
    colour = f"var(--{CLASSES[step.outcome]})"
    tip = end - 7 if end > start else end + 7
    label = f"{step.exchange + 1}. {step.label}" + (f" → {step.answer}" if step.answer else "")
    told = f"{label}: {OUTCOME_WORDS[step.outcome]}"
    return (
        f"<g><title>{escape(told)}</title>"
        f'<text x="{MARGIN // 2}" y="{y + 4}" text-anchor="middle" fill="{colour}">{SIGNS[step.outcome]}</text>'
        f'<line x1="{start}" y1="{y}" x2="{tip}" y2="{y}" stroke="{colour}" stroke-width="1.5"/>'
        f'<path d="M{end},{y} L{tip},{y - 4} L{tip},{y + 4} Z" fill="{colour}"/>'
        f'<text x="{(start + end) // 2}" y="{y - 6}" text-anchor="middle" fill="var(--text)" {HALO}>'
        f"{escape(label)}</text></g>"
    )
