"""StepOutcome: what doing a step came to, before its checks are judged."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.exchange import Exchange
from workbench.scenario.answer import Answer
from workbench.scenario.scenario import Verdict


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """An answer, or the verdict and sentence that end the step without one."""

    answer: Answer | None
    exchanges: tuple[Exchange, ...] = ()
    verdict: Verdict = "pass"
    sentence: str = ""
    expects_success: bool = True


def tell_silence(exchange: Exchange) -> str:
    return exchange.failure.reason if exchange.failure else "No answer came."
