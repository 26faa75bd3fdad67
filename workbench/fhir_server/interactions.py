"""Interactions of a site's FHIR endpoint: each call judged by the site, the grant and the store, then carried out.

The same code answers a request of its own and an entry of a bundle, so that neither allows what the other refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from workbench.fhir.resource import Json
from workbench.fhir_server.access import Access
from workbench.fhir_server.answer import Answer, etag_of, refuse, refuse_all
from workbench.fhir_server.call import ID, Call, allowed_methods, read_parameters
from workbench.fhir_server.history import history_bundle
from workbench.fhir_server.links import find_dangling, find_referrer
from workbench.fhir_server.query import Query, read_query
from workbench.fhir_server.search import find_matches, search
from workbench.fhir_server.store import FhirStore, StoredVersion
from workbench.issue import Issue
from workbench.plain_text import with_article
from workbench.site.access import judge_interaction
from workbench.site.site import Site
from workbench.site.writeback import judge_write
from workbench.structure.structure_look import check_structure


@dataclass(slots=True)
class Interactions:
    """The calls of one request under one token's access.

    Within a transaction `whole` is False: references are then looked at once all entries are through.
    """

    site: Site
    store: FhirStore
    base: str
    access: Access
    whole: bool = True

    def run(self, call: Call) -> Answer:
        """Answer `call`; whatever it is, this returns."""
        refusal = self.refuse_call(call)
        if refusal is not None:
            return refusal
        answers: dict[str, Callable[[Call], Answer]] = {
            "read": self._read,
            "vread": self._vread,
            "history-instance": self._history,
            "search-type": self._search,
            "create": self._create,
            "update": self._update,
            "delete": self._delete,
        }
        return answers[call.interaction](call)

    def refuse_call(self, call: Call) -> Answer | None:
        """Refuse what needs no look at a resource: the place, the interaction, the scope."""
        refusal = self._refuse_place(call)
        if refusal is None and not self.access.hides_search(call):
            refusal = self.access.refuse(call)
        return refusal

    def _refuse_place(self, call: Call) -> Answer | None:
        if call.interaction == "not-found":
            return refuse(HTTPStatus.NOT_FOUND, "not-found", call.reason)
        rules = self.site.fhir.find_resource(call.type)
        allow = (("Allow", allowed_methods(call, rules)),)
        if call.type and rules is None:
            issue = judge_interaction(self.site, call.type, call.interaction)
            return refuse_all(HTTPStatus.NOT_FOUND, (issue,)) if issue else None
        if call.interaction == "not-offered":
            return refuse(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", call.reason, headers=allow)
        issue = judge_interaction(self.site, call.type, call.interaction)
        return refuse_all(HTTPStatus.METHOD_NOT_ALLOWED, (issue,), allow) if issue else None

    def _read(self, call: Call) -> Answer:
        current = self.store.read(call.type, call.id)
        refusal = self._refuse_absent(call, current)
        if refusal is not None or current is None:
            return refusal or self.access.absent(call)
        return _unchanged(call, current) or Answer(HTTPStatus.OK, current.resource, current)

    def _vread(self, call: Call) -> Answer:
        number = int(call.version) if call.version.isdecimal() and len(call.version) < 10 else 0
        found = self.store.vread(call.type, call.id, number)
        if found is None and self.store.read(call.type, call.id) is not None:
            said = f"{call.type}/{call.id} has no version “{call.version}”."
            return self._refuse_scope_of(call) or refuse(HTTPStatus.NOT_FOUND, "not-found", said)
        refusal = self._refuse_absent(call, found)
        if refusal is not None or found is None:
            return refusal or self.access.absent(call)
        return _unchanged(call, found) or Answer(HTTPStatus.OK, found.resource, found)

    def _history(self, call: Call) -> Answer:
        versions = self.store.history(call.type, call.id)
        if not versions:
            return self.access.absent(call)
        refusal = self._refuse_scope_of(call)
        if refusal is not None:
            return refusal
        may = self.access.judge.may
        shown = [v for v in versions if v.resource is None or may(call.interaction, v.resource)]
        return Answer(HTTPStatus.OK, history_bundle(shown, self.base, call.type, call.id))

    def _search(self, call: Call) -> Answer:
        refusal = self.access.refuse_search(call)
        if refusal is not None:
            return refusal
        found = search(
            self.store,
            self.site.fhir,
            call.type,
            call.parameters,
            self.base,
            strict=call.strict,
            may_find=self.access.may_find,
            may_see=self.access.may_see,
        )
        if isinstance(found, tuple):
            return refuse_all(HTTPStatus.BAD_REQUEST, found)
        return Answer(HTTPStatus.OK, found)

    def _create(self, call: Call) -> Answer:
        resource = call.resource or {}
        refusal = self._refuse_resource(call, resource)
        if refusal is not None:
            return refusal
        if call.if_none_exist:
            existing = self.find_existing(call)
            if isinstance(existing, Answer):
                return existing
            if existing is not None:
                return Answer(HTTPStatus.OK, existing.resource, existing, written=True)
        refusal = self._refuse_by_rules(resource)
        if refusal is not None:
            return refusal
        stored = self.store.create(resource, call.promised_id)
        return Answer(HTTPStatus.CREATED, stored.resource, stored, written=True)

    def find_existing(self, call: Call) -> StoredVersion | Answer | None:
        """Return what If-None-Exist finds: None lets the create go on, several are refused.

        It is a search, and finds what this app may find alone: whether others exist is not told.
        """
        refusal = self.access.refuse(Call("search-type", call.type))
        if refusal is not None:
            return refusal
        parameters = read_parameters(call.if_none_exist.partition("?")[2] or call.if_none_exist)
        now = self.store.clock()
        query = read_query(self.site.fhir, call.type, parameters or (), base=self.base, now=now, strict=True)
        if not isinstance(query, Query):
            return refuse_all(HTTPStatus.BAD_REQUEST, query)
        if not query.conditions:
            return refuse(HTTPStatus.BAD_REQUEST, "invalid", "If-None-Exist asks for nothing; give search parameters.")
        found = find_matches(self.store, query, self.access.may_find)
        if len(found) > 1:
            said = f"{len(found)} resources match If-None-Exist “{call.if_none_exist}”; it must be one or none."
            return refuse(HTTPStatus.PRECONDITION_FAILED, "multiple-matches", said)
        if not found:
            return None
        return self.store.read(call.type, str(found[0][1]["id"]))

    def _update(self, call: Call) -> Answer:
        resource = call.resource or {}
        current = self.store.read(call.type, call.id)
        if current is None:
            return self.access.absent(call)
        refusal = (
            self._refuse_scope_of(call)
            or _refuse_id(call, resource)
            or self._refuse_resource(call, resource)
            or self._refuse_version(call, current)
            or self._refuse_by_rules(resource)
        )
        if refusal is not None:
            return refusal
        stored = self.store.update(resource)
        # What was deleted and comes back is created anew (FHIR R4, RESTful API, update).
        return Answer(HTTPStatus.CREATED if current.deleted else HTTPStatus.OK, stored.resource, stored, written=True)

    def _delete(self, call: Call) -> Answer:
        current = self.store.read(call.type, call.id)
        if current is None:
            return self.access.absent(call)
        refusal = self._refuse_scope_of(call)
        if refusal is not None or current.deleted:
            return refusal or Answer(HTTPStatus.NO_CONTENT, version=current)
        refusal = self._refuse_version(call, current) if call.if_match else None
        if refusal is None and self.whole:
            refusal = self.refuse_referred(current)
        return refusal or Answer(HTTPStatus.NO_CONTENT, version=self.store.delete(call.type, call.id))

    def refuse_referred(self, version: StoredVersion) -> Answer | None:
        """Refuse to delete what others refer to; a referrer is named where the app may see it."""
        reference = find_referrer(self.store, version.reference, self.base)
        if not reference:
            return None
        referrer = self.store.find(*reference.split("/", 1))
        named = reference if referrer is not None and self.access.may_see(referrer) else "another resource"
        said = f"{version.reference} cannot be deleted: {named} refers to it."
        return refuse(HTTPStatus.CONFLICT, "conflict", said)

    def _refuse_absent(self, call: Call, version: StoredVersion | None) -> Answer | None:
        if version is None:
            return self.access.absent(call)
        if version.resource is None:
            refusal = self._refuse_scope_of(call)
        else:
            refusal = self.access.refuse_stored(call, version.resource)
        if refusal is None and version.deleted:
            return refuse(HTTPStatus.GONE, "deleted", f"{call.type}/{call.id} was deleted.")
        return refusal

    def _refuse_scope_of(self, call: Call) -> Answer | None:
        """Judge by the last version that said whose the resource is; its deletion does not."""
        last = next((v.resource for v in self.store.history(call.type, call.id) if v.resource is not None), None)
        return self.access.refuse_stored(call, last) if last is not None else None

    def _refuse_resource(self, call: Call, resource: Json) -> Answer | None:
        """Base FHIR first (400), then whose it is (403): only a sound resource tells whom it is about."""
        actual = resource.get("resourceType")
        if actual != call.type:
            named = with_article(actual or "thing without resourceType")
            said = f"The resource is {named}, and the address asks for {call.type}."
            return refuse(HTTPStatus.BAD_REQUEST, "invalid", said, "resourceType")
        faults = check_structure(resource)
        if faults:
            return refuse_all(HTTPStatus.BAD_REQUEST, faults)
        return self.access.refuse(call, resource)

    def _refuse_by_rules(self, resource: Json) -> Answer | None:
        """The site's own rules and its knowledge of what is referred to: 422, since the resource is sound in itself."""
        issues = [issue for issue in judge_write(self.site, resource) if issue.is_error]
        if not issues and self.whole:
            issues = list(self.find_dangling(resource))
        return refuse_all(HTTPStatus.UNPROCESSABLE_ENTITY, issues) if issues else None

    def find_dangling(self, resource: Json) -> Iterator[Issue]:
        return find_dangling(self.site.fhir, self.store, resource, self.base, self.access.may_name)

    def _refuse_version(self, call: Call, current: StoredVersion) -> Answer | None:
        """412 for a wrong If-Match and for a missing one that the site insists on.

        412 is FHIR's status for a version conflict (FHIR R4, RESTful API, concurrency), and a large vendor's EHR has
        been seen to answer a missing header so too; 428 of RFC 6585 would be as right for HTTP alone.
        """
        rules = self.site.fhir.find_resource(call.type)
        actual = None if current.deleted else etag_of(current)
        if call.if_match:
            wanted = [tag.strip().removeprefix("W/").strip('"') for tag in call.if_match.split(",")]
            if actual is not None and ("*" in wanted or str(current.version) in wanted):
                return None
            said = f"If-Match names {call.if_match}, and {current.reference} is " + (
                f"at version {actual}." if actual else "deleted."
            )
            return refuse(HTTPStatus.PRECONDITION_FAILED, "conflict", f"{said} Read it again and repeat the change.")
        if rules is None or rules.versioning != "versioned-update" or current.deleted:
            return None
        said = f"{self.site.name} takes a change of {call.type} only with If-Match, such as If-Match: {actual}."
        return refuse(HTTPStatus.PRECONDITION_FAILED, "required", said)


def _refuse_id(call: Call, resource: Json) -> Answer | None:
    actual = resource.get("id")
    if actual == call.id and ID.fullmatch(call.id):
        return None
    said = "has no id" if actual is None else f"has the id “{actual}”"
    return refuse(HTTPStatus.BAD_REQUEST, "invalid", f"The resource {said}, and the address says “{call.id}”.", "id")


def _unchanged(call: Call, version: StoredVersion) -> Answer | None:
    """304 where the client holds this version already (RFC 9110, 13.1.2 and 13.1.3)."""
    if call.if_none_match:
        tags = [tag.strip().removeprefix("W/").strip('"') for tag in call.if_none_match.split(",")]
        known = "*" in tags or str(version.version) in tags
    else:
        known = _is_known_since(call.if_modified_since, version)
    return Answer(HTTPStatus.NOT_MODIFIED, version=version) if known else None


def _is_known_since(text: str, version: StoredVersion) -> bool:
    try:
        since = parsedate_to_datetime(text) if text else None
        return since is not None and version.last_updated.replace(microsecond=0) <= since
    except (TypeError, ValueError):
        return False
