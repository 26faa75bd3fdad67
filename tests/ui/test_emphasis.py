"""Which characters of two values differ."""

from __future__ import annotations

from time import thread_time

import pytest

from ui.widgets.emphasis import find_differing_spans, to_emphasised_html


@pytest.mark.parametrize(
    ("left", "right", "spans"),
    [
        ("OKAFOR", "OKAFFOR", ((), ((4, 5),))),
        ("abc", "abc", ((), ())),
        ("", "x", ((), ((0, 1),))),
        ("20260101", "20270102", (((3, 4), (7, 8)), ((3, 4), (7, 8)))),
        ("preferred", "required", (((0, 9),), ((0, 8),))),
        ("aa", "aaa", ((), ((2, 3),))),
        ("observation-vitalsignresult", "us-core-vital-signs", (((0, 27),), ((0, 19),))),
    ],
)
def test_the_differing_characters_are_found(left: str, right: str, spans: object) -> None:
    assert find_differing_spans(left, right) == spans


def test_a_megabyte_that_differs_at_two_places_takes_no_time() -> None:
    left = "A" * 500_000 + "B" + "A" * 500_000 + "C"
    right = "A" * 500_000 + "D" + "A" * 500_000 + "E"
    started = thread_time()
    assert find_differing_spans(left, right) == (((500_000, 1_000_002),), ((500_000, 1_000_002),))
    assert thread_time() - started < 0.5


def test_a_value_is_shown_as_text_never_as_markup() -> None:
    html = to_emphasised_html("<b>&</b>", ((3, 4),), ground="#fff")
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "underline" in html


def test_what_is_too_long_to_show_is_counted() -> None:
    assert "… 5,000 more characters" in to_emphasised_html("x" * 25_000, (), ground="#fff")


def test_a_place_far_within_a_value_is_shown_with_what_stands_before_it() -> None:
    left, right = "x" * 1_000_000 + "A" + "y" * 1_000_000, "x" * 1_000_000 + "y" * 1_000_000
    spans = find_differing_spans(left, right)
    shown = [
        to_emphasised_html(text, each, ground="#fff", around=1_000_000)
        for text, each in zip((left, right), spans, strict=True)
    ]
    assert all(
        html.startswith('<div style="white-space:pre-wrap"><i>999,600 characters before …</i>') for html in shown
    )
    assert ">A</span>" in shown[0]
    assert all(len(html) < 25_000 for html in shown)
    assert "… 980,401 more characters" in shown[0]


def test_a_value_that_ends_before_the_place_shows_its_end() -> None:
    html = to_emphasised_html("x" * 30_000, (), ground="#fff", around=90_000)
    assert "29,600 characters before …" in html
