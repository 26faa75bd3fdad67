"""Interactions of a site's FHIR endpoint: each call judged by the site, the grant and the store, then carried out.

The same code answers a request of its own and an entry of a bundle, so that neither allows what the other refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from workbench.fhir.resource import Json
from workbench.plain_text import with_article
from workbench.sandbox.fhir_answer import Answer, etag_of, refuse, refuse_all
from workbench.sandbox.fhir_call import ID, Call, allowed_methods, read_parameters
from workbench.sandbox.fhir_history import history_bundle
from workbench.sandbox.fhir_links import find_dangling, find_referrer
from workbench.sandbox.fhir_query import Query, read_query
from workbench.sandbox.fhir_search import find_matches, search
from workbench.sandbox.fhir_store import FhirStore, StoredVersion
from workbench.site.access import judge_interaction
from workbench.site.site import Site
from workbench.site.writeback import judge_write
from workbench.smart.scopes import Grant
from workbench.structure.structure_look import check_structure


@dataclass(slots=True)
class Interactions:
    """The calls of one request under one grant.

    Within a transaction `whole` is False: references are then looked at once all entries are through.
    """

    site: Site
    store: FhirStore
    base: str
    grant: Grant
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
        return self._refuse_place(call) or self._refuse_scope(call, None)

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

    def _refuse_scope(self, call: Call, resource: Json | None) -> Answer | None:
        missing = self.grant.judge(call.interaction, call.type, resource)
        if missing is None:
            return None
        challenge = (("WWW-Authenticate", f'Bearer realm="{self.site.id}", error="insufficient_scope"'),)
        return refuse(HTTPStatus.FORBIDDEN, "forbidden", missing, headers=challenge)

    def _read(self, call: Call) -> Answer:
        current = self.store.read(call.type, call.id)
        refusal = self._refuse_absent(call, current)
        if refusal is not None or current is None:
            return refusal or _not_found(call)
        return _unchanged(call, current) or Answer(HTTPStatus.OK, current.resource, current)

    def _vread(self, call: Call) -> Answer:
        number = int(call.version) if call.version.isdecimal() and len(call.version) < 10 else 0
        found = self.store.vread(call.type, call.id, number)
        if found is None and self.store.read(call.type, call.id) is not None:
            said = f"{call.type}/{call.id} has no version “{call.version}”."
            return self._refuse_scope_of(call) or refuse(HTTPStatus.NOT_FOUND, "not-found", said)
        refusal = self._refuse_absent(call, found)
        if refusal is not None or found is None:
            return refusal or _not_found(call)
        return _unchanged(call, found) or Answer(HTTPStatus.OK, found.resource, found)

    def _history(self, call: Call) -> Answer:
        versions = self.store.history(call.type, call.id)
        if not versions:
            return _not_found(call)
        refusal = self._refuse_scope_of(call)
        if refusal is not None:
            return refusal
        shown = [v for v in versions if v.resource is None or self.grant.may_see(v.resource)]
        return Answer(HTTPStatus.OK, history_bundle(shown, self.base, call.type, call.id))

    def _search(self, call: Call) -> Answer:
        found = search(
            self.store,
            self.site.fhir,
            call.type,
            call.parameters,
            self.base,
            strict=call.strict,
            may_see=self.grant.may_see,
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
        """Return what If-None-Exist finds: None lets the create go on, several are refused."""
        parameters = read_parameters(call.if_none_exist.partition("?")[2] or call.if_none_exist)
        now = self.store.clock()
        query = read_query(self.site.fhir, call.type, parameters or (), base=self.base, now=now, strict=True)
        if not isinstance(query, Query):
            return refuse_all(HTTPStatus.BAD_REQUEST, query)
        if not query.conditions:
            return refuse(HTTPStatus.BAD_REQUEST, "invalid", "If-None-Exist asks for nothing; give search parameters.")
        found = find_matches(self.store, query, lambda resource: True)
        if len(found) > 1:
            said = f"{len(found)} resources match If-None-Exist “{call.if_none_exist}”; it must be one or none."
            return refuse(HTTPStatus.PRECONDITION_FAILED, "multiple-matches", said)
        if not found:
            return None
        resource = found[0][1]
        return self._refuse_scope(call, resource) or self.store.read(call.type, str(resource["id"]))

    def _update(self, call: Call) -> Answer:
        resource = call.resource or {}
        current = self.store.read(call.type, call.id)
        if current is None:
            # 405 and not 404: ids are the site's own to give (FHIR R4, RESTful API, update).
            said = f"There is no {call.type}/{call.id}, and {self.site.name} does not let an app choose an id."
            return refuse(HTTPStatus.METHOD_NOT_ALLOWED, "not-supported", said, headers=(("Allow", "GET, HEAD"),))
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
            return _not_found(call)
        refusal = self._refuse_scope_of(call)
        if refusal is not None or current.deleted:
            return refusal or Answer(HTTPStatus.NO_CONTENT, version=current)
        refusal = self._refuse_version(call, current) if call.if_match else None
        referrer = find_referrer(self.store, current.reference, self.base) if self.whole else None
        if refusal is None and referrer:
            said = f"{current.reference} cannot be deleted: {referrer} refers to it."
            refusal = refuse(HTTPStatus.CONFLICT, "conflict", said)
        return refusal or Answer(HTTPStatus.NO_CONTENT, version=self.store.delete(call.type, call.id))

    def _refuse_absent(self, call: Call, version: StoredVersion | None) -> Answer | None:
        if version is None:
            return _not_found(call)
        refusal = (
            self._refuse_scope_of(call) if version.resource is None else self._refuse_scope(call, version.resource)
        )
        if refusal is None and version.deleted:
            return refuse(HTTPStatus.GONE, "deleted", f"{call.type}/{call.id} was deleted.")
        return refusal

    def _refuse_scope_of(self, call: Call) -> Answer | None:
        """Judge by the last version that said whose the resource is; its deletion does not."""
        last = next((v.resource for v in self.store.history(call.type, call.id) if v.resource is not None), None)
        return self._refuse_scope(call, last) if last is not None else None

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
        return self._refuse_scope(call, resource)

    def _refuse_by_rules(self, resource: Json) -> Answer | None:
        """The site's own rules and its knowledge of what is referred to: 422, since the resource is sound in itself."""
        issues = [issue for issue in judge_write(self.site, resource) if issue.is_error]
        if not issues and self.whole:
            issues = list(find_dangling(self.site.fhir, self.store, resource, self.base))
        return refuse_all(HTTPStatus.UNPROCESSABLE_ENTITY, issues) if issues else None

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


def _not_found(call: Call) -> Answer:
    return refuse(HTTPStatus.NOT_FOUND, "not-found", f"There is no {call.type}/{call.id} here.")


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
