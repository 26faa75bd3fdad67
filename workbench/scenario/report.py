"""Report of finished replays: JUnit XML for build servers, one HTML page for people, and a JSON value for programs.

Secrets that crossed the wire are masked in all of them, wherever they stand.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from workbench.diff.difference import keep_differing
from workbench.exchange import Exchange
from workbench.launch_review.page import review_html
from workbench.launch_review.words import review_json, review_lines
from workbench.narration import decoded_view, describe_exchange
from workbench.plain_text import for_xml
from workbench.scenario.runner import sum_up
from workbench.scenario.scenario import CheckResult, ReplayFinished, StepResult
from workbench.scenario.titles import title_of
from workbench.smart.secrets import SecretMask, find_secrets

if TYPE_CHECKING:
    import jinja2

MOST_ROWS = 200
"""Rows of one whole-body comparison that a report holds."""
MOST_TEXT = 20_000
"""Characters of one body that the HTML page shows."""


def to_json_report(finished: Sequence[ReplayFinished]) -> dict[str, Any]:
    """`{"verdict", "counts": {verdict: number of steps}, "replays": […]}`; times are in seconds.

    A replay is `{"scenario", "description", "file", "sandbox", "verdict", "duration", "steps", "reviews"}`, a step
    `{"name", "line", "verdict", "sentence", "duration", "checks", "exchanges"}`, a check `{"kind", "subject", "line",
    "verdict", "sentence", "expected", "actual", "differences"}` with `actual` null where the place was absent, a
    difference `{"kind", "path", "name", "expected", "actual"}`, and an exchange `{"method", "address", "what",
    "result", "started", "duration"}`. A review is `{"step", "launch"}` with the index of the step and the name of the
    launch, and with what `launch_review.words.review_json` gives.
    """
    counts = Counter(result.verdict for each in finished for result in each.results)
    return {
        "verdict": sum_up(tuple(each.verdict for each in finished)),
        "counts": {verdict: counts[verdict] for verdict in ("pass", "fail", "error", "skip")},
        "replays": [_replay(each) for each in finished],
    }


def to_junit(finished: Sequence[ReplayFinished]) -> str:
    """One test suite a replay and one test case a step, as build servers read them.

    What the review of a launch found stands in the output of its step.
    """
    root = ET.Element("testsuites", name="Interop Workbench")
    for told, replay in zip(finished, to_json_report(finished)["replays"], strict=True):
        counts = Counter(step["verdict"] for step in replay["steps"])
        suite = ET.SubElement(root, "testsuite", name=for_xml(f"{replay['scenario']} at {replay['sandbox']}"))
        suite.set("tests", str(len(replay["steps"])))
        for name, verdict in (("failures", "fail"), ("errors", "error"), ("skipped", "skip")):
            suite.set(name, str(counts[verdict]))
        suite.set("time", f"{replay['duration']:.3f}")
        cases = [_add_case(suite, replay, step) for step in replay["steps"]]
        for each in told.reviews:
            output = ET.SubElement(cases[each.step], "system-out")
            output.text = for_xml("\n".join(review_lines(each.review)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def to_html(finished: Sequence[ReplayFinished]) -> str:
    """One page without anything to load, light or dark as the reader's system is, for hospital IT and vendors."""
    report = to_json_report(finished)
    for replay, shown in zip(finished, report["replays"], strict=True):
        mask = _mask_of(replay)
        for result, step in zip(replay.results, shown["steps"], strict=True):
            step["bodies"] = [_bodies(mask, exchange) for exchange in result.exchanges]
            step["review"] = ""
        for each in replay.reviews:
            shown["steps"][each.step]["review"] = review_html(each.review)
    return _environment().get_template("report.html").render(report=report, matrix=_matrix(report["replays"]))


def _replay(finished: ReplayFinished) -> dict[str, Any]:
    mask = _mask_of(finished)
    return {
        "scenario": mask.mask(finished.scenario.name),
        "description": mask.mask(" ".join(finished.scenario.description.split())),
        "file": finished.scenario.source,
        "sandbox": finished.sandbox,
        "verdict": finished.verdict,
        "duration": round(finished.duration, 6),
        "steps": [_step(mask, result) for result in finished.results],
        "reviews": [{"step": each.step, "launch": each.name, **review_json(each.review)} for each in finished.reviews],
    }


def _step(mask: SecretMask, result: StepResult) -> dict[str, Any]:
    return {
        "name": mask.mask(result.step.name or title_of(result.step)),
        "line": result.step.line,
        "verdict": result.verdict,
        "sentence": mask.mask(result.sentence),
        "duration": round(result.duration, 6),
        "checks": [_check(mask, check) for check in result.checks],
        "exchanges": [exchange_json(mask, exchange) for exchange in result.exchanges],
    }


def _check(mask: SecretMask, result: CheckResult) -> dict[str, Any]:
    return {
        "kind": result.check.kind,
        "subject": mask.mask(result.check.subject),
        "line": result.check.line,
        "verdict": result.verdict,
        "sentence": mask.mask(result.sentence),
        "expected": mask.mask(result.expected),
        "actual": None if result.actual is None else mask.mask(result.actual),
        "differences": [
            {
                "kind": row.kind,
                "path": row.path,
                "name": row.name,
                "expected": None if row.left is None else mask.mask(row.left),
                "actual": None if row.right is None else mask.mask(row.right),
            }
            for row in keep_differing(result.rows)[:MOST_ROWS]
        ],
    }


def exchange_json(mask: SecretMask, exchange: Exchange) -> dict[str, Any]:
    """One exchange as reports hold it, its secrets masked."""
    line, masked = describe_exchange(exchange), mask.mask_exchange(exchange)
    return {
        "method": masked.request.method,
        "address": masked.request.address,
        "what": mask.mask(line.what),
        "result": mask.mask(line.result),
        "started": exchange.started.isoformat(),
        "duration": round(exchange.duration, 6),
    }


def _bodies(mask: SecretMask, exchange: Exchange) -> dict[str, str]:
    view = decoded_view(mask.mask_exchange(exchange), reveal=False, limit=MOST_TEXT)
    return {"request": view.request.text, "response": view.response.text if view.response is not None else ""}


def _mask_of(finished: ReplayFinished) -> SecretMask:
    exchanges: Iterable[Exchange] = (exchange for result in finished.results for exchange in result.exchanges)
    return SecretMask(secret for exchange in exchanges for secret in find_secrets(exchange))


def _add_case(suite: ET.Element, replay: dict[str, Any], step: dict[str, Any]) -> ET.Element:
    case = ET.SubElement(suite, "testcase", name=for_xml(step["name"]), time=f"{step['duration']:.3f}")
    case.set("classname", for_xml(f"{replay['scenario']}.{replay['sandbox']}"))
    if replay["file"]:
        case.set("file", for_xml(replay["file"]))
    if step["line"]:
        case.set("line", str(step["line"]))
    name = {"fail": "failure", "error": "error", "skip": "skipped"}.get(step["verdict"])
    if name is not None:
        said = ET.SubElement(case, name, message=for_xml(step["sentence"]))
        said.text = for_xml("\n".join(_tell(check) for check in step["checks"] if check["verdict"] != "pass"))
    return case


def _tell(check: dict[str, Any]) -> str:
    """One check that did not hold, with what was expected and what came."""
    actual = "absent" if check["actual"] is None else check["actual"]
    lines = [check["sentence"], f"  expected: {check['expected']}", f"  actual:   {actual}"]
    if check["differences"]:
        lines[1:] = [
            f"  {row['path']} {row['name']}: expected {row['expected']}, actual {row['actual']}"
            for row in check["differences"]
        ]
    return "\n".join(lines)


def _matrix(replays: list[dict[str, Any]]) -> dict[str, Any]:
    """Scenarios by sandboxes, each cell with the verdict and the place of its replay in the page."""
    sandboxes = list(dict.fromkeys(replay["sandbox"] for replay in replays))
    cells = {(replay["scenario"], replay["sandbox"]): (replay["verdict"], at) for at, replay in enumerate(replays)}
    scenarios = list(dict.fromkeys(replay["scenario"] for replay in replays))
    rows = [(name, [cells.get((name, sandbox)) for sandbox in sandboxes]) for name in scenarios]
    return {"sandboxes": sandboxes, "rows": rows}


def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("workbench.scenario", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
