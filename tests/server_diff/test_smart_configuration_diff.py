from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.diff.difference import Difference
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json, parse_json
from workbench.server_diff.smart_configuration_diff import diff_smart_configurations, is_smart_configuration

SHARED = Path(__file__).parents[3] / "shared" / "data" / "capability-statements" / "cerner-smart-configuration.json"


def configuration(host: str = "a.example", **more: Any) -> Json:
    return {
        "issuer": f"https://{host}",
        "authorization_endpoint": f"https://{host}/authorize",
        "token_endpoint": f"https://{host}/token",
        "capabilities": ["launch-ehr", "client-public", "permission-v2"],
        "scopes_supported": ["launch", "openid", "patient/*.rs"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
    } | more


def only_row(left: Json, right: Json) -> Difference:
    (row,) = diff_smart_configurations(left, right)
    return row


def scope_rows(left: list[str], right: list[str]) -> list[tuple[str, str, str]]:
    rows = diff_smart_configurations(configuration(scopes_supported=left), configuration(scopes_supported=right))
    return [(row.path.removeprefix("scopes_supported"), row.kind, row.grade) for row in rows]


def test_the_same_configuration_has_no_rows() -> None:
    assert diff_smart_configurations(configuration(), configuration()) == ()
    shuffled = configuration(capabilities=["permission-v2", "client-public", "launch-ehr"])
    assert diff_smart_configurations(configuration(), shuffled) == ()


def test_another_host_only_informs() -> None:
    rows = diff_smart_configurations(configuration(), configuration("b.example"))
    assert {(row.path, row.aspect, row.grade) for row in rows} == {
        (name, "address", "information") for name in ("issuer", "authorization_endpoint", "token_endpoint")
    }


def test_an_endpoint_that_is_gone_breaks() -> None:
    right = configuration()
    del right["token_endpoint"]
    row = only_row(configuration(), right)
    assert (row.path, row.kind, row.grade, row.why) == (
        "token_endpoint",
        "removed",
        "breaks-sender",
        "No token can be fetched.",
    )
    assert only_row(right, configuration()).grade == "compatible"


def test_who_signed_in_can_no_longer_be_asked_for_where_userinfo_is_gone() -> None:
    row = only_row(configuration(userinfo_endpoint="https://a.example/userinfo"), configuration())
    assert (row.path, row.kind, row.grade) == ("userinfo_endpoint", "removed", "breaks-sender")
    assert "Who signed in" in row.why


def test_an_address_without_https_breaks_but_on_loopback() -> None:
    bare = configuration(token_endpoint="http://b.example/token")
    assert only_row(configuration(), bare).grade == "breaks-both"
    loopback = configuration(token_endpoint="http://127.0.0.1:8080/token")
    assert only_row(configuration(), loopback).grade == "information"


@pytest.mark.parametrize(
    ("name", "lost", "grade"),
    [
        ("capabilities", "launch-ehr", "breaks-sender"),
        ("capabilities", "client-public", "breaks-sender"),
        ("grant_types_supported", "refresh_token", "breaks-sender"),
        ("token_endpoint_auth_methods_supported", "private_key_jwt", "breaks-sender"),
        ("token_endpoint_auth_signing_alg_values_supported", "RS384", "breaks-sender"),
        ("capabilities", "context-ehr-patient", "breaks-receiver"),
        ("capabilities", "sso-openid-connect", "breaks-receiver"),
    ],
)
def test_what_is_no_longer_offered_breaks_who_uses_it(name: str, lost: str, grade: str) -> None:
    kept = [item for item in configuration()[name] if item != lost]
    row = only_row(configuration(**{name: [*kept, lost]}), configuration(**{name: kept}))
    assert (row.path, row.left, row.right, row.grade) == (f"{name}[{lost}]", lost, None, grade)
    assert only_row(configuration(**{name: kept}), configuration(**{name: [*kept, lost]})).grade == "compatible"


def test_a_code_challenge_that_is_not_checked_breaks_a_careful_app() -> None:
    silent = configuration()
    del silent["code_challenge_methods_supported"]
    assert only_row(configuration(), silent).grade == "breaks-sender"
    assert only_row(silent, configuration()).grade == "information"
    plain = configuration(code_challenge_methods_supported=["S256", "plain"])
    assert "forbids plain" in only_row(configuration(), plain).why


def test_a_list_that_one_side_leaves_out_only_informs() -> None:
    silent = configuration()
    del silent["grant_types_supported"]
    assert only_row(configuration(), silent).grade == "information"


def test_scopes_of_both_versions_that_mean_the_same_are_told_so() -> None:
    assert scope_rows(["patient/*.read"], ["patient/*.rs"]) == [("[patient/*]", "changed", "information")]
    assert scope_rows(["user/Task.read", "user/Task.write"], ["user/Task.cruds"]) == [
        ("[user/Task]", "changed", "information")
    ]
    assert scope_rows(["patient/Task.*"], ["patient/Task.cruds"]) == [("[patient/Task]", "changed", "information")]


def test_many_scopes_in_other_words_are_one_row() -> None:
    types = ("Patient", "Observation", "Condition", "Encounter", "Goal", "Task")
    left, right = [f"user/{name}.read" for name in types], [f"user/{name}.rs" for name in types]
    row = only_row(configuration(scopes_supported=left), configuration(scopes_supported=right))
    assert (row.path, row.grade, row.left) == (
        "scopes_supported[user/…]",
        "information",
        "6 rights such as user/Patient.read",
    )
    assert "user/Task.read = user/Task.rs" in row.why


def test_a_right_that_is_lost_is_named() -> None:
    left, right = (configuration(scopes_supported=[scope]) for scope in ("patient/Task.cruds", "patient/Task.rs"))
    row = only_row(left, right)
    assert (row.grade, row.left, row.right) == ("breaks-sender", "patient/Task.cruds", "patient/Task.rs")
    assert row.why == ("An app may no longer create, update and delete with it: take that out, or ask the site for it.")
    assert only_row(right, left).grade == "compatible"


def test_a_wider_scope_holds_a_narrower_one() -> None:
    assert scope_rows(["patient/Task.rs"], ["patient/*.rs"]) == [
        ("[patient/*]", "added", "compatible"),
        ("[patient/Task]", "changed", "information"),
    ]
    assert scope_rows(["user/Task.rs"], ["patient/*.rs"]) == [
        ("[user/Task]", "removed", "breaks-sender"),
        ("[patient/*]", "added", "compatible"),
    ]
    query = "patient/Observation.rs?category=laboratory"
    narrow = "[patient/Observation?category=laboratory]"
    assert (narrow, "changed", "information") in scope_rows([query], ["patient/Observation.rs"])
    assert ("[patient/Observation]", "removed", "breaks-sender") in scope_rows(["patient/Observation.rs"], [query])


def test_what_is_lost_for_every_type_is_told_once() -> None:
    types = ("*", "Patient", "Observation")
    left = [f"user/{name}.cruds" for name in types]
    assert scope_rows(left, [f"user/{name}.rs" for name in types]) == [("[user/*]", "changed", "breaks-sender")]


def test_a_whole_context_that_is_gone_is_one_row() -> None:
    left = [f"system/{name}.read" for name in ("Patient", "Group", "Goal", "Task", "Device")]
    assert scope_rows(left, []) == [("[system/]", "removed", "breaks-sender")]


def test_scopes_that_are_no_rights_have_their_own_sentence() -> None:
    row = only_row(configuration(), configuration(scopes_supported=["launch", "patient/*.rs"]))
    assert (row.path, row.why) == (
        "scopes_supported[openid]",
        "No id_token comes: the app does not learn who signed in.",
    )


def test_a_server_of_smart_1_takes_scopes_of_version_1_without_saying_so() -> None:
    left = configuration(capabilities=["launch-ehr"], scopes_supported=["patient/*.read"])
    right = configuration(capabilities=["launch-ehr", "permission-v2"], scopes_supported=["patient/*.rs"])
    rows = {row.path: row.grade for row in diff_smart_configurations(left, right)}
    assert rows == {
        "capabilities[permission-v1]": "breaks-sender",
        "capabilities[permission-v2]": "compatible",
        "scopes_supported[patient/*]": "information",
    }
    said = configuration(capabilities=["launch-ehr", "permission-v1"], scopes_supported=["patient/*.read"])
    assert diff_smart_configurations(left, said) == ()


@pytest.mark.parametrize("value", ["x", 1, True, {}, {"a": 1}, [1], [None], [[]]])
def test_badly_formed_parts_are_told(value: Any) -> None:
    for name in configuration():
        broken = configuration(**{name: value})
        assert diff_smart_configurations(broken, broken) == ()
        rows = diff_smart_configurations(broken, configuration())
        assert rows
        assert all(row.why for row in rows)


def test_what_is_no_object_is_refused_in_words() -> None:
    value: Any = []
    with pytest.raises(WorkbenchError, match="left side is no smart-configuration"):
        diff_smart_configurations(value, configuration())


def test_other_members_are_compared_as_they_are() -> None:
    row = only_row(configuration(), configuration(x=[1]))
    assert (row.path, row.kind, row.right, row.grade) == ("x", "added", "[1]", "information")


def test_a_smart_configuration_is_known_by_its_members() -> None:
    assert is_smart_configuration(configuration())
    assert not is_smart_configuration({"resourceType": "Basic", "token_endpoint": "x"})
    assert not is_smart_configuration([])


def test_a_real_configuration_against_our_own_reads_well() -> None:
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not on this machine: the configuration of a real server is shared data")
    real = parse_json(SHARED.read_bytes())
    assert diff_smart_configurations(real, real) == ()
    rows = diff_smart_configurations(real, configuration())
    assert 10 < len(rows) < 70
    assert len({row.path for row in rows}) == len(rows)
    assert {row.grade for row in rows} >= {"breaks-sender", "compatible", "information"}
