"""Document types: the codes of table 0270 with the LOINC codes that say the same."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentType:
    """`code` of TXA-2, and `loinc`, `display` for OBX-3; a type of the site's own has a code and a text alone."""

    code: str
    text: str
    loinc: str = ""
    display: str = ""

    @property
    def observation(self) -> tuple[str, str, str]:
        """Identifier, text and coding system, as OBX-3 and OBR-4 have them."""
        if self.loinc:
            return self.loinc, self.display, "LN"
        return self.code, self.text, "HL70270" if self.code in DOCUMENT_TYPES else "L"


DOCUMENT_TYPES = {
    each.code: each
    for each in (
        DocumentType("AR", "Autopsy report", "18743-5", "Autopsy report"),
        DocumentType("CD", "Cardiodiagnostics"),
        DocumentType("CN", "Consultation", "11488-4", "Consult note"),
        DocumentType("DI", "Diagnostic imaging", "18748-4", "Diagnostic imaging study"),
        DocumentType("DS", "Discharge summary", "18842-5", "Discharge summary"),
        DocumentType("ED", "Emergency department report", "34111-5", "Emergency department Note"),
        DocumentType("HP", "History and physical examination", "34117-2", "History and physical note"),
        DocumentType("OP", "Operative report", "11504-8", "Surgical operation note"),
        DocumentType("PC", "Psychiatric consultation", "34788-0", "Psychiatry Consult note"),
        DocumentType("PH", "Psychiatric history and physical examination"),
        DocumentType("PN", "Procedure note", "28570-0", "Procedure note"),
        DocumentType("PR", "Progress note", "11506-3", "Progress note"),
        DocumentType("SP", "Surgical pathology", "11526-1", "Pathology study"),
        DocumentType("TS", "Transfer summary", "18761-7", "Transfer summary note"),
    )
}


def find_document_type(code: str) -> DocumentType:
    """By its code in table 0270 or by LOINC; another code is a type of the site's own."""
    wanted = code.strip()
    if known := DOCUMENT_TYPES.get(wanted.upper()):
        return known
    return next((each for each in DOCUMENT_TYPES.values() if each.loinc == wanted), DocumentType(wanted, wanted))
