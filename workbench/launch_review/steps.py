"""Steps of a launch for its sequence diagram: who sent what to whom, with the worst verdict that stands on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workbench.launch_review.fhir_calls import aim_of
from workbench.launch_review.reading import Kind, Reading, first, parse_pairs, read_address
from workbench.launch_review.review import WORST_FIRST, Lane, Outcome, Step, Verdict
from workbench.launch_review.story import Story
from workbench.smart.launch_trace import describe_parts
from workbench.smart.secrets import mask_text

LANES_OF: Mapping[Kind, tuple[Lane, Lane]] = {
    "smart-configuration": ("app", "fhir"),
    "capability-statement": ("app", "fhir"),
    "openid-configuration": ("app", "authorization"),
    "keys": ("app", "authorization"),
    "client-keys": ("authorization", "app"),
    "ehr-launch": ("user", "app"),
    "authorize": ("user", "authorization"),
    "page": ("user", "authorization"),
    "return": ("user", "app"),
    "token": ("app", "authorization"),
    "introspection": ("app", "authorization"),
    "revocation": ("app", "authorization"),
    "user-info": ("app", "authorization"),
    "fhir": ("app", "fhir"),
    "preflight": ("user", "fhir"),
    "other": ("app", "fhir"),
}
LABELS: Mapping[Kind, str] = {
    "smart-configuration": "smart-configuration",
    "capability-statement": "capability statement",
    "openid-configuration": "OpenID configuration",
    "keys": "the site’s keys",
    "client-keys": "the app’s keys",
    "ehr-launch": "launch",
    "return": "back to the app",
    "introspection": "introspection",
    "revocation": "revocation",
    "user-info": "userinfo",
    "preflight": "preflight",
}
GIVEN = (("id_token", "id token"), ("refresh_token", "refresh"))
LONGEST = 80
GRANTS = {
    "authorization_code": "code for a token",
    "refresh_token": "refresh",
    "client_credentials": "assertion for a token",
}


def draw_steps(story: Story, verdicts: Sequence[Verdict]) -> tuple[Step, ...]:
    marks: dict[int, list[tuple[int, str, Outcome]]] = {}
    for verdict in verdicts:
        for evidence in verdict.evidence:
            rank = WORST_FIRST.index(evidence.outcome)
            marks.setdefault(evidence.exchange, []).append((rank, verdict.requirement.id, evidence.outcome))
    return tuple(_step(story, reading, sorted(marks.get(reading.index, []))) for reading in story.readings)


def _step(story: Story, reading: Reading, marks: list[tuple[int, str, Outcome]]) -> Step:
    sender, receiver = LANES_OF[reading.kind]
    if reading.kind == "page" and _is_ehr(reading):
        receiver = "ehr"
    ids = tuple(dict.fromkeys(id_ for _, id_, _ in marks))
    outcome: Outcome = marks[0][2] if marks else "not-seen"
    return Step(reading.index, sender, receiver, _label(story, reading), _answer(reading), outcome, ids)


def _is_ehr(reading: Reading) -> bool:
    back = parse_pairs(read_address(reading.response_header("location")).query)
    return bool(
        first(back, "launch") or first(reading.parameters, "launch_uri") or "launch_uri" in reading.address.query
    )


def _label(story: Story, reading: Reading) -> str:
    if reading.kind == "token":
        return GRANTS.get(first(reading.form, "grant_type"), "token request")
    if reading.kind == "authorize":
        count = len(reading.asked("scope").split())
        return f"authorize: {count} scope{'s' if count != 1 else ''}"
    if reading.kind == "page":
        told = describe_parts(reading.exchange)[0].removesuffix(".")
        return mask_text(told.removeprefix("The browser opened the site’s "))[:LONGEST]
    if reading.kind == "fhir":
        aim = aim_of(story, reading)
        if aim is None:
            return f"{reading.method} FHIR"
        return f"{aim.interaction.removesuffix('-type')} {aim.type}" + (f"/{aim.id}" if aim.id else "")
    return LABELS.get(reading.kind, f"{reading.method} {reading.address.path or '/'}")


def _answer(reading: Reading) -> str:
    if reading.exchange.failure is not None:
        return "no answer"
    words = list(_words(reading))
    return ", ".join(words) if words else str(reading.status or "")


def _words(reading: Reading) -> Iterator[str]:
    pairs = parse_pairs(read_address(reading.response_header("location")).query)
    if 300 <= reading.status < 400:
        if first(pairs, "code"):
            yield "code"
        if first(pairs, "launch") and first(pairs, "iss"):
            yield "launch"
        if first(pairs, "error"):
            yield first(pairs, "error")[:40]
    elif reading.kind == "token" and reading.is_granted:
        yield "token"
        yield from (word for name, word in GIVEN if reading.answer.get(name))
    elif isinstance(reading.answer.get("error"), str):
        yield f"{reading.status} {reading.answer['error'][:40]}"
