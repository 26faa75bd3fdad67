"""Replay in words: the lines that people read while a scenario is replayed and when it is over.

Secrets that crossed the wire are masked in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from workbench.diff.difference import keep_differing
from workbench.launch_review.words import review_lines
from workbench.plain_text import printable_lines
from workbench.scenario.scenario import CheckResult, ReplayFinished, Scenario, StepResult, Verdict
from workbench.scenario.scope_needs import ScopeNeeds
from workbench.smart.scopes import to_scope_text
from workbench.smart.secrets import SecretMask, find_secrets

MOST_ROWS = 12
"""Rows of a whole-body comparison that are worth reading in a terminal."""
_WORDS: dict[Verdict, str] = {"pass": "passed", "fail": "failed", "error": "in error", "skip": "skipped"}


def scope_lines(scenario: Scenario, needs: Sequence[ScopeNeeds]) -> Iterator[str]:
    """What each launch of a scenario needs, and below it what it does not ask for."""
    if not needs:
        yield "  No launch in it is used for FHIR."
    for each in needs:
        name = scenario.steps[each.step].name or f"step {each.step + 1}"
        yield printable_lines(f"  {each.step + 1}. {name}: {to_scope_text(each.needed)}")
        yield from _missing_lines(each)


def scope_hints(needs: Sequence[ScopeNeeds]) -> Iterator[str]:
    """What may be refused for want of a scope, as far as it is known before anything is sent."""
    for each in needs:
        for line in _missing_lines(each):
            yield f"  hint  {each.step + 1}. {line.strip()}"


def _missing_lines(needs: ScopeNeeds) -> Iterator[str]:
    if needs.missing:
        yield f"     It does not ask for {to_scope_text(needs.missing)}, which steps after it need."


def step_lines(index: int, result: StepResult, before: Sequence[StepResult] = ()) -> Iterator[str]:
    """The line of one step, and below it why it did not pass; `before` are the steps whose secrets it may repeat."""
    if result.verdict == "pass":
        yield from map(printable_lines, _step_lines(index, result))
        return
    exchanges = (exchange for each in (*before, result) for exchange in each.exchanges)
    mask = SecretMask(secret for exchange in exchanges for secret in find_secrets(exchange))
    yield from (printable_lines(mask.mask(line)) for line in _step_lines(index, result))


def _step_lines(index: int, result: StepResult) -> Iterator[str]:
    name = result.step.name or f"step {index + 1}"
    timing = f" ({_took(result.duration)})" if result.verdict != "skip" else ""
    yield f"  {result.verdict:<5} {index + 1}. {name}{timing}"
    if result.verdict == "pass":
        return
    checks = [line for check in result.checks if check.verdict != "pass" for line in check_lines(check)]
    said = "\n".join(checks)
    if result.sentence and result.sentence not in said:
        yield f"          {result.sentence}"
    yield from checks


def check_lines(result: CheckResult) -> Iterator[str]:
    """One check that did not pass, with what was expected and what came."""
    place = f" (line {result.check.line})" if result.check.line else ""
    yield f"          {result.verdict}: {result.sentence}{place}"
    rows = keep_differing(result.rows)
    for row in rows[:MOST_ROWS]:
        name = f" {row.name}" if row.name else ""
        yield f"            {row.path}{name}: expected {_shown(row.left)}, actual {_shown(row.right)}"
    if len(rows) > MOST_ROWS:
        yield f"            and {len(rows) - MOST_ROWS} more differences"
    if not rows and result.verdict == "fail":
        yield f"            expected {_shown(result.expected)}"
        yield f"            actual   {_shown(result.actual)}"


def failure_text(finished: ReplayFinished) -> str:
    """What a test report says of a replay that did not pass: each step that went wrong, in words."""
    lines = [f"“{finished.scenario.name}” at {finished.sandbox}: {finished.verdict}"]
    for index, result in enumerate(finished.results):
        if result.verdict in ("fail", "error"):
            lines += step_lines(index, result, finished.results)
    return "\n".join([*lines, *review_words(finished)])


def review_words(finished: ReplayFinished) -> Iterator[str]:
    """Of each launch, what its review found in one line, and below it each requirement that failed."""
    for each in finished.reviews:
        first, *rest = review_lines(each.review, ("fail",))
        yield f"  review of “{each.name}”: {first}"
        failed = takewhile(lambda line: not line.startswith("Risk: "), rest)
        yield from (f"          {line}" for line in failed)


def skip_reason(finished: ReplayFinished) -> str:
    """Why a replay with every step skipped was skipped."""
    return next((result.sentence for result in finished.results if result.sentence), "No step applies here.")


def finish_line(finished: ReplayFinished) -> str:
    """`pass: 4 passed, 1 skipped (1.2 s)`."""
    counts = [(word, sum(r.verdict == verdict for r in finished.results)) for verdict, word in _WORDS.items()]
    said = ", ".join(f"{count} {word}" for word, count in counts if count) or "no steps"
    return f"{finished.verdict}: {said} ({_took(finished.duration)})"


def summary_line(replays: Sequence[ReplayFinished]) -> str:
    counts = [(word, sum(r.verdict == verdict for r in replays)) for verdict, word in _WORDS.items()]
    said = ", ".join(f"{count} {word}" for word, count in counts if count)
    noun = "replay" if len(replays) == 1 else "replays"
    return f"{len(replays)} {noun}: {said}." if replays else "Nothing was replayed."


def verdict_table(replays: Sequence[ReplayFinished]) -> list[str]:
    """Scenarios down, sandboxes across, a verdict in each cell; a dash where it was not replayed."""
    rows = list(dict.fromkeys(_scenario_key(finished) for finished in replays))
    columns = list(dict.fromkeys(finished.sandbox for finished in replays))
    cells: dict[tuple[tuple[str, str], str], str] = {}
    for finished in replays:
        cells[_scenario_key(finished), finished.sandbox] = finished.verdict
    names = _row_names(rows)
    width = max(len(name) for name in ("scenario", *names))
    lines = ["  ".join([f"{'scenario':<{width}}", *(f"{column:<5}" for column in columns)]).rstrip()]
    for key, name in zip(rows, names, strict=True):
        verdicts = [f"{cells.get((key, column), '–'):<{max(5, len(column))}}" for column in columns]
        lines.append("  ".join([f"{name:<{width}}", *verdicts]).rstrip())
    return lines


def _scenario_key(finished: ReplayFinished) -> tuple[str, str]:
    return finished.scenario.name, finished.scenario.source


def _row_names(rows: Sequence[tuple[str, str]]) -> list[str]:
    """Names, with the file's where two scenarios share one."""
    names = [name for name, _ in rows]
    return [f"{name} [{Path(source).name}]" if names.count(name) > 1 else name for name, source in rows]


def _took(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.1f} s"


def _shown(value: str | None) -> str:
    if value is None:
        return "nothing"
    text = " ".join(value.split())
    return f"“{text[:300]}…”" if len(text) > 300 else f"“{text}”"
