"""Use of the access token as it must be: how an app shows it, and for what."""

from __future__ import annotations

from workbench.launch_review.endpoints import is_below
from workbench.launch_review.fhir_calls import end_of, list_aimed, problem_of, with_token
from workbench.launch_review.reading import first, has, read_address
from workbench.launch_review.rule import Chapter, Found, fails, holds, passes, quote, stays_protected
from workbench.launch_review.story import Call, Story
from workbench.smart.grant import Grant
from workbench.smart.json_answer import objects_of, texts_of
from workbench.smart.scopes import names_patient

CHAPTER = Chapter("use")
ACCESS = "SMART App Launch 2.2, Access FHIR API"
SLACK = 5.0


@CHAPTER.asks(
    "header",
    "app",
    "The token travels in the header Authorization, as Bearer.",
    f"{ACCESS}; RFC 6750, 2.1",
)
def _header(story: Story) -> Found:
    for call in with_token(story):
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
    for call in with_token(story):
        found = [name for name in ("access_token", "token") if _is_token(story, call, name)]
        place = f"query: {found[0]}" if found else "query"
        yield holds(call.reading, place, not found, "It does not.", "The token stands in the address.")


def _is_token(story: Story, call: Call, name: str) -> bool:
    value = first(call.reading.query, name)
    return bool(value) and (name == "access_token" or story.source_of(value) is not None)


@CHAPTER.asks("one-way", "app", "The token is shown in one way at a time.", "RFC 6750, 2")
def _one_way(story: Story) -> Found:
    for call in with_token(story):
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
    for call in with_token(story):
        asked = call.source.asked if call.source is not None else None
        if call.source is not None and story.endpoints.bases:
            kept = story.endpoints.base_of(call.reading.address) is not None or _is_located(call)
            aud = asked.value("aud") if asked else story.endpoints.bases[0].bare
            bad = f"It went to {quote(call.reading.address.origin)}, and was given for {quote(aud)}."
            yield holds(call.reading, "address", kept, "It does.", bad)


def _is_located(call: Call) -> bool:
    """Whether the site said that its token is for this server, too (authorization_details, experimental)."""
    details = objects_of(call.source.reading.answer.get("authorization_details")) if call.source is not None else []
    bases = [read_address(text) for each in details for text in texts_of(each, "locations")]
    return any(is_below(call.reading.address, base) for base in bases)


@CHAPTER.asks(
    "protected",
    "app",
    "The token goes over TLS, or does not leave this machine.",
    "RFC 6750, 5.3; SMART App Launch 2.2, App protection",
)
def _protected(story: Story) -> Found:
    for call in with_token(story):
        yield stays_protected(call.reading)


@CHAPTER.asks(
    "type",
    "app",
    "An app uses only a token whose type is Bearer.",
    "RFC 6749, 7.1",
)
def _type(story: Story) -> Found:
    for call in with_token(story):
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
    for call in with_token(story):
        ends = end_of(call)
        if ends is not None:
            late = call.reading.started - ends
            bad = f"It had ended {late:.0f} seconds before."
            yield holds(call.reading, "header: Authorization", late <= SLACK, "It held.", bad)


@CHAPTER.asks(
    "within",
    "app",
    "An app asks for what its scopes allow.",
    "SMART App Launch 2.2, Scopes for requesting FHIR Resources",
    "The user did not allow it, and the site must refuse it.",
    level="should",
)
def _within(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        problem = problem_of(grant, aim, story)
        yield holds(call.reading, "address", not problem, "It was granted.", problem)


@CHAPTER.asks(
    "patient",
    "app",
    "An app reads the patient whom it was given.",
    "SMART App Launch 2.2, Launch context arrives with your access_token",
    "It would show one patient's data in the chart of another.",
    level="should",
)
def _patient(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        if aim.type == "Patient" and aim.id and grant.patient and not _reads_any_patient(grant):
            bad = f"It asked for {quote(aim.id)}, and was given {quote(grant.patient)}."
            yield holds(call.reading, "address", aim.id == grant.patient, "It does.", bad)


def _reads_any_patient(grant: Grant) -> bool:
    return any(scope.context in ("user", "system") and scope.covers("read", "Patient") for scope in grant.scopes)


@CHAPTER.asks(
    "no-patient",
    "app",
    "An app with scopes for one patient that was not told which reads no patient by an id of its own.",
    "SMART App Launch 2.2, Launch context arrives with your access_token",
    "It shows a chart that nobody opened.",
    level="should",
)
def _no_patient(story: Story) -> Found:
    for call, aim, grant in list_aimed(story):
        told = grant.patient or not names_patient(grant.scopes)
        if not told and not _reads_any_patient(grant) and aim.type == "Patient":
            bad = f"It asked for {quote(aim.id)}, and was told no patient." if aim.id else ""
            yield holds(call.reading, "address", not aim.id, "It searched for one.", bad)


@CHAPTER.asks(
    "retries",
    "app",
    "An app whose token was refused gets a new one before it asks again.",
    "RFC 6749, 1.5; RFC 6750, 3.1",
    level="should",
)
def _retries(story: Story) -> Found:
    refused: dict[str, int] = {}
    for call in with_token(story):
        if call.token in refused:
            bad = f"The same token had been refused in exchange {refused[call.token] + 1}."
            yield fails(call.reading, "header: Authorization", bad)
        elif call.reading.status == 401:
            refused[call.token] = call.reading.index
            yield passes(call.reading, "header: Authorization", "It was refused for the first time.")
