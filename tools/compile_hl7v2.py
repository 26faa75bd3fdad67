"""Compile the tables of hl7apy 1.3.5 into the facts of each version that `workbench.hl7v2.dictionary` reads.

Usage: python tools/compile_hl7v2.py [--into FOLDER]
The licence of hl7apy is MIT. Lengths, conditional fields and the required components of 2.5 and 2.5.1 come from
`hl7v2_more.json`, which `gather_hl7v2.py` made. Which structure a trigger event uses is taken from table 0354 in the
built-in facts of HL7 Terminology (CC0 1.0), since hl7apy lists the structures without their events.
docs/hl7v2-dictionary.md tells what is in the facts, what hl7apy has not, and what is set right here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import hl7apy

from workbench.definitions.core_facts import load_built_in
from workbench.hl7v2.dictionary import KNOWN_VERSIONS
from workbench.hl7v2.dictionary_file import to_bytes
from workbench.hl7v2.names import SEGMENT_NAMES

DATA = Path(__file__).parents[1] / "workbench/hl7v2/data"
SYSTEM = "http://terminology.hl7.org/CodeSystem/v2-"
STRUCTURE_TABLE = f"{SYSTEM}0354"
EVENT = re.compile(r"[A-Z][A-Z0-9]{2}")
# Before 2.3.1 there is no table 0354, and a structure carries the name of its event.
WITHOUT_0354 = ("2.1", "2.2", "2.3")
# Versions whose data type IS tells a user-defined table from one of HL7's; before, ID is used for both.
WITHOUT_IS = ("2.1", "2.2")
# What the events used before their own structure came up, where a version has not that one.
EARLIER = {
    "ADT_A01": "A05 A14 A28 A31",
    "ADT_A09": "A12 A21 A22 A23 A25 A26 A27 A29 A32 A33",
}
# What hl7apy has otherwise than the standard: the type of this field, and the number of this table.
TYPES = {
    ("2.1", "OBR_26"): "CE",
    ("2.1", "PV1_31"): "ST",
    ("2.1", "RX1_25"): "TS",
    ("2.1", "UB1_16"): "ID",
    ("2.3", "MRG_7"): "XPN",
    ("2.3", "ORC_14"): "XTN",
    ("2.3", "STF_10"): "XTN",
    ("2.6", "PR1_8"): "WD",
    ("2.7", "OBR_13"): "ST",
}
TABLE_NUMBERS = {"025": "0025"}
# Fields that it has as repeating and that stand once, and the other way round, by version.
_ONCE = (
    "ADJ 5,7; AUT 13-29; BUI 1-11; DON 1-6,9,11-13,15-30,32; OBX 23-26; PAC 1-5; PRD 10,14; PRT 1; PYE 4-6; RF1 13-24;"
    " SHP 1,3-6,8; SPM 32"
)
ONCE = {
    "2.5.1": "OBX 23-25",
    "2.6": "ADJ 7; OBX 23-25; PRD 10,14",
    "2.7": "ADJ 5,7; OBR 13; OBX 23-26; PAC 1-5; PRD 10,14; PRT 1; PSL 8,17-20; PYE 4-6; SHP 1,3-6,8; SPM 32",
    "2.8": f"{_ONCE}; OBX 4,13; RF1 25",
    "2.8.1": _ONCE,
    "2.8.2": _ONCE,
}
SEVERAL = {"2.3": "PID 5; PV1 7-8,15,17"}
# What it has as required and the standard as conditional or optional, by version and place.
NOT_REQUIRED = {
    ("2.1", "FT1_14"),
    ("2.1", "TS_1"),
    ("2.1", "TS_2"),
    ("2.3", "OBR_27"),
    *((version, f"OBX_{number}") for version in ("2.3.1", "2.7", "2.8", "2.8.1", "2.8.2") for number in (2, 4)),
}
WITH_TABLES = "2.5.1"
WITHOUT_TABLES = ("2.1", "2.2", "2.3")
# Segments whose last field is withdrawn, and left out.
ENDS_WITHDRAWN = {(version, "AL1") for version in ("2.7", "2.8", "2.8.1", "2.8.2")}
MORE: Any = json.loads((Path(__file__).parent / "hl7v2_more.json").read_text("utf-8"))
PHRASES = (("DATE_TIME", "DATE/TIME"), ("YES_NO", "YES/NO"), ("PLACER_FILLER", "PLACER/FILLER"))
SUFFIXES = ("SITE", "DISCIPLINE", "RECIPIENT")
SMALL = frozenset("a an and as at by for from in of on or the to with".split())
UPPER = frozenset(
    "CDM CMS CPU CSR DEA DMV DOB DRG FM HCFA HL7 ID IDS II III IRB IV LOA MD NDC OBR OID OR PCA PSRO SSN ST UB UB82"
    " UB92 UID UPIN UR VAT VIP ZIP".split()
)
MISSPELT = {
    "AKNOWLEDGEMENT": "ACKNOWLEDGMENT",
    "ATTRIBTURE": "ATTRIBUTE",
    "AVAILABILTIY": "AVAILABILITY",
    "BSOLUTE": "ABSOLUTE",
    "CERTICATION": "CERTIFICATION",
    "EIGIBILITY": "ELIGIBILITY",
    "FAMILIY": "FAMILY",
    "INACTIVATIO": "INACTIVATION",
    "INTEVALL": "INTERVAL",
    "OCCURED": "OCCURRED",
    "OCCURENCES": "OCCURRENCES",
    "PERSO": "PERSON",
    "PRACTIONER": "PRACTITIONER",
    "QUALIFIYING": "QUALIFYING",
    "RESUTS": "RESULTS",
    "SPECIMENT": "SPECIMEN",
    "WINDWOW": "WINDOW",
}


# What hl7apy has otherwise: a note after observations that it requires, and in 2.1 three of which one is chosen.
_PATIENT = ["PATIENT", 0, 1, [["PID", 1, 1], ["NTE", 0, None], ["PV1", 0, 1]]]
_NOTES = [["NTE", 0, None], ["OBX", 0, None], ["NTE", 0, None]]
STRUCTURES = {
    (version, "ORM_O01"): [
        ["MSH", 1, 1],
        ["NTE", 0, None],
        _PATIENT,
        [
            "ORDER",
            1,
            None,
            [
                ["ORC", 1, 1],
                ["ORDER_DETAIL", 0, 1, [["CHOICE", 1, 1, [[name, 1, 1] for name in names.split()], 1], *_NOTES]],
                ["BLG", 0, 1],
            ],
        ],
    ]
    for version, names in (("2.1", "OBR ORO RX1"), ("2.2", "OBR RQD RQ1 RXO ODS ODT"))
}
# Name, data type, least, most, table, length and whether it is conditional.
USUAL = ["", "", 0, 1, "", 0, 0]


def compile_version(version: str, owners: Mapping[str, str], listed: Mapping[str, tuple[str, ...]]) -> bytes:
    """The facts of one version; `owners` tells whose each table is, `listed` the events of each structure."""
    library = hl7apy.load_library(version)
    return to_bytes(
        {"version": version, "sources": [source_of(version)]},
        {
            "segments": {name: parts_facts(version, name, children) for name, children in segments(library)},
            "datatypes": {
                name: parts_facts(version, name, library.DATATYPES_STRUCTS.get(name, ()))
                for name in sorted({*library.BASE_DATATYPES, *library.DATATYPES_STRUCTS})
            },
            "structures": {
                name: STRUCTURES.get((version, name)) or group_children(facts[1])
                for name, facts in sorted(library.MESSAGES.items())
            },
            "events": dict(sorted(events(version, library.MESSAGES, listed))),
            "tables": dict(sorted(tables(library, owners))),
        },
    )


def source_of(version: str) -> dict[str, str]:
    folder = Path(hl7apy.__file__).parent / f"v{version.replace('.', '_')}"
    taken = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return {"package": f"hl7apy#{version_of('hl7apy')}", "licence": "MIT", "sha512": hashlib.sha512(taken).hexdigest()}


def segments(library: Any) -> Iterator[tuple[str, Any]]:
    """Each segment with its fields; the ORO of 2.1 lacks the word before them, some of 2.7 have no fields."""
    for name, facts in sorted(library.SEGMENTS.items()):
        if facts[0] != "choice":
            yield name, (facts[1:] or [()])[0] if facts[0] == "sequence" else facts


def parts_facts(version: str, name: str, parts: Iterable[Any]) -> list[list[Any]]:
    """Fields or components by the number in their names: hl7apy leaves out most that are withdrawn."""
    numbered = {int(part[0].rpartition("_")[2]): part_facts(version, part) for part in parts}
    return [
        with_more(version, name, number, numbered[number])
        if number in numbered
        else withdrawn_facts(version, name, number)
        for number in range(1, max(numbered, default=0) + 1 + ((version, name) in ENDS_WITHDRAWN))
    ]


def most_of(version: str, place: str, most: int | None) -> int | None:
    """How often a field may stand, such as `PID_5`, where hl7apy says `most`."""
    if place in places_of(ONCE.get(version, "")):
        return 1
    return None if place in places_of(SEVERAL.get(version, "")) else most


@lru_cache(maxsize=32)
def places_of(text: str) -> frozenset[str]:
    """`PID 5; PV1 7-8` as `PID_5`, `PV1_7` and `PV1_8`."""
    found = set()
    for part in filter(None, text.split("; ")):
        segment, numbers = part.split(" ")
        for run in numbers.split(","):
            first, _, last = run.partition("-")
            found |= {f"{segment}_{number}" for number in range(int(first), int(last or first) + 1)}
    return frozenset(found)


def with_more(version: str, name: str, number: int, facts: list[Any]) -> list[Any]:
    """`facts` with the length of a part, whether it is conditional, and where hl7apy lacks it, that it is required."""
    more = MORE[version]
    if facts[1] in ("ID", "IS") and not facts[4:5] and version not in WITHOUT_TABLES:
        facts = [*facts, *USUAL[len(facts) : 4], table_of_component(name, number, facts[0])]
    lengths = more.get("lengths", {}).get(name) or more.get("component_lengths", {}).get(name) or []
    length = lengths[number - 1] if number <= len(lengths) else 0
    is_conditional = number in more["conditional"].get(name, ())
    whole = [*facts, *USUAL[len(facts) :]]
    if whole[3] is None:
        whole[3] = more.get("most", {}).get(name, {}).get(str(number))
    if number in more.get("required_components", {}).get(name, ()):
        whole[2] = 1
    whole[3] = most_of(version, f"{name}_{number}", whole[3])
    whole[2] = 0 if (version, f"{name}_{number}") in NOT_REQUIRED else whole[2]
    whole[5:] = [0 if whole[1] == "WD" else length, int(is_conditional and not whole[2])]
    return trimmed(whole)


def withdrawn_facts(version: str, name: str, number: int) -> list[Any]:
    """A place that is left out, called as in the last version in which it was in use."""
    for earlier in reversed(KNOWN_VERSIONS[: KNOWN_VERSIONS.index(version)]):
        library = hl7apy.load_library(earlier)
        for part in (*dict(segments(library)).get(name, ()), *library.DATATYPES_STRUCTS.get(name, ())):
            if part[0] == f"{name}_{number}" and part[1][2] != "WD" and part[2][1]:
                return [part_facts(earlier, part)[0], "WD"]
    return ["", "WD"]


def part_facts(version: str, part: Any) -> list[Any]:
    """A field or component: its name, data type, least and most repetitions, and table; without what most have."""
    name, facts, (least, most), _ = part
    shown, table = facts[-3:-1]  # two fields of 2.1 have a word too many before
    datatype = TYPES.get((version, name), facts[2] or "")
    return trimmed([to_words(shown), datatype, least, None if most < 0 else most, table_number(table)])


def table_of_component(name: str, number: int, title: str) -> str:
    """The table of a component as 2.5.1 has it, the one version in which hl7apy tells of all; empty of another part."""
    parts = hl7apy.load_library(WITH_TABLES).DATATYPES_STRUCTS.get(name, ())
    facts = next((part_facts(WITH_TABLES, part) for part in parts if part[0] == f"{name}_{number}"), [""])
    return facts[4] if facts[0] == title and facts[4:] else ""


def trimmed(facts: list[Any]) -> list[Any]:
    """`facts` without the end that is as in most: none required, one at most, no table."""
    while len(facts) > 2 and facts[-1] == USUAL[len(facts) - 1]:
        facts = facts[:-1]
    return facts


def table_number(name: str | None) -> str:
    number = (name or "").removeprefix("HL7")
    return TABLE_NUMBERS.get(number, number)


def group_children(children: Iterable[Any]) -> list[Any]:
    """Segments and groups in order: name, least and most; of a group its children too, and whether one is chosen."""
    found: list[Any] = []
    for name, facts, (least, most), kind in children:
        limits = [least, None if most < 0 else most]
        if kind == "SEG":
            found.append([name, *limits])
        else:
            choice = [1] if facts[0] == "choice" else []
            found.append([name.split("_", 2)[-1], *limits, group_children(facts[1]), *choice])
    return found


def listed_events() -> dict[str, tuple[str, ...]]:
    """The events of each structure, as table 0354 lists them."""
    system = load_built_in("terminology").code_system(STRUCTURE_TABLE)
    assert system
    return {
        code: tuple(EVENT.findall((concept.display or "").replace("|", "I")))
        for code, concept in system.concepts.items()
    }


def events(version: str, structures: Iterable[str], listed: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """The structure of each message type and event, where it has not the name of both."""
    known = set(structures)
    found: dict[str, str] = {}
    for names in (EARLIER, listed):
        for structure in sorted(known & set(names)):
            told = names[structure]
            for event in told.split() if isinstance(told, str) else told:
                found[f"{structure[:3]}_{event}"] = structure
    for place, structure in found.items():
        own = place in known and (version in WITHOUT_0354 or place[4:] in listed.get(place, ()))
        if place != structure and not own:
            yield place, structure


def tables(library: Any, owners: Mapping[str, str]) -> Iterator[tuple[str, list[Any]]]:
    """Each table with its name, its owner and its values, without the blanks around them."""
    for name, (title, values) in getattr(library, "TABLES", {}).items():
        number = table_number(name)
        stripped = (value.strip() for value in values)
        yield number, [title.strip(), owners.get(number, ""), [*dict.fromkeys(value for value in stripped if value)]]


def table_owners() -> dict[str, str]:
    """Whose each table is: HL7's where more places of type ID name it, the user's where more of type IS do."""
    votes: Counter[str] = Counter()
    for version in KNOWN_VERSIONS:
        library = hl7apy.load_library(version)
        if version not in WITHOUT_IS:
            for facts in (*library.FIELDS.values(), *library.DATATYPES.values()):
                if isinstance(facts, list | tuple) and facts[4] and facts[2] in ("ID", "IS"):
                    votes[table_number(facts[4])] += 1 if facts[2] == "ID" else -1
    return {number: "HL7" if vote > 0 else "user" for number, vote in votes.items() if vote}


def compile_meanings(owners: Mapping[str, str]) -> bytes:
    """What the values of tables mean, of those that some version lists; the same in all versions.

    HL7 Terminology tells, and of HL7's own tables the npm package too: other owners ask for licences of their own.
    """
    listed: dict[str, set[str]] = {}
    for version in KNOWN_VERSIONS:
        for number, (_, _, values) in tables(hl7apy.load_library(version), {}):
            listed.setdefault(number, set()).update(values)
    terminology = load_built_in("terminology")
    found = {}
    for number, values in sorted(listed.items()):
        system = terminology.code_system(SYSTEM + number)
        concepts = system.concepts if system is not None else {}
        more = MORE["any"]["meanings"].get(number, {}) if owners.get(number) == "HL7" else {}
        texts = more | {code: concept.display for code, concept in concepts.items()}
        if told := {value: text for value in sorted(values) if (text := texts.get(value)) and text != value}:
            found[number] = told
    sources = [
        {"package": "hl7.terminology", "licence": "CC0-1.0"},
        {"package": "hl7-dictionary#1.0.1", "licence": "MIT"},
    ]
    return to_bytes({"sources": sources}, {"values": found})


def to_words(name: str) -> str:
    """`MOTHER_S_MAIDEN_NAME` as `Mother's Maiden Name`, `SET_ID_PID` as `Set ID - PID`."""
    for phrase, shown in PHRASES:
        name = name.replace(phrase, shown)
    if name.startswith("SET_ID_"):
        return f"Set ID - {name[7:].replace('_', ' ')}"
    head, example, rest = name.partition("_E_G_")
    if example:
        shown = " or ".join(join(part.split("_")) for part in rest.split("_OR_"))
        return f"{join(head.split('_'))} (e.g., {shown})"
    return join(name.split("_"))


def join(words: list[str]) -> str:
    shown = ""
    for index, word in enumerate(words):
        if word == "S" and index and words[index - 1] in SUFFIXES:
            shown += "(s)"
        elif word == "S" and index:
            shown += "'s"
        else:
            shown += (" " if shown else "") + cased(word, first=not index)
    return shown


def cased(word: str, *, first: bool) -> str:
    word = MISSPELT.get(word, word)
    if word in UPPER or (len(word) == 3 and word in SEGMENT_NAMES and word not in ("ADD", "LOC", "VAR")):
        return word
    if word.lower() in SMALL and not first:
        return word.lower()
    return "/".join(part.capitalize() for part in word.split("/"))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, default=DATA)
    into: Path = parser.parse_args(arguments).into
    owners, listed = table_owners(), listed_events()
    for version in KNOWN_VERSIONS:
        content = compile_version(version, owners, listed)
        (into / f"{version}.facts").write_bytes(content)
        print(f"{version}: {len(content):,} bytes")
    (into / "values.facts").write_bytes(compile_meanings(owners))
    return 0


if __name__ == "__main__":
    sys.exit(main())
