"""Report of a launch: its verdicts in text, all of it as JSON, and one HTML page."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO

from workbench.cli.launch_words import print_lines
from workbench.cli.printing import print_json

if TYPE_CHECKING:
    from workbench.exchange import Exchange
    from workbench.launch_review.review import LaunchFacts, LaunchReview, Outcome


def review_and_tell(
    exchanges: Sequence[Exchange],
    told: dict[str, Any],
    *,
    party: Literal["app", "server"],
    facts: LaunchFacts,
    arguments: Namespace,
    words: TextIO,
) -> LaunchReview:
    """Judge `party`, print what was found, and write what was asked for; `told` begins the JSON."""
    from workbench.launch_review.judge import review_launch
    from workbench.launch_review.words import review_lines
    from workbench.smart.secrets import SeenSecrets

    # Two ends tell of their exchanges when these are over, so one that began before may come later.
    row = sorted(exchanges, key=lambda exchange: exchange.started)
    review = review_launch(row, party=party, facts=facts)
    shown: tuple[Outcome, ...] = ("fail", "warning", "pass", "not-seen") if arguments.verbose else ("fail", "warning")
    is_seen = any(verdict.outcome != "not-seen" for verdict in review.verdicts)
    told_lines = review_lines(review, shown if is_seen else ())
    seen = SeenSecrets(row)
    print_lines(("", *told_lines, *_named_lines(row, review, shown)), seen, words)
    if arguments.json:
        print_json(seen.mask_json(told) | _to_json(row, review))
    if arguments.html:
        from workbench.launch_review.page import review_page
        from workbench.workspace.atomic import write_text

        write_text(arguments.html, review_page(review, told["title"]))
    return review


def _named_lines(row: Sequence[Exchange], review: LaunchReview, shown: Sequence[Outcome]) -> list[str]:
    """The exchanges that the evidence names, in words."""
    from workbench.smart.launch_trace import describe_exchange

    told = [verdict.evidence for verdict in review.verdicts if verdict.outcome in shown]
    told += [risk.evidence for risk in review.risks]
    named = sorted({each.exchange for evidence in told for each in evidence})
    return [f"Exchange {index + 1}: {describe_exchange(row[index])}" for index in named]


def _to_json(row: Sequence[Exchange], review: LaunchReview) -> dict[str, Any]:
    from workbench.launch_review.words import review_json
    from workbench.scenario.report import exchange_json
    from workbench.smart.secrets import SecretMask, find_secrets

    mask = SecretMask(secret for exchange in row for secret in find_secrets(exchange))
    return {"exchanges": [exchange_json(mask, exchange) for exchange in row], "review": review_json(review)}
