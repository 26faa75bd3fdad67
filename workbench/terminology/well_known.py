"""Well-known code systems that no package holds: those that a grammar or a list decides, and the names of others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from workbench.terminology.check_digit import may_be_loinc, may_be_snomed
from workbench.terminology.country_codes import COUNTRIES, COUNTRIES_BY_THREE_LETTERS, CURRENCIES, STATES
from workbench.terminology.language_tag import judge_language_tag
from workbench.terminology.ucum import is_ucum
from workbench.terminology.value_set import Membership

LANGUAGES = "urn:ietf:bcp:47"
MEDIA_TYPES = "urn:ietf:bcp:13"
UCUM = "http://unitsofmeasure.org"
URIS = "urn:ietf:rfc:3986"
COUNTRY_CODES = "urn:iso:std:iso:3166"
CURRENCY_CODES = "urn:iso:std:iso:4217"
STATE_CODES = "https://www.usps.com/"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
COLOURS = "http://hl7.org/fhir/color-rgb"
_NAMES = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://hl7.org/fhir/sid/ndc": "NDC",
    "http://hl7.org/fhir/sid/cvx": "CVX",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://www.cms.gov/Medicare/Coding/ICD10": "ICD-10-PCS",
    "http://www.ama-assn.org/go/cpt": "CPT",
    "http://nucc.org/provider-taxonomy": "NUCC provider taxonomy",
    "http://www.ada.org/cdt": "CDT",
    "http://www.whocc.no/atc": "ATC",
    "http://fdasis.nlm.nih.gov": "UNII",
    "http://dicom.nema.org/resources/ontology/DCM": "DICOM",
    "https://www.iana.org/time-zones": "IANA time zones",
}
# RFC 6838, 4.2: names of types and subtypes; RFC 2045, 5.1: parameters.
_NAME = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_PARAMETER = r'\s*;\s*[A-Za-z0-9!#$&^_.+-]+=(?:[A-Za-z0-9!#$%&\'*+.^_`|~-]+|"[^"\\]*")'
_MEDIA_TYPE = re.compile(f"{_NAME}/{_NAME}(?:{_PARAMETER})*")
# Short for FHIR's own formats (FHIR R4, CapabilityStatement.format), though none of BCP 13 itself.
_SHORT_FORMATS = frozenset({"json", "xml", "ttl"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")


def judge_well_known(system: str, code: str) -> Membership | None:
    """Tell whether a system of this room has `code`; None where the system is not one of them."""
    judge = _JUDGES.get(system)
    return judge(code) if judge else None


def list_well_known(system: str) -> Iterable[str] | None:
    """Return all codes of a system of this room that is a list; None for any other."""
    return {CURRENCY_CODES: CURRENCIES, STATE_CODES: STATES}.get(system)


def is_surely_none(system: str, code: str) -> bool:
    """Tell whether the form of `code` or its check digit rules it out; expressions of SNOMED CT are not looked into."""
    if system == LOINC:
        return not may_be_loinc(code)
    return system == SNOMED and code.isdecimal() and not may_be_snomed(code)


def name_of_system(system: str) -> str:
    """Return `url (NAME)` where the system has a name that people know it by, else the url."""
    name = _NAMES.get(system)
    return f"{system} ({name})" if name else system


def _judge_media_type(code: str) -> Membership:
    if code in _SHORT_FORMATS or _MEDIA_TYPE.fullmatch(code):
        return Membership(True)
    return Membership(False, f"“{code}” is not written as a media type is, such as text/plain (BCP 13)")


def _judge_ucum(code: str) -> Membership:
    return Membership(True) if is_ucum(code) else Membership(False, f"“{code}” is no unit of UCUM")


def _judge_uri(code: str) -> Membership:
    return Membership(True) if _URI.fullmatch(code) else Membership(False, f"“{code}” is no absolute URI")


def _judge_country(code: str) -> Membership:
    """ISO 3166-1, and by their form its numbers and the parts of countries (ISO 3166-2), which are not listed here."""
    if code in COUNTRIES or code in COUNTRIES_BY_THREE_LETTERS:
        return Membership(True)
    if (len(code) == 3 and code.isdecimal()) or (_SUBDIVISION.fullmatch(code) and code[:2] in COUNTRIES):
        return Membership(None, "the numbers and subdivisions of ISO 3166 are not here")
    return Membership(False, f"“{code}” is no country of ISO 3166")


def _judge_currency(code: str) -> Membership:
    return Membership(True) if code in CURRENCIES else Membership(False, f"“{code}” is no currency of ISO 4217")


def _judge_state(code: str) -> Membership:
    return Membership(True) if code in STATES else Membership(False, f"“{code}” is no state of the USPS")


def _judge_colour(code: str) -> Membership:
    return Membership(True) if _COLOUR.fullmatch(code) else Membership(False, f"“{code}” is no colour such as #2E8B57")


_JUDGES: dict[str, Callable[[str], Membership]] = {
    LANGUAGES: judge_language_tag,
    MEDIA_TYPES: _judge_media_type,
    UCUM: _judge_ucum,
    URIS: _judge_uri,
    COUNTRY_CODES: _judge_country,
    CURRENCY_CODES: _judge_currency,
    COLOURS: _judge_colour,
    STATE_CODES: _judge_state,
}
