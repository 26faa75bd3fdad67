"""Words for how a check came out: a verdict with a few words for the edge of an editor, and the whole of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.models.problem_model import count_weights

if TYPE_CHECKING:
    from workbench.workspace.text_check import TextCheck


def sum_up(check: TextCheck) -> tuple[str, str, str]:
    """Verdict, words and detail; what could not be decided is said before anything is called valid."""
    if check.kind == "empty":
        return "", "", ""
    if check.kind == "other":
        return "fail", "Not readable", f"{check.issues[0].message} Nothing else could be checked."
    counts = count_weights(check.issues)
    errors, undecided, warnings = counts["error"], counts["undecided"], counts["warning"]
    held = f"Held against {_in_words(check.against)}."
    told = [_count(errors, "error", "errors"), _count(warnings, "warning", "warnings")]
    told.append(f"{undecided:,} not decidable here" if undecided else "")
    more = " There is more to say; these weigh most." if check.is_cut else ""
    detail = f"{held} {', '.join(part for part in told if part) or 'No problem found'}.{more}"
    if errors:
        return "fail", _count(errors, "error", "errors") + (" or more" if check.is_cut else ""), detail
    if undecided:
        return "undecided", f"Not decidable: {undecided:,}", detail
    warned = f" · {_count(warnings, 'warning', 'warnings')}" if warnings else ""
    return "pass", f"Valid against {_in_words(check.against, most=1)}{warned}", detail


def _in_words(names: tuple[str, ...], most: int = 6) -> str:
    rest = len(names) - most
    shown = ", ".join(names[:most])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}" if number else ""
