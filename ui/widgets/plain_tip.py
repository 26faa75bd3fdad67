"""Plain tips: texts for tool tips that Qt would take for markup where they hold a tag, such as a narrative's."""

from __future__ import annotations

import html
import re


def plain_tip(text: str) -> str:
    """What shows as `text` in a tool tip, letter by letter."""
    if "<" not in text or re.search(r"<[A-Za-z!/?]", text) is None:
        return text
    return f"<qt>{html.escape(text).replace(chr(10), '<br>')}</qt>"
