"""Judging of a text that may still be being written: read, held against the rules, each issue put at its place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from io import StringIO
from typing import Any, Literal

from workbench.definitions.definitions import Definitions
from workbench.definitions.release import Release
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.issue import Issue
from workbench.source.ndjson import parse_ndjson
from workbench.source.source import Source, parse_source
from workbench.source.text_form import is_ndjson
from workbench.validation.second_opinion import ask_second_opinion
from workbench.validation.validator import Validator
from workbench.workspace.check_choices import CheckChoice
from workbench.workspace.known_definitions import known_definitions
from workbench.workspace.release_evidence import find_release_evidence
from workbench.workspace.text_check import TextCheck

# More than anybody reads in one go, and little enough for a list to take at once; the gravest are kept.
MOST_ISSUES = 1000
_MOST_FOUND = 10 * MOST_ISSUES
_Placed = tuple[Issue, int]


def judge_text(text: str, choice: CheckChoice) -> TextCheck:
    """Return what there is to say of `text` as a resource."""
    if not text.strip():
        return TextCheck("empty")
    definitions = definitions_for(text, choice)
    if is_ndjson(line.encode(errors="replace") for line in StringIO(text)):
        return _check_lines(text, definitions, choice)
    try:
        source = parse_source(text, definitions)
    except WorkbenchError as error:
        return _refuse(error, text)
    issues = _judge(source, definitions, choice)
    return _make_check(source.format, [source], _place(source, _gravest(issues)), len(issues), definitions, choice)


def definitions_for(text: str, choice: CheckChoice) -> Definitions:
    """Return what `text` is held against, by the choice and else by what it tells of its release."""
    release = choice.release if choice.release or choice.package else _release_told(text)
    return known_definitions(release, choice.package)


def _release_told(text: str) -> str:
    """The release that a text tells of itself; none where it tells of none that is known here."""
    try:
        evidence = find_release_evidence(text.encode(errors="replace"))
    except WorkbenchError:
        return ""
    return evidence[0].key if evidence is not None else ""


def _check_lines(text: str, definitions: Definitions, choice: CheckChoice) -> TextCheck:
    """Each line as a resource of its own; one that cannot be read is an issue among the others."""
    sources, found, count = list[Source](), list[_Placed](), 0
    for number, read in parse_ndjson(text.encode(errors="surrogatepass").split(b"\n"), definitions):
        if isinstance(read, WorkbenchError):
            found.append((_issue_of(read, number), 1))
            count += 1
            continue
        issues = _judge(read, definitions, choice)
        sources.append(read)
        count += len(issues)
        found = _gravest([*found, *_place(read, _gravest(issues))])
    return _make_check("ndjson", sources, found, count, definitions, choice)


def _judge(source: Source, definitions: Definitions, choice: CheckChoice) -> list[_Placed]:
    """All that is found, not yet at its place."""
    named = (choice.profile,) if choice.profile else ()
    judged = _validator_of(definitions).validate(source.value, profiles=named, most_issues=_MOST_FOUND)
    second = ask_second_opinion(source.value, definitions.release) if choice.second_opinion else ()
    return [(issue, 0) for issue in (*source.issues, *judged, *second)]


def _gravest(found: list[_Placed]) -> list[_Placed]:
    return sorted(found, key=lambda each: each[0].rank)[:MOST_ISSUES]


def _place(source: Source, found: list[_Placed]) -> list[_Placed]:
    """The issues at their lines and columns, each with the length of its place."""
    located = [source.locate(issue) for issue, _ in found]
    spans = [source.span_of(issue.path) for issue in located]
    return [(issue, span.length if span is not None else 0) for issue, span in zip(located, spans, strict=True)]


def _make_check(
    form: Literal["json", "xml", "ndjson"],
    sources: list[Source],
    found: list[_Placed],
    count: int,
    definitions: Definitions,
    choice: CheckChoice,
) -> TextCheck:
    named = (choice.profile,) if choice.profile else ()
    judges = [name for source in sources for name in _name_judges(source.value, named, definitions)]
    return TextCheck(
        kind="resource" if sources else "other",
        format=form,
        release=definitions.release.name,
        type=str(sources[0].value["resourceType"]) if sources else "",
        against=tuple(dict.fromkeys(judges)),
        issues=tuple(issue for issue, _ in found),
        lengths=tuple(length for _, length in found),
        is_cut=count > MOST_ISSUES,
    )


@lru_cache(maxsize=4)
def _validator_of(definitions: Definitions) -> Validator:
    """A validator keeps what it has compiled, so that the next check of the same kind is quick."""
    return Validator(definitions)


def _refuse(error: WorkbenchError, text: str) -> TextCheck:
    form: Literal["json", "xml"] = "xml" if text.lstrip()[:1] == "<" else "json"
    return TextCheck("other", form, issues=(_issue_of(error, 1),), lengths=(1,))


def _issue_of(error: WorkbenchError, line: int) -> Issue:
    sentence = " ".join(filter(None, (error.message, error.hint)))
    return Issue("fatal", "structure", sentence, line=error.line or line, column=error.column or 1)


def _name_judges(resource: Json, named: tuple[str, ...], definitions: Definitions) -> tuple[str, ...]:
    """Titles of the profiles that were asked for or are claimed, as far as they are known here; else the base type."""
    asked = dict.fromkeys((*named, *_claimed(resource)))
    known = [structure for structure in map(definitions.structure, asked) if structure is not None]
    titles = dict.fromkeys(f"{each.title or each.name} {each.version}".strip() for each in known)
    return tuple(titles) or (_name_base(resource, definitions.release),)


def _name_base(resource: Json, release: Release) -> str:
    return f"{release.name} {resource['resourceType']}"


def _claimed(value: Any) -> Iterator[str]:
    """The profiles that a resource, its entries and what it contains claim to meet."""
    if not isinstance(value, dict):
        return
    meta = value.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    if isinstance(profiles, list):
        yield from (profile for profile in profiles if isinstance(profile, str))
    entries = value.get("entry")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            yield from _claimed(entry.get("resource"))
    contained = value.get("contained")
    for each in contained if isinstance(contained, list) else ():
        yield from _claimed(each)
