"""Site: how one hospital's EHR behaves, read from a data file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.authorization_server.rules import Client as Client
from workbench.authorization_server.rules import LaunchKind as LaunchKind
from workbench.authorization_server.rules import SmartRules as SmartRules
from workbench.authorization_server.rules import User as User
from workbench.conformance.message_profile import MessageProfile
from workbench.documents.document import MESSAGES, DocumentForm
from workbench.fhir.rules import INTERACTIONS as INTERACTIONS
from workbench.fhir.rules import FhirRules as FhirRules
from workbench.fhir.rules import Interaction as Interaction
from workbench.fhir.rules import ResourceRules as ResourceRules
from workbench.fhir.rules import SystemInteraction as SystemInteraction
from workbench.fhir.rules import Versioning as Versioning
from workbench.fhir.rules import WriteRule as WriteRule
from workbench.site.answer_rule import AnswerRule
from workbench.smart.launch_context import ContextItem as ContextItem
from workbench.smart.scopes import ScopeVersion as ScopeVersion

NoteRoad = Literal["fhir", "hl7v2", "none"]


@dataclass(frozen=True, slots=True)
class MessageRule:
    """One message that the site takes, such as `ADT^A01`.

    `required` are paths that must be valued, `makes` the resource types that the message becomes in the FHIR data.
    `profile` is all else that the site asks of it, its rules for every message included.
    """

    message: str
    required: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    profile: MessageProfile | None = None


@dataclass(frozen=True, slots=True)
class Hl7v2Rules:
    """The site's HL7 v2 interface. `version` is what it speaks, `versions` what it takes (all where empty).

    `answers` are the rules by which it answers otherwise than usual, on request. With `sequence_numbers` it keeps each
    sender to the order of MSH-13.
    """

    version: str
    application: str
    facility: str
    assigning_authority: str
    messages: tuple[MessageRule, ...]
    versions: tuple[str, ...] = ()
    unknown_patient: Literal["create", "reject"] = "reject"
    acknowledges: bool = True
    answers: tuple[AnswerRule, ...] = ()
    sequence_numbers: bool = False

    def find_message(self, name: str) -> MessageRule | None:
        return next((rule for rule in self.messages if rule.message == name), None)


@dataclass(frozen=True, slots=True)
class NoteRules:
    """How a clinical note is taken: by FHIR DocumentReference, by HL7 v2 messages, or not.

    `form` is how a message must carry it, None where no message does; a site whose notes go by FHIR may take reports by
    message beside them.
    """

    road: NoteRoad
    formats: tuple[str, ...] = ()
    form: DocumentForm | None = None

    @property
    def message_formats(self) -> tuple[str, ...]:
        """The media types that a message may carry; all where none is named."""
        return (self.form.formats or self.formats) if self.form else ()


@dataclass(frozen=True, slots=True)
class Site:
    """One hospital; `mrn_system` is the identifier system of its medical record numbers."""

    id: str
    name: str
    description: str
    mrn_system: str
    fhir: FhirRules
    smart: SmartRules
    hl7v2: Hl7v2Rules
    note: NoteRules
    users: tuple[User, ...]
    population: str = "standard"

    def find_user(self, user_id: str) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

    @property
    def document_messages(self) -> tuple[str, ...]:
        """The messages that bring a document to this site, those that are built here alone."""
        taken = (rule.message for rule in self.hl7v2.messages if "DocumentReference" in rule.makes)
        return tuple(message for message in taken if message in MESSAGES) if self.note.form else ()

    @property
    def traits(self) -> dict[str, str]:
        """What a scenario step may ask of the site it runs at (`when:`): its id, versions and roads."""
        return {
            "site": self.id,
            "fhir": self.fhir.release,
            "us-core": self.fhir.us_core,
            "hl7v2": self.hl7v2.version,
            "scopes": "+".join(self.smart.scope_versions),
            "note": self.note.road,
        }
