from __future__ import annotations

import csv
import io
import json
import re
import time

import pytest

from workbench.diff.difference import Difference, Grade
from workbench.diff.difference_report import GRADE_WORDS, count_sentence, to_csv, to_html, to_json_value, to_text


def row(path: str = "a.b", left: str | None = "1", right: str | None = "2", grade: Grade = "information") -> Difference:
    kind = "added" if left is None else "removed" if right is None else "changed"
    return Difference(kind, path, "B", left, right, "value", grade, "Because.")  # type: ignore[arg-type]  # a kind


def test_json_has_every_column_and_null_for_what_is_absent() -> None:
    assert to_json_value("L", "R", [row(left=None, grade="compatible")]) == {
        "left": "L",
        "right": "R",
        "rows": [
            {
                "path": "a.b",
                "aspect": "value",
                "kind": "added",
                "left": None,
                "right": "2",
                "grade": "compatible",
                "why": "Because.",
                "name": "B",
            }
        ],
    }


def test_the_count_names_the_grades_the_gravest_first() -> None:
    rows = [row(), row(grade="compatible"), row(grade="breaks-both"), row(grade="compatible")]
    assert count_sentence(rows) == "4 differences: 1 breaks both, 2 compatible, 1 information."
    assert count_sentence([row(grade="compatible")]) == "1 difference: 1 compatible."
    assert count_sentence([]) == "No differences."


def test_what_is_of_encoding_alone_is_counted_apart() -> None:
    spelt = Difference("encoding", "PID-3", "B", "7^", "7", "separators")
    assert count_sentence([spelt]) == "No differences of content. Besides, 1 of encoding alone."
    assert count_sentence([row(), spelt]) == "1 difference. Besides, 1 of encoding alone."
    assert "  encoding  PID-3 B separators  7^ → 7" in to_text("L", "R", [spelt])


def test_where_nothing_is_graded_no_grade_is_told() -> None:
    rows = [row("PID-5", "a", "b"), row("PID-8", None, "F")]
    assert count_sentence(rows) == "2 differences."
    assert count_sentence(rows[:1]) == "1 difference."
    assert "information" not in to_text("L", "R", rows)
    assert "PID\n  changed  PID-5 B  a → b" in to_text("L", "R", rows)
    page = to_html("L", "R", rows)
    assert 'name="grade"' not in page
    assert '<td class="grade information">added</td>' in page


def test_text_groups_rows_under_the_place_that_holds_them() -> None:
    rows = [row("rest[a.b].x[u]", grade="breaks-sender"), row("rest[a.b].yy", None, "z"), row("top", "q", None)]
    assert to_text("L", "R", rows).splitlines()[3:] == [
        "3 differences: 1 breaks sender, 2 information.",
        "",
        "rest[a.b]",
        "  breaks sender    changed  x[u]  1 → 2",
        "                            Because.",
        "  information      added    yy    z",
        "                            Because.",
        "",
        "  information      removed  top  q",
        "                            Because.",
    ]


def test_text_keeps_addresses_whole_and_lines_short() -> None:
    address = "https://ehr.example.org/" + "a" * 90
    text = to_text("L", "R", [row(left=f"one two {address}", right="3 " * 80)], width=80)
    assert address in text
    assert max(len(line) for line in text.splitlines() if address not in line) <= 80
    assert len(to_text("L", "R", [row(left="x" * 10_000_000)])) < 5_000


@pytest.mark.parametrize("evil", ["\x1b[31mred", "a\x9b2J", "b\r\x07", "\u202eabc", "\x00"])
def test_what_a_server_says_cannot_steer_a_terminal(evil: str) -> None:
    text = to_text(evil, "R", [row(path=f"a.{evil}", left=evil)])
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


@pytest.mark.parametrize("formula", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", " =1", "|calc"])
def test_csv_never_starts_a_formula(formula: str) -> None:
    lines = list(csv.reader(io.StringIO(to_csv("L", formula, [row(path=formula, left=formula)]), newline="")))
    assert lines[1][0].startswith("'")
    assert lines[1][3].startswith("'")
    assert lines[0][4].startswith("right: ")


def test_csv_keeps_numbers_and_quotes_what_it_must() -> None:
    made = to_csv("L", "R", [row(left="-1.50", right='a,"b"\nc')])
    (_, line) = csv.reader(io.StringIO(made, newline=""))
    assert line == ["a.b", "value", "changed", "-1.50", 'a,"b"\nc', "information", "Because.", "B"]
    assert made.endswith("\r\n")


def test_the_page_escapes_what_it_shows_and_loads_nothing() -> None:
    evil = "<script>alert(1)</script>\"'&"
    page = to_html(evil, "R", [row(path=evil, left=evil)])
    assert "<script>alert" not in page
    assert not re.search(r"(?:src|href)=", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count("<script>") == 1


def test_the_page_can_be_filtered_by_the_grades_it_has() -> None:
    page = to_html("L", "R", [row(), row(grade="breaks-sender")])
    assert re.findall(r'name="grade" value="([\w-]+)"', page) == ["breaks-sender", "information"]
    assert "<form" not in to_html("L", "R", [])


def test_five_thousand_rows_make_a_page_quickly() -> None:
    grades = list(GRADE_WORDS)
    rows = [row(f"a[{n // 3}].b", "x" * 50, "y" * 50, grades[n % 5]) for n in range(5_000)]
    started = time.process_time()
    page = to_html("L", "R", rows)
    assert time.process_time() - started < 3
    assert len(page) < 4_000_000


def test_a_huge_value_is_shortened_on_the_page_alone() -> None:
    rows = [row(left="x" * 100_000)]
    assert len(to_html("L", "R", rows)) < 20_000
    assert "x" * 100_000 in to_csv("L", "R", rows)
    assert "x" * 100_000 in json.dumps(to_json_value("L", "R", rows))


def test_a_place_is_written_once_wherever_its_rows_stand() -> None:
    lines = to_text("L", "R", [row("P.a"), row("P.x.b"), row("P.c")]).splitlines()
    assert [line for line in lines if line in ("P", "P.x")] == ["P", "P.x"]
