"""Access: each FHIR call held against what its token allows, and what the site answers where it does not.

What lies outside a grant is answered alike whether it exists or not where the site says `not-found`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from workbench.fhir.resource import Json
from workbench.fhir_server.answer import Answer, refuse, refuse_all
from workbench.fhir_server.call import Call
from workbench.issue import Issue
from workbench.site.site import Site
from workbench.smart.compartment import is_patient_type
from workbench.smart.grant_judge import Denial, GrantJudge
from workbench.smart.scope_cover import is_within
from workbench.smart.scopes import Scope

# Search parameters that name the patient whom a record is about.
PATIENT_PARAMETERS = ("patient", "subject", "beneficiary", "actor", "candidate", "individual", "member")


@dataclass(frozen=True, slots=True)
class Access:
    """What one token allows at one site."""

    site: Site
    judge: GrantJudge

    def refuse(self, call: Call, resource: Json | None = None) -> Answer | None:
        """Refuse what the scopes do not give; `resource` is one that the app itself sent.

        The id in what is to be created says nothing of whose it is, since the site gives it another.
        """
        if resource is not None and call.interaction == "create":
            resource = {name: value for name, value in resource.items() if name != "id"}
        denial = self.judge.judge(call.interaction, call.type, resource)
        return self._tell(denial) if denial else None

    def refuse_stored(self, call: Call, resource: Json) -> Answer | None:
        """Refuse what the scopes do not give of a stored `resource`, as the site tells of what an app may not see."""
        denial = self.judge.judge(call.interaction, call.type, resource)
        if denial is None:
            return None
        hidden = self.site.fhir.read_outside_scope == "not-found" and denial.layer in ("compartment", "query")
        return self.absent(call) if hidden else self._tell(denial)

    def refuse_search(self, call: Call) -> Answer | None:
        """Refuse a search that does not itself stay within the scopes, where the site asks that of it."""
        if self.site.fhir.search_outside_scope != "refuse":
            return None
        covering = self.judge.covering(call.interaction, call.type)
        faults = [self._fault_of(scope, call) for scope in covering]
        if not faults or any(fault is None for fault in faults):
            return None
        return self._tell(faults[0]) if faults[0] else None

    def hides_search(self, call: Call) -> bool:
        """Tell whether the site answers a search that no scope opens as one that finds nothing."""
        empty = self.site.fhir.search_outside_scope == "empty"
        return empty and call.interaction == "search-type" and not self.judge.covering(call.interaction, call.type)

    def may_find(self, resource: Json) -> bool:
        return self.judge.may("search-type", resource)

    def may_see(self, resource: Json) -> bool:
        return self.judge.may_see(resource)

    def may_name(self, resource: Json) -> bool:
        return self.judge.may_name(resource)

    def absent(self, call: Call) -> Answer:
        """What the site says of a resource that it does not have."""
        if call.interaction == "update":
            # 405 and not 404: ids are the site's own to give (FHIR R4, RESTful API, update).
            said = f"There is no {call.type}/{call.id}, and {self.site.name} does not let an app choose an id."
            return refuse(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", said, headers=(("Allow", "GET, HEAD"),))
        return refuse(HTTPStatus.NOT_FOUND, "not-found", f"There is no {call.type}/{call.id} here.")

    def _tell(self, denial: Denial) -> Answer:
        """RFC 6750, 3.1: the scope that would have been enough stands beside the error."""
        challenge = f'Bearer realm="{self.site.id}", error="insufficient_scope"'
        if denial.scope is not None:
            challenge += f', scope="{denial.scope.text}"'
        said = f"{denial.sentence} Decided by: {LAYER_WORDS[denial.layer]}."
        issue = Issue("error", "forbidden", said, rule=f"layer {denial.layer}")
        return refuse_all(HTTPStatus.FORBIDDEN, (issue,), (("WWW-Authenticate", challenge),))

    def _fault_of(self, scope: Scope, call: Call) -> Denial | None:
        """Why a search asks for more than `scope` covers; None where it does not."""
        patients = self.judge.limit_of(scope)
        if patients is not None and is_patient_type(call.type) and not _names_patient(call, patients):
            name = "_id" if call.type == "Patient" else "patient"
            wanted = " or ".join(patients) or "…"
            said = f"This search of {call.type} must say whose records it wants: add {name}={wanted}."
            return Denial("compartment", said, scope)
        missing = next((pair for pair in scope.query if not is_within(call.parameters, *pair)), None)
        if missing is None:
            return None
        said = f"This search of {call.type} asks for more than the scope {scope.text} covers: add {'='.join(missing)}."
        return Denial("query", said, scope)


LAYER_WORDS = {
    "scope": "the scopes granted",
    "site": "the site's own rules",
    "role": "the role of who signed in",
    "consent": "the consent of who signed in",
    "hand": "the analyst who keeps it back",
    "registration": "the registration of the app",
    "compartment": "the patient of this token",
    "query": "the limit that stands in a scope",
}


def _names_patient(call: Call, patients: Sequence[str]) -> bool:
    names = ("_id",) if call.type == "Patient" else PATIENT_PARAMETERS
    values = [value for name, value in call.parameters if name.partition(":")[0] in names]
    return any(value.rpartition("Patient/")[2] in patients for value in values)
