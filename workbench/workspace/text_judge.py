"""Judging of a text that may still be being written: read, held against the rules, each issue put at its place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from workbench.definitions.definitions import Definitions
from workbench.definitions.release import Release
from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.issue import Issue
from workbench.source.source import Source, parse_source
from workbench.validation.second_opinion import ask_second_opinion
from workbench.validation.validator import Validator
from workbench.workspace.check_choices import CheckChoice
from workbench.workspace.known_definitions import known_definitions
from workbench.workspace.release_evidence import find_release_evidence
from workbench.workspace.text_check import TextCheck

# More than anybody reads in one go, and little enough for a list to take at once; the gravest are kept.
MOST_ISSUES = 1000
_MOST_FOUND = 10 * MOST_ISSUES


def judge_text(text: str, choice: CheckChoice) -> TextCheck:
    """Return what there is to say of `text` as a resource."""
    if not text.strip():
        return TextCheck("empty")
    definitions = definitions_for(text, choice)
    try:
        source = parse_source(text, definitions)
    except WorkbenchError as error:
        return _refuse(error, text)
    return _check_source(source, definitions, choice)


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


def _check_source(source: Source, definitions: Definitions, choice: CheckChoice) -> TextCheck:
    resource = source.value
    named = (choice.profile,) if choice.profile else ()
    judged = _validator_of(definitions).validate(resource, profiles=named, most_issues=_MOST_FOUND)
    second = ask_second_opinion(resource, definitions.release) if choice.second_opinion else ()
    found = (*source.issues, *judged, *second)
    issues = tuple(source.locate(issue) for issue in sorted(found, key=_weigh)[:MOST_ISSUES])
    spans = [source.span_of(issue.path) for issue in issues]
    return TextCheck(
        kind="resource",
        format=source.format,
        release=definitions.release.name,
        type=str(resource["resourceType"]),
        against=_name_judges(resource, named, definitions),
        issues=issues,
        lengths=tuple(span.length if span is not None else 0 for span in spans),
        is_cut=len(found) > MOST_ISSUES,
    )


def _weigh(issue: Issue) -> int:
    return 0 if issue.is_error else 1 if issue.severity == "warning" or issue.is_undecided else 2


@lru_cache(maxsize=4)
def _validator_of(definitions: Definitions) -> Validator:
    """A validator keeps what it has compiled, so that the next check of the same kind is quick."""
    return Validator(definitions)


def _refuse(error: WorkbenchError, text: str) -> TextCheck:
    sentence = " ".join(filter(None, (error.message, error.hint)))
    issue = Issue("fatal", "structure", sentence, line=error.line or 1, column=error.column or 1)
    return TextCheck("other", "xml" if text.lstrip()[:1] == "<" else "json", issues=(issue,), lengths=(1,))


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
