"""Use of the access token as it must be: how an app shows it, and what a FHIR server does with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.launch_review.reading import TYPE_NAME, Reading, fhir_parts, first, has
from workbench.launch_review.rule import Chapter, Found, fails, holds, passes, quote
from workbench.launch_review.story import Call, Story
from workbench.smart.grant import Grant
from workbench.smart.grant_judge import GrantJudge
from workbench.smart.scopes import Scope

CHAPTER = Chapter("use")
ACCESS = "SMART App Launch 2.2, Access FHIR API"
VERBS = {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
MOST_ENTRIES = 500
SLACK = 5.0


@dataclass(frozen=True, slots=True)
class Aim:
    """What a FHIR request is about; `type` is empty where it is about no one type."""

    interaction: str
    type: str
    id: str = ""


def aim_of(story: Story, reading: Reading) -> Aim | None:
    base = story.endpoints.base_of(reading.address)
    parts = fhir_parts(reading.address.path, base.path.rstrip("/") if base is not None else "")
    if not parts or not TYPE_NAME.fullmatch(parts[0]) or any(part.startswith("$") for part in parts):
        return None
    method = reading.method
    if len(parts) == 1 or parts[1:] == ["_search"]:
        kinds = {"GET": "search-type", "HEAD": "search-type", "POST": "create"}
        kind = "search-type" if len(parts) > 1 else kinds.get(method, "")
        return Aim(kind, parts[0]) if kind else None
    if len(parts) >= 3 and parts[2] == "_history":
        return Aim("vread" if len(parts) > 3 else "history-instance", parts[0], parts[1])
    return Aim(VERBS[method], parts[0], parts[1]) if len(parts) == 2 and method in VERBS else None


def _with_token(story: Story) -> Iterator[Call]:
    return (call for call in story.calls if call.token)


class _AnyQuery:
    """A granular scope's query is for the FHIR server to judge; here the type and the patient are."""

    def refuse(self, scope: Scope) -> str:
        return ""

    def meets(self, resource: dict[str, Any], scope: Scope) -> bool:
        return True


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


@CHAPTER.asks(
    "header",
    "app",
    "The token travels in the header Authorization, as Bearer.",
    f"{ACCESS}; RFC 6750, 2.1",
)
def _header(story: Story) -> Found:
    for call in _with_token(story):
        kept, bad = bool(call.reading.bearer), "It came in the address or in a form."
        yield holds(call.reading, "header: Authorization", kept, "It does.", bad)


@CHAPTER.asks(
    "no-query",
    "app",
    "The token never stands in an address.",
    "RFC 9700, 4.3.2; RFC 6750, 2.3",
    "Addresses stay in logs and in the browser's history.",
)
def _no_query(story: Story) -> Found:
    for call in _with_token(story):
        found = [name for name in ("access_token", "token") if _is_token(story, call, name)]
        place = f"query: {found[0]}" if found else "query"
        yield holds(call.reading, place, not found, "It does not.", "The token stands in the address.")


def _is_token(story: Story, call: Call, name: str) -> bool:
    value = first(call.reading.query, name)
    return bool(value) and (name == "access_token" or story.source_of(value) is not None)


@CHAPTER.asks("one-way", "app", "The token is shown in one way at a time.", "RFC 6750, 2")
def _one_way(story: Story) -> Found:
    for call in _with_token(story):
        reading = call.reading
        ways = [bool(reading.bearer), has(reading.query, "access_token"), has(reading.form, "access_token")]
        yield holds(reading, "header: Authorization", sum(ways) < 2, "It is.", "It came in two ways at once.")


@CHAPTER.asks(
    "own-server",
    "app",
    "The token goes to the FHIR server it was given for, and to no other.",
    f"{ACCESS}; RFC 6750, 5.3",
    "Another server could use it to read the same chart.",
)
def _own_server(story: Story) -> Found:
    for call in _with_token(story):
        asked = call.source.asked if call.source is not None else None
        if call.source is not None and story.endpoints.bases:
            kept = story.endpoints.base_of(call.reading.address) is not None
            aud = asked.value("aud") if asked else story.endpoints.bases[0].bare
            bad = f"It went to {quote(call.reading.address.origin)}, and was given for {quote(aud)}."
            yield holds(call.reading, "address", kept, "It does.", bad)


@CHAPTER.asks(
    "protected",
    "app",
    "The token goes over TLS, or does not leave this machine.",
    "RFC 6750, 5.3; SMART App Launch 2.2, App protection",
)
def _protected(story: Story) -> Found:
    for call in _with_token(story):
        address = call.reading.address
        bad = f"It went to {address.origin} without TLS."
        yield holds(call.reading, "address", address.is_protected, "It is protected.", bad)


@CHAPTER.asks(
    "type",
    "app",
    "An app uses only a token whose type is Bearer.",
    "RFC 6749, 7.1",
)
def _type(story: Story) -> Found:
    for call in _with_token(story):
        if call.source is not None:
            kind = str(call.source.reading.answer.get("token_type", ""))
            bad = f"The site had called its type {quote(kind)}." if kind else "The site had named no type."
            yield holds(call.reading, "header: Authorization", kind.lower() == "bearer", "It is.", bad)


@CHAPTER.asks(
    "in-time",
    "app",
    "An app does not go on with a token that has ended.",
    "SMART App Launch 2.2, Refresh access token; RFC 6749, 1.5",
    level="should",
)
def _in_time(story: Story) -> Found:
    for call in _with_token(story):
        ends = _end_of(call)
        if ends is not None:
            late = call.reading.started - ends
            bad = f"It had ended {late:.0f} seconds before."
            yield holds(call.reading, "header: Authorization", late <= SLACK, "It held.", bad)


def _end_of(call: Call) -> float | None:
    source = call.source
    if source is None or source.lifetime is None:
        return None
    return source.reading.finished + source.lifetime


@CHAPTER.asks(
    "within",
    "app",
    "An app asks for what its scopes allow.",
    "SMART App Launch 2.2, Scopes for requesting FHIR Resources",
    "The user did not allow it, and the site must refuse it.",
    level="should",
)
def _within(story: Story) -> Found:
    for call, aim, grant in _aimed(story):
        problem = _problem_of(grant, aim)
        yield holds(call.reading, "address", not problem, "It was granted.", problem)


def _aimed(story: Story) -> Iterator[tuple[Call, Aim, Grant]]:
    for call in story.calls:
        grant, aim = _grant_of(call), aim_of(story, call.reading)
        if grant is not None and aim is not None and call.source is not None and "scope" in _told(call):
            yield call, aim, grant


def _problem_of(grant: Grant, aim: Aim) -> str:
    denial = GrantJudge(grant, _AnyQuery()).judge(aim.interaction, aim.type)
    return denial.sentence if denial is not None else ""


def _told(call: Call) -> Mapping[str, Any]:
    return call.source.reading.answer if call.source is not None else {}


@CHAPTER.asks(
    "patient",
    "app",
    "An app reads the patient whom it was given.",
    "SMART App Launch 2.2, Launch context arrives with your access_token",
    "It would show one patient's data in the chart of another.",
    level="should",
)
def _patient(story: Story) -> Found:
    for call, aim, grant in _aimed(story):
        if aim.type == "Patient" and aim.id and grant.patient:
            user = any(s.context in ("user", "system") and s.covers("read", "Patient") for s in grant.scopes)
            if not user:
                bad = f"It asked for {quote(aim.id)}, and was given {quote(grant.patient)}."
                yield holds(call.reading, "address", aim.id == grant.patient, "It does.", bad)


@CHAPTER.asks(
    "retries",
    "app",
    "An app whose token was refused gets a new one before it asks again.",
    "RFC 6749, 1.5; RFC 6750, 3.1",
    level="should",
)
def _retries(story: Story) -> Found:
    refused: dict[str, int] = {}
    for call in _with_token(story):
        if call.token in refused:
            bad = f"The same token had been refused in exchange {refused[call.token] + 1}."
            yield fails(call.reading, "header: Authorization", bad)
        elif call.reading.status == 401:
            refused[call.token] = call.reading.index
            yield passes(call.reading, "header: Authorization", "It was refused for the first time.")


@CHAPTER.asks(
    "taken",
    "server",
    "A token that holds is taken.",
    f"{ACCESS}; RFC 6750, 3.1",
    "The app must send the user to sign in again.",
)
def _taken(story: Story) -> Found:
    revoked = {first(r.form, "token") for r in story.of("revocation")}
    for call in _with_token(story):
        ends, source = _end_of(call), call.source
        spent = source is not None and (source.refresh_token in revoked or call.token in revoked)
        if ends is None or spent or not call.reading.status or call.reading.started > ends or _is_ended(story, call):
            continue
        refused = call.reading.status == 401
        bad = f"It was refused {ends - call.reading.started:.0f} seconds before its end."
        yield holds(call.reading, "status", not refused, "It was taken.", bad)


def _is_ended(story: Story, call: Call) -> bool:
    """Whether something since may have ended the token: a code or refresh token that came twice."""
    tried = (t for t in story.traded if t.error == "invalid_grant" and t.reading.index < call.reading.index)
    return any(t.reading.index > (call.source.reading.index if call.source else 0) for t in tried)


@CHAPTER.asks(
    "ended-refused",
    "server",
    "A token that has ended is refused.",
    f"{ACCESS}; SMART App Launch 2.2, Obtain access token: expires_in; RFC 6750, 3.1",
)
def _ended_refused(story: Story) -> Found:
    for call in _with_token(story):
        ends = _end_of(call)
        if ends is not None and call.reading.started > ends + SLACK and call.reading.status:
            late = call.reading.started - ends
            bad = f"It was answered {call.reading.status}, {late:.0f} seconds after its end."
            yield holds(call.reading, "status", call.reading.status in (401, 403), "It was refused.", bad)


@CHAPTER.asks(
    "none-refused",
    "server",
    "What is guarded is refused without a token that the site gave.",
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
            kept = value.lower().startswith("bearer")
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
        if call.reading.status == 401 and value.startswith("bearer"):
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
    for call, aim, grant in _aimed(story):
        problem = _problem_of(grant, aim)
        if problem and call.reading.status:
            kept = call.reading.status >= 400 or _finds_nothing(call.reading, aim)
            yield holds(call.reading, "status", kept, "It was refused.", f"It was answered. {problem}")


def _finds_nothing(reading: Reading, aim: Aim) -> bool:
    """A site may answer what is not granted as a search that finds nothing, which tells nothing."""
    return aim.interaction == "search-type" and reading.answer.get("resourceType") == "Bundle" and not _shown(reading)


def _shown(reading: Reading) -> bool:
    return any(_resources_of(reading)) or reading.answer.get("total") not in (None, 0)


@CHAPTER.asks(
    "scope-status",
    "server",
    "A refusal for want of a scope is 403, not 401.",
    "RFC 6750, 3.1",
    "An app that reads 401 signs the user in again, and gets no further.",
    level="should",
)
def _scope_status(story: Story) -> Found:
    for call, aim, grant in _aimed(story):
        lacks = bool(_problem_of(grant, aim))
        if lacks and call.reading.status in (401, 403) and not _is_ended(story, call):
            kept = call.reading.status == 403
            yield holds(call.reading, "status", kept, "It is 403.", "It is 401 though the token holds.")


@CHAPTER.asks(
    "scope-taken",
    "server",
    "What a granted scope covers is not refused for want of one.",
    f"{ACCESS}; SMART App Launch 2.2, Scopes for requesting FHIR Resources",
)
def _scope_taken(story: Story) -> Found:
    for call, aim, grant in _aimed(story):
        wide = [s for s in grant.scopes if s.covers(aim.interaction, aim.type) and not s.query]
        reads = aim.interaction in ("read", "search-type")
        own = aim.type != "Patient" or aim.id in ("", grant.patient)
        # Whose it is cannot be seen of what was refused, so only what surely is the patient's is judged.
        if wide and reads and own and (not aim.id or aim.type == "Patient") and call.reading.status:
            bad = f"It was refused though {quote(wide[0].text)} was granted."
            yield holds(call.reading, "status", call.reading.status != 403, "It was not.", bad)


@CHAPTER.asks(
    "compartment",
    "server",
    "With scopes for one patient, nothing of another patient is given.",
    "SMART App Launch 2.2, Patient-specific scopes; Launch context",
    "Another patient's data would be shown to an app that was opened for this one.",
)
def _compartment(story: Story) -> Found:
    for call, aim, grant in _aimed(story):
        if call.reading.status != 200 or aim.interaction not in ("read", "vread", "search-type"):
            continue
        if not grant.patient and any(scope.context == "patient" for scope in grant.scopes):
            continue  # The site did not say whose token it is, which is judged where it must.
        seen = list(_resources_of(call.reading))
        strange = [r for r in seen if _is_strange(grant, r)]
        if seen:
            name = f"{strange[0].get('resourceType')}/{strange[0].get('id')}" if strange else ""
            bad = f"{quote(name)} is outside of the granted scopes; {len(strange)} of {len(seen)} are."
            yield holds(call.reading, "body", not strange, f"All {len(seen)} are within them.", bad)


def _is_strange(grant: Grant, resource: dict[str, Any]) -> bool:
    """Whether no scope gives its type, or it is of another patient; one that names no patient may be of this one.

    A Provenance of a result says whose it is by that result alone.
    """
    judge, kind = GrantJudge(grant, _AnyQuery()), str(resource.get("resourceType", ""))
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


def _resources_of(reading: Reading) -> Iterator[dict[str, Any]]:
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


@CHAPTER.asks(
    "answers",
    "server",
    "The FHIR server answers, and not with an error of its own.",
    "RFC 9110, 15.6",
)
def _answers(story: Story) -> Found:
    for call in story.calls:
        if call.reading.exchange.failure is not None:
            yield fails(call.reading, "status", "No answer came.")
        elif call.reading.status:
            bad = f"It failed with {call.reading.status}."
            yield holds(call.reading, "status", call.reading.status < 500, "It answered.", bad)


@CHAPTER.asks(
    "cors",
    "server",
    "A browser app may read FHIR answers from its own origin.",
    "SMART App Launch 2.2, Considerations for CORS",
    since=2,
)
def _cors(story: Story) -> Found:
    for call in story.calls:
        origin = call.reading.request_header("origin")
        if origin and call.reading.status:
            allowed = call.reading.response_header("access-control-allow-origin")
            bad = "A browser app asked, and no Access-Control-Allow-Origin lets it read the answer."
            place = "header: Access-Control-Allow-Origin"
            yield holds(call.reading, place, allowed in ("*", origin), "It may.", bad)
