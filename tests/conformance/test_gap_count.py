"""A log is counted and judged as it comes: what is used, how often, how long, beside what is asked and broken."""

from __future__ import annotations

import csv
import io
import json
import time
import tracemalloc
from pathlib import Path

import pytest

from workbench.conformance.asked import Asked
from workbench.conformance.gap import Gap, GapReport
from workbench.conformance.gap_count import GapCount
from workbench.conformance.gap_report import to_csv, to_html, to_json_value, to_text
from workbench.conformance.message_profile import MessageProfile
from workbench.conformance.profile_file import merge_profiles, parse_profile
from workbench.conformance.profile_judge import judge_profile
from workbench.conformance.sent_profile import sent_profiles
from workbench.conformance.shared_rules import share_rules
from workbench.hl7v2.message import parse_message

MESSAGES = Path(__file__).parents[2] / "fixtures" / "messages"
HEAD = "MSH|^~\\&|REG|HILL|EHR|HILL|20260302||ADT^A01^ADT_A01|{0}|P|2.5.1\rEVN||20260302\r"
FIRST = (
    HEAD.format(1)
    + "PID|1||77^^^HH^MR~88^^^OLD^XX||Kim^Dan\\T\\iel||19760130|M\rPV1|1|I|4W^402\rZWB|FALL|Two to assist\r"
)
SECOND = HEAD.format(2) + 'PID|1||9912^^^HH^MR||Haddad||19810517|""\rPV1|1|I|4W^403\rNTE|1\rNTE|2\r'
THIRD = HEAD.format(3) + "PID|1||5^^^HH^MR||Novak^Mira||20000229|F\rPV1|1|E|ED^&7\r"
PROFILE = parse_profile(
    "version: 1\nmessage: ADT^A01\nname: Hilltop\nrules:\n"
    "  PID-3: R 1..1\n  PID-3.1: {usage: R, length: 3}\n  PID-5.2: R\n  PID-18: RE\n  PV1-2: {table: 0004}\n"
    "tables: {0004: [I, O]}\n"
)


def count(
    *messages: str, profile: MessageProfile | None = PROFILE, required: tuple[str, ...] = (), shows: bool = False
) -> GapReport:
    counted = GapCount("Hilltop", lambda message: Asked("2.5.1", profile, required), shows_values=shows)
    for number, message in enumerate(messages):
        counted.add(parse_message(message), "log.hl7", 1 + 10 * number)
    return counted.report()


@pytest.fixture(scope="module")
def report() -> GapReport:
    return count(FIRST, SECOND, THIRD)


def row(report: GapReport, path: str) -> Gap:
    (found,) = (each for each in report.rows if each.path == path)
    return found


def test_place_is_counted_by_message_and_by_value(report: GapReport) -> None:
    identifiers = row(report, "PID-3")
    assert (identifiers.messages, identifiers.of, identifiers.times, identifiers.held, identifiers.most) == (
        3,
        3,
        4,
        3,
        2,
    )
    number = row(report, "PID-3.1")
    assert (number.shortest, number.longest, number.distinct, number.times) == (1, 4, 4, 4)
    given = row(report, "PID-5.2")
    assert (given.messages, given.longest, given.held) == (2, len("Dan&iel"), 2)
    assert row(report, "PID-8").nulls == 1 and row(report, "PID-8").messages == 2


def test_segments_are_counted_with_the_most_in_one_message(report: GapReport) -> None:
    notes = row(report, "NTE")
    assert (notes.messages, notes.times, notes.most, notes.held) == (1, 2, 2, 1)
    assert report.local_segments == ("ZWB",)


def test_part_that_is_the_only_one_is_told_by_what_holds_it(report: GapReport) -> None:
    paths = [each.path for each in report.rows]
    assert "PV1-2" in paths and "PV1-2.1" not in paths and "PID-3.4" in paths and "PID-3.4.1" not in paths
    assert "PV1-3.2.2" in paths, "one message splits it"


def test_codes_are_told_and_what_may_name_a_person_is_not(report: GapReport) -> None:
    assert row(report, "PV1-2").values == (("I", 2), ("E", 1))
    assert row(report, "PID-8").values == (("M", 1), ("F", 1))
    told = json.dumps(to_json_value(report)) + to_csv(report) + to_text(report, whole=True) + to_html(report)
    assert not any(
        secret in told for secret in ("Kim", "Haddad", "Novak", "9912", "19760130", "Two to assist", "20000229")
    )


def test_name_in_a_place_of_codes_stays_unseen() -> None:
    moved = FIRST.replace("19760130|M", "19760130|Haddad")
    report = count(moved, moved, moved, moved)
    assert row(report, "PID-8").values == () and row(report, "PID-8").distinct == 1
    assert row(count(moved, shows=True), "PID-8").values == (("Haddad", 1),)
    assert row(count(FIRST, shows=True), "PID-5.1").values == (("Kim", 1),)


def test_what_breaks_the_profile_is_told_with_messages_rule_and_first_place(report: GapReport) -> None:
    given = row(report, "PID-5.2")
    assert (given.verdict, given.broken, given.rules, given.example) == ("breaks", 1, ("PID-5.2 R",), "log.hl7:13")
    identifiers = row(report, "PID-3")
    assert (identifiers.verdict, identifiers.broken, identifiers.asked, identifiers.asker) == (
        "breaks",
        1,
        "R 1..1",
        "profile",
    )
    number = row(report, "PID-3.1")
    assert (number.broken, number.rules, number.asked) == (1, ("PID-3.1 length 0..3",), "R, length 3")
    assert row(report, "PV1-2").verdict == "breaks" and row(report, "PV1-2").example == "log.hl7:24"


def test_what_the_profile_asks_and_nobody_sends_is_told(report: GapReport) -> None:
    account = row(report, "PID-18")
    assert (account.verdict, account.messages, account.asked) == ("unused", 0, "RE")


def test_what_nobody_asks_for_is_told(report: GapReport) -> None:
    assert row(report, "ZWB").verdict == "unasked"
    known = parse_profile("version: 1\nmessage: ADT^A01\nrules:\n  ZWB-1: {name: Flag, usage: R}\n")
    asked = count(FIRST, profile=known)
    assert row(asked, "ZWB").verdict == "holds" and row(asked, "ZWB-1").name == "Flag"


def test_place_of_which_only_the_version_says_something_has_its_words(report: GapReport) -> None:
    assert (row(report, "PID-5").asked, row(report, "PID-5").asker) == ("R 1..*", "version")
    assert row(report, "PID-8").asked == "O 0..1, table 0001"


def test_required_path_is_told_once_for_its_place() -> None:
    without = FIRST.replace("77^^^HH^MR~88^^^OLD^XX", "")
    report = count(without, required=("PID-3.1",))
    assert row(report, "PID-3.1").rules == ("PID-3.1 required",) and row(report, "PID-3.1").example == "log.hl7:3"
    assert row(report, "PID-3.1").asked == "R, length 3"
    assert not any(each.path == "PID-3" and each.broken for each in report.rows)


def test_missing_group_is_a_row_of_its_own() -> None:
    asks = parse_profile("version: 1\nmessage: ADT^A01\nrules:\n  PROCEDURE: R\n")
    missing = row(count(FIRST, profile=asks), "PROCEDURE")
    assert (missing.verdict, missing.messages, missing.broken) == ("breaks", 0, 1)


def test_head_tells_types_versions_senders_and_what_cannot_be_read() -> None:
    counted = GapCount("Hilltop", lambda message: None if message == "ADT^A08" else Asked())
    counted.add(parse_message(FIRST))
    counted.add(parse_message(FIRST.replace("ADT^A01", "ADT^A08").replace("2.5.1", "2.4")))
    counted.add_unreadable("log.hl7:9")
    report = counted.report()
    assert [(kind.message, kind.messages, kind.is_asked) for kind in report.types] == [
        ("ADT^A01", 1, True),
        ("ADT^A08", 1, False),
    ]
    assert report.versions == (("2.5.1", 1), ("2.4", 1)) and report.senders == (("REG at HILL", 2),)
    assert (report.unreadable, report.unreadable_places, report.has_gaps) == (1, ("log.hl7:9",), True)
    text = to_text(report)
    assert "  types        ADT^A01 (1)\n  not taken    ADT^A08 (1)\n" in text and "unreadable   1: log.hl7:9" in text


def test_separators_alone_are_no_value() -> None:
    first, second = (HEAD.format(1) + f"PID|1||77||Kim^Dan|||||||||||||{text}\r" for text in ("^^^~&", "9^^^&&"))
    account = row(count(first, second, profile=None), "PID-18")
    assert (account.messages, account.held, account.times) == (1, 1, 1)
    assert not [each for each in count(second, profile=None).rows if each.path.startswith("PID-18.4")]


def test_part_that_only_one_of_two_repetitions_has_is_not_sent_always() -> None:
    kin = HEAD.format(1) + "NK1|1|A^B||" + "Street&12~ST-2\r"
    (sent,) = sent_profiles(count(kin, profile=None))
    assert judge_profile(parse_message(kin), sent) == ()


def test_parameters_of_a_query_are_its_own() -> None:
    query = "MSH|^~\\&|A|B|C|D|20240101||QBP^Q22^QBP_Q21|1|P|2.5.1\rQPD|PDQ|7|@PID.8^F|||||^^^METRO\rRCP|I\r"
    assert row(count(query, profile=None), "QPD-8.4").verdict == "holds"


def test_many_types_stand_in_few_lines_and_one_that_is_not_taken_has_its_places_on_request_alone() -> None:
    counted = GapCount("Hilltop", lambda message: Asked() if message == "ADT^A01" else None)
    for event in range(1, 60):
        counted.add(parse_message(FIRST.replace("ADT^A01", f"ADT^A{event:02}").replace("PID|1|", "PID|x|")))
    report = counted.report()
    short = to_text(report, width=80)
    assert sum("ADT^" in line for line in short.splitlines()[:15]) == 13 and max(map(len, short.splitlines())) <= 80
    assert short.count("PID-1 ") < to_text(report, whole=True).count("PID-1 ") and "\nADT^A02\n" not in short


def test_text_lists_gaps_alone_unless_asked_for_all(report: GapReport) -> None:
    short, whole = to_text(report, width=80), to_text(report, width=80, whole=True)
    assert "PID-5.2" in short and "PID-7 " not in short and "PID-7 " in whole
    assert "PID-5.2 R in 1 message, first at log.hl7:13" in short
    assert all(len(line) <= 84 for line in short.splitlines())


def test_csv_has_one_line_a_place_and_runs_no_formula() -> None:
    report = count(FIRST.replace("ZWB|FALL", "ZWB|=1+1"), shows=True)
    lines = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert len(lines) == len(report.rows) and lines[0]["path"] == "MSH"
    (flag,) = (line for line in lines if line["path"] == "ZWB-1")
    assert flag["values"].startswith("'=1+1 1")


def test_page_escapes_what_messages_hold() -> None:
    page = to_html(count(FIRST.replace("ZWB|FALL", "ZWB|<script>alert(1)</script>"), shows=True))
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("pattern", ["*-231.hl7", "adt-a01-*.hl7", "oru-*.hl7"])
def test_messages_keep_the_profile_that_was_made_of_them(pattern: str) -> None:
    messages = [parse_message(path.read_bytes()) for path in sorted(MESSAGES.glob(pattern))]
    counted = GapCount("themselves", lambda message: Asked())
    for message in messages:
        counted.add(message)
    general, profiles = share_rules(sent_profiles(counted.report()))
    made = {profile.message: merge_profiles(general, profile) if general else profile for profile in profiles}
    for message in messages:
        assert judge_profile(message, made[message.type_name]) == ()
    changed = messages[0].set("PID-3", "", raw=True)
    assert "PID-3" in {issue.path for issue in judge_profile(changed, made[changed.type_name])}


@pytest.mark.usefixtures("settled_heap")
def test_time_and_memory_grow_in_step_with_the_log() -> None:
    texts = [message.read_text("utf-8") for message in sorted(MESSAGES.glob("*-231.hl7"))]
    messages = [parse_message(text) for text in texts]

    def took(rounds: int) -> float:
        counted = GapCount("x", lambda message: Asked("2.3.1", None))
        start = time.process_time()
        for _ in range(rounds):
            for message in messages:
                counted.add(message)
        counted.report()
        return time.process_time() - start

    took(2)
    assert took(80) < 12 * took(20) + 0.1


def test_memory_does_not_grow_with_values() -> None:
    counted = GapCount("x", lambda message: Asked("2.5.1", PROFILE))

    def add(first: int, last: int) -> int:
        tracemalloc.start()
        for number in range(first, last):
            counted.add(parse_message(FIRST.replace("Kim", f"Kim{number}")))
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    add(0, 200)
    assert add(200, 1200) < 1_000_000
