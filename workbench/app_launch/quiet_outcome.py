"""Quiet outcome: what a launch came to, in sentences without the secrets that its site may have thrown back."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from workbench.exchange import Exchange
from workbench.smart.secrets import SeenSecrets
from workbench.smart_app.launch import LaunchResult
from workbench.smart_app.launch_refusal import LaunchRefused

Outcome = TypeVar("Outcome")


def quiet(outcome: Outcome, seen: SeenSecrets | Exchange) -> Outcome:
    """The outcome with its sentences masked; the values that an app goes on with stay what they are."""
    known = SeenSecrets((seen,)) if isinstance(seen, Exchange) else seen
    if isinstance(outcome, LaunchRefused):
        remarks = tuple(map(known.mask, outcome.remarks))
        return replace(outcome, error=known.mask(outcome.error), sentence=known.mask(outcome.sentence), remarks=remarks)
    if not isinstance(outcome, LaunchResult):
        return outcome
    return replace(
        outcome,
        remarks=tuple(map(known.mask, outcome.remarks)),
        checks=tuple(replace(each, sentence=known.mask(each.sentence)) for each in outcome.checks),
        differences=tuple(replace(each, sentence=known.mask(each.sentence)) for each in outcome.differences),
    )
