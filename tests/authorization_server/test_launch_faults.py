from typing import get_args

import pytest

from workbench.authorization_server.fault_rule import FAULT_NAMES, FaultRule, LaunchFault
from workbench.authorization_server.launch_fault_text import parse_fault_rule, to_text
from workbench.authorization_server.launch_faults import all_faults, make_fault_rule
from workbench.errors import WorkbenchError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("expired-token", FaultRule("expired-token", "fhir")),
        ("expired-token once for vitals-app", FaultRule("expired-token", "fhir", "vitals-app", 1)),
        ("slow-answer 5 s at token", FaultRule("slow-answer", "token", amount=5)),
        ("slow-answer 5s", FaultRule("slow-answer", "token", amount=5)),
        ("slow-answer", FaultRule("slow-answer", "token", amount=10)),
        ("clock-off -7.5 min", FaultRule("clock-off", "everywhere", amount=-7.5)),
        ("server-error at fhir after 3, times 2", FaultRule("server-error", "fhir", times=2, after=3)),
        ("WRONG-CODE Once", FaultRule("wrong-code", "authorize", times=1)),
        ("wrong-code always for all", FaultRule("wrong-code", "authorize")),
        ('wrong-code for "all"', FaultRule("wrong-code", "authorize", "all")),
        ('invalid-client for "my \\"app\\", 2"', FaultRule("invalid-client", "token", 'my "app", 2')),
    ],
)
def test_a_line_says_fault_client_place_and_how_often(text: str, expected: FaultRule) -> None:
    assert parse_fault_rule(text) == expected


@pytest.mark.parametrize(
    "rule",
    [
        *(make_fault_rule(name) for name in FAULT_NAMES),
        FaultRule("slow-answer", "fhir", "an app", 3, 2, 0.125),
        FaultRule("clock-off", "everywhere", 'a"b\\c', amount=-527_040),
        FaultRule("server-error", "keys", "once", 1),
        FaultRule("server-error", "everywhere", "“ä”"),
        FaultRule("server-error", "token", "all"),
    ],
)
def test_what_is_written_is_read_again(rule: FaultRule) -> None:
    client = rule.client
    assert parse_fault_rule(to_text(rule)) == rule, client


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "no name", "Write it as"),
        ("expired-tokens", "is not known", "Did you mean expired-token?"),
        ("zzz", "is not known", "Known are slow-answer"),
        ("wrong-code 5 s", "has no amount", "times"),
        ("slow-answer 5 min", "counted in s", "slow-answer 10 s"),
        ("slow-answer 601 s", "601 s is no amount", "up to 600 s"),
        ("slow-answer -1 s", "no amount", "up to 600 s"),
        ("clock-off 0", "no amount", "527040 min"),
        ("wrong-code at fhir", "cannot be at “fhir”", "authorize"),
        ("wrong-code at", "cannot be at “”", "authorize"),
        ("wrong-code times 0", "at least 1", "times 3"),
        ("wrong-code after x", "at least 0", "after 3"),
        ("wrong-code for", "client_id", "expired-token once"),
        ('wrong-code for "', "client_id", "expired-token once"),
        ("wrong-code once always", "twice", "two rules"),
        ("wrong-code alwys", "“alwys”", "Did you mean always?"),
    ],
)
def test_a_line_that_is_not_understood_says_why_and_what_to_write(text: str, message: str, hint: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        parse_fault_rule(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_every_fault_says_what_the_site_does_and_a_good_app_and_which_clause_is_broken() -> None:
    assert tuple(fault.name for fault in all_faults()) == FAULT_NAMES == get_args(LaunchFault)
    for fault in all_faults():
        assert fault.title and fault.site and fault.good_app and fault.places, fault.name
        assert fault.clause or fault.name in ("slow-answer", "key-rotated")
        assert bool(fault.unit) == bool(fault.amount)


def test_a_rule_lets_the_first_go_and_acts_as_often_as_it_says() -> None:
    rule = parse_fault_rule("wrong-code after 2 times 2")
    used, acted = 0, ""
    for seen in range(1, 7):
        acts = rule.is_due(seen, used)
        used, acted = used + acts, acted + ("x" if acts else ".")
    assert acted == "..xx.."


def test_a_rule_for_one_client_is_about_no_other_and_not_about_one_that_is_unknown() -> None:
    rule, every = parse_fault_rule("wrong-code for a"), parse_fault_rule("wrong-code")
    assert [rule.is_about("wrong-code", client, ("authorize",)) for client in ("a", "b", "")] == [True, False, False]
    assert [every.is_about("wrong-code", client, ("authorize",)) for client in ("a", "b", "")] == [True, True, True]
    assert not every.is_about("expired-code", "a", ("authorize",))
    assert not every.is_about("wrong-code", "a", ("token",))
