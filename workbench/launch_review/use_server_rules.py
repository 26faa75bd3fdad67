"""Access token as a FHIR server must take it, and what it must refuse."""

from __future__ import annotations

import re
from typing import Any

from workbench.launch_review.fhir_calls import (
    Aim,
    AnyQuery,
    aim_of,
    end_of,
    list_aimed,
    problem_of,
    resources_of,
    with_token,
)
from workbench.launch_review.reading import Reading, first
from workbench.launch_review.rule import Chapter, Found, gets_answer, holds, lets_browser_read, quote
from workbench.launch_review.story import Call, Story
from workbench.smart.grant import Grant
from workbench.smart.grant_judge import GrantJudge

CHAPTER = Chapter("use")
ACCESS = "SMART App Launch 2.2, Access FHIR API"
SLACK = 5.0
# A scheme among those that a site takes: at the beginning, or behind a comma.
BEARER = re.compile(r"(?:^|,)\s*bearer(?=[\s,]|$)", re.IGNORECASE)


@CHAPTER.asks(
    "taken",
    "server",
    "A token that holds is taken.",
    f"{ACCESS}; RFC 6750, 3.1",
    "The app must send the user to sign in again.",
)
def _taken(story: Story) -> Found:
    revoked = {first(r.form, "token") for r in story.of("revocation")}
    for call in with_token(story):
        ends, source = end_of(call), call.source
        spent = source is not None and (source.refresh_token in revoked or call.token in revoked)
        if ends is None or spent or not call.reading.status or call.reading.started > ends or _is_ended(story, call):
            continue
        refused = call.reading.status == 401
        bad = f"It was refused {ends - call.reading.started:.0f} seconds before its end."
        yield holds(call.reading, "status", not refused, "It was taken.", bad)


def _is_ended(story: Story, call: Call) -> bool:
    """Whether something since may have ended the token: a code or refresh token that came twice."""
    return story.has_invalid_grant(call.source.reading.index if call.source else 0, call.reading.index)


@CHAPTER.asks(
    "ended-refused",
    "server",
    "A token that has ended is refused.",
    f"{ACCESS}; SMART App Launch 2.2, Obtain access token: expires_in; RFC 6750, 3.1",
)
def _ended_refused(story: Story) -> Found:
    for call in with_token(story):
        ends = end_of(call)
        if ends is not None and call.reading.started > ends + SLACK and call.reading.status:
            late = call.reading.started - ends
            bad = f"It was answered {call.reading.status}, {late:.0f} seconds after its end."
            yield holds(call.reading, "status", call.reading.status in (401, 403), "It was refused.", bad)


@CHAPTER.asks(
    "none-refused",
    "server",
    "Where tokens are given, FHIR data are refused to whoever shows none.",
    f"{ACCESS}; RFC 6750, 3",
)
def _none_refused(story: Story) -> Found:
    known = {t.access_token for t in story.granted}
    for call in story.calls:
        aim = aim_of(story, call.reading)
        # A token that was given before this row begins cannot be told from one that nobody gave.
        if aim is not None and call.reading.status and not call.token and known:
            kept = call.reading.status in (401, 403, 404)
            yield holds(call.reading, "status", kept, "It was refused.", f"It was answered {call.reading.status}.")


@CHAPTER.asks(
    "challenge",
    "server",
    "A refusal by 401 names the scheme Bearer in WWW-Authenticate.",
    "RFC 6750, 3",
)
def _challenge(story: Story) -> Found:
    for call in story.calls:
        if call.reading.status == 401:
            value = call.reading.response_header("www-authenticate")
            bad = f"It is {quote(value.partition(' ')[0])}." if value else "WWW-Authenticate is missing."
            kept = bool(BEARER.search(value))
            yield holds(call.reading, "header: WWW-Authenticate", kept, "It does.", bad)


@CHAPTER.asks(
    "challenge-error",
    "server",
    "A token that does not hold is called invalid_token, and without a token no error is named.",
    "RFC 6750, 3.1",
    level="should",
)
def _challenge_error(story: Story) -> Found:
    for call in story.calls:
        value = call.reading.response_header("www-authenticate").lower()
        if call.reading.status == 401 and BEARER.search(value):
            named = "invalid_token" in value
            bad = "invalid_token is not named." if call.token else "An error is named though no token came."
            kept = named if call.token else "error=" not in value
            yield holds(call.reading, "header: WWW-Authenticate", kept, "It is.", bad)


@CHAPTER.asks(
    "scope-refused",
    "server",
    "What no granted scope covers is refused.",
    f"{ACCESS}; SMART App Launch 2.2, Scopes for requesting FHIR Resources",
    "The consent of the user would mean nothing.",
)
def _scope_refused(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        problem = problem_of(grant, aim, story)
        if problem and call.reading.status:
            kept = call.reading.status >= 400 or _finds_nothing(call.reading, aim)
            yield holds(call.reading, "status", kept, "It was refused.", f"It was answered. {problem}")


def _finds_nothing(reading: Reading, aim: Aim) -> bool:
    """A site may answer what is not granted as a search that finds nothing, which tells nothing."""
    return aim.interaction == "search-type" and reading.answer.get("resourceType") == "Bundle" and not _shown(reading)


def _shown(reading: Reading) -> bool:
    return any(resources_of(reading)) or reading.answer.get("total") not in (None, 0)


@CHAPTER.asks(
    "scope-status",
    "server",
    "A refusal for want of a scope is 403, not 401.",
    "RFC 6750, 3.1",
    "An app that reads 401 signs the user in again, and gets no further.",
    level="should",
)
def _scope_status(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        lacks = bool(problem_of(grant, aim, story))
        if lacks and call.reading.status in (401, 403) and not _is_ended(story, call):
            kept = call.reading.status == 403
            yield holds(call.reading, "status", kept, "It is 403.", "It is 401 though the token holds.")


@CHAPTER.asks(
    "scope-taken",
    "server",
    "What a granted scope covers is not refused for want of one.",
    "SMART App Launch 2.2, SMART's scopes are used to delegate access; Scopes for requesting FHIR Resources",
    "The user allowed it; a site may hold it back by rules of its own alone, and the app cannot know them.",
    level="should",
)
def _scope_taken(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        wide = [scope for scope in grant.scopes if scope.covers(aim.interaction, aim.type) and not scope.query]
        own = [scope for scope in wide if scope.context == "patient"]
        # What a user may see, and whose a refused resource was, cannot be told from outside.
        if own and _is_for(call.reading, aim, grant.patient or "") and call.reading.status:
            bad = f"It was refused though {quote(own[0].text)} was granted."
            yield holds(call.reading, "status", call.reading.status != 403, "It was not.", bad)


def _is_for(reading: Reading, aim: Aim, patient: str) -> bool:
    """Whether the call names the patient of the launch and asks for nothing else."""
    if aim.interaction == "read":
        return aim.type == "Patient" and aim.id == patient
    names = ("_id",) if aim.type == "Patient" else ("patient", "subject")
    named = {value.rpartition("/")[2] for name, value in reading.query if name in names}
    return aim.interaction == "search-type" and named == {patient}


@CHAPTER.asks(
    "compartment",
    "server",
    "With scopes for one patient nothing of another patient is given, and nothing of a type that no scope gives.",
    "SMART App Launch 2.2, Patient-specific scopes; Launch context; Access FHIR API",
    "Another patient's data would be shown to an app that was opened for this one.",
)
def _compartment(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        if call.reading.status != 200 or aim.interaction not in ("read", "vread", "search-type"):
            continue
        if not grant.patient and any(scope.context == "patient" for scope in grant.scopes):
            continue  # The site did not say whose token it is, which is judged where it must.
        seen = list(resources_of(call.reading))
        strange = [r for r in seen if _is_strange(grant, r)]
        if seen:
            name = f"{strange[0].get('resourceType')}/{strange[0].get('id')}" if strange else ""
            bad = f"{quote(name)} is outside of the granted scopes; {len(strange)} of {len(seen)} are."
            yield holds(call.reading, "body", not strange, f"All {len(seen)} are within them.", bad)


def _is_strange(grant: Grant, resource: dict[str, Any]) -> bool:
    """Whether no scope gives its type, or it is of another patient; one that names no patient may be of this one.

    A Provenance of a result says whose it is by that result alone.
    """
    judge, kind = GrantJudge(grant, AnyQuery()), str(resource.get("resourceType", ""))
    if judge.may_see(resource):
        return False
    given = judge.covering("read", kind) or judge.covering("search-type", kind)
    return not given or kind == "Patient" or _names_a_patient(resource)


def _names_a_patient(value: Any) -> bool:
    if isinstance(value, list):
        return any(_names_a_patient(item) for item in value)
    if not isinstance(value, dict):
        return False
    return "Patient/" in str(value.get("reference", "")) or any(_names_a_patient(item) for item in value.values())


@CHAPTER.asks(
    "answers",
    "server",
    "The FHIR server answers, and not with an error of its own.",
    "RFC 9110, 15.6",
)
def _answers(story: Story) -> Found:
    for call in story.calls:
        yield from gets_answer(call.reading, "It")


@CHAPTER.asks(
    "cors",
    "server",
    "At a site that takes public apps, a browser app may read FHIR answers from its own origin.",
    "SMART App Launch 2.2, Considerations for CORS",
    since=2,
)
def _cors(story: Story) -> Found:
    return lets_browser_read(story, (call.reading for call in story.calls), "It may.")
