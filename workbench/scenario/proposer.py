"""Proposer: writes the steps of a recording one after another, with their captures, masks and checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.fhir.resource import parse_json, to_json
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.message import parse_message
from workbench.scenario.patient_data import find_likely_patient_data as find_likely_patient_data
from workbench.scenario.proposal import (
    MADE_BY_MESSAGE,
    Replacement,
    capture_id,
    check_listed,
    fill_in,
    find_created,
    find_listed,
    find_times,
    find_volatile,
    looks_generated,
    name_capture,
)
from workbench.scenario.recorded_launch import (
    RecordedLaunch,
)
from workbench.scenario.recorded_message import to_message_text
from workbench.scenario.scenario import (
    Capture,
    Check,
    FhirInteraction,
    Launch,
    ReceiveHl7v2,
    SendHl7v2,
    Step,
    TokenRequest,
)
from workbench.scenario.titles import title_of
from workbench.smart.secrets import SecretMask, is_secret_name

_KEPT_HEADERS = ("prefer", "if-match", "if-none-match", "if-none-exist", "if-modified-since")
_JSON_TYPES = ("application/fhir+json", "application/json")
_LARGEST_BODY = 150_000


@dataclass(frozen=True, slots=True)
class Item:
    """One step to be: a launch, a request about its token, or an exchange with its launch and what its answer holds."""

    exchange: Exchange | None = None
    launch: RecordedLaunch | None = None
    token: TokenRequest | None = None
    with_launch: str = ""
    resource: Any = None
    is_inbound: bool = False


@dataclass(slots=True)
class Draft:
    """What the steps before leave for those after."""

    replacements: list[Replacement] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    volatile: list[str] = field(default_factory=list)


class Proposer:
    """Writes the steps one after another, each knowing what those before it gave."""

    def __init__(self, items: Sequence[Item], base: str, secrets: SecretMask, draft: Draft) -> None:
        self._items = items
        self._base = base
        self._secrets = secrets
        self._draft = draft
        self._texts = [_texts_of(item) for item in items]
        self._written = frozenset(kind for item in items for kind in _written_by(item))
        self._etags = self._find_etags()

    def propose_step(self, index: int) -> Step:
        item = self._items[index]
        if item.launch is not None:
            return self._propose_launch(item.launch.step)
        if item.token is not None:
            return replace(item.token, scope=self._fill(item.token.scope))
        if item.exchange is None:
            raise WorkbenchError("A recorded step has neither launch nor exchange.")
        if item.exchange.protocol == "mllp":
            return self._propose_message(item, item.exchange)
        return self._propose_request(index, item, item.exchange)

    def _propose_launch(self, step: Launch) -> Launch:
        fill = self._fill
        checks = tuple(replace(check, expected=fill(str(check.expected))) for check in step.checks)
        return replace(
            step,
            user=fill(step.user),
            patient=fill(step.patient),
            encounter=fill(step.encounter),
            scope=fill(step.scope),
            grant=fill(step.grant),
            checks=checks,
        )

    def _fill(self, text: str, also: Iterable[Replacement] = ()) -> str:
        return fill_in(self._secrets.mask(text), [*self._draft.replacements, *also])

    # HL7 v2

    def _propose_message(self, item: Item, exchange: Exchange) -> Step:
        body, response = exchange.request.body, exchange.response
        if item.is_inbound:
            checks = tuple(_check_inbound(body))
            port = urlsplit(exchange.request.address).port or 0
            return ReceiveHl7v2(name="Receive a message", port=port, checks=checks)
        masked = self._secrets.mask_bytes(body)
        text, line_ends, verbatim = to_message_text(masked, exchange.started, self._draft.replacements)
        step = SendHl7v2(name="", message=text, line_ends=line_ends, verbatim=verbatim)
        if response is not None:
            return replace(step, name=title_of(step), checks=self._check_acknowledgment(response.body))
        return replace(step, name=title_of(step), checks=_check_silence(exchange), within=_patience(exchange))

    def _check_acknowledgment(self, body: bytes) -> tuple[Check, ...]:
        try:
            message = parse_message(body)
        except WorkbenchError:
            return ()
        code = message.get("MSA-1")
        checks = [Check("acknowledgment", "", "equals", code)] if code else []
        conditions = tuple(error.code for error in parse_acknowledgment(body).errors if error.code) if code else ()
        checks += [Check("error", "", "equals", conditions[0])] if conditions else []
        text, _, verbatim = to_message_text(body, None, self._draft.replacements)
        if not verbatim and self._secrets.mask(text) == text:
            checks.append(Check("body", "", "equals", text))
        return tuple(checks)

    # FHIR

    def _propose_request(self, index: int, item: Item, exchange: Exchange) -> FhirInteraction:
        request, response = exchange.request, exchange.response
        text, verbatim = _to_body_text(request.body)
        times = list(find_times(text, exchange.started)) if not verbatim else []
        path = self._fill(_strip_secrets(request.address[len(self._base) :].lstrip("/")))
        status = response.status if response else None
        checks, masks = self._propose_checks(item, status, times)
        captures = self._propose_captures(index, item, status)
        self._draft.volatile += [time.literal for time in times]
        return FhirInteraction(
            name=f"{request.method} {path}".strip(),
            method=request.method,
            path=path,
            headers=self._propose_headers(index, exchange),
            body=text if verbatim else self._fill(text, (*times, Replacement(self._base, "fhir-base"))),
            verbatim=verbatim,
            launch=item.with_launch,
            checks=checks,
            captures=captures,
            masks=masks,
        )

    def _propose_headers(self, index: int, exchange: Exchange) -> tuple[tuple[str, str], ...]:
        kept = []
        for name, value in exchange.request.headers:
            lower = name.lower()
            media = value.partition(";")[0].strip().lower()
            if lower == "if-match" and index in self._etags:
                kept.append(("If-Match", f"${{{self._etags[index][1]}}}"))
            elif lower in _KEPT_HEADERS or (lower in ("accept", "content-type") and _is_unusual(lower, media)):
                kept.append(("-".join(part.capitalize() for part in lower.split("-")), self._fill(value)))
        return tuple(kept)

    def _propose_checks(
        self, item: Item, status: int | None, times: Sequence[Replacement]
    ) -> tuple[tuple[Check, ...], tuple[str, ...]]:
        exchange, resource = item.exchange, item.resource
        if exchange is None or exchange.response is None:
            return (), ()
        once_made = status == 201 and (
            exchange.request.method == "PUT" or exchange.request.header("if-none-exist") != ""
        )
        checks = [Check("status", "", "equals", "2xx" if once_made else str(status))]
        if self._grows(item):
            return (*checks, *check_listed(resource, self._draft.replacements)), ()
        text = to_json(resource, indent=2) + "\n" if resource is not None else ""
        if not text or len(text) > _LARGEST_BODY or self._secrets.mask(text) != text:
            return tuple(checks), ()
        created = [kind for kind, _, place in find_created(resource, status) if place == f"{kind}.id"]
        sent = {time.literal for time in times}
        late = [text for text in self._draft.volatile if text not in sent]
        masks = [f"{kind}.id" for kind in created]
        own = find_volatile(resource, exchange.started, late)
        known = {replacement.literal for replacement in times}
        masks += [path for path in own if not _holds_only(resource, path, known)]
        masks += _generated_masks(resource, self._draft.replacements)
        expected = self._fill(text, (*times, Replacement(self._base, "fhir-base")))
        checks.append(Check("body", "", "equals", expected))
        return tuple(checks), tuple(dict.fromkeys(masks))

    def _grows(self, item: Item) -> bool:
        """Tell whether a search or history is over what the recording itself writes, and so differs at a second run."""
        resource, exchange = item.resource, item.exchange
        if not isinstance(resource, dict) or resource.get("resourceType") != "Bundle" or exchange is None:
            return False
        if resource.get("type") not in ("searchset", "history") or not self._written:
            return False
        kinds = {kind for kind, _, _ in find_listed(resource)} | set(re.findall(r"[A-Z]\w+", exchange.request.address))
        return bool(kinds & self._written)

    def _propose_captures(self, index: int, item: Item, status: int | None) -> tuple[Capture, ...]:
        later = "\n".join(request for request, _ in self._texts[index + 1 :])
        answers = "\n".join(answer for _, answer in self._texts[index + 1 :])
        known = {replacement.literal for replacement in self._draft.replacements}
        captures = []
        for kind, identity, place in find_created(item.resource, status):
            if identity not in known and (_stands_in(identity, later) or _stands_in(identity, answers)):
                captures.append(self._capture(kind, identity, place))
        for kind, identity, place in find_listed(item.resource):
            if identity not in known and looks_generated(identity) and _stands_in(identity, later):
                captures.append(self._capture(kind, identity, place))
                known.add(identity)
        captures += [Capture(name, "header", "ETag") for source, name in self._etags.values() if source == index]
        return tuple(dict.fromkeys(captures))

    def _capture(self, kind: str, identity: str, place: str) -> Capture:
        capture = capture_id(kind, place, self._draft.names)
        self._draft.names.append(capture.name)
        self._draft.replacements.append(Replacement(identity, capture.name))
        return capture

    def _find_etags(self) -> dict[int, tuple[int, str]]:
        """For each update that names a version: the step whose answer gave it, and the variable to hold it."""
        found: dict[int, tuple[int, str]] = {}
        names: dict[int, str] = {}
        for index, item in enumerate(self._items):
            wanted = item.exchange.request.header("if-match") if item.exchange else ""
            for before in range(index - 1, -1, -1) if wanted else ():
                if _gives_version(self._items[before], wanted, item):
                    if before not in names:
                        names[before] = name_capture("etag", list(names.values()))
                    found[index] = (before, names[before])
                    break
        return found


def _gives_version(earlier: Item, wanted: str, item: Item) -> bool:
    answered, asked = earlier.exchange, item.exchange
    if answered is None or answered.response is None or asked is None:
        return False
    if answered.response.header("etag") != wanted or not isinstance(earlier.resource, dict):
        return False
    return asked.request.address.partition("?")[0].endswith(
        f"/{earlier.resource.get('resourceType')}/{earlier.resource.get('id')}"
    )


def _written_by(item: Item) -> tuple[str, ...]:
    exchange = item.exchange
    if exchange is None:
        return ()
    if exchange.protocol == "mllp":
        found = re.search(rb"\|([A-Z]{3})\^", exchange.request.body[:400])
        return MADE_BY_MESSAGE.get(found[1].decode(), ()) if found and not item.is_inbound else ()
    if exchange.request.method not in ("POST", "PUT", "DELETE", "PATCH"):
        return ()
    written = re.findall(rb'"resourceType"\s*:\s*"(\w+)"', exchange.request.body)
    path = re.findall(r"/([A-Z]\w+)(?:/|\?|$)", exchange.request.address)
    return (*(name.decode() for name in written), *path)


def _texts_of(item: Item) -> tuple[str, str]:
    """What the step sends and what it got, for looking values up."""
    exchange = item.exchange
    if exchange is None:
        return "", ""
    sent = exchange.request.address + "\n" + exchange.request.body.decode("utf-8", "replace")
    return sent, exchange.response.body.decode("utf-8", "replace") if exchange.response else ""


def _stands_in(literal: str, text: str) -> bool:
    return literal in text and re.search(rf"(?<![\w.-]){re.escape(literal)}(?![\w-]|\.\w)", text) is not None


def _holds_only(resource: Any, path: str, literals: set[str]) -> bool:
    """Tell whether all that stands at `path` was given by the request itself."""
    values = [resource]
    for name in path.split(".")[1:]:
        flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
        values = [item[name] for item in flat if isinstance(item, dict) and name in item]
    texts = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return all(text in literals for text in texts if isinstance(text, str))


def _generated_masks(resource: Any, replacements: Sequence[Replacement]) -> list[str]:
    known = {replacement.literal for replacement in replacements}
    ids = [identity for _, identity, _ in find_listed(resource)]
    return ["Bundle.entry.resource.id"] if any(looks_generated(i) and i not in known for i in ids) else []


def _is_unusual(header: str, media: str) -> bool:
    usual = (*_JSON_TYPES, "*/*") if header == "accept" else _JSON_TYPES
    return media not in usual


def _strip_secrets(path: str) -> str:
    """A path without the parameters that carry secrets."""
    head, sign, query = path.partition("?")
    parts = query.split("&") if sign else []
    names = [part.partition("=")[0] for part in parts]
    kept = [part for part, name in zip(parts, names, strict=True) if not is_secret_name(name, names)]
    return f"{head}?{'&'.join(kept)}" if kept else head


def _to_body_text(body: bytes) -> tuple[str, bool]:
    """A request's body as a scenario holds it, and whether it must go out as it stands; one line of JSON is spread."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("utf-8", "surrogateescape"), True
    if "\r" in text:
        return text, True
    value = try_json(body) if "\n" not in text.strip() else None
    return (to_json(value, indent=2) + "\n" if isinstance(value, dict) else text), False


def _check_silence(exchange: Exchange) -> tuple[Check, ...]:
    """What a message expects that was not answered: the same failure, or that it asked for no answer."""
    kind = exchange.failure.kind if exchange.failure else ""
    if kind in ("", "timeout"):
        return (Check("acknowledgment", "", "equals", "none"),)
    return (Check("failure", "", "equals", kind),) if kind != "cancelled" else ()


def _patience(exchange: Exchange) -> float:
    """How long a message waits whose answer did not come in time: as long as it was waited for."""
    is_late = exchange.failure is not None and exchange.failure.kind == "timeout"
    return max(1.0, float(round(exchange.duration))) if is_late else SendHl7v2("").within


def _check_inbound(body: bytes) -> Iterable[Check]:
    try:
        message = parse_message(body)
    except WorkbenchError:
        return
    for path in ("MSH-9.1", "MSH-9.2", "PID-3.1"):
        value = message.get(path)
        if value and "${" not in value:
            yield Check("hl7", path, "equals", value)


def try_json(body: bytes) -> Any:
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        return parse_json(body)
    except WorkbenchError:
        return None
