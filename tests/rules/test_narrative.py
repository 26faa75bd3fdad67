from __future__ import annotations

import pytest

from workbench.rules.narrative import find_narrative_faults

START = '<div xmlns="http://www.w3.org/1999/xhtml">'


@pytest.mark.parametrize(
    "inner",
    [
        "<p>Amara <b>Okafor</b><br/></p>",
        "<table border='1'><thead><tr><th colspan='2'>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>",
        "<a href='#x' name='y'>x</a><a href='https://example.org'>y</a>",
        "<img src='#photo' alt='photo'/>",
        "<p style='color: red' class='x' title='t' lang='en' xml:lang='en'>x</p>",
        "<h1>a</h1><ul><li value='2'>b</li></ul><dl><dt>c</dt><dd>d</dd></dl><pre>e</pre><u>f</u>",
        "&lt;script&gt; &#160; &amp;",
        "<!-- a comment -->x",
        "<p data-source='table'>x</p>",
    ],
)
def test_what_is_allowed_has_no_fault(inner: str) -> None:
    assert find_narrative_faults(f"{START}{inner}</div>") == ()


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        (f"{START}x<script>alert(1)</script></div>", "txt-1", "the element “script”"),
        (f"{START}x<form/></div>", "txt-1", "the element “form”"),
        (f"{START}x<iframe/></div>", "txt-1", "the element “iframe”"),
        (f"{START}x<ins>y</ins></div>", "txt-1", "the element “ins”"),
        (f"{START}<p onclick='x'>x</p></div>", "txt-1", "the attribute “onclick” on “p”"),
        (f"{START}<a href='javascript:alert(1)'>x</a></div>", "txt-1", "a script in the attribute “href”"),
        (f"{START}x<svg xmlns='http://www.w3.org/2000/svg'/></div>", "txt-1", "of another namespace"),
        (f"{START}x<?php echo 1 ?></div>", "txt-1", "the processing instruction “php”"),
        (f"{START} \n <p> </p></div>", "txt-2", "no text and no picture"),
        ("<div>x</div>", "xhtml", "on its “div”"),
        ("<div>x<p>y</p><b/></div>", "xhtml", "on its “div”"),
        ('<p xmlns="http://www.w3.org/1999/xhtml">x</p>', "xhtml", "and is “p”"),
        (f"{START}<p>x</div>", "xhtml", "(line 1, column 49 of it): a tag ends another element than"),
        (f"{START}x&nbsp;y</div>", "xhtml", "write &nbsp; as &#160;"),
        (f"{START}x</div><div/>", "xhtml", "more than one element stands side by side"),
        ("", "xhtml", "it ends before its elements do"),
        (f"<!DOCTYPE div>{START}x</div>", "xhtml", "declares a document type"),
        (START + "<p>" * 500 + "x" + "</p>" * 500 + "</div>", "xhtml", "nests deeper than 200 levels"),
    ],
)
def test_a_fault_is_told_in_words(text: str, rule: str, words: str) -> None:
    ((found, said),) = find_narrative_faults(text)
    assert found == rule and words in said


def test_entities_are_refused_before_they_grow() -> None:
    lines = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)]
    bomb = f'<!DOCTYPE div [<!ENTITY a0 "x">{"".join(lines)}]>{START}&a11;</div>'
    ((rule, said),) = find_narrative_faults(bomb)
    assert rule == "xhtml" and "document type" in said
    outside = f'<!DOCTYPE div [<!ENTITY a SYSTEM "file:///etc/passwd">]>{START}&a;</div>'
    assert "document type" in find_narrative_faults(outside)[0][1]


def test_many_faults_of_one_kind_are_told_once_and_of_many_kinds_up_to_a_limit() -> None:
    assert len(find_narrative_faults(f"{START}{'<script/>' * 1000}x</div>")) == 1
    assert len(find_narrative_faults(f"{START}{''.join(f'<x{n}/>' for n in range(1000))}x</div>")) == 20
