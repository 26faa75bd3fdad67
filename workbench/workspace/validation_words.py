"""Words of a validation: its files, issues and sum as lines of text for people.

What is undecided is gathered by what stands in the way, after all files, so that it buries no error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from workbench.issue import Issue
from workbench.plain_text import printable, tell_count, wrap_words
from workbench.workspace.validation_input import MESSAGE_ENDINGS
from workbench.workspace.validation_result import FileResult, count_issues

_WORDS = ("fatal", "error", "warning", "information", "undecided")
_MOST_CAUSES = 8
_FIRST_PLACES = 3
_IN_PART = "without an error but undecided in part"
_FAILED = "could not be judged"


def file_lines(result: FileResult, *, width: int = 100, whole: bool = False) -> Iterator[str]:
    """`patient.json: 1 error`, and below it each issue with its place, its path and what asks for it.

    What is undecided is counted alone where it is not told as a `whole`.
    """
    yield f"{printable(result.file)}: {verdict_words(result)}"
    issues = [issue for issue in result.issues if whole or not issue.is_undecided]
    places = [_place(issue) for issue in issues]
    place_width = max((len(place) for place in places), default=0)
    severities = [_severity(issue) for issue in issues]
    severity_width = max((len(severity) for severity in severities), default=0)
    for issue, place, severity in zip(issues, places, severities, strict=True):
        head = f"  {place:>{place_width}}  {severity:<{severity_width}}  "
        yield from _issue_lines(issue, head, width)
    if result.more:
        yield f"  … and {result.more:,} more."


def verdict_words(result: FileResult) -> str:
    """`valid`, `2 errors, 1 warning` or why it could not be judged."""
    if result.failure:
        return f"could not be judged. {printable(result.failure)}"
    said = _count_words(result.counts)
    if not result.valid:
        return said
    if result.counts["undecided"]:
        return f"no error, but {said}"
    return f"valid, {said}" if said else "valid"


def summary_lines(results: Sequence[FileResult]) -> Iterator[str]:
    """How many files of how many resources and messages are valid, and which release they were held against."""
    held = Counter(_verdict(result) for result in results)
    parts = [f"{held['valid']:,} valid", f"{held['invalid']:,} invalid"]
    parts += [f"{held[word]:,} {word}" for word in (_IN_PART, _FAILED) if held[word]]
    counts = count_issues(issue for result in results for issue in result.issues)
    said = f" ({_count_words(counts)})" if _count_words(counts) else ""
    yield f"{tell_count(len(results), 'file')}, {_held_words(results)}: {', '.join(parts)}{said}."
    yield from _against_lines(results)


def undecided_lines(results: Sequence[FileResult], *, width: int = 100) -> Iterator[str]:
    """What could not be decided, the most frequent cause first, each with its first places; nothing where all was."""
    found: dict[str, list[tuple[str, Issue]]] = {}
    for result in results:
        for issue in result.issues:
            if issue.is_undecided:
                found.setdefault(issue.cause or issue.message, []).append((result.file, issue))
    if not found:
        return
    yield "Undecided, which counts neither as valid nor as wrong (--verbose lists every place):"
    by_count = sorted(found.items(), key=lambda each: -len(each[1]))
    for cause, places in by_count[:_MOST_CAUSES]:
        yield from _cause_lines(cause, places, width, several=len(results) > 1)
    if less := by_count[_MOST_CAUSES:]:
        count = sum(len(places) for _, places in less)
        yield f"  … and {tell_count(len(less), 'other cause')}, at {tell_count(count, 'place')}."
    yield ""


def _held_words(results: Sequence[FileResult]) -> str:
    """`2 resources`, `3 messages`, or both."""
    messages = sum(result.resources for result in results if _is_of_messages(result))
    resources = sum(result.resources for result in results) - messages
    words = [tell_count(messages, "message")] if messages else []
    return " and ".join([tell_count(resources, "resource"), *words] if resources or not messages else words)


def _is_of_messages(result: FileResult) -> bool:
    """Of a file in which nothing could be read, its name tells."""
    if result.against is None:
        return result.file.lower().endswith(MESSAGE_ENDINGS)
    return result.against.standard == "HL7"


def _cause_lines(cause: str, places: Sequence[tuple[str, Issue]], width: int, *, several: bool) -> Iterator[str]:
    files = len({file for file, _ in places})
    count = tell_count(len(places), "place") + (f" in {tell_count(files, 'file')}" if several else "")
    said = printable(f"{count}: {cause}{_asked_by([issue for _, issue in places])}")
    for at, line in enumerate(wrap_words(said, width - 4, 12)):
        yield ("  " if at == 0 else "    ") + line
    for file, issue in places[:_FIRST_PLACES]:
        at_file = printable(file) if several else ""
        where = ":".join(filter(None, (at_file, _place(issue))))
        yield "      " + "  ".join(filter(None, (where, printable(issue.path), printable(issue.subject))))
    if len(places) > _FIRST_PLACES:
        yield "      …"


def _asked_by(issues: Sequence[Issue]) -> str:
    """The profiles by which one knows what a value set is for, whose own name may be but a number."""
    named = list(dict.fromkeys(_short(issue.profile) for issue in issues if issue.subject and issue.profile))
    more = ", …" if len(named) > _FIRST_PLACES else ""
    return f" (asked by {', '.join(named[:_FIRST_PLACES])}{more})" if named else ""


def _verdict(result: FileResult) -> str:
    if result.failure:
        return _FAILED
    if not result.valid:
        return "invalid"
    return _IN_PART if result.counts["undecided"] else "valid"


def _against_lines(results: Sequence[FileResult]) -> Iterator[str]:
    held = Counter(result.against for result in results if result.against is not None)
    for against, count in held.items():
        files = "" if len(held) == 1 else f", {tell_count(count, 'file')}"
        packages = f", with {', '.join(against.packages)}" if against.packages else ""
        yield f"Held against {against.standard} {against.release}, {against.why}{files}{packages}."
    missing = dict.fromkeys(label for against in held for label in against.missing)
    if missing and any(result.counts["undecided"] for result in results):
        yield f"Not installed, so that what only they could tell is undecided: {', '.join(missing)}."


def _issue_lines(issue: Issue, head: str, width: int) -> Iterator[str]:
    asked = ", ".join(filter(None, (issue.rule, _short(issue.profile))))
    path = printable(issue.path)
    sentence = printable(issue.message) + (f" ({printable(asked)})" if asked else "")
    if path:
        yield head + path
        head = " " * len(head)
    for at, line in enumerate(wrap_words(sentence, max(width - len(head), 40), 12)):
        yield (head if at == 0 else " " * len(head)) + line


def _short(canonical: str) -> str:
    return canonical.rpartition("/")[2]


def _place(issue: Issue) -> str:
    return "" if issue.line is None else f"{issue.line}:{issue.column or 1}"


def _severity(issue: Issue) -> str:
    return "undecided" if issue.is_undecided else issue.severity


def _count_words(counts: Counter[str]) -> str:
    plural = {"error": "s", "warning": "s"}
    parts = [
        f"{counts[word]} {word}{plural.get(word, '') if counts[word] != 1 else ''}" for word in _WORDS if counts[word]
    ]
    return ", ".join(parts)
