"""Faults of HL7 v2: messages of each version with one thing wrong, and sound messages that look unusual."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.hl7v2.dictionary import KNOWN_VERSIONS

ADMISSION = """MSH|^~\\&|A|B|C|D|20260101120000||ADT^A01{structure}|1|P|{version}
EVN|{event}|20260101120000
PID|1||123^^^H^MR||Doe^Jane||19800101|F
PV1|1|I|W^1^1
"""
REPORT = """MSH|^~\\&|A|B|C|D|20260101120000||ORU^R01{structure}|1|P|{version}
PID|1||123^^^H^MR||Doe^Jane||19800101|F
OBR|1||F1|718-7^Hemoglobin^LN|||20260101120000
OBX|1|NM|718-7^Hemoglobin^LN|1|13.2||||||F
"""
ORDER = """MSH|^~\\&|A|B|C|D|20260101120000||ORM^O01{structure}|1|P|{version}
PID|1||123^^^H^MR||Doe^Jane||19800101|F
ORC|NW|P1|||||1^^^20260101
OBR|1|P1||718-7^Hemoglobin^LN|||20260101120000
"""
# What 2.1 asks otherwise: identifiers and locations without components, a next of kin, and more of a request.
IN_21 = (
    ("123^^^H^MR", "123"),
    ("W^1^1", "W"),
    (
        "^LN|||20260101120000\r",
        "^LN|||20260101120000|20260101120000|1^ml|||||20260101120000||||||||20260101120000\r",
    ),
)
FIRST_WITH_STRUCTURE = "2.4"


def since(version: str) -> tuple[str, ...]:
    return KNOWN_VERSIONS[KNOWN_VERSIONS.index(version) :]


def until(version: str) -> tuple[str, ...]:
    return KNOWN_VERSIONS[: KNOWN_VERSIONS.index(version) + 1]


def make_base(template: str, version: str) -> str:
    """The message without a fault; from 2.7 on EVN-1 has no value, and from 2.4 on MSH-9.3 names the structure."""
    kind = template.split("|")[8].split("{")[0]
    structure = f"^{kind.replace('^', '_')}" if version in since(FIRST_WITH_STRUCTURE) else ""
    event = "" if version in since("2.7") else "A01"
    text = template.format(version=version, structure=structure, event=event).replace("\n", "\r")
    if version == "2.1":
        text = to_first(text).replace("\rPV1|", "\rNK1|1|\rPV1|")
    return text


def to_first(text: str) -> str:
    """What 2.1 has otherwise."""
    for old, new in IN_21:
        text = text.replace(old, new)
    return text


@dataclass(frozen=True, slots=True)
class Fault:
    """`old` of a message becomes `new`; `path` is where that is to be told, and is empty where nothing is wrong.

    `weight` is what the standard makes of it: an error, or a warning where a receiver may pass it over.
    """

    kind: str
    template: str
    old: str
    new: str
    path: str = ""
    versions: tuple[str, ...] = KNOWN_VERSIONS
    weight: str = "error"

    def make(self, version: str) -> tuple[str, str]:
        """The message without and with the fault."""
        base = make_base(self.template, version)
        old, new = self.old.replace("{version}", version), self.new.replace("{version}", version).replace("\n", "\r")
        if version == "2.1":
            old, new = to_first(old), to_first(new)
        if old not in base:
            raise ValueError(f"{self.kind}: {old!r} is not in the message of {version}")
        return base, base.replace(old, new, 1)


UNTIL_26 = until("2.6")  # ORM^O01 is withdrawn after it
VISIT = "PV1|1|I|W^1^1\r"
OBSERVATION = "OBX|1|NM|718-7^Hemoglobin^LN|1|13.2||||||F\r"
PATIENT = "PID|1||123^^^H^MR||Doe^Jane||19800101|F\r"
COMMON = "ORC|NW|P1|||||1^^^20260101\r"
REQUEST = "OBR|1||F1|718-7^Hemoglobin^LN|||20260101120000\r"
WRONG = (
    Fault("required field missing", ADMISSION, "|Doe^Jane|", "||", "PID-5"),
    Fault("required field missing", REPORT, "|718-7^Hemoglobin^LN|1|", "||1|", "OBX-3", since("2.2")),
    Fault("required field of the header missing", ADMISSION, "|P|", "||", "MSH-11"),
    Fault("required component missing", ADMISSION, "|123^^^H^MR|", "|^^^H^MR|", "PID-3.1", since("2.5")),
    Fault("required segment missing", ADMISSION, VISIT, "", "PV1"),
    Fault("required group missing", REPORT, REQUEST + OBSERVATION, "", "OBR", since("2.3")),
    Fault("segment too often", ADMISSION, VISIT, VISIT * 2, "PV1"),
    Fault("segment out of order", ADMISSION, VISIT, VISIT + "PD1||||\n", "PD1", since("2.3")),
    Fault("segment that no version knows", ADMISSION, VISIT, VISIT + "XYZ|1\n", "XYZ"),
    Fault("segment of a later version", ADMISSION, VISIT, VISIT + "PRT|1\n", "PRT", until("2.6")),
    Fault(
        "segment of another message", ADMISSION, VISIT, VISIT + "TXA|1|DS|TX|||||||||U1|||||DI\n", "TXA", since("2.3")
    ),
    Fault("segment outside its group", REPORT, REQUEST, "", "OBR", since("2.3")),
    Fault("two of a choice", ORDER, "OBR|1|P1", "ODS|D||1^x^L\nOBR|1|P1", "OBR", UNTIL_26[3:]),
    Fault(
        "segment after its group", REPORT, OBSERVATION, OBSERVATION + "NTE|1||x\nZPI|1\nPV2|||x\n", "PV2", since("2.3")
    ),
    Fault("segment after its group", REPORT, OBSERVATION, OBSERVATION + "PD1||||\n", "PD1", since("2.3")),
    Fault("order before the patient", ORDER, PATIENT + COMMON, COMMON + PATIENT, "PID", UNTIL_26[3:]),
    Fault("visit before the kin", ADMISSION, VISIT, VISIT + "PD1||||\nNK1|1|Doe^Jo\n", "PV1", since("2.3")),
    Fault("name in small letters", ADMISSION, "PID|1|", "pid|1|", "pid"),
    Fault("blank before a name", ADMISSION, "PID|1|", " PID|1|", "PID"),
    Fault("letters of a name mixed up", ADMISSION, "PID|1|", "PDI|1|", "PDI"),
    Fault("other separator in a segment", ADMISSION, "PV1|1|I|", "PV1;1;I;", "PV1"),
    Fault("segment cut in two", ADMISSION, "|Doe^Jane|", "|Doe^\nJane|", "Jane"),
    Fault("blank line of blanks", ADMISSION, VISIT, "   \n" + VISIT, " "),
    Fault("line end written out", ADMISSION, "\rPID|1|", "\\rPID|1|", "EVN"),
    Fault("segment without a value", ADMISSION, PATIENT, "PID|\n", "PID"),
    Fault("separator too many", ADMISSION, "PID|1|", "PID||1|", "PID-2", since("2.2")),
    Fault("separator too few", ADMISSION, "PID|1||", "PID|1|", "PID-2", since("2.2")),
    Fault(
        "repetition separator too many", ADMISSION, "|123^^^H^MR|", "|123^^^H^MR~|", "PID-3", since("2.3"), "warning"
    ),
    Fault("date: month first", ADMISSION, "19800101", "12/31/1980", "PID-7"),
    Fault("structure as message type", ADMISSION, "ADT^A01", "ADT_A01", "MSH-9", until("2.3.1")),
    Fault("message type in small letters", ADMISSION, "ADT^A01", "adt^a01", "MSH-9"),
    Fault("version with a letter", ADMISSION, "|P|{version}", "|P|v{version}", "MSH-12"),
    Fault("blank after the version", ADMISSION, "|P|{version}", "|P|{version} ", "MSH-12"),
    Fault("repetition of what does not repeat", ADMISSION, "|F\r", "|F~M\n", "PID-8", since("2.2")),
    Fault(
        "field that the version does not know",
        ADMISSION,
        VISIT,
        f"PV1|1|I|W^1^1{'|' * 60}x\n",
        "PV1-63",
        weight="warning",
    ),
    Fault(
        "component that the type does not have",
        ADMISSION,
        "|F\r",
        f"|F{'^' * 30}x\n",
        "PID-8",
        weight="warning",
    ),
    Fault("date: month 13", ADMISSION, "19800101", "19801301", "PID-7"),
    Fault("date: 30 February", ADMISSION, "19800101", "19800230", "PID-7"),
    Fault("date: with hyphens", ADMISSION, "19800101", "1980-01-01", "PID-7"),
    Fault("time: hour 25", ADMISSION, "|20260101120000\r", "|20260101250000\n", "EVN-2"),
    Fault("time: zone +1500", ADMISSION, "|20260101120000\r", "|20260101120000+1500\n", "EVN-2"),
    Fault("time: hour without minutes", ADMISSION, "|20260101120000\r", "|2026010112\n", "EVN-2", until("2.4")),
    Fault("SI with letters", ADMISSION, "PID|1|", "PID|one|", "PID-1"),
    Fault("NM with letters, by OBX-2", REPORT, "|13.2|", "|high|", "OBX-5", since("2.2")),
    Fault("NM with a decimal comma, by OBX-2", REPORT, "|13.2|", "|13,2|", "OBX-5", since("2.2")),
    Fault(
        "DT by OBX-2",
        REPORT,
        "OBX|1|NM|718-7^Hemoglobin^LN|1|13.2|",
        "OBX|1|DT|718-7^Hemoglobin^LN|1|2026-1-1|",
        "OBX-5",
    ),
    Fault("OBX-5 without OBX-2", REPORT, "OBX|1|NM|", "OBX|1||", "OBX-2", since("2.2")),
    Fault("OBX-2 that is no data type", REPORT, "OBX|1|NM|", "OBX|1|QQ|", "OBX-2"),
    Fault("value outside a closed table of HL7", ADMISSION, "|P|", "|X|", "MSH-11", since("2.3.1")),
    Fault("value outside a table of HL7", REPORT, "||||||F\r", "||||||Q\n", "OBX-11", since("2.3.1"), "warning"),
    Fault("withdrawn field", ADMISSION, "PID|1||", "PID|1|x|", "PID-2", since("2.7")),
    Fault("withdrawn component", ADMISSION, "|Doe^Jane|", "|Doe^Jane^^^^MD|", "PID-5.6", since("2.7")),
    Fault("MSH-9.3 against the event", ADMISSION, "ADT^A01^ADT_A01", "ADT^A01^ADT_A02", "MSH-9.3", since("2.4")),
    Fault("event that the version does not know", ADMISSION, "ADT^A01", "ADT^A99", "MSH-9", until("2.3.1")),
    Fault("message type that no version knows", ADMISSION, "ADT^A01", "XXX^A01", "MSH-9"),
    Fault("escape character in text", ADMISSION, "|Doe^", "|D\\oe^", "PID-5", weight="warning"),
    Fault(
        "longer than the version's length", ADMISSION, "|1|P|", f"|{'1' * 300}|P|", "MSH-10", until("2.6"), "warning"
    ),
    Fault("character twice in MSH-2", ADMISSION, "|^~\\&|", "|^~\\^|", "MSH-2"),
    Fault(
        "character set that nobody knows",
        ADMISSION,
        "|P|{version}\r",
        "|P|{version}||||||KLINGON\n",
        "MSH-18",
        since("2.3"),
        "warning",
    ),
)
RIGHT = (
    Fault("nothing unusual: ADT", ADMISSION, "MSH", "MSH"),
    Fault("nothing unusual: ORU", REPORT, "MSH", "MSH"),
    Fault("nothing unusual: ORM", ORDER, "MSH", "MSH", versions=UNTIL_26),
    Fault("local segment", ADMISSION, VISIT, VISIT + "ZPD|1|x^y\n"),
    Fault("separators at the ends", ADMISSION, VISIT, "PV1|1|I|W^1^1^^^||||||\n"),
    Fault("null value", ADMISSION, "|19800101|F\r", '|""|""\n'),
    Fault("time with a zone", ADMISSION, "|20260101120000\r", "|20260101120000+0100\n"),
    Fault("time with fractions and a zone", ADMISSION, "|20260101120000\r", "|20260101120000.1234-0500\n"),
    Fault("date of a year alone", ADMISSION, "19800101", "1980", versions=since("2.3")),
    Fault("29 February of a leap year", ADMISSION, "19800101", "19800229"),
    Fault("time of an hour alone", ADMISSION, "|20260101120000\r", "|2026010112\n", versions=since("2.5")),
    Fault("escaped delimiters", ADMISSION, "|Doe^Jane|", "|D\\T\\oe^Ja\\S\\ne|"),
    Fault(
        "line break in text",
        REPORT,
        "OBX|1|NM|718-7^Hemoglobin^LN|1|13.2|",
        "OBX|1|TX|718-7^Hemoglobin^LN|1|a\\.br\\b|",
    ),
    Fault("two identifiers", ADMISSION, "|123^^^H^MR|", "|123^^^H^MR~456^^^S^SS|", versions=since("2.3")),
    Fault("number with a sign", REPORT, "|13.2|", "|-13.20|"),
    Fault("observation of 300 repetitions", REPORT, "|13.2|", f"|{'~'.join(['1'] * 300)}|", versions=since("2.4")),
    Fault(
        "several patients in a report",
        REPORT,
        OBSERVATION,
        OBSERVATION + "PID|2||124^^^H^MR||Roe^Jo\n" + REQUEST + OBSERVATION,
        versions=since("2.3"),
    ),
    Fault("fifty observations", REPORT, OBSERVATION, OBSERVATION * 50, versions=since("2.2")),
    Fault("note after an observation", REPORT, OBSERVATION, OBSERVATION + "NTE|1||seen\n", versions=since("2.2")),
    Fault("value outside a table of the user's", ADMISSION, "|F\r", "|Q\n"),
)


def each(faults: tuple[Fault, ...]) -> Iterator[tuple[Fault, str, str, str]]:
    """Each fault in each of its versions: the version, the message without it and with it."""
    for fault in faults:
        for version in fault.versions:
            yield fault, version, *fault.make(version)
