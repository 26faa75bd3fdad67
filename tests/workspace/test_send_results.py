import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange import Exchange, Request, utc_now
from workbench.workspace.reason_mask import mask_reason
from workbench.workspace.send_result import Outcome, SendResult
from workbench.workspace.send_results import COLUMNS, SendResults, read_accepted

PAYLOAD = (
    b"MSH|^~\\&|REG|A|||20260302||ADT^A01|C1|P|2.5.1\r"
    b"PID|1||100001^^^CHMRN^MR||Okafor^Amara^Li||19840312|F|||12 Elm Street^^Springfield||(555) 010-4477\r"
    b"NK1|1|Ng^Bo\rPV1|1|I|WEST-4\rOBX|1|TX|N||The patient is well\rOBX|2|NM|T||98.6\r"
)


def result(number: int, outcome: Outcome = "accepted", text: str = "", control_id: str = "") -> SendResult:
    exchange = Exchange("a", "b", Request("MLLP", "mllp://h:1", body=PAYLOAD), None, utc_now(), 0.01)
    return SendResult(
        number, "f.hl7", number, 0, "ADT^A01", control_id or f"C{number}", outcome,
        "AA" if outcome == "accepted" else "AE", text=text, duration=0.01, attempts=1, exchanges=(exchange,),
    )  # fmt: skip


def write(path: Path, *results: SendResult) -> str:
    with SendResults(path) as written:
        for each in results:
            written.add(each)
    return path.read_text("utf-8")


def test_csv_holds_a_line_a_message_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "out" / "results.csv"
    text = write(path, result(2, "refused", "No, “really”\r\nnot"), result(1), result(3, control_id="=1+1"))
    rows = list(csv.DictReader(text.splitlines(keepends=True)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert rows[1]["text"] == "No, “really”\nnot"
    assert rows[2]["control_id"] == "'=1+1"
    assert [each.name for each in path.parent.iterdir()] == ["results.csv"]


def test_json_and_junit_hold_the_same(tmp_path: Path) -> None:
    results = (result(1), result(2, "refused", "No"), result(3, "unreadable"), result(4, "not sent"))
    told = json.loads(write(tmp_path / "r.json", *results))
    assert told["counts"] == {"accepted": 1, "refused": 1, "unreadable": 1, "not sent": 1}
    assert [row["outcome"] for row in told["messages"]] == ["accepted", "refused", "unreadable", "not sent"]
    (suite,) = ET.fromstring(write(tmp_path / "r.xml", *results))  # noqa: S314  # our own
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4", "failures": "1", "errors": "1", "skipped": "1"
    }  # fmt: skip
    assert [case.get("name") for case in suite] == ["ADT^A01 C1", "ADT^A01 C2", "ADT^A01 C3", "ADT^A01 C4"]
    assert [inner.get("message") for inner in suite[1]] == ["AE: No"]


def test_no_results_is_a_whole_file_too(tmp_path: Path) -> None:
    assert json.loads(write(tmp_path / "r.json"))["messages"] == []
    assert len(ET.fromstring(write(tmp_path / "r.xml").encode())[0]) == 0  # noqa: S314  # our own
    assert write(tmp_path / "r.csv").strip() == ",".join(COLUMNS)


@pytest.mark.parametrize("name", ["r.csv", "r.json"])
def test_what_was_accepted_is_read_back_also_from_a_run_that_was_killed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    accepted = frozenset({("f.hl7", 1, "C1"), ("f.hl7", 3, "-3")})
    write(path, result(1), result(2, "refused", "a,b\nc"), result(3, control_id="-3"))
    assert read_accepted(path) == accepted
    cut = tmp_path / f"cut{path.suffix}.part"
    with SendResults(tmp_path / f"killed{path.suffix}") as killed:
        for each in (result(1), result(2, "refused"), result(3, control_id="-3"), result(4)):
            killed.add(each)
        text = (tmp_path / f"killed{path.suffix}.part").read_text("utf-8")
        cut.write_text(text[: len(text) - 20], "utf-8")
    assert read_accepted(cut) == accepted


@pytest.mark.parametrize(("name", "text"), [("a.csv", "a,b\n1,2\n"), ("a.csv", ""), ("a.json", "{"), ("a.xml", "<a/>")])
def test_what_is_no_results_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    if name == "a.json":
        assert read_accepted(tmp_path / name) == frozenset()
        return
    with pytest.raises(WorkbenchError, match="holds no results"):
        read_accepted(tmp_path / name)


def test_an_ending_that_is_not_known_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="no file for results"):
        SendResults(tmp_path / "r.txt")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PID-3.1: No patient with number 100001 is known.", "PID-3.1: No patient with number ••• is known."),
        ("OKAFOR, Amara Li (born 1984-03-12) is ng", "•••, ••• ••• (born •••) is •••"),
        ("12 Elm Street, Springfield: call (555) 010-4477", "•••, •••: call (•••"),
        ("PV1-44 is required for A01 (rule 101).", "PV1-44 is required for A01 (rule 101)."),
        ("Bed WEST-4 is closed", "Bed ••• is closed"),
        ("Nothing listens at 127.0.0.1:2575: refused", "Nothing listens at 127.0.0.1:2575: refused"),
        ("OBX[1]-5 says The patient is well", "OBX[1]-5 says •••"),
        ("OBX-5.1 is 98.6 and not below 98", "OBX-5.1 is ••• and not below 98"),
        ("", ""),
    ],
)
def test_a_reason_is_told_without_the_values_of_the_message(text: str, expected: str) -> None:
    assert mask_reason(text, PAYLOAD) == expected


def test_a_reason_keeps_the_names_of_organizations_and_loses_those_of_persons() -> None:
    payload = PAYLOAD.replace(b"CHMRN", b"Community Hospital").replace(b"WEST-4", b"W^1^2^Community Hospital")
    payload += b"PD1|||General Clinic^^17\rROL|1|AD|PP^and|Dr^Lin^^^^^^^Community Hospital\r"
    text = "Community Hospital and General Clinic know no Okafor of CHMRN."
    assert mask_reason(text, payload) == "Community Hospital and General Clinic know no ••• of CHMRN."


@pytest.mark.parametrize("version", [b"2.3", b"2.8", b"9"])
def test_a_name_in_a_field_that_the_version_withdrew_or_does_not_know_is_masked(version: bytes) -> None:
    payload = PAYLOAD.replace(b"2.5.1", version).replace(b"Okafor^", b"O^").replace(b"|F|", b"|F|Adeyemi^Bola|")
    assert mask_reason("PID-9: Adeyemi Bola", payload) == "PID-9: ••• •••"


def test_no_value_of_a_patient_stands_in_any_result_file(tmp_path: Path) -> None:
    text = "Okafor 100001 19840312 Amara (555) 010-4477"
    for name in ("r.csv", "r.json", "r.xml"):
        written = write(tmp_path / name, result(1, "refused", text))
        assert not [value for value in text.split() if len(value) > 4 and value in written]
