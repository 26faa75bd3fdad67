"""`workbench launch`, on both sides, with a scripted user."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from tests.cli.server_app import serving
from workbench.cli import launch, launch_as_app, main
from workbench.cli.launch_report import review_and_tell
from workbench.exchange import Exchange
from workbench.smart.secrets import find_secrets
from workbench.workspace.app_run import RunKind
from workbench.workspace.launch_watch import MILESTONES

if TYPE_CHECKING:
    from workbench.sandbox.sandbox import SandboxAddresses

AS_APP = ["launch", "--as", "app"]
AS_EHR = ["launch", "--as", "ehr"]
BERG = ["--script", "--user", "berg", "--patient", "grace-nguyen"]
VISIT_OF_ANOTHER = ["--patient", "grace-nguyen", "--encounter", "amara-okafor-open"]
SCOPE = "launch openid fhirUser patient/Patient.rs"


def open_server_app(address: str, *options: str) -> int:
    who = ["--client", "server-app", "--user", "raman", "--patient", "amara-okafor", "--script"]
    return main([*AS_EHR, "community-hospital", "--app", f"{address}/launch", *who, *options])


def test_choices_are_those_of_a_launch() -> None:
    assert launch.MILESTONES == MILESTONES
    assert get_args(RunKind) == launch.KINDS


@pytest.mark.parametrize("kind", ["standalone", "ehr"])
def test_app_launches_at_a_site_and_uses_its_token(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "community-hospital", "--kind", kind, *BERG]) == 0
    told = capsys.readouterr().out
    assert "The app exchanged the code for an access token" in told
    assert "The app read Patient/grace-nguyen." in told
    assert "The app asked for a new access token with its refresh token." in told
    assert "patient grace-nguyen" in told


def test_token_is_tried_for_what_is_asked_and_for_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "community-hospital", *BERG, "--then", "introspect,revoke", "--json"]) == 0
    asked = [each["address"].rpartition("/")[2] for each in json.loads(capsys.readouterr().out)["exchanges"]]
    assert asked[-2:] == ["introspect", "revoke"]
    assert main([*AS_APP, "community-hospital", *BERG, "--then", "none"]) == 0
    assert "The app read Patient" not in capsys.readouterr().out


def test_app_launches_at_an_address(hospital: SandboxAddresses, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, hospital.fhir_base, *BERG, "--scope", "launch/patient patient/Patient.r"]) == 0
    assert "Granted: launch/patient patient/Patient.r" in capsys.readouterr().out


def test_app_launches_at_a_remote_sandbox(
    hospital: SandboxAddresses, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.mkdir()
    entry = f"  - {{id: st-mary, name: St. Mary, fhir_base: '{hospital.fhir_base}'}}"
    (folder / "remotes.yaml").write_text(f"version: 1\nremotes:\n{entry}\n")
    assert main(["--workspace", str(folder), *AS_APP, "st-mary", *BERG]) == 0
    assert "Launching at St. Mary" in capsys.readouterr().out


def test_site_that_takes_version_1_is_asked_in_its_syntax(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "academic-medical-center", *BERG]) == 0
    assert "patient/Patient.read" in capsys.readouterr().out


def test_page_that_the_scripted_user_cannot_answer_is_our_own_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "community-hospital", "--script", "--user", "berg"]) == 2
    assert "names nothing for “patient”" in capsys.readouterr().out


def test_refused_launch_fails_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "community-hospital", *BERG, "--fault", "invalid-client"]) == 1
    told = capsys.readouterr().out
    assert "Refused (invalid_client)" in told


@pytest.mark.peer
def test_server_side_app_of_others_is_opened_and_uses_its_token(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fhirclient")
    with serving(SCOPE) as app:
        assert open_server_app(app.address) == 0
        assert app.seen == ["Okafor"]
    told = capsys.readouterr().out
    assert "The EHR opened the app with a launch" in told
    assert "The app used its access token." in told
    assert re.search(r"None of \d\d requirements failed", told)


@pytest.mark.peer
def test_app_that_stops_where_the_site_does_wrong_does_well(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fhirclient")
    with serving(SCOPE) as app:
        assert open_server_app(app.address, "--fault", "wrong-code") == 0
        assert app.seen == []
    told = capsys.readouterr().out
    assert "Exchange 6: " not in told, "what no verdict speaks of is not told again"
    assert "on purpose: wrong-code" in told and "invalid_grant" in told
    assert "requirements failed" in told


def test_app_that_never_came_does_not_do_well_where_the_site_does_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["--fault", "wrong-code"], ["--discovery", "old"]):
        assert open_server_app("http://127.0.0.1:1", *wrong) == 1
        assert "Nothing was seen that could be judged." in capsys.readouterr().out


@pytest.mark.peer
def test_app_that_goes_on_where_the_site_does_wrong_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """fhirclient takes a token of any type for a bearer token, which RFC 6749 (7.1) forbids."""
    pytest.importorskip("fhirclient")
    with serving(SCOPE) as app:
        assert open_server_app(app.address, "--fault", "wrong-token-type") == 1
        assert app.seen == ["Okafor"]
    assert "Failed: " in capsys.readouterr().out


@pytest.mark.peer
def test_launch_is_watched_as_far_as_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fhirclient")
    with serving(SCOPE) as app:
        assert open_server_app(app.address, "--until", "refresh", "--within", "2") == 1
    assert "The app used its access token, and no more. Nothing came for 2 seconds." in capsys.readouterr().out


def test_json_holds_the_trace_and_the_verdicts_and_the_page_shows_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "launch.html"
    options = ["--fault", "id-token-wrong-issuer", "--json", "--html", str(page)]
    assert main([*AS_APP, "community-hospital", *BERG, *options]) == 1
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert (told["as"], told["site"], told["granted"]) == ("app", "community-hospital", True)
    assert told["context"]["patient"] == "grace-nguyen"
    failed = [verdict["id"] for verdict in told["review"]["verdicts"] if verdict["outcome"] == "fail"]
    assert failed == ["id-token-issuer", "introspection-identity"]
    assert {verdict["party"] for verdict in told["review"]["verdicts"]} == {"server"}
    assert [each["method"] for each in told["exchanges"]][:2] == ["GET", "GET"]
    assert "The app exchanged the code" in printed.err
    assert "Sequence diagram of" in page.read_text("utf-8")
    assert not re.search(r"code=[A-Za-z0-9_-]{20,}|Bearer [A-Za-z0-9_-]{20,}", printed.out + page.read_text("utf-8"))


def test_discovery_that_is_wrong_on_request_fails_by_its_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "community-hospital", *BERG, "--discovery", "not-json"]) == 1
    assert "Failed: " in capsys.readouterr().out


def test_what_the_app_finds_odd_is_told_as_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    odd = ["--discovery", "disagree", "--fault", "id-token-wrong-nonce", "--then", "none"]
    main([*AS_APP, "community-hospital", *BERG, *odd])
    told = capsys.readouterr().out
    assert "The id token does not hold (nonce)." in told
    assert "older SMART version" in told
    main([*AS_APP, "community-hospital", *BERG, *odd, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in found["differences"]] == ["authorize", "token"]
    assert [each["name"] for each in found["checks"] if each["holds"] is False] == ["nonce"]


def test_no_code_token_or_secret_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET", "canary-secret")
    options = ["--client", "portal", "--authentication", "client_secret_basic", "--secret-env", "APP_SECRET"]
    main([*AS_APP, "community-hospital", *BERG, *options])
    told = "".join(capsys.readouterr())
    assert "exchanged the code" in told and "canary" not in told
    assert not re.search(r"[A-Za-z0-9_-]{32,}", told)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([*AS_APP, "community-hospital", "--fault", "expired-tocken"], "Did you mean expired-token?"),
        ([*AS_APP, "https://ehr.example.test", "--fault", "expired-token"], "Only a simulated site goes wrong"),
        ([*AS_APP, "http://[::bad"], "cannot be read"),
        ([*AS_APP, "https://name:secret@e.test/r4"], "no address of a FHIR base"),
        ([*AS_APP, "nowhere"], "There is no site “nowhere”"),
        ([*AS_APP, "https://e.test", "--authentication", "private_key_jwt"], "no key to sign with"),
        ([*AS_APP, "https://e.test", "--authentication", "client_secret_post"], "no client secret is known"),
        ([*AS_APP, "community-hospital", "--key", "none.pem"], "The file of the private key cannot be read"),
        ([*AS_APP, "community-hospital", "--script", "--open"], "needs no browser"),
        ([*AS_APP, "community-hospital", "--script", "--then", "read,write"], "“write” is no use of a token"),
        ([*AS_EHR, "community-hospital", "--app", "sample", "--script"], "needs a real browser"),
        ([*AS_EHR, "community-hospital", "--app", "app.example"], "is not the address of an app"),
        (
            [*AS_EHR, "community-hospital", "--app", "http://a/", "--patient", "nobody"],
            "There is no patient “nobody” here; known: ",
        ),
        ([*AS_EHR, "community-hospital", "--app", "http://a/", "--user", "nobody"], "known: raman, berg, clarke, "),
        ([*AS_EHR, "community-hospital", "--scope", "launch"], "--scope says nothing of a launch as the EHR"),
        ([*AS_EHR, "community-hospital", "--script"], "opens an app, and none is named"),
        (
            [*AS_APP, "community-hospital", "--user", "berg"],
            "--user is a choice of the scripted user, and there is none",
        ),
        ([*AS_APP, "community-hospital", "--until", "token"], "--until says nothing of a launch as the app"),
        ([*AS_APP, "https://e.test", "--client", "a", "--ca", "no.pem"], "no.pem: The file cannot be read"),
        ([*AS_EHR, "community-hospital", "--app", "http://a/", *VISIT_OF_ANOTHER], "There is no visit of this patient"),
        ([*AS_EHR, "community-hospital", "--redirect", "http://a/"], "registered under its client id"),
        ([*AS_EHR, "community-hospital", "--client", "a", "--authentication", "private_key_jwt"], "no keys are given"),
        ([*AS_EHR, "community-hospital", "--context", "{"], "is no JSON"),
        ([*AS_EHR, "community-hospital", "--context", '{"rol": "x"}'], "has no “rol”"),
    ],
)
def test_what_cannot_be_done_is_our_own_failure(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(options) == 2
    assert words in capsys.readouterr().err


def test_private_key_in_the_keys_of_an_app_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "keys.json").write_text('{"keys": [{"kty": "EC", "d": "canary"}]}')
    options = ["--client", "a", "--jwks", str(tmp_path / "keys.json")]
    assert main([*AS_EHR, "community-hospital", *options]) == 2
    said = capsys.readouterr().err
    assert "holds a private key" in said and "canary" not in said


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C otherwise")
def test_ctrl_c_ends_a_launch_as_the_app_and_what_came_is_judged() -> None:
    command = [sys.executable, "-m", "workbench.cli", *AS_APP, "community-hospital", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any(line.startswith("Sign in here") for line in process.stderr)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    told = json.loads(out)
    assert told["refusal"]["error"] == "stopped" and len(told["exchanges"]) == 2
    assert "Traceback" not in err


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C otherwise")
def test_ctrl_c_ends_the_waiting_in_words() -> None:
    command = [sys.executable, "-m", "workbench.cli", *AS_EHR, "community-hospital"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "is up at" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130, err
    assert "Stopped by you." in out and not err


@pytest.mark.parametrize(
    "fault",
    ["", "malformed-json", "wrong-code", "state-changed", "wrong-token-type", "id-token-wrong-nonce", "server-error"],
)
def test_nothing_that_is_printed_or_written_holds_a_secret(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Exchange] = []

    def listen(exchanges: Sequence[Exchange], *rest: Any, **named: Any) -> Any:
        seen.extend(exchanges)
        return review_and_tell(exchanges, *rest, **named)

    monkeypatch.setattr(launch_as_app, "review_and_tell", listen)
    page = tmp_path / "launch.html"
    faults = ["--fault", fault] if fault else []
    app = ["--authentication", "client_secret_basic"]
    main([*AS_APP, "community-hospital", *BERG, *app, *faults, "--json", "--verbose", "--html", str(page)])
    said = "".join(capsys.readouterr()) + page.read_text("utf-8")
    secrets = {secret for exchange in seen for secret in find_secrets(exchange) if len(secret) > 12}
    assert len(secrets) >= 2
    assert [secret for secret in secrets if secret in said] == []


@pytest.mark.peer
def test_app_that_calls_itself_otherwise_than_was_awaited_is_told_as_that(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fhirclient")
    with serving(SCOPE) as app:
        assert open_server_app(app.address, "--client", "workbench") == 1
    told = capsys.readouterr().out
    assert "It calls itself “server-app”, and “workbench” was awaited (--client)." in told
    assert "The app answered 500" in told and "The site refused" not in told


def test_scope_that_was_to_be_granted_and_is_not_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--scope", "openid launch/patient patient/Patient.rs", "--grant", "openid patient/Patient.r"]
    assert main([*AS_APP, "community-hospital", *BERG, *options]) == 0
    told = capsys.readouterr().out
    assert "patient/Patient.r: It was to be granted (--grant), and is not" in told
    assert "openid: It was to be granted" not in told


@pytest.mark.peer
def test_what_is_wrong_on_purpose_is_told_first(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("fhirclient")
    with serving(SCOPE) as app:
        open_server_app(app.address, "--discovery", "old", "--fault", "expired-code once")
    told = capsys.readouterr().out.splitlines()
    assert told[1:3] == ["  on purpose: expired-code once", "  on purpose: discovery: old"]


def test_context_that_the_site_does_not_tell_is_said_to_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    visit = ["--user", "raman", "--patient", "amara-okafor", "--encounter", "amara-okafor-open"]
    for site, left_out in (("academic-medical-center", True), ("community-hospital", False)):
        main([*AS_EHR, site, "--app", "http://127.0.0.1:1/", *visit, "--intent", "chart-vitals", "--script"])
        told = capsys.readouterr().out
        assert ("intent: This site does not tell it to apps" in told) is left_out
        assert ("encounter: This site does not tell it to apps" in told) is left_out


def test_site_that_refuses_a_redirect_address_which_it_registered_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*AS_APP, "community-hospital", *BERG, "--fault", "redirect-refused"]) == 1
    assert "authorize-redirect-taken" in capsys.readouterr().out
