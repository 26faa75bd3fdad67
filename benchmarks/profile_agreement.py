"""Agreement of profile judges: each rule of a message profile broken alone, and what we and HAPI HL7v2 say of it.

    python -m benchmarks.profile_agreement CLASSPATH PROFILE.xml…

CLASSPATH holds HAPI (hapi-base and the structures) and the compiled `benchmarks/peers/Hl7v2Profiles.java`. Of each
profile a message is made that keeps it, and of that one message for each rule that breaks this rule alone.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Placed, SegmentRule
from workbench.conformance.profile_judge import judge_profile
from workbench.conformance.profile_source import read_profiles
from workbench.hl7v2.message import Message, parse_message

_VALUES = {"TS": "20260302", "DT": "20260302", "DTM": "20260302", "TM": "1200", "NM": "1", "SI": "1"}
_FIXED = ("MSH-1", "MSH-2", "MSH-9", "MSH-10", "MSH-12")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Mutant:
    """A message in which the rule at `path` is broken; `kind` says which sort of rule."""

    kind: str
    path: str
    message: Message


def make_message(profile: MessageProfile) -> Message:
    """A message that keeps the profile, with no more than it requires."""
    lines = [_segment_text(rule, profile) for rule in _required(profile.children)]
    return parse_message("\r".join(lines) + "\r")


def make_mutants(profile: MessageProfile, message: Message) -> Iterator[Mutant]:
    """A message for each rule of the segments that stand in `message`, and for each segment."""
    seen = set[str]()
    for rule in _required(profile.children):
        if rule.name in seen:
            continue
        seen.add(rule.name)
        for field in rule.fields:
            yield from _field_mutants(f"{rule.name}-{field.number}", field, message)
        if rule.name != "MSH":
            yield Mutant("segment R", rule.name, _without(message, rule.name))
    for child in profile.children:
        if isinstance(child, SegmentRule) and child.usage == "X":
            yield Mutant("segment X", child.name, parse_message(f"{message.text}{child.name}|1\r"))
    for name in ("DG1", "GT1"):
        if name not in profile.segment_names:
            yield Mutant("segment not listed", name, parse_message(f"{message.text}{name}|1\r"))


def _required(children: tuple[Placed, ...]) -> Iterator[SegmentRule]:
    for child in children:
        if child.usage == "R" and not child.condition:
            if isinstance(child, GroupRule):
                yield from _required(child.children)
            else:
                yield child


def _segment_text(rule: SegmentRule, profile: MessageProfile) -> str:
    fields = {field.number: _field_text(field) for field in rule.fields}
    if rule.name == "MSH":
        structure = f"^{profile.structure}" if _has_structure(rule) and profile.structure else ""
        kind = profile.message if "^" in profile.message else f"{profile.message}^"
        fields |= {9: (kind + structure).rstrip("^"), 10: "1", 11: fields.get(11, "").replace("A", "P", 1)}
        fields |= {12: "^".join([profile.version, *fields.get(12, "").split("^")[1:]])}
        return "|".join(["MSH", "^~\\&", *(fields.get(at, "") for at in range(3, max(fields) + 1))]).rstrip("|")
    return "|".join([rule.name, *(fields.get(at, "") for at in range(1, max(fields, default=0) + 1))]).rstrip("|")


def _has_structure(rule: SegmentRule) -> bool:
    kind = rule.find(9)
    return kind is not None and len(kind.parts) > 2 and kind.parts[2].usage != "X"


def _field_text(rule: PartRule, level: int = 0) -> str:
    """What keeps a rule that requires a value; nothing where none is required."""
    if rule.usage != "R" or rule.condition is not None:
        return ""
    return _value(rule, level)


def _value(rule: PartRule, level: int) -> str:
    if rule.constant and not rule.parts:
        return rule.constant
    if not rule.parts:
        return _VALUES.get(rule.datatype, "A") + "A" * max((rule.length.least if rule.length else 0) - 1, 0)
    parts = {part.number: _field_text(part, level + 1) for part in rule.parts}
    if not any(parts.values()):
        first = next((part for part in rule.parts if part.usage not in ("X", "W")), rule.parts[0])
        parts[first.number] = _value(first, level + 1)
    return "^&"[level].join(parts.get(at, "") for at in range(1, max(parts) + 1)).rstrip("^&"[level])


def _field_mutants(path: str, rule: PartRule, message: Message) -> Iterator[Mutant]:
    if path in _FIXED:
        return
    is_valued = bool(message.get(path))
    if rule.usage == "R" and rule.condition is None and is_valued:
        yield Mutant("field R", path, message.set(path, "", raw=True))
    if rule.usage == "X":
        yield Mutant("field X", path, message.set(path, "A"))
        return
    if is_valued and rule.cardinality is not None and rule.cardinality.most == 1:
        text = message.get(path) or ""
        yield Mutant("field max", path, message.set(path, f"{text}~{text}", raw=True))
    if is_valued:
        yield from _value_mutants("field", path, rule, message)
        for part in rule.parts:
            yield from _component_mutants(f"{path}.{part.number}", part, message)


def _component_mutants(path: str, rule: PartRule, message: Message) -> Iterator[Mutant]:
    value = message.get(path)
    holder = path.rpartition(".")[0]
    others = [each for each in (message.get(holder) or "").split("^") if each]
    if rule.usage == "R" and rule.condition is None and value and len(others) > 1:
        yield Mutant("component R", path, message.set(path, "", raw=True))
    if rule.usage == "X":
        yield Mutant("component X", path, message.set(path, "A"))
    elif value:
        yield from _value_mutants("component", path, rule, message)


def _value_mutants(level: str, path: str, rule: PartRule, message: Message) -> Iterator[Mutant]:
    if rule.parts:
        return
    if rule.constant:
        yield Mutant(f"{level} constant", path, message.set(path, "Z" * len(rule.constant)))
    elif rule.length is not None and rule.length.most is not None and rule.length.most < _LONGEST:
        yield Mutant(f"{level} length", path, message.set(path, "1" * (rule.length.most + 1)))


def _without(message: Message, name: str) -> Message:
    return parse_message("".join(f"{line}\r" for line in message.text.split("\r") if line and line[:3] != name))


def judge_with_hapi(class_path: str, profile: Path, messages: list[Message]) -> list[set[str]]:
    """What HAPI has against each message, one text an exception."""
    with tempfile.NamedTemporaryFile("w", suffix=".hl7", encoding="utf-8") as file:
        file.write("\n--\n".join(message.text.replace("\r", "\n") for message in messages))
        file.flush()
        command = ["java", "-cp", class_path, "Hl7v2Profiles", str(profile), file.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: list[set[str]] = []
    for line in done.stdout.splitlines():
        if line.startswith("## "):
            found.append(set())
        elif found:
            found[-1].add(line)
    return found


def main(class_path: str, names: list[str]) -> None:
    totals = Counter[tuple[str, str]]()
    for name in names:
        for profile in read_profiles(name):
            base = make_message(profile)
            mutants = list(make_mutants(profile, base))
            theirs = judge_with_hapi(class_path, Path(name), [base, *(mutant.message for mutant in mutants)])
            mine = [{(issue.path, issue.rule) for issue in judge_profile(base, profile) if issue.is_error}]
            mine += [{(i.path, i.rule) for i in judge_profile(m.message, profile) if i.is_error} for m in mutants]
            print(f"\n{name}: {profile.message} {profile.version}, {len(mutants)} mutants")
            print(f"  the message that keeps it: ours {sorted(mine[0])}, HAPI {sorted(theirs[0])}")
            for mutant, own, other in zip(mutants, mine[1:], theirs[1:], strict=True):
                here, there = bool(own - mine[0]), bool(other - theirs[0])
                verdict = "both" if here and there else "ours alone" if here else "HAPI alone" if there else "neither"
                totals[mutant.kind, verdict] += 1
                if verdict != "both":
                    print(f"  {verdict}: {mutant.kind} at {mutant.path} {sorted(other - theirs[0])}")
    print(f"\n{'rule broken':<22}{'both':>8}{'ours alone':>12}{'HAPI alone':>12}{'neither':>9}")
    for kind in dict.fromkeys(kind for kind, _ in totals):
        counts = [totals[kind, verdict] for verdict in ("both", "ours alone", "HAPI alone", "neither")]
        print(f"{kind:<22}{counts[0]:>8}{counts[1]:>12}{counts[2]:>12}{counts[3]:>9}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
