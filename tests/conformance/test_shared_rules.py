"""What several profiles ask alike is told once, with the widest limits; what one asks more it keeps."""

from __future__ import annotations

from workbench.conformance.message_profile import MessageProfile
from workbench.conformance.profile_file import parse_profile
from workbench.conformance.profile_writer import to_profile_yaml
from workbench.conformance.shared_rules import share_rules


def profile(message: str, rules: str, tables: str = "{}") -> MessageProfile:
    return parse_profile(f"version: 1\nmessage: {message}\nrules: {{{rules}}}\ntables: {tables}\n")


ADMISSION = profile(
    "ADT^A01",
    "PID: R, PID-3: R 0..2, PID-5: {usage: R, length: 20}, PID-8: {usage: R, table: T}, PV1: R, PV1-44: R, "
    "PV1-2: {usage: R, table: A}",
    "{T: [F], A: [I]}",
)
UPDATE = profile(
    "ADT^A08", "PID: R, PID-3: R 0..3, PID-5: {usage: RE, length: 30}, PID-8: {usage: R, table: T}", "{T: [M]}"
)


def rules_of(found: MessageProfile) -> str:
    return to_profile_yaml(found).partition("rules:\n")[2]


def test_widest_limits_hold_for_every_message() -> None:
    general, _ = share_rules([ADMISSION, UPDATE])
    assert general is not None
    assert rules_of(general) == (
        "  PID-3: R 0..3\n  PID-5: {usage: RE, length: 30}\n  PID-8: {usage: R, table: T}\ntables:\n  T: [F, M]\n"
    )


def test_message_keeps_what_it_asks_more_and_what_it_has_alone() -> None:
    _, (admission, update) = share_rules([ADMISSION, UPDATE])
    assert rules_of(admission) == (
        "  PID: R\n  PID-5: {usage: R, length: 20}\n  PV1: R\n  PV1-2: {usage: R, table: A}\n  PV1-44: R\n"
        "tables:\n  A: [I]\n"
    )
    assert rules_of(update) == "  PID: R\n"


def test_place_that_one_of_the_messages_with_its_segment_lacks_is_not_required_of_all() -> None:
    other = profile("ADT^A04", "PID: R, PID-5: R")
    general, _ = share_rules([ADMISSION, UPDATE, other])
    assert general is not None and "PID-3: RE 0..3" in rules_of(general)


def test_first_part_is_as_long_as_the_whole_that_another_message_never_parts() -> None:
    parted = profile("ADT^A01", "EVN: R, EVN-5.2: R, EVN-5.2.1: {usage: R, length: 5}, EVN-5.2.2: R")
    also = profile("ADT^A04", "EVN: R, EVN-5.2: R, EVN-5.2.1: {usage: R, length: 6}, EVN-5.2.2: R")
    whole = profile("ADT^A08", "EVN-5.2: {usage: R, length: 8}")
    general, _ = share_rules([parted, also, whole])
    assert general is not None
    assert "EVN-5.2.1: {usage: R, length: 8}" in rules_of(general) and "EVN-5.2.2: RE" in rules_of(general)


def test_single_profile_shares_nothing() -> None:
    assert share_rules([ADMISSION]) == (None, (ADMISSION,))
