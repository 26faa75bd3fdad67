"""Bundles of calls: a batch, whose entries stand alone, and a transaction, which is done whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

from workbench.fhir.resource import Json
from workbench.fhir_server.answer import Answer, refuse, refuse_all, to_entry
from workbench.fhir_server.call import Call, read_entry_call, read_parameters
from workbench.fhir_server.interactions import Interactions
from workbench.fhir_server.links import find_references, rewrite_links
from workbench.fhir_server.query import Query, read_query
from workbench.fhir_server.search import find_matches
from workbench.fhir_server.store import StoredVersion
from workbench.issue import Issue
from workbench.site.access import judge_interaction

# A transaction deletes, creates, updates and then reads, however its entries stand (FHIR R4, RESTful API).
ORDER = ("delete", "create", "update")


def answer_bundle(interactions: Interactions, bundle: Json, *, prefer: str = "", strict: bool = False) -> Answer:
    """Answer a bundle that was posted to the base address."""
    kind = bundle.get("type")
    if bundle.get("resourceType") != "Bundle" or kind not in ("batch", "transaction"):
        return refuse(
            HTTPStatus.BAD_REQUEST,
            "invalid",
            "The base address takes a Bundle of the type batch or transaction.",
            "type",
        )
    issue = judge_interaction(interactions.site, "", str(kind))
    if issue is not None:
        return refuse_all(HTTPStatus.METHOD_NOT_ALLOWED, (issue,))
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        return refuse(HTTPStatus.BAD_REQUEST, "structure", "“entry” repeats and must be an array.", "Bundle.entry")
    calls = [read_entry_call(entry, interactions.base, strict=strict) for entry in entries]
    if kind == "batch":
        return _answer_all("batch-response", [_run_alone(interactions, call) for call in calls], interactions, prefer)
    return _Transaction(interactions, entries, calls).answer(prefer)


def _run_alone(interactions: Interactions, call: Call | str) -> Answer:
    if isinstance(call, str):
        return refuse(HTTPStatus.BAD_REQUEST, "invalid", f"This entry cannot be carried out: {call}.")
    return interactions.run(call)


def _answer_all(kind: str, answers: list[Answer], interactions: Interactions, prefer: str) -> Answer:
    entries = [to_entry(answer, interactions.base, prefer=prefer) for answer in answers]
    bundle: Json = {"resourceType": "Bundle", "type": kind}
    return Answer(HTTPStatus.OK, bundle | ({"entry": entries} if entries else {}))


class _Transaction:
    """One transaction from its entries to its answer; the store is as before wherever it fails."""

    def __init__(self, interactions: Interactions, entries: list[Json], calls: list[Call | str]) -> None:
        self._interactions = replace(interactions, whole=False)
        self._entries = entries
        self._calls = calls
        self._store = interactions.store
        self._promised: dict[int, str] = {}

    def answer(self, prefer: str) -> Answer:
        refusal = self._refuse_entries()
        if refusal is not None:
            return refusal
        before = self._store.snapshot()
        answers = self._run()
        failed = answers if isinstance(answers, Answer) else self._refuse_links(answers)
        if failed is not None or isinstance(answers, Answer):
            self._store.rollback(before)
            return failed or refuse(HTTPStatus.INTERNAL_SERVER_ERROR, "exception", "The transaction failed.")
        return _answer_all("transaction-response", answers, self._interactions, prefer)

    def _refuse_entries(self) -> Answer | None:
        targets: set[tuple[str, str]] = set()
        for index, call in enumerate(self._calls):
            if isinstance(call, str):
                return _at_entry(index, refuse(HTTPStatus.BAD_REQUEST, "invalid", f"It cannot be carried out: {call}."))
            if call.interaction in ("update", "delete"):
                if (call.type, call.id) in targets:
                    said = f"{call.type}/{call.id} is written twice in one transaction."
                    return _at_entry(index, refuse(HTTPStatus.BAD_REQUEST, "invalid", said))
                targets.add((call.type, call.id))
        return None

    def _run(self) -> list[Answer] | Answer:
        """Carry out the entries in FHIR's order; the first that fails is the answer of the whole."""
        links = self._promise_ids()
        if isinstance(links, Answer):
            return links
        answers: dict[int, Answer] = {}
        for index, call in self._in_order():
            prepared = self._prepare(index, call, links)
            answer = prepared if isinstance(prepared, Answer) else self._interactions.run(prepared)
            if answer.failed:
                return _at_entry(index, answer)
            answers[index] = answer
        return [answers[index] for index in range(len(self._calls))]

    def _in_order(self) -> Iterator[tuple[int, Call]]:
        calls = [(index, call) for index, call in enumerate(self._calls) if isinstance(call, Call)]
        for interaction in ORDER:
            yield from ((index, call) for index, call in calls if call.interaction == interaction)
        yield from ((index, call) for index, call in calls if call.interaction not in ORDER)

    def _promise_ids(self) -> dict[str, str] | Answer:
        """What each fullUrl becomes: the id that a create will get, or the resource that it or an update names."""
        links: dict[str, str] = {}
        for index, call in self._in_order():
            full_url = self._entries[index].get("fullUrl")
            target = f"{call.type}/{call.id}"
            if call.interaction == "create":
                existing = self._find_existing(call)
                if isinstance(existing, Answer):
                    return _at_entry(index, existing)
                target = existing.reference if existing else f"{call.type}/{self._store.make_id()}"
            if isinstance(full_url, str) and call.interaction in ("create", "update"):
                if full_url in links:
                    said = f"The fullUrl “{full_url}” stands twice in one transaction."
                    return _at_entry(index, refuse(HTTPStatus.BAD_REQUEST, "invalid", said))
                links[full_url] = target
            self._promised[index] = target
        return links

    def _find_existing(self, call: Call) -> StoredVersion | Answer | None:
        known = self._interactions.site.fhir.find_resource(call.type)
        return self._interactions.find_existing(call) if call.if_none_exist and known else None

    def _prepare(self, index: int, call: Call, links: dict[str, str]) -> Call | Answer:
        if call.resource is None:
            return call
        conditional = self._resolve_conditional(call.resource)
        if isinstance(conditional, Answer):
            return conditional
        resource = rewrite_links(call.resource, links | conditional)
        return replace(call, resource=resource, promised_id=self._promised[index].partition("/")[2])

    def _resolve_conditional(self, resource: Json) -> dict[str, str] | Answer:
        """References such as `Patient?identifier=…` name the one match (FHIR R4, RESTful API, transaction)."""
        found: dict[str, str] = {}
        site, store = self._interactions.site, self._store
        for path, reference in find_references(resource, str(resource.get("resourceType"))):
            type_name, mark, query_text = reference.partition("?")
            if not mark or site.fhir.find_resource(type_name) is None:
                continue
            refusal = self._interactions.access.refuse(Call("search-type", type_name))
            if refusal is not None:
                return refusal
            query = read_query(
                site.fhir,
                type_name,
                read_parameters(query_text) or (),
                base=self._interactions.base,
                now=store.clock(),
                strict=True,
            )
            if not isinstance(query, Query):
                return refuse_all(HTTPStatus.BAD_REQUEST, query)
            matches = find_matches(store, query, self._interactions.access.may_find)
            if len(matches) != 1:
                said = f"“{reference}” must match one resource, and matches {len(matches)}."
                return refuse(HTTPStatus.PRECONDITION_FAILED, "multiple-matches", said, path)
            found[reference] = f"{type_name}/{matches[0][1]['id']}"
        return found

    def _refuse_links(self, answers: list[Answer]) -> Answer | None:
        """Look at references once all is done: entries may refer to each other in any order."""
        for index, answer in enumerate(answers):
            version = answer.version
            if version is None or not self._is_write(index):
                continue
            if version.resource is not None:
                dangling = tuple(self._interactions.find_dangling(version.resource))
                if dangling:
                    return _at_entry(index, refuse_all(HTTPStatus.UNPROCESSABLE_ENTITY, dangling))
            elif refusal := self._interactions.refuse_referred(version):
                return _at_entry(index, refusal)
        return None

    def _is_write(self, index: int) -> bool:
        call = self._calls[index]
        return isinstance(call, Call) and call.interaction in ORDER


def _at_entry(index: int, answer: Answer) -> Answer:
    """The refusal of the whole transaction, each issue with the entry that it comes from."""
    outcome = answer.body or {}
    issues = []
    for item in outcome.get("issue", []):
        inner = (item.get("expression") or [""])[0]
        place = f"Bundle.entry[{index}]" + (f".resource ({inner})" if inner else "")
        message = f"Bundle.entry[{index}]: {item.get('diagnostics', '')}"
        issues.append(Issue(item["severity"], item["code"], message, place.partition(" (")[0]))
    return refuse_all(answer.status, issues, answer.headers)
