"""Answer: what a site says to one FHIR call, and how it goes out as an HTTP response or a bundle entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from http import HTTPStatus

from workbench.exchange import Headers, Response
from workbench.fhir.resource import Json, operation_outcome, to_json
from workbench.fhir_server.store import StoredVersion, to_instant
from workbench.issue import Issue

CONTENT_TYPE = "application/fhir+json; charset=utf-8"
MOST_ISSUES = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """`version` gives ETag and Last-Modified; `written` names it in Location and lets Prefer choose the body."""

    status: int
    body: Json | None = None
    version: StoredVersion | None = None
    written: bool = False
    headers: Headers = ()

    @property
    def failed(self) -> bool:
        return self.status >= 400


def refuse(status: int, code: str, message: str, path: str = "", headers: Headers = ()) -> Answer:
    """Return a refusal with one issue; `code` is a FHIR issue-type code."""
    return refuse_all(status, (Issue("error", code, message, path),), headers)


def refuse_all(status: int, issues: Sequence[Issue], headers: Headers = ()) -> Answer:
    return Answer(status, operation_outcome(issues[:MOST_ISSUES]), headers=headers)


def etag_of(version: StoredVersion) -> str:
    """A weak tag of the version id (FHIR R4, RESTful API, versions)."""
    return f'W/"{version.version}"'


def versioned_address(version: StoredVersion, base: str) -> str:
    return f"{base.rstrip('/')}/{version.reference}/_history/{version.version}"


def to_response(answer: Answer, base: str, *, prefer: str = "", head: bool = False) -> Response:
    """Return the HTTP response; `prefer` is the client's wish for the body of a write (`Prefer: return=…`)."""
    headers: list[tuple[str, str]] = list(answer.headers)
    body = _preferred(answer, prefer)
    if answer.version is not None:
        headers.append(("ETag", etag_of(answer.version)))
        headers.append(("Last-Modified", format_datetime(answer.version.last_updated, usegmt=True)))
        if answer.written:
            name = "Location" if answer.status == HTTPStatus.CREATED else "Content-Location"
            headers.append((name, versioned_address(answer.version, base)))
    if body is not None:
        headers.append(("Content-Type", CONTENT_TYPE))
    content = b"" if body is None or head else to_json(body).encode()
    return Response(int(answer.status), tuple(headers), content)


def to_entry(answer: Answer, base: str, *, prefer: str = "") -> Json:
    """Return the entry of a response bundle; a write tells its resource where that is preferred."""
    phrase = HTTPStatus(answer.status).phrase
    response: Json = {"status": f"{answer.status} {phrase}"}
    if answer.version is not None:
        if answer.written:
            response["location"] = versioned_address(answer.version, base)
        response["etag"] = etag_of(answer.version)
        response["lastModified"] = to_instant(answer.version.last_updated)
    entry: Json = {"response": response}
    if answer.body is None:
        return entry
    if answer.failed:
        response["outcome"] = answer.body
    elif not answer.written or prefer == "representation":
        entry = {"resource": answer.body} | entry
    return entry


def _preferred(answer: Answer, prefer: str) -> Json | None:
    if not answer.written or answer.failed:
        return answer.body
    if prefer == "minimal":
        return None
    if prefer == "operationoutcome" and answer.version is not None:
        done = "created" if answer.status == HTTPStatus.CREATED else "stored"
        text = f"{answer.version.reference} was {done} as version {answer.version.version}."
        return operation_outcome([Issue("information", "informational", text)])
    return answer.body
