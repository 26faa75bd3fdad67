from __future__ import annotations

import xml.etree.ElementTree as ET

from workbench.plain_text import for_xml, printable, tell_count, with_article, wrap_words


def test_what_moves_a_cursor_is_replaced_and_lines_become_one() -> None:
    assert printable("a\x1b[31mb\x07\u202ec") == "a\ufffd[31mb\ufffd\ufffdc"
    assert printable("one\n  two\tthree") == "one two three"


def test_a_number_of_things_is_told_with_their_plural() -> None:
    assert [tell_count(count, "file") for count in (0, 1, 2000)] == ["0 files", "1 file", "2,000 files"]


def test_what_no_xml_can_hold_is_replaced() -> None:
    text = "".join(map(chr, range(0x80))) + "\ud800\ufffe é 😀"
    parsed = ET.fromstring(f"<a>{for_xml(text).translate({38: '&amp;', 60: '&lt;'})}</a>")  # noqa: S314  # our own text
    assert parsed.text is not None and parsed.text.endswith("\ufffd\ufffd é 😀")


def test_long_words_stay_whole_and_long_texts_end_in_an_ellipsis() -> None:
    address = "https://example.org/" + "a" * 60
    assert wrap_words(f"See {address} now", 30, 5) == ["See", address, "now"]
    assert wrap_words("word " * 100, 20, 2)[-1].endswith("…")
    assert wrap_words("", 20, 2) == [""]


def test_the_article_follows_the_sound_of_a_type() -> None:
    said = [
        with_article(name) for name in ("Patient", "Observation", "Extension", "uri", "UsageContext", "unsignedInt")
    ]
    assert said == ["a Patient", "an Observation", "an Extension", "a uri", "a UsageContext", "an unsignedInt"]
