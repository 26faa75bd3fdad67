"""Access: whether a site offers an interaction at all, whoever asks, and in words why not."""

from __future__ import annotations

from workbench.issue import Issue
from workbench.site.site import Site

_SYSTEM = ("batch", "transaction")
_NOTE_WRITES = ("create", "update")
_WORDS = {
    "read": "read",
    "vread": "read in an earlier version",
    "update": "changed",
    "delete": "deleted",
    "history-instance": "asked for their history",
    "create": "created",
    "search-type": "searched",
}


def judge_interaction(site: Site, resource_type: str, interaction: str) -> Issue | None:
    """None where the site offers `interaction`, else an Issue with code `not-supported` that names what it does offer.

    `interaction` is a FHIR R4 restful-interaction code; `resource_type` is empty for `batch`, `transaction` and
    `capabilities`.
    """
    if interaction == "capabilities":
        return None
    if interaction in _SYSTEM:
        offered = interaction in site.fhir.system_interactions
        return None if offered else _refuse(site, "", f"{site.name} does not take a {interaction} of several requests.")
    rules = site.fhir.find_resource(resource_type)
    if rules is None:
        served = ", ".join(each.type for each in site.fhir.resources) or "nothing"
        return _refuse(site, resource_type, f"{site.name} does not serve {resource_type}. It serves {served}.")
    if interaction in rules.interactions:
        return None
    if resource_type == "DocumentReference" and interaction in _NOTE_WRITES and (road := explain_note_road(site)):
        return _refuse(site, resource_type, road)
    word = _WORDS.get(interaction)
    what = f"{resource_type} cannot be {word}" if word else f"{resource_type} has no interaction “{interaction}”"
    offered_here = ", ".join(rules.interactions) or "none"
    return _refuse(site, resource_type, f"{what} at {site.name}. Interactions offered for it: {offered_here}.")


def explain_note_road(site: Site) -> str:
    """A sentence that names the road a clinical note takes at the site; empty where the road is FHIR."""
    if site.note.road == "fhir":
        return ""
    if site.note.road == "none":
        return f"{site.name} takes no clinical notes from outside."
    message = next(iter(site.document_messages), "MDM^T02")
    return (
        f"{site.name} takes clinical notes only by HL7 v2: send the note as {message} "
        f"(version {site.hl7v2.version}) in place of a DocumentReference."
    )


def _refuse(site: Site, path: str, message: str) -> Issue:
    return Issue("error", "not-supported", message, path=path, rule=f"site {site.id}")
