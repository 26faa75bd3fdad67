"""TextCheck: what a check of a text has to say, one that may still be being written, with the place of each issue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.issue import Issue
from workbench.workspace.check_choices import CheckChoice


@dataclass(frozen=True, slots=True)
class TextCheck:
    """`lengths` tells of each issue how many characters its place has, 0 where it has none.

    `against` names what it was held against. A text that is neither resource nor message is `other`, and a fault in its
    writing the one issue; of NDJSON, `type` is that of the first line. `is_cut` tells that there was more to say; what
    is left out weighs no more than what is here.
    """

    kind: Literal["empty", "other", "resource", "message"]
    format: Literal["json", "xml", "ndjson"] = "json"
    release: str = ""
    type: str = ""
    against: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    lengths: tuple[int, ...] = ()
    is_cut: bool = False


def check_text(text: str, choice: CheckChoice) -> TextCheck:
    """Return what there is to say of `text` as a resource; the rules are loaded where it is called first."""
    from workbench.workspace.text_judge import judge_text

    return judge_text(text, choice)
