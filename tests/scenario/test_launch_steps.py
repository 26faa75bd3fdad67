"""Launch and token steps: backend services, what a site does wrongly on request, and tokens that are used up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.scenario.sites import finish, tell
from workbench.errors import WorkbenchError
from workbench.sandbox.sandbox import Sandbox
from workbench.scenario.recorder import Recorder
from workbench.scenario.report import to_html, to_json_report, to_junit
from workbench.scenario.runner import Endpoints
from workbench.scenario.scenario import ReplayFinished, TokenRequest
from workbench.scenario.scenario_file import parse_scenario, to_scenario_text
from workbench.smart.secrets import find_secrets
from workbench.workspace.replay_words import review_words
from workbench.workspace.workspace import Workspace

HEAD = "version: 1\nname: Tokens\nsteps:\n"
STANDALONE = """\
  - launch: standalone
    scope: launch/patient offline_access patient/Patient.r patient/Observation.rs
    user: berg
    patient: grace-nguyen
"""
BACKEND = """\
  - launch: backend
    client: nightly
    scope: system/Patient.rs
"""


@asynccontextmanager
async def hospital(site: str = "community-hospital") -> AsyncIterator[tuple[Sandbox, Endpoints]]:
    workspace = Workspace(Path("nowhere"))
    sandbox = workspace.make_sandbox(site)
    await sandbox.start()
    try:
        yield sandbox, workspace.endpoints_of(sandbox)
    finally:
        await sandbox.stop()


def replayed(steps: str, *, simulated: bool = True) -> ReplayFinished:
    async def run() -> ReplayFinished:
        async with hospital() as (sandbox, endpoints):
            ends = endpoints if simulated else replace(endpoints, control=None)
            finished = await finish(parse_scenario(HEAD + steps), ends)
            assert not sandbox.faults.uses, "the site is given back as it was"
            return finished

    return asyncio.run(run())


def told(finished: ReplayFinished) -> list[str]:
    return [tell(result) for result in finished.results]


def test_backend_service_signs_in_reads_and_gives_its_token_back() -> None:
    steps = """
  - fhir: GET Patient?_count=1
    with: launch
  - token: introspect
    with: launch
    checks:
      - token: active
        equals: true
      - token: client_id
        equals: nightly
      - granted: system/Patient.rs
  - token: revoke
    with: launch
    checks:
      - status: 200
  - token: introspect
    with: launch
    checks:
      - token: active
        equals: false
  - fhir: GET Patient?_count=1
    with: launch
    checks:
      - status: 401
"""
    # A service that asks about its own revoked token still shows who it is by its key.
    finished = replayed(BACKEND + steps)
    assert finished.verdict == "pass", told(finished)


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
def test_app_shows_itself_in_the_way_that_the_step_says(way: str) -> None:
    steps = f"{STANDALONE}    client: portal\n    authentication: {way}\n  - token: refresh\n    with: launch\n"
    finished = replayed(steps)
    assert finished.verdict == "pass", told(finished)
    requests = [exchange.request for result in finished.results for exchange in result.exchanges]
    redeemed = next(request for request in requests if b"authorization_code" in request.body)
    marks = {
        "client_secret_basic": redeemed.header("authorization").startswith("Basic "),
        "client_secret_post": b"client_secret=" in redeemed.body,
        "private_key_jwt": b"client_assertion=" in redeemed.body,
    }
    assert [name for name, is_there in marks.items() if is_there] == [way]


def test_refresh_asks_for_less_and_is_given_no_more() -> None:
    steps = """
  - token: refresh
    with: launch
    scope: patient/Patient.r
    checks:
      - granted: patient/Patient.r
      - withheld: patient/Observation.rs
      - launch: patient
        equals: grace-nguyen
  - fhir: GET Observation?patient=grace-nguyen
    with: launch
    checks:
      - status: 403
  - token: refresh
    with: launch
    scope: patient/Condition.rs
    refused: invalid_scope
    checks:
      - reason: patient/Condition
"""
    finished = replayed(STANDALONE + steps)
    assert finished.verdict == "pass", told(finished)


def test_refusal_that_does_not_come_and_one_that_should_not_are_failures() -> None:
    finished = replayed(f"{STANDALONE}  - token: refresh\n    with: launch\n    refused: invalid_grant\n")
    assert told(finished)[1] == "fail: It was granted, and should be refused: invalid_grant."
    finished = replayed(f"{STANDALONE}    fault: expired-refresh-token\n  - token: refresh\n    with: launch\n")
    assert told(finished)[1].startswith("fail: ") and "invalid_grant" in told(finished)[1]


def test_fault_holds_from_its_launch_to_the_next_one() -> None:
    read = "  - fhir: GET Patient/grace-nguyen\n    with: launch\n    checks:\n      - status: {}\n"
    steps = [STANDALONE, "    fault: [expired-token]\n", read.format(401), STANDALONE, read.format(200)]
    finished = replayed("".join(steps))
    assert finished.verdict == "pass", told(finished)


def test_fault_at_a_sandbox_that_is_not_simulated_is_skipped_in_words() -> None:
    steps = f"{STANDALONE}    fault: expired-token\n  - fhir: GET Patient/grace-nguyen\n    with: launch\n"
    finished = replayed(steps, simulated=False)
    assert finished.verdict == "skip"
    assert "is not simulated here, so it does nothing wrong on request" in told(finished)[0]
    assert told(finished)[1].startswith("skip")


def test_token_step_needs_a_launch_that_gave_one() -> None:
    steps = f"{STANDALONE}    grant: patient/Patient.r\n  - token: refresh\n    with: launch\n"
    finished = replayed(steps)
    assert told(finished)[1].startswith("error: The site gave no refresh token")
    refused = replayed(f"{STANDALONE}    fault: invalid-client\n  - token: revoke\n    with: launch\n")
    assert told(refused)[1] == "skip: Not run: the launch of step 1 gave no token."


def test_what_else_is_open_in_the_ehr_reaches_the_app_and_nothing_that_is_not() -> None:
    ehr = "  - launch: ehr\n    scope: launch patient/Patient.r\n    user: berg\n    patient: amara-okafor\n"
    plain = replayed(f"{ehr}    checks:\n      - launch: fhirContext\n        not: Appointment\n")
    assert "Appointment" not in (plain.results[0].checks[0].actual or "")
    rest = """\
    context: [Appointment/amara-okafor-appointment-1]
    location: Location/ward-4-east
    checks:
      - launch: fhirContext
        contains: [Appointment/amara-okafor-appointment-1, Location/ward-4-east]
"""
    finished = replayed(ehr + rest)
    assert finished.verdict == "pass", told(finished)
    refused = replayed(f"{ehr}    context: Appointment/nobody\n")
    assert "does not offer “Appointment/nobody”" in told(refused)[0]


def test_intent_of_the_ehr_reaches_the_app() -> None:
    site = Workspace(Path("nowhere")).read_site("community-hospital")
    (intent, *_) = site.smart.given.intents
    steps = f"""
  - launch: ehr
    scope: launch patient/Patient.r
    user: berg
    patient: grace-nguyen
    intent: {intent}
    checks:
      - launch: intent
        equals: {intent}
"""
    finished = replayed(steps)
    assert finished.verdict == "pass", told(finished)


@pytest.mark.parametrize(
    ("steps", "line", "words"),
    [
        (f"{STANDALONE}    fault: expired-tocken\n", 8, "“expired-tocken” is not known"),
        (f"{STANDALONE}    discovery: upside-down\n", 8, "“upside-down” is not known"),
        (f"{STANDALONE}    authentication: password\n", 8, "one of"),
        (f"{STANDALONE}    intent: order\n", 8, "handed over by the EHR"),
        (f"{BACKEND}    user: berg\n", 7, "has no user"),
        (f"{BACKEND}  - token: renew\n    with: launch\n", 7, "one of refresh, introspect, revoke"),
        (f"{BACKEND}  - token: revoke\n", 7, "“steps[1].with” is missing"),
        (f"{BACKEND}  - token: revoke\n    with: lunch\n", 8, "No launch before this step is saved as “lunch”"),
        (f"{BACKEND}  - token: revoke\n    with: launch\n    scope: a\n", 9, "asks for no scope"),
    ],
)
def test_faulty_step_is_refused_with_its_line(steps: str, line: int, words: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_scenario(HEAD + steps, "x.scenario.yaml")
    assert words in caught.value.message and caught.value.line == line


def test_every_word_of_a_step_is_written_as_it_is_read() -> None:
    steps = f"""{STANDALONE}    client: portal
    authentication: client_secret_post
    fault: ["slow-answer 5 s at token", expired-token once]
    discovery: old
    refused: timeout
  - launch: ehr
    scope: launch
    as: visit
    intent: order
    location: Location/1
    context: [Appointment/1, Task/2]
  - token: refresh
    with: launch
    scope: patient/Patient.r
    refused: invalid_grant
  - token: introspect
    with: launch
    checks:
      - token: active
"""
    scenario = parse_scenario(HEAD + steps)
    assert parse_scenario(to_scenario_text(scenario)) == scenario


def test_recording_repeats_what_was_done_with_tokens_and_holds_none() -> None:
    steps = f"""{BACKEND}
  - fhir: GET Patient?_count=1
    with: launch
  - token: introspect
    with: launch
  - token: revoke
    with: launch
{STANDALONE}    as: person
  - token: refresh
    with: person
  - fhir: GET Patient/grace-nguyen
    with: person
"""

    async def record() -> tuple[str, ReplayFinished]:
        async with hospital() as (_, endpoints):
            recorder = Recorder("Again", endpoints)
            first = await finish(parse_scenario(HEAD + steps), endpoints, on_exchange=recorder.add)
            assert first.verdict == "pass", told(first)
            text = to_scenario_text(recorder.propose())
            exchanges = [exchange for result in first.results for exchange in result.exchanges]
            assert not any(secret in text for exchange in exchanges for secret in find_secrets(exchange))
            return text, await finish(parse_scenario(text), endpoints)

    text, again = asyncio.run(record())
    assert again.verdict == "pass", [text, *told(again)]
    kinds = [result.step.kind for result in again.results if isinstance(result.step, TokenRequest)]
    assert kinds == ["introspect", "revoke", "refresh"]


def test_review_of_a_launch_is_asked_for_by_a_check() -> None:
    steps = f"""{STANDALONE}    fault: wrong-token-type
    refused: invalid_response
    checks:
      - review: token-type
        equals: fail
      - review: no failures of the app
      - review: no failures of the site
      - review: no failures
      - review: token-type
      - review: discovery-json
        not: pass
"""
    finished = replayed(steps)
    verdicts = [(check.check.subject, check.verdict) for check in finished.results[0].checks]
    assert [verdict for _, verdict in verdicts] == ["pass", "pass", "fail", "fail", "fail", "fail"], verdicts
    failed = finished.results[0].checks[2]
    assert failed.actual == "token-type" and "token_type is “mac”" in failed.sentence


def test_review_looks_at_what_the_token_was_used_for() -> None:
    steps = f"""{BACKEND}
  - token: revoke
    with: launch
  - fhir: GET Patient?_count=1
    with: launch
    checks:
      - status: 401
      - review: no failures of the site
      - review: revocation-unused
        equals: fail
      - review: no risks of the site
      - review: no risks of the app
"""
    finished = replayed(steps)
    assert [check.verdict for check in finished.results[2].checks] == ["pass", "pass", "pass", "pass", "fail"]
    (reviewed,) = finished.reviews
    assert (reviewed.step, reviewed.name) == (0, "launch")
    assert [verdict.requirement.id for verdict in reviewed.review.failed] == ["revocation-unused"]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("- review: token-typ", "There is no requirement “token-typ”"),
        ("- review: no failure", "There is no requirement “no failure”"),
        ("- {review: token-type, equals: green}", "one of pass, fail, warning, not-seen"),
    ],
)
def test_review_check_that_cannot_be_made_is_refused(check: str, words: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_scenario(f"{HEAD}{STANDALONE}    checks:\n      {check}\n", "x.scenario.yaml")
    assert words in caught.value.message and caught.value.line == 9


def test_review_checks_are_written_as_they_are_read() -> None:
    checks = (
        "- review: no failures\n      - {review: token-type, equals: fail}\n      - {review: token-type, not: pass}"
    )
    scenario = parse_scenario(f"{HEAD}{STANDALONE}    checks:\n      {checks}\n")
    assert parse_scenario(to_scenario_text(scenario)) == scenario


def test_reports_hold_the_verdicts_of_each_launch_and_no_secret() -> None:
    finished = replayed(f"{STANDALONE}    fault: wrong-token-type\n    refused: invalid_response\n")
    page, junit, report = to_html([finished]), to_junit([finished]), to_json_report([finished])
    assert "Sequence diagram of" in page and "token_type is “mac”" in page
    assert "Failed: The token's type is Bearer." in junit
    (review,) = report["replays"][0]["reviews"]
    assert (review["step"], review["launch"], review["counts"]["fail"]) == (0, "launch", 1)
    secrets = [secret for each in finished.results[0].exchanges for secret in find_secrets(each)]
    assert secrets
    assert not any(secret in text for secret in secrets for text in (page, junit, repr(report)))
    assert any("token_type is “mac”" in line for line in review_words(finished))


def test_user_whom_the_page_does_not_offer_is_an_error_of_the_scenario() -> None:
    finished = replayed(STANDALONE.replace("user: berg", "user: nobody"))
    assert finished.verdict == "error"
    assert "“user” does not offer “nobody”" in finished.results[0].sentence


def test_backend_service_without_key_and_secret_is_an_error_of_ours() -> None:
    finished = replayed(BACKEND, simulated=False)
    assert finished.verdict == "error"
    assert "keeps no key and no secret of nightly" in finished.results[0].sentence
