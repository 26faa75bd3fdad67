"""Web pages can be read by everybody: their colours keep their contrast."""

from __future__ import annotations

import pytest

from workbench.exchange import Request
from workbench.sandbox.web_page import ACCENTS, FORM_LIMIT, is_cross_site, read_form

TYPE = ("Content-Type", "application/x-www-form-urlencoded")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(left: str, right: str) -> float:
    light, dark = sorted((luminance(left), luminance(right)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("accent", ACCENTS)
def test_white_text_on_a_sites_colour_can_be_read(accent: str) -> None:
    assert contrast(accent, "#ffffff") >= 4.5
    assert contrast(accent, "#f3f5f7") >= 4.5


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), False),
        ((("Origin", "http://127.0.0.1:80"),), False),
        ((("Origin", "http://127.0.0.1:81"),), True),
        ((("Origin", "https://127.0.0.1:80"),), True),
        ((("Origin", "null"),), True),
        ((("Sec-Fetch-Site", "none"),), False),
        ((("Sec-Fetch-Site", "same-origin"), ("Origin", "null")), False),
        ((("Sec-Fetch-Site", "cross-site"),), True),
        ((("Sec-Fetch-Site", ""), ("Origin", "http://127.0.0.1:80")), False),
    ],
)
def test_a_post_from_another_site_is_known(headers: tuple[tuple[str, str], ...], expected: bool) -> None:
    request = Request("POST", "http://127.0.0.1:80/auth/sign-in", (("Host", "127.0.0.1:80"), *headers))
    assert is_cross_site(request) is expected


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ((TYPE,), b"a=1&a=2&b=", [("a", "1"), ("a", "2"), ("b", "")]),
        (((TYPE[0], TYPE[1] + "; charset=UTF-8"),), b"a=%C3%BC", [("a", "ü")]),
        ((("Content-Type", "text/plain"),), b"a=1", []),
        ((), b"a=1", []),
        ((TYPE,), b"a=" + b"x" * FORM_LIMIT, []),
        ((TYPE,), b"a&" * 2000, []),
        ((TYPE,), b"\xff\x00", [("\ufffd\x00", "")]),
    ],
)
def test_a_form_is_read_and_what_is_none_is_empty(
    headers: tuple[tuple[str, str], ...], body: bytes, expected: list[tuple[str, str]]
) -> None:
    assert read_form(Request("POST", "http://127.0.0.1/x", headers, body)) == expected
