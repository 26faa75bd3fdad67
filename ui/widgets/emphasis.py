"""Emphasis: which characters of two values differ, and both values as rich text with those set off."""

from __future__ import annotations

from difflib import SequenceMatcher
from html import escape

Span = tuple[int, int]

# Beyond this the inner differences cost more than they tell: the outer ends are still found.
_CLOSE_LIMIT = 2_000
# Two values that have less in common are other words: single letters that they share tell nothing.
_ALIKE = 0.62
_SHOWN_LIMIT = 20_000
_LEAD = 400
"""Characters that are shown before a place far within a text."""


def find_differing_spans(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The stretches of `left` and of `right` that the other lacks, as half-open spans in order."""
    start = _common_start(left, right)
    end = _common_end(left[start:], right[start:])
    inner_left, inner_right = left[start : len(left) - end], right[start : len(right) - end]
    if max(len(inner_left), len(inner_right)) > _CLOSE_LIMIT:
        return _spans([(start, len(left) - end)]), _spans([(start, len(right) - end)])
    blocks = SequenceMatcher(None, inner_left, inner_right, autojunk=False).get_opcodes()
    alike = sum(last - first for kind, first, last, _, _ in blocks if kind == "equal")
    if 2 * (start + end + alike) < _ALIKE * (len(left) + len(right)):
        start, end = _to_words(left, start, end)
        return _spans([(start, len(left) - end)]), _spans([(start, len(right) - end)])
    changed = [block for block in blocks if block[0] != "equal"]
    return (
        _spans([(start + a, start + b) for _, a, b, _, _ in changed]),
        _spans([(start + c, start + d) for _, _, _, c, d in changed]),
    )


def to_emphasised_html(text: str, spans: tuple[Span, ...], *, ground: str, around: int = 0) -> str:
    """`text` as rich text; the `spans` are bold, underlined and on `ground`, so that colour is not their only mark.

    A long text is shown by the part that holds the place `around`, and what is left out is counted.
    """
    first = 0 if around < _SHOWN_LIMIT // 2 else min(around - _LEAD, max(0, len(text) - _LEAD))
    last = min(len(text), first + _SHOWN_LIMIT)
    mark = f'<span style="background-color:{ground}; font-weight:600; text-decoration:underline">'
    parts, at = [f"<i>{first:,} characters before …</i><br>"] if first else [], first
    for start, end in spans:
        start, end = max(start, first), min(end, last)
        if start < end:
            parts += [_plain(text[at:start]), mark, _plain(text[start:end]), "</span>"]
            at = end
    parts.append(_plain(text[at:last]))
    if last < len(text):
        parts.append(f"<br><i>… {len(text) - last:,} more characters</i>")
    return f'<div style="white-space:pre-wrap">{"".join(parts)}</div>'


def _plain(text: str) -> str:
    return escape(text, quote=False).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "↵<br>")


def _to_words(text: str, start: int, end: int) -> Span:
    """How much before and behind is alike in whole words: of “preferred” and “required” nothing is."""
    while start and text[start - 1].isalnum():
        start -= 1
    while end and text[len(text) - end].isalnum():
        end -= 1
    return start, end


def _spans(found: list[Span]) -> tuple[Span, ...]:
    return tuple(span for span in found if span[0] < span[1])


def _common_start(left: str, right: str) -> int:
    """The length of the longest common prefix, by halving: long values compare in slices, not letter by letter."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(left: str, right: str) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[len(left) - middle : len(left) - low] == right[len(right) - middle : len(right) - low]:
            low = middle
        else:
            high = middle - 1
    return low
