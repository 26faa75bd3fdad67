"""Judgement of HL7 v2 messages: what a site's rules have against one, as the reasons of its acknowledgment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from workbench.conformance.profile_judge import judge_profile
from workbench.documents.judge import find_faults
from workbench.documents.media_type import TEXT, UNKNOWN, media_type_of_words
from workbench.hl7v2.acknowledgment import AcknowledgmentError, AnswerCode
from workbench.hl7v2.dictionary import load_dictionary
from workbench.hl7v2.message import Message
from workbench.hl7v2.segment import Segment
from workbench.hl7v2.times import to_iso_time
from workbench.issue import Issue
from workbench.site.site import MessageRule, Site

REGISTERING = ("ADT^A01", "ADT^A04", "ADT^A05", "ADT^A28")
_TIMES = ("PID-7.1", "PV1-44.1", "PV1-45.1", "OBR-7.1", "OBX-14.1", "TXA-4.1", "TXA-6.1")
_PLACE = re.compile(r"[A-Z][A-Z0-9]{2}(?:\[\d+\])?(?:-\d+.*)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def judge_message(
    site: Site, message: Message, *, knows_patient: Callable[[str], bool] | None = None
) -> tuple[AcknowledgmentError, ...]:
    """The reasons against `message`, none where the site takes it; `decide_code` gives the acknowledgment code.

    What stands in the header decides first (AR); only then is the content read (AE). `knows_patient` tells whether
    a medical record number is registered; without it nobody is unknown.
    """
    refused = tuple(_judge_header(site, message))
    rule = site.hl7v2.find_message(message.type_name)
    if refused or rule is None:
        return refused
    missing = tuple(_judge_required(site, message, rule))
    asked = _join(missing, _judge_profile(message, rule))
    if missing:
        return asked
    content = _join(asked, (*_judge_content(message), *_judge_document(site, message, rule)))
    return content or tuple(_judge_patient(site, message, knows_patient))


def find_medical_record_number(site: Site, message: Message) -> str | None:
    """The number in PID-3 that this site assigned: by its authority, else one that names no authority."""
    patient = next(iter(message.find_segments("PID")), None)
    identifiers = patient.find_field(3) if patient else None
    nameless = None
    for repetition in identifiers.repetitions if identifiers else ():
        at = f"PID-3[{repetition.number}]"
        value, authority = message.get(f"{at}.1.1"), message.get(f"{at}.4.1")
        if value and authority == site.hl7v2.assigning_authority:
            return value
        if value and not authority and not message.get(f"{at}.4.2"):
            nameless = nameless or value
    return nameless


def _reason(location: str, code: str, text: str, answer: AnswerCode = "AE") -> AcknowledgmentError:
    return AcknowledgmentError(location, code, "E", text, answer)


def _judge_header(site: Site, message: Message) -> Iterator[AcknowledgmentError]:
    rules = site.hl7v2
    kind, event = message.get("MSH-9.1") or "", message.get("MSH-9.2") or ""
    taken = [rule.message for rule in rules.messages]
    if message.type_name not in taken:
        if kind not in {name.split("^")[0] for name in taken}:
            said = f"“{kind}” is not a message type that {site.name} takes" if kind else "MSH-9 names no message type"
            yield _reason("MSH-9.1", "200", f"{said}; it takes {_listed(taken)}.", "AR")
        else:
            same = [name for name in taken if name.startswith(f"{kind}^")]
            said = f"{site.name} does not take {kind}^{event}" if event else "MSH-9.2 names no trigger event"
            yield _reason("MSH-9.2", "201", f"{said}; of {kind} it takes {_listed(same)}.", "AR")
    processing = message.get("MSH-11.1")
    if processing not in ("P", "T", "D"):
        said = f"“{processing}” in MSH-11 is no processing ID" if processing else "MSH-11 has no processing ID"
        yield _reason("MSH-11.1", "202", f"{said}; it is P, T or D.", "AR")
    if rules.versions and message.version not in rules.versions:
        said = f"MSH-12 says {message.version}" if message.version else "MSH-12 says none"
        yield _reason("MSH-12.1", "203", f"{site.name} takes HL7 v{_listed(rules.versions)}, and {said}.", "AR")


def _judge_required(site: Site, message: Message, rule: MessageRule) -> Iterator[AcknowledgmentError]:
    for path in ("MSH-10", *rule.required):
        if any(value != '""' for value in message.get_all(path)):
            continue
        segment = path.split("-")[0]
        if not message.find_segments(segment):
            yield _reason(segment, "100", f"{rule.message} needs a {segment} segment at {site.name}, and has none.")
            continue
        name = load_dictionary(message.version or site.hl7v2.version).name_of(path)
        yield _reason(path, "101", f"{path} {name} is required for {rule.message} at {site.name}.".replace("  ", " "))


def _judge_profile(message: Message, rule: MessageRule) -> tuple[AcknowledgmentError, ...]:
    """What the site's profile refuses; its warnings are for who validates, and refuse nothing."""
    issues = judge_profile(message, rule.profile) if rule.profile else ()
    return tuple(to_reason(issue) for issue in issues if issue.is_error)


def to_reason(issue: Issue) -> AcknowledgmentError:
    """An issue as the reason of an acknowledgment, with the condition of table 0357 that comes nearest to it."""
    place = issue.path.rpartition("/")[2]
    found = _PLACE.fullmatch(place)
    is_segment = found is not None and "-" not in place
    if issue.code == "required":
        code = "101" if found and not is_segment else "100"
    elif issue.code == "structure":
        code = "102" if found and not is_segment else "100"
    else:
        code = "103" if issue.code == "code-invalid" else "102"
    return _reason(place if found else "", code, issue.message)


def _join(
    first: tuple[AcknowledgmentError, ...], more: tuple[AcknowledgmentError, ...]
) -> tuple[AcknowledgmentError, ...]:
    """The reasons of both; of one place, or of a place within it, what was said first."""
    said = [reason.location for reason in first]
    return (*first, *(reason for reason in more if not any(_is_one_place(reason.location, place) for place in said)))


def _is_one_place(place: str, other: str) -> bool:
    """Whether one is the other, or a part of it."""
    longer, shorter = sorted((place, other), key=len, reverse=True)
    return (
        bool(shorter) and longer.startswith(shorter) and longer[len(shorter) : len(shorter) + 1] in ("", "-", ".", "[")
    )


def _judge_content(message: Message) -> Iterator[AcknowledgmentError]:
    for path in _TIMES:
        segment, place = path.split("-")
        for ordinal, _ in enumerate(message.find_segments(segment), 1):
            at = f"{segment}[{ordinal}]-{place}" if ordinal > 1 else path
            value = message.get(at)
            if value and value != '""' and to_iso_time(value) is None:
                yield _reason(at, "102", f"“{value}” in {at} is no date or time.")
    for segment_ in message.find_segments("OBX"):
        yield from _judge_observation(message, segment_)


def _judge_observation(message: Message, segment: Segment) -> Iterator[AcknowledgmentError]:
    at = _name_of(segment) + "-5"
    kind, value = message.get(f"OBX[{segment.ordinal}]-2"), message.get(at)
    if kind == "NM" and value and value != '""' and not _NUMBER.fullmatch(value.strip()):
        yield _reason(at, "102", f"“{value}” in {at} is no number, and OBX-2 says NM.")


def content_type_of(message: Message, segment: Segment) -> str | None:
    """The media type of what OBX-5 holds, or None where it is no document (2.5.1, 2.A.24; table 0291)."""
    at = f"OBX[{segment.ordinal}]"
    kind = message.get(f"{at}-2")
    if kind in ("TX", "FT", "ST"):
        return TEXT
    if kind != "ED":
        return None
    return media_type_of_words(*(message.get(f"{at}-5[1].{number}") or "" for number in (2, 3))) or UNKNOWN


def _judge_document(site: Site, message: Message, rule: MessageRule) -> Iterator[AcknowledgmentError]:
    """A document has content that can be read, in a format that the site takes by this road."""
    if "DocumentReference" not in rule.makes:
        return
    is_notification = message.get("MSH-9.1") == "MDM"
    segments = [segment for segment in message.find_segments("OBX") if is_notification or _is_encapsulated(segment)]
    kinds = [(segment, content_type_of(message, segment)) for segment in segments]
    if is_notification and not any(kind for _, kind in kinds):
        yield _reason("OBX-2", "103", "No OBX segment holds a document: OBX-2 must be TX, FT, ST or ED in one of them.")
        return
    form = site.note.form
    for fault in find_faults(message, form):
        if fault.severity == "error" and not fault.is_of_text:
            code = {"required": "101", "code-invalid": "103"}.get(fault.code, "102")
            yield _reason(fault.path.replace("[1]", ""), code, f"{fault.cause} {fault.remedy}")
    formats = site.note.message_formats
    for segment, kind in kinds if formats else ():
        if kind is not None and kind not in formats:
            at = _name_of(segment) + "-5"
            text = f"{at} is {kind}, and {site.name} takes notes as {_listed(formats)}."
            yield _reason(at, "102", text)


def _is_encapsulated(segment: Segment) -> bool:
    part = segment.find_field(2)
    return part is not None and part.text == "ED"


def _judge_patient(
    site: Site, message: Message, knows_patient: Callable[[str], bool] | None
) -> Iterator[AcknowledgmentError]:
    if not message.find_segments("PID"):
        return
    number = find_medical_record_number(site, message)
    if number is None:
        authority = site.hl7v2.assigning_authority
        yield _reason(
            "PID-3", "204", f"PID-3 has no medical record number of {site.name} (PID-3.4 is not {authority})."
        )
    elif knows_patient is None or site.hl7v2.unknown_patient == "create" or message.type_name in REGISTERING:
        return
    elif not knows_patient(number):
        text = f"No patient with medical record number {number} is registered at {site.name}."
        yield _reason("PID-3.1", "204", text)


def _name_of(segment: Segment) -> str:
    return segment.name if segment.ordinal == 1 else f"{segment.name}[{segment.ordinal}]"


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
