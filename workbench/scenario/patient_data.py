"""Patient data: where a scenario is likely to hold what identifies a patient, before it is saved from a remote sandbox.

The kinds are the eighteen of the Safe Harbor method (45 CFR 164.514(b)(2)); values are never repeated in what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_json
from workbench.hl7v2.message import parse_message
from workbench.issue import Issue
from workbench.scenario.scenario import Check, FhirInteraction, Launch, Scenario, SendHl7v2, Step

Found = tuple[str, str]  # the kind, and its path

# HL7 v2 fields by segment: the kind, and the fields that hold it.
_FIELDS: dict[str, dict[str, tuple[int, ...]]] = {
    "PID": {
        "name": (5, 6, 9), "medical record number": (2, 3, 4, 21), "date": (7, 29, 33), "address": (11, 12, 23),
        "phone number": (13, 14, 40), "account number": (18,), "social security number": (19,), "license number": (20,),
    },
    "PD1": {"name": (4,)},
    "NK1": {
        "name": (2, 26, 30), "address": (4, 32), "phone number": (5, 6, 31, 40), "date": (16,),
        "medical record number": (12, 33), "social security number": (37,),
    },
    "GT1": {
        "account number": (2, 19), "name": (3, 4, 16, 42), "address": (5, 17), "phone number": (6, 7, 18, 45),
        "date": (8,), "social security number": (12,),
    },
    "IN1": {
        "health plan number": (2, 8, 36, 49), "name": (6, 16), "date": (18,), "address": (19, 44), "phone number": (7,),
    },
    "IN2": {
        "social security number": (2,), "health plan number": (6, 8, 10, 61), "name": (7, 9, 22, 40, 49, 52),
        "phone number": (58, 63, 64), "medical record number": (26,),
    },
    "MRG": {"medical record number": (1, 2, 4), "account number": (3,), "name": (7,)},
    "PV1": {"account number": (5, 19, 50), "date": (44, 45)},
    "PV2": {"date": (8, 9)},
    "ORC": {"date": (9, 15)},
    "OBR": {"date": (7, 8, 22), "account number": (18,)},
    "OBX": {"date": (14,), "device serial number": (18,)},
    "TXA": {"date": (4, 6, 7)},
    "DG1": {"date": (5,)},
    "AL1": {"date": (6,)},
    "PR1": {"date": (5,)},
    "SCH": {"date": (11,), "phone number": (13, 17)},
    "ACC": {"date": (1,), "address": (2, 11)},
}  # fmt: skip
_FREE_FIELDS = {"OBX": (5,), "NTE": (3,)}
_IDENTIFIER_KINDS = {
    "MR": "medical record number", "MRN": "medical record number", "SS": "social security number",
    "SB": "social security number", "MB": "health plan number", "NIIP": "health plan number", "AN": "account number",
    "VN": "account number", "DL": "license number", "PPN": "license number", "SNO": "device serial number",
    "UDI": "device serial number", "VIN": "vehicle number",
}  # fmt: skip
_TELECOM_KINDS = {"phone": "phone number", "sms": "phone number", "pager": "phone number", "fax": "fax number"}
_TELECOM_KINDS |= {"email": "email address", "url": "web address"}
_DATES = re.compile(
    r"(birthDate|(deceased|effective|onset|abatement|performed|occurrence|multipleBirth)?(DateTime|Instant)|"
    r"\w*(DateTime|Date)|issued|authoredOn|date|start|end|created|sent|received|recorded|timestamp)\Z"
)
_DATE_VALUE = re.compile(r"\d{4}-\d\d-\d\d")
_DEVICE = ("serialNumber", "lotNumber", "deviceIdentifier", "carrierHRF", "carrierAIDC", "distinctIdentifier")
_PROSE = ("div", "text", "comment", "description", "title", "valueString", "valueMarkdown", "diagnostics", "display")
_OTHERS = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Location", "CapabilityStatement", "OperationOutcome"}
)
_PATTERNS = {
    "social security number": re.compile(r"(?<![\d-])(?!000|666|9\d\d)\d{3}-\d\d-\d{4}(?![\d-])"),
    "email address": re.compile(r"[\w.+-]{1,64}@[\w-]{1,60}(\.[\w-]{1,60}){1,4}"),
    "phone number": re.compile(r"(?<![\d.-])(\+?1[ .-]?)?(\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\d-])"),
    "device address": re.compile(r"(?<![\d.])(?!127\.)(\d{1,3}\.){3}\d{1,3}(?![\d.])"),
    "web address": re.compile(
        r"https?://(?!(127\.0\.0\.1|localhost|hl7\.org|loinc\.org|snomed\.info)\b)[\w.-]+/?", re.I
    ),
    "vehicle number": re.compile(r"\b(?=[A-HJ-NPR-Z]*\d)(?=\d*[A-HJ-NPR-Z])[A-HJ-NPR-Z0-9]{17}\b"),
    "medical record number": re.compile(r"\b(MRN|medical record( number)?)\W{0,3}\d{4,}", re.I),
    "account number": re.compile(r"\b(account|acct)( (no|number))?\W{0,3}\d{4,}", re.I),
    "license number": re.compile(
        r"\b(license|licence|certificate)( (no|number|plate))?\W{1,3}(?=\w*\d)[\w-]{4,}", re.I
    ),
    "health plan number": re.compile(r"\b(member|policy|subscriber)( (id|no|number))\W{0,3}(?=\w*\d)\w{4,}", re.I),
    "biometric identifier": re.compile(r"\b(fingerprint|voice ?print|retina(l)? scan|iris scan)\b", re.I),
}
_PARAMETERS = {
    "name": "name", "family": "name", "given": "name", "phonetic": "name", "birthdate": "date", "death-date": "date",
    "phone": "phone number", "email": "email address", "telecom": "phone number", "address": "address",
    "address-city": "address", "address-postalcode": "address", "identifier": "medical record number",
}  # fmt: skip


def find_likely_patient_data(scenario: Scenario) -> tuple[Issue, ...]:
    """A warning for each kind and place in each step, and in the scenario's own texts; `code` is the kind."""
    found: dict[tuple[str, str, str], Issue] = {}
    texts = [("description", scenario.description)]
    texts += [(f"variables.{name}", value) for name, value in scenario.variables]
    texts += [(f"variables.{variant.name}", variant.value) for variant in scenario.variants]
    for place, text in texts:
        for kind in _find_patterns(text):
            found.setdefault(("", kind, place), _warn(kind, place, "The scenario", None))
    for number, step in enumerate(scenario.steps, 1):
        who = f"Step {number} “{step.name}”"
        for kind, path in _find_in_step(step):
            place = re.sub(r"\[\d+\]", "", path)
            found.setdefault((who, kind, place), _warn(kind, path, who, step.line))
    return tuple(found.values())


def _warn(kind: str, path: str, who: str, line: int | None) -> Issue:
    article = "an" if kind[0] in "aeiou" else "a"
    return Issue(
        "warning", kind, f"{who} is likely to hold {article} {kind} in {path}.", path, "Safe Harbor", line=line
    )


def _find_in_step(step: Step) -> Iterator[Found]:
    if isinstance(step, SendHl7v2):
        yield from _find_in_message(step.message)
    elif isinstance(step, FhirInteraction):
        yield from _find_in_path(step.path)
        yield from _find_in_body(step.body)
        yield from ((kind, f"header {name}") for name, value in step.headers for kind in _find_patterns(value))
    elif isinstance(step, Launch):
        yield from ((kind, "the launch") for text in (step.user, step.patient) for kind in _find_patterns(text))
    for check in step.checks:
        yield from _find_in_check(check)


def _find_in_check(check: Check) -> Iterator[Found]:
    values = check.expected if isinstance(check.expected, tuple) else (check.expected,)
    for value in values:
        if check.kind == "body":
            text = str(value)
            yield from _find_in_body(text) if text.lstrip()[:1] in ("{", "[") else _find_in_message(text)
        elif isinstance(value, str) and value and "${" not in value:
            if check.kind == "hl7":
                yield from _find_at_path(check.subject)
            elif check.kind == "fhirpath":
                yield from _find_in_expression(check.subject, value)
            yield from ((kind, check.subject or check.kind) for kind in _find_patterns(value))


def _find_at_path(path: str) -> Iterator[Found]:
    place = re.match(r"([A-Z][A-Z0-9]{2})(?:\[\d+\])?-(\d+)", path)
    for kind, fields in _FIELDS.get(place[1], {}).items() if place else ():
        if place and int(place[2]) in fields:
            yield kind, path


def _find_in_expression(expression: str, value: str) -> Iterator[Found]:
    words = set(re.findall(r"\w+", expression))
    kinds = {"family": "name", "given": "name", "telecom": "phone number", "address": "address"}
    yield from ((kind, expression) for word, kind in kinds.items() if word in words)
    if _DATE_VALUE.match(value) and any(_DATES.match(word) for word in words):
        yield "date", expression


def _find_in_path(path: str) -> Iterator[Found]:
    query = path.partition("?")[2]
    for name, value in parse_qsl(query):
        kind = _PARAMETERS.get(name.partition(":")[0].rpartition(".")[2])
        if kind and value and not value.startswith("${"):
            yield kind, f"the search parameter {name}"
        yield from ((pattern, f"the search parameter {name}") for pattern in _find_patterns(value))


def _find_patterns(text: str) -> Iterator[str]:
    short = text[:200_000]
    yield from (kind for kind, pattern in _PATTERNS.items() if pattern.search(short))


# HL7 v2


def _find_in_message(text: str) -> Iterator[Found]:
    try:
        message = parse_message(text.replace("\n", "\r"))
    except WorkbenchError:
        yield from ((kind, "the message") for kind in _find_patterns(text))
        return
    for segment in message.segments:
        numbers = _FIELDS.get(segment.name, {})
        known = {number for fields in numbers.values() for number in fields}
        for kind, fields in numbers.items():
            for number in fields:
                part = segment.find_field(number)
                if part and part.text.strip('"') and not part.text.startswith("${"):
                    yield kind, f"{segment.name}-{number}"
        free = _FREE_FIELDS.get(segment.name, ())
        for part in segment.fields if segment.name not in ("MSH", "FHS", "BHS") else ():
            place = f"{segment.name}-{part.number}"
            if part.number in free or part.number not in known:
                yield from ((kind, place) for kind in _find_patterns(part.value))
            elif "@" in part.text:
                yield "email address", place
        if segment.name == "OBX" and (message.get(f"OBX[{segment.ordinal}]-2") or "") in ("ED", "RP"):
            yield "photograph or document", "OBX-5"


# FHIR


def _find_in_body(text: str) -> Iterator[Found]:
    if not text.strip():
        return
    try:
        value = parse_json(text)
    except WorkbenchError:
        yield from ((kind, "the body") for kind in _find_patterns(text))
        return
    yield from _walk(value, "")


def _walk(value: Any, path: str) -> Iterator[Found]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        kind = value.get("resourceType")
        if kind in _OTHERS:
            return
        path = path or str(kind or "the body")
        if kind == "Patient" and isinstance(value.get("id"), str) and "${" not in value["id"]:
            yield "unique identifier", f"{path}.id"
        for name, item in value.items():
            yield from _find_in_element(name, item, f"{path}.{name}")


def _find_in_element(name: str, item: Any, path: str) -> Iterator[Found]:
    for one in item if isinstance(item, list) else [item]:
        if isinstance(one, dict):
            yield from _find_in_type(name, one, path)
        elif isinstance(one, str) and "${" not in one:
            yield from _find_in_text(name, one, path)
    if isinstance(item, dict | list):
        yield from _walk(item, path)


def _find_in_type(name: str, one: dict[str, Any], path: str) -> Iterator[Found]:
    """What an element is by its shape: HumanName, Address, ContactPoint, Identifier, Attachment."""
    if "family" in one or "given" in one:
        yield "name", path
    elif {"city", "postalCode", "line"} & one.keys() or name == "address":
        yield "address", path
    if name == "telecom" and one.get("value"):
        yield _TELECOM_KINDS.get(str(one.get("system")), "phone number"), path
    if "identifier" in name.lower() and one.get("value"):
        yield _kind_of_identifier(one), path
    if name == "photo" or str(one.get("contentType", "")).startswith("image/"):
        yield "photograph or document", path
    elif one.get("data") and one.get("contentType"):
        yield "photograph or document", f"{path}.data"


def _kind_of_identifier(one: dict[str, Any]) -> str:
    kinds = one.get("type")
    codings = kinds.get("coding") if isinstance(kinds, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and coding.get("code") in _IDENTIFIER_KINDS:
            return _IDENTIFIER_KINDS[coding["code"]]
    return "social security number" if "us-ssn" in str(one.get("system")) else "unique identifier"


def _find_in_text(name: str, text: str, path: str) -> Iterator[Found]:
    if _DATES.match(name) and _DATE_VALUE.match(text):
        yield "date", path
    elif name in ("subscriberId", "memberId"):
        yield "health plan number", path
    elif name in _DEVICE:
        yield "device serial number", path
    elif name == "display" and path.rpartition(".")[0].rpartition(".")[2] in ("subject", "patient", "beneficiary"):
        yield "name", path
    if name in _PROSE or name.startswith("value"):
        yield from ((kind, path) for kind in _find_patterns(text))
