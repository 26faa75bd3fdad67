"""Write-back: whether a site takes a resource that is written to it, by the rules of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.errors import WorkbenchError
from workbench.issue import Issue
from workbench.site.access import explain_note_road
from workbench.site.site import Site, WriteRule


def judge_write(site: Site, resource: dict[str, Any]) -> tuple[Issue, ...]:
    """What the site holds against `resource`; it is taken where no Issue is an error.

    The structure of the resource is judged elsewhere; whatever its shape, this answers. A rule that cannot be
    evaluated on the resource is a warning: it neither held nor failed.
    """
    type_name = str(resource.get("resourceType", ""))
    issues: list[Issue] = []
    if type_name == "DocumentReference":
        issues += _judge_note(site, resource)
    rules = site.fhir.find_resource(type_name)
    for rule in rules.write_rules if rules else ():
        issues += _judge_rule(rule, resource, type_name)
    return tuple(issues)


def _judge_rule(rule: WriteRule, resource: dict[str, Any], type_name: str) -> Iterator[Issue]:
    from workbench.fhirpath.expression import is_true

    try:
        if not is_true(resource, rule.expression):
            yield Issue("error", "business-rule", rule.message, path=type_name, rule=rule.expression)
    except WorkbenchError as error:
        message = f"A rule of the site could not be evaluated, so it was not applied. {error.message}"
        yield Issue("warning", "exception", message, path=type_name, rule=rule.expression)


def _judge_note(site: Site, resource: dict[str, Any]) -> Iterator[Issue]:
    if road := explain_note_road(site):
        yield Issue("error", "not-supported", road, path="DocumentReference", rule="note.road")
        return
    if not site.note.formats:
        return
    for place, media_type in _media_types(resource):
        if media_type.partition(";")[0].strip().lower() not in site.note.formats:
            what = f"a note as {media_type}" if media_type else "a note that does not say its format"
            message = f"{site.name} does not take {what}. Formats taken: {', '.join(site.note.formats)}."
            yield Issue("error", "not-supported", message, path=place, rule="note.formats")


def _media_types(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    contents = resource.get("content")
    for index, content in enumerate(contents if isinstance(contents, list) else ()):
        attachment = content.get("attachment") if isinstance(content, dict) else None
        media_type = attachment.get("contentType") if isinstance(attachment, dict) else None
        place = f"DocumentReference.content[{index}].attachment.contentType"
        yield place, media_type if isinstance(media_type, str) else ""
