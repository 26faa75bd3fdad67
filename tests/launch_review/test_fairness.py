"""What the standards leave to an app or a site is not held against it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.launch_review.changes import (
    BACKEND,
    CODE,
    FHIR,
    PLAIN_ASKED,
    REFRESH,
    SENT_BACK,
    Change,
    address,
    again,
    answer_body,
    ask,
    assertion,
    at,
    both,
    change,
    header,
    later,
    method,
    name_twice,
    say,
    sends_back,
    status,
)
from tests.launch_review.world import Row, tried_row, whole_row
from workbench.launch_review.attribution import tell_story
from workbench.launch_review.judge import review_launch
from workbench.smart.secrets import find_secrets

PAGE = at("page", path="/consent", method="GET")
REVOKED = at("revocation", status=200)
SEARCH = at("fhir", path="/Observation", status=200)


def beyond(*edits: Any) -> Change:
    """A search that no scope gives, answered otherwise than with a refusal."""
    return both(lambda _: tried_row("try_beyond_scope"), change(at("fhir", path="/Condition"), *edits))


def bundle(*resources: dict[str, Any], total: int | None = None) -> Any:
    entries = [{"resource": resource} for resource in resources]
    value = {"resourceType": "Bundle", "type": "searchset", "total": total, "entry": entries}
    return answer_body(
        json.dumps({name: member for name, member in value.items() if member not in (None, [])}).encode()
    )


OF_A_RESULT = {"resourceType": "Provenance", "id": "x", "target": [{"reference": "Observation/x"}]}
OF_NOBODY = {"resourceType": "Observation", "id": "x"}
OF_ANOTHER = {**OF_NOBODY, "subject": {"reference": "Patient/grace-nguyen"}}
ANOTHER_RIGHT = {"resourceType": "Condition", "id": "x", "subject": {"reference": "Patient/amara-okafor"}}


# The second launch of the row, which asks by GET.
AMBIGUOUS = both(change(PLAIN_ASKED, name_twice), change(SENT_BACK, sends_back(state=None), skip=1))


def refused_scope(scope: str) -> Change:
    back = sends_back(code=None, error="invalid_scope")
    return both(change(PLAIN_ASKED, ask(scope=scope)), change(SENT_BACK, back, skip=1))


def tried_before(row: Row) -> Row:
    """The code of a row was tried in vain before it was redeemed."""
    exchanges, facts = tried_row("try_code_twice")
    tokens = [index for index, each in enumerate(exchanges) if each.request.address.endswith("/auth/token")]
    swapped = list(exchanges)
    swapped[tokens[0]], swapped[tokens[1]] = exchanges[tokens[1]], exchanges[tokens[0]]
    return tuple(swapped), facts


def asked_of_refresh(row: Row) -> Row:
    """An introspection of the refresh token, whose answer has no launch context."""
    granted = next(reading for reading in tell_story(*row).readings if CODE(reading))
    bare = {"active": True, "scope": granted.answer["scope"], "client_id": "workbench"}
    asked = ask(token=granted.answer["refresh_token"])
    return change(at("introspection"), asked, answer_body(json.dumps(bare).encode()))(row)


@pytest.mark.parametrize(
    ("id_", "changed", "outcome"),
    [
        ("token-client-id", change(REFRESH, ask(client_id=None)), "pass"),
        ("authorize-state-fresh", again(PLAIN_ASKED), "pass"),
        ("authorize-challenge-fresh", again(PLAIN_ASKED), "pass"),
        ("authorize-state-fresh", both(change(PLAIN_ASKED, ask(code_challenge=None)), again(PLAIN_ASKED)), "fail"),
        ("authorize-state-fresh", again(PLAIN_ASKED, ask(code_challenge="x" * 43)), "fail"),
        ("authorize-framing", change(PAGE, header("x-frame-options", None)), "pass"),
        ("authorize-framing", change(PAGE, header("content-security-policy", "default-src 'none'")), "pass"),
        (
            "authorize-framing",
            change(PAGE, header("content-security-policy", None), header("x-frame-options", "ALLOWALL")),
            "fail",
        ),
        ("authorize-framing", change(PAGE, header("content-security-policy", "frame-ancestors https:")), "fail"),
        ("authorize-referrer", change(PAGE, header("referrer-policy", "no-referrer, same-origin")), "pass"),
        ("authorize-referrer", change(PAGE, header("referrer-policy", "unsafe-url")), "warning"),
        ("backend-assertion-algorithm", change(BACKEND, assertion({"alg": "RS256"})), "pass"),
        ("backend-assertion-algorithm", change(BACKEND, assertion({"alg": "HS384"})), "fail"),
        ("backend-assertion-signature", change(BACKEND, assertion({"alg": "ES512"})), "pass"),
        ("backend-assertion-checked", change(BACKEND, assertion({"alg": "RS256"})), "not-seen"),
        ("backend-assertion-checked", change(BACKEND, assertion({"alg": "none"})), "fail"),
        ("use-ended-refused", change(FHIR, later(7200), status(403)), "pass"),
        ("use-ended-refused", change(FHIR, later(7200), status(404)), "fail"),
        ("revocation-answer", change(REVOKED, ask(client_id="vitals-app"), status(400)), "pass"),
        (
            "revocation-answer",
            change(REVOKED, status(400), answer_body(b'{"error": "unsupported_token_type"}')),
            "pass",
        ),
        ("revocation-answer", change(REVOKED, status(400), answer_body(b'{"error": "invalid_request"}')), "fail"),
        ("use-scope-refused", beyond(status(200), bundle(total=0)), "pass"),
        ("use-scope-refused", beyond(status(200), bundle()), "pass"),
        ("use-scope-refused", beyond(status(200), bundle(total=3)), "fail"),
        ("use-scope-refused", beyond(status(200), bundle(ANOTHER_RIGHT)), "fail"),
        ("use-compartment", change(SEARCH, bundle(OF_NOBODY)), "pass"),
        ("use-compartment", change(SEARCH, bundle(OF_ANOTHER)), "fail"),
        ("use-compartment", change(SEARCH, bundle(OF_A_RESULT)), "fail"),
        ("discovery-app-accepts", change(at("smart-configuration"), say("Accept", None)), "pass"),
        ("discovery-keys", again(at("keys"), method("PUT"), status(405), answer_body(b"Only GET.")), "pass"),
        ("authorize-scope-taken", refused_scope("launch/patient patient/Patient.read"), "pass"),
        ("authorize-scope-taken", refused_scope("launch/patient patient/Patient.r"), "fail"),
        ("authorize-state-returned", AMBIGUOUS, "pass"),
        ("token-json", again(at("token"), method("GET"), status(405), answer_body(b"Only POST.")), "pass"),
        ("token-error", again(at("token"), status(429), answer_body(b"Too many.")), "not-seen"),
        ("token-registered-proof", change(CODE, ask(client_secret="of-then")), "pass"),
        ("backend-assertion-signature", change(BACKEND, assertion({"kid": "of-then"})), "pass"),
        ("backend-assertion-signature", change(BACKEND, assertion({"kid": "x"}), status(401)), "fail"),
        ("refresh-client-checked", change(REFRESH, ask(client_id=None)), "not-seen"),
        ("revocation-error", again(REVOKED, method("GET"), status(405), answer_body(b"Only POST.")), "not-seen"),
        ("token-code-spent", tried_before, "not-seen"),
        ("introspection-context", asked_of_refresh, "pass"),
        ("use-scope-taken", change(SEARCH, status(403)), "fail"),
        ("use-scope-taken", change(SEARCH, address(patient="grace-nguyen"), status(403)), "pass"),
        ("use-scope-taken", change(SEARCH, address(patient=None), status(403)), "pass"),
    ],
)
def test_a_requirement_holds_what_its_clause_says_and_no_more(id_: str, changed: Change, outcome: str) -> None:
    exchanges, facts = changed(whole_row())
    verdict = review_launch(exchanges, facts=facts).verdict_of(id_)
    assert verdict is not None
    assert verdict.outcome == outcome, verdict.evidence


def test_a_secret_that_was_cut_off_is_not_told_either() -> None:
    exchanges, facts = whole_row()
    code = next(
        c for e in exchanges if e.response for c in find_secrets(e) if f"code={c}" in e.response.header("location")
    )
    row = change(at("token", "authorization_code", status=200), status(400), answer_body(echo(code)))(whole_row())
    said = repr(review_launch(row[0], facts=facts))
    assert "“You may not use •••" in said and code[:12] not in said


def echo(code: str) -> bytes:
    return json.dumps({"error": "You may not use " + code + code}).encode()


def test_a_configuration_that_cannot_be_read_fails_once() -> None:
    page = change(at("smart-configuration"), header("content-type", "text/html"), answer_body(b"<html></html>"))
    exchanges, facts = page(whole_row())
    failed = review_launch(exchanges, party="server", facts=facts).failed
    assert [v.requirement.id for v in failed if v.requirement.stage == "discovery"] == ["discovery-json"]
