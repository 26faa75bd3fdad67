"""Writing of scenario files: a `Scenario` as the YAML that a person would write."""

from __future__ import annotations

import base64
import re
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString

from workbench.scenario.scenario import (
    Capture,
    Check,
    FhirInteraction,
    Launch,
    ReceiveHl7v2,
    Scenario,
    SendHl7v2,
    Step,
    TokenRequest,
    Wait,
)
from workbench.scenario.titles import title_of
from workbench.transports.mllp_retry import NO_RETRY, Retry
from workbench.yaml_file import to_yaml

_WHOLE = re.compile(r"(0|-?[1-9][0-9]{0,15})\Z")
_BLOCK = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]*\Z")
Plain = Any


def to_document(scenario: Scenario) -> str:
    """The file of `scenario`, a blank line between its steps."""
    lines: list[str] = []
    in_steps = False
    for line in render(to_plain(scenario)).splitlines(keepends=True):
        if in_steps and line.startswith("  - ") and not lines[-1].startswith("steps:"):
            lines.append("\n")
        in_steps = in_steps or line.startswith("steps:")
        lines.append(line)
    return "".join(lines)


def render(plain: dict[str, Plain]) -> str:
    """A mapping of plain values as YAML."""
    styled = _style(plain)
    return to_yaml(styled)


def to_plain(scenario: Scenario) -> dict[str, Plain]:
    """The scenario as mappings, lists and plain values, in a file's order; what is usual is left out."""
    plain: dict[str, Plain] = {"version": 1, "name": scenario.name}
    if scenario.description:
        plain["description"] = scenario.description
    if scenario.sites:
        plain["sites"] = list(scenario.sites)
    if scenario.needs:
        plain["needs"] = list(scenario.needs)
    if scenario.variables or scenario.variants:
        plain["variables"] = _plain_variables(scenario)
    plain["steps"] = [_plain_step(step) for step in scenario.steps]
    return plain


def _plain_variables(scenario: Scenario) -> dict[str, Plain]:
    defaults = dict(scenario.variables)
    varying = {variant.name for variant in scenario.variants}
    plain: dict[str, Plain] = {}
    for name, value in defaults.items():
        plain[name] = {"default": _scalar(value)} if name in varying else _scalar(value)
    for variant in scenario.variants:
        plain.setdefault(variant.name, {})[variant.condition] = _scalar(variant.value)
    return plain


def _plain_step(step: Step) -> dict[str, Plain]:
    plain: dict[str, Plain] = {}
    if step.name and step.name != title_of(step):
        plain["name"] = step.name
    if step.when:
        traits: dict[str, list[str]] = {}
        for trait, value in step.when:
            traits.setdefault(trait, []).append(value)
        plain["when"] = {trait: _scalar_list(values) for trait, values in traits.items()}
    plain |= _plain_action(step)
    if step.captures:
        plain["capture"] = {capture.name: _plain_capture(capture) for capture in step.captures}
    if step.checks:
        plain["checks"] = [_plain_check(check) for check in step.checks]
    masks = [*(() if step.default_masks else ("none",)), *step.masks]
    if masks:
        plain["masks"] = masks[0] if masks == ["none"] else masks
    return plain


def _plain_action(step: Step) -> dict[str, Plain]:
    if isinstance(step, Launch):
        return _plain_launch(step)
    if isinstance(step, TokenRequest):
        fields = {
            "token": step.kind, "with": step.launch, "scope": step.scope, "refused": step.expect_refusal,
            "within": _within(step.within, 30.0),
        }  # fmt: skip
        return {key: _scalar(value) for key, value in fields.items() if value != ""}
    if isinstance(step, FhirInteraction):
        plain: dict[str, Plain] = {"fhir": f"{step.method} {step.path}".strip()}
        if step.launch:
            plain["with"] = step.launch
        if step.headers:
            plain["headers"] = {name: _scalar(value) for name, value in step.headers}
        if step.body or step.file:
            plain["body"] = _plain_content(step.body, step.file, step.verbatim)
        return _with_time(plain, step.within, 30.0)
    if isinstance(step, SendHl7v2):
        plain = {"hl7v2": _plain_content(step.message, step.file, step.verbatim)}
        if step.line_ends != "cr":
            plain["line-ends"] = step.line_ends
        if step.retry.times:
            plain["retry"] = _plain_retry(step.retry)
        return _with_time(plain, step.within, 10.0)
    if isinstance(step, ReceiveHl7v2):
        plain = {"receive": "hl7v2"}
        if step.port:
            plain["port"] = step.port
        if step.answer != "AA":
            plain["answer"] = step.answer
        return _with_time(plain, step.within, 30.0)
    wait: Wait = step
    return {"wait": _number(wait.seconds)}


def _plain_launch(step: Launch) -> dict[str, Plain]:
    fields = {
        "launch": step.kind, "client": step.client_id, "authentication": step.authentication, "scope": step.scope,
        "user": step.user, "patient": step.patient, "encounter": step.encounter, "intent": step.intent,
        "location": step.location, "grant": step.grant, "refused": step.expect_refusal,
        "as": "" if step.saves_as == "launch" else step.saves_as,
        "within": _within(step.within, 60.0),
    }  # fmt: skip
    plain: dict[str, Plain] = {key: _scalar(value) for key, value in fields.items() if value != "" or key == "scope"}
    for key, words in (("context", step.context), ("fault", step.faults), ("discovery", step.discovery)):
        if words:
            plain[key] = words[0] if len(words) == 1 else list(words)
    return plain


def _plain_retry(retry: Retry) -> dict[str, Plain]:
    plain: dict[str, Plain] = {"times": retry.times}
    if retry.wait != NO_RETRY.wait:
        plain["wait"] = _number(retry.wait)
    if retry.backoff != NO_RETRY.backoff:
        plain["backoff"] = _number(retry.backoff)
    return plain if retry.on == NO_RETRY.on else plain | {"on": list(retry.on)}


def _with_time(plain: dict[str, Plain], within: float, usual: float) -> dict[str, Plain]:
    return plain if within == usual else plain | {"within": _number(within)}


def _within(within: float, usual: float) -> str:
    return "" if within == usual else str(_number(within))


def _number(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _plain_content(text: str, file: str, verbatim: bool) -> Plain:
    if file:
        return {"file": file}
    if verbatim:
        return {"base64": base64.b64encode(text.encode("utf-8", "surrogateescape")).decode("ascii")}
    return text


def _plain_capture(capture: Capture) -> dict[str, Plain]:
    return {capture.kind: _scalar(capture.subject)}


def _plain_check(check: Check) -> dict[str, Plain]:
    if check.kind == "body":
        return {"body": {"file": check.file} if check.file else check.expected}
    if check.kind in ("hl7", "fhirpath", "header", "launch", "token", "review"):
        plain: dict[str, Plain] = {check.kind: _scalar(check.subject)}
        usual = ("equals", "true") if check.kind == "fhirpath" else ("exists", True)
        return plain if (check.how, check.expected) == usual else plain | {check.how: _expected(check.expected)}
    return {check.kind: _expected(check.expected)}


def _expected(value: Any) -> Plain:
    if isinstance(value, bool):
        return value
    return [_scalar(item) for item in value] if isinstance(value, tuple) else _scalar(str(value))


def _scalar_list(values: list[str]) -> Plain:
    return _scalar(values[0]) if len(values) == 1 else [_scalar(value) for value in values]


def _scalar(text: str) -> Plain:
    """A text as a plain value that reads back as the same text."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _WHOLE.match(text) else text


def _style(value: Plain, inline: bool = False) -> Plain:
    """The value as ruamel writes it: blocks for lines of text, one line for lists and mappings of a few short words."""
    if isinstance(value, dict):
        is_capture = all(isinstance(item, dict) for item in value.values())
        styled = CommentedMap({key: _style_member(key, item, is_capture) for key, item in value.items()})
        if inline and _fits(value):
            styled.fa.set_flow_style()
        return styled
    if isinstance(value, list):
        items = CommentedSeq([_style(item) for item in value])
        if inline and _fits(value):
            items.fa.set_flow_style()
        return items
    if isinstance(value, str) and not _BLOCK.match(value):
        return DoubleQuotedScalarString(value)
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value


def _style_member(key: str, item: Plain, is_capture: bool) -> Plain:
    if key == "description" and isinstance(item, str) and len(item) > 80 and item == " ".join(item.split()):
        return _fold(item)
    return _style(item, key in _INLINE or (is_capture and isinstance(item, dict) and len(item) == 1))


def _fold(text: str) -> Plain:
    """Prose as a folded block of lines that are read without scrolling."""
    folds, start = [], 0
    while len(text) - start > _FOLD and (at := text.rfind(" ", start, start + _FOLD)) > start:
        folds.append(at)
        start = at + 1
    folded: Any = FoldedScalarString(text + "\n")
    folded.fold_pos = folds
    return folded


_FOLD = 110
_INLINE = (
    "when", "sites", "needs", "masks", "equals", "contains", "not", "status", "acknowledgment", "reason", "error",
    "failure", "attempts", "on", "discovery", "context",
)  # fmt: skip


def _fits(value: Plain) -> bool:
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return not any(isinstance(part, dict | list) for part in parts) and sum(len(str(part)) + 2 for part in parts) < 90
