"""Note messages: the message by which a document goes to a site, and the site's word on it before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from workbench.documents.document import MESSAGES, Document, DocumentForm, Route
from workbench.documents.document_message import make_document_message
from workbench.documents.judge import judge_document
from workbench.documents.media_type import name_of_type
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message
from workbench.issue import Issue
from workbench.site.messages import judge_message
from workbench.site.site import Site

_USUAL = DocumentForm()


@dataclass(frozen=True, slots=True)
class NoteProposal:
    """`message` is None where none can be built; the site takes it where no issue is an error."""

    name: str
    message: Message | None
    issues: tuple[Issue, ...]

    @property
    def is_taken(self) -> bool:
        return self.message is not None and not any(issue.is_error for issue in self.issues)


def choose_message(site: Site, document: Document) -> str:
    """The message of the site that fits: one that replaces where the document does, else the first."""
    taken = site.document_messages or ("MDM^T02",)
    wanted = "MDM^T10" if document.replaces else taken[0]
    return wanted if wanted in taken else next((each for each in taken if each != "MDM^T10"), taken[0])


def propose_note(
    site: Site,
    document: Document,
    *,
    message: str = "",
    now: datetime,
    control_id: str,
    knows_patient: Callable[[str], bool] | None = None,
) -> NoteProposal:
    """The message for `document`, built as the site asks even where it will not take it, and what it will say.

    `message` is `MDM^T02`, `MDM^T10` or `ORU^R01`, the site's own choice where empty; `knows_patient` as for
    `judge_message`.
    """
    name = message or choose_message(site, document)
    form, rules = site.note.form or _USUAL, site.hl7v2
    refused = tuple(judge_note(site, document, name))
    route = Route(rules.version, rules.application, rules.facility)
    try:
        built = make_document_message(document, form, route, message=name, now=now, control_id=control_id)
    except WorkbenchError as error:
        said = Issue("error", "not-supported", str(error), rule="note.hl7v2")
        return NoteProposal(name, None, (*refused, said))
    issues = [*refused, *judge_document(built, form)]
    known = {(issue.path.replace("[1]", "")) for issue in issues}
    for reason in judge_message(site, built, knows_patient=knows_patient):
        # What was said already, of the note or by the judge of documents, is not told by the interface once more.
        if reason.location not in known and not (refused and reason.location.startswith(("MSH-9", "OBX"))):
            issues.append(Issue("error", "business-rule", reason.text, path=reason.location, rule=f"site {site.id}"))
    return NoteProposal(name, built, tuple(issues))


def judge_note(site: Site, document: Document, message: str) -> Iterator[Issue]:
    """What the site holds against a document before it is put into a message, each with another way where there is."""
    taken, form = site.document_messages, site.note.form
    if form is None or not taken:
        yield _refuse(f"{site.name} takes no documents by HL7 v2. {_other_road(site, document)}".strip(), "note.road")
        return
    if message not in taken:
        road = "" if message in MESSAGES else _other_road(site, document)
        yield _refuse(f"{site.name} does not take documents as {message}; it takes {', '.join(taken)}. {road}".strip())
    formats = site.note.message_formats
    media_type = document.media_type.partition(";")[0]
    if formats and media_type not in formats:
        names = ", ".join(name_of_type(each) for each in formats)
        ways = [f"Send it as {names}." if len(formats) == 1 else "Send it as one of them."]
        if road := _other_road(site, document):
            ways.append(road)
        said = f"{site.name} does not take {name_of_type(media_type)} by HL7 v2; it takes {names}."
        yield _refuse(" ".join((said, *ways)), "note.formats", "OBX-5")
    if form.max_size is not None and len(document.content) > form.max_size:
        size = f"The document has {len(document.content):,} bytes, and {site.name} takes up to {form.max_size:,}."
        yield _refuse(f"{size} Send a smaller one.", "note.hl7v2.max_size", "OBX-5")


def _other_road(site: Site, document: Document) -> str:
    """Whether the site takes this document by FHIR."""
    media_type = document.media_type.partition(";")[0]
    if site.note.road != "fhir" or (site.note.formats and media_type not in site.note.formats):
        return ""
    return f"It takes {name_of_type(media_type)} by FHIR: write a DocumentReference."


def _refuse(message: str, rule: str = "note.hl7v2", path: str = "MSH-9") -> Issue:
    return Issue("error", "not-supported", message, path=path, rule=rule)
