"""Agreement of profile judges: each rule of a message profile broken alone, and who tells it.

    python -m benchmarks.profile_agreement --hapi CLASSPATH --hl7types PYTHON PROFILE.xml…

Of each profile a message is made that keeps it, and of that one message for each rule that breaks this rule alone. They
are held against the profile by ourselves, HAPI HL7v2 (`benchmarks/peers/Hl7v2Profiles.java`) and PyPI `hl7types`.
"""

from __future__ import annotations

import subprocess
import tempfile
from argparse import ArgumentParser, Namespace
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


def judge_with(command: list[str], profile: Path, messages: list[Message]) -> list[set[str]]:
    """What a peer has against each message, one text a complaint; nothing where it cannot read the profile."""
    with tempfile.NamedTemporaryFile("w", suffix=".hl7", encoding="utf-8") as file:
        file.write("\n--\n".join(message.text.replace("\r", "\n") for message in messages))
        file.flush()
        done = subprocess.run([*command, str(profile), file.name], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {command[0]}: {done.stderr.strip().splitlines()[-1][:200]}")
        return []
    found: list[set[str]] = []
    for line in done.stdout.splitlines():
        if line.startswith("## "):
            found.append(set())
        elif found:
            found[-1].add(line)
    return found


def compare(name: str, peers: dict[str, list[str]], totals: Counter[tuple[str, str, str]]) -> None:
    """Judge one profile's mutants by ourselves and by each peer, and count who told what."""
    for profile in read_profiles(name):
        base = make_message(profile)
        mutants = list(make_mutants(profile, base))
        messages = [base, *(mutant.message for mutant in mutants)]
        own = [{(i.path, i.rule) for i in judge_profile(message, profile) if i.is_error} for message in messages]
        print(
            f"\n{name}: {profile.message} {profile.version}, {len(mutants)} mutants; of what keeps it: {sorted(own[0])}"
        )
        for peer, command in peers.items():
            theirs = judge_with(command, Path(name), messages) or [set[str]()] * len(messages)
            for mutant, mine, told in zip(mutants, own[1:], theirs[1:], strict=True):
                here, there = bool(mine - own[0]), bool(told - theirs[0])
                verdict = "both" if here and there else "ours alone" if here else "theirs alone" if there else "neither"
                totals[peer, mutant.kind, verdict] += 1
                if verdict in ("theirs alone", "neither"):
                    print(f"  {peer}, {verdict}: {mutant.kind} at {mutant.path} {sorted(told - theirs[0])}")


def main(arguments: Namespace) -> None:
    peers = {}
    if arguments.hapi:
        peers["HAPI"] = ["java", "-cp", arguments.hapi, "Hl7v2Profiles"]
    if arguments.hl7types:
        peers["hl7types"] = [arguments.hl7types, str(Path(__file__).parent / "peers" / "hl7types_profiles.py")]
    totals = Counter[tuple[str, str, str]]()
    for name in arguments.profiles:
        compare(name, peers, totals)
    verdicts = ("both", "ours alone", "theirs alone", "neither")
    for peer in peers:
        print(f"\n{peer:<22}" + "".join(f"{verdict:>14}" for verdict in verdicts))
        for kind in dict.fromkeys(kind for _, kind, _ in totals):
            print(f"{kind:<22}" + "".join(f"{totals[peer, kind, verdict]:>14}" for verdict in verdicts))


if __name__ == "__main__":
    parser = ArgumentParser(description="Each rule of a message profile broken alone, and who tells it.")
    parser.add_argument("--hapi", default="", metavar="CLASSPATH", help="HAPI and the compiled Hl7v2Profiles.java")
    parser.add_argument("--hl7types", default="", metavar="PYTHON", help="a Python that has hl7types")
    parser.add_argument("profiles", nargs="+", metavar="PROFILE.xml")
    main(parser.parse_args())
