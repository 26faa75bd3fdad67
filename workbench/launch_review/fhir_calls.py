"""FHIR calls of a launch: what each is about, and what the token that it carries allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.launch_review.reading import TYPE_NAME, Reading, fhir_parts
from workbench.launch_review.story import Call, Story
from workbench.smart.grant import Grant
from workbench.smart.grant_judge import GrantJudge
from workbench.smart.scopes import Scope

VERBS = {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class Aim:
    """What a FHIR request is about; `type` is empty where it is about no one type."""

    interaction: str
    type: str
    id: str = ""


def aim_of(story: Story, reading: Reading) -> Aim | None:
    base = story.endpoints.base_of(reading.address)
    return read_aim(reading.method, fhir_parts(reading.address.path, base.path.rstrip("/") if base is not None else ""))


def read_aim(method: str, parts: Sequence[str]) -> Aim | None:
    """What a request is about whose path behind the FHIR base has these parts; None for an operation or a batch."""
    if not parts or not TYPE_NAME.fullmatch(parts[0]) or any(part.startswith("$") for part in parts):
        return None
    if len(parts) == 1 or [*parts[1:]] == ["_search"]:
        kinds = {"GET": "search-type", "HEAD": "search-type", "POST": "create"}
        kind = "search-type" if len(parts) > 1 else kinds.get(method, "")
        return Aim(kind, parts[0]) if kind else None
    if len(parts) >= 3 and parts[2] == "_history":
        return Aim("vread" if len(parts) > 3 else "history-instance", parts[0], parts[1])
    return Aim(VERBS[method], parts[0], parts[1]) if len(parts) == 2 and method in VERBS else None


class AnyQuery:
    """A granular scope's query is for the FHIR server to judge; here the type and the patient are."""

    def refuse(self, scope: Scope) -> str:
        return ""

    def meets(self, resource: dict[str, Any], scope: Scope) -> bool:
        return True


def with_token(story: Story) -> Iterator[Call]:
    return (call for call in story.calls if call.token)


def _grant_of(call: Call) -> Grant | None:
    source = call.source
    if source is None:
        return None
    patient, user = source.context("patient"), source.context("fhirUser")
    return Grant(
        source.scopes,
        patient=patient if isinstance(patient, str) else None,
        fhir_user=user if isinstance(user, str) else "",
    )


def end_of(call: Call) -> float | None:
    source = call.source
    if source is None or source.lifetime is None:
        return None
    return source.reading.finished + source.lifetime


def list_aimed(story: Story) -> Iterator[tuple[Call, Aim, Grant]]:
    for call in story.calls:
        grant, aim = _grant_of(call), aim_of(story, call.reading)
        if grant is not None and aim is not None and call.source is not None and "scope" in _told(call):
            yield call, aim, grant


def problem_of(grant: Grant, aim: Aim, story: Story) -> str:
    denial = GrantJudge(grant, AnyQuery(), versions=story.facts.scope_versions).judge(aim.interaction, aim.type)
    return denial.sentence if denial is not None else ""


def _told(call: Call) -> Mapping[str, Any]:
    return call.source.reading.answer if call.source is not None else {}


def resources_of(reading: Reading) -> Iterator[dict[str, Any]]:
    answer = reading.json
    if not isinstance(answer, dict):
        return
    if answer.get("resourceType") != "Bundle":
        if answer.get("resourceType") != "OperationOutcome":
            yield answer
        return
    entries = answer.get("entry")
    for entry in entries[:MOST_ENTRIES] if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(resource, dict) and resource.get("resourceType") != "OperationOutcome":
            yield resource
