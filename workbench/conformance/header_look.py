"""HeaderLook: a close look at what the header of a message says of itself: delimiters, type, version, character set."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.conformance.issue_log import IssueLog
from workbench.conformance.meant_type import find_example, find_meant_type
from workbench.conformance.version_plan import VersionPlan
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, Dictionary
from workbench.hl7v2.message import Message
from workbench.issue import Severity

# Published versions whose tables are those of another one here.
_UNLISTED = ("2.7.1", "2.9", "2.9.1")
_LETTER = re.compile(r"[^\x00-\x7f]")
_CONTROL = re.compile(r"[\x00-\x08\x0c\x0e-\x1b\x1d-\x1f\x7f]")


_VERSION_FIELD = 12
_SHIFTS = (1, -1, 2, -2)


def find_event(message: Message, version: str) -> str:
    """The trigger event: MSH-9.2, or what EVN-1 names in the first versions, which often have it there alone."""
    stated = message.get("MSH-9.2") or ""
    return stated or (message.get("EVN-1") or "" if version in ("2.1", "2.2") else "")


def find_shift(message: Message) -> int:
    """How many places the version stands from MSH-12; 0 where it stands there, or nobody can tell."""
    stated = message.version
    if stated in KNOWN_VERSIONS or stated in _UNLISTED:
        return 0
    found = (shift for shift in _SHIFTS if message.get(f"MSH-{_VERSION_FIELD + shift}.1") in KNOWN_VERSIONS)
    return next(found, 0)


@dataclass(frozen=True, slots=True)
class HeaderLook:
    """One message's MSH; `version` is what it is held against, `chosen` where not MSH-12 but somebody chose it."""

    log: IssueLog
    message: Message
    plan: VersionPlan
    chosen: bool

    def look_at(self, shift: int = 0) -> None:
        """Judge the header; of one whose fields stand `shift` places from theirs, no more is told of its fields."""
        self._look_at_delimiters()
        if shift:
            self._tell_shift(shift)
        else:
            if not self.chosen:
                self._look_at_version()
            self._look_at_type()
        self._look_at_characters()

    def _tell_shift(self, shift: int) -> None:
        found = self.message.get(f"MSH-{_VERSION_FIELD + shift}.1")
        many = "a field too many stands" if shift == 1 else f"{shift} fields too many stand"
        if shift < 0:
            many = "a field is missing" if shift == -1 else f"{-shift} fields are missing"
        said = f"The version {found} stands in MSH-{_VERSION_FIELD + shift} and not in MSH-12: {many} before it."
        self._tell("error", "structure", said, "MSH-12", "MSH fields")

    def _look_at_delimiters(self) -> None:
        encoding = self.message.encoding
        given = encoding.field + encoding.msh2[:5]
        if len(given) < 5:
            said = f"MSH-2 is “{encoding.msh2}”, and names four characters, usually ^~\\&: add those that lack."
        elif len(set(given)) != len(given):
            said = f"A character stands twice in MSH-1 and MSH-2 (“{given}”): give each delimiter one of its own."
        elif any(char.isalnum() or char.isspace() for char in given):
            said = f"MSH-1 and MSH-2 (“{given}”) name a letter, digit or blank as delimiter: use |^~\\&."
        else:
            return
        self._tell("error", "value", said, "MSH-2", "MSH-2 encoding characters")

    def _look_at_version(self) -> None:
        stated, held = self.message.version, self.plan.version
        if stated in KNOWN_VERSIONS or not stated:
            return
        if stated in _UNLISTED:
            cause = f"the tables of HL7 v{stated} are not here"
            said = f"MSH-12 says {stated}, whose tables are not here: it is held against those of {held}."
            at = self._offset("MSH-12")
            self.log.add_undecided(cause, said, path="MSH-12.1", rule="MSH-12", offset=at)
            return
        is_held = re.sub(r"\D", "", stated) == held.replace(".", "")
        meant = held if is_held else "one such as 2.5.1"
        said = f"“{stated[:20]}” in MSH-12 is no version of HL7 v2 (held against {held}): write {meant}."
        self._tell("error", "code-invalid", said, "MSH-12.1", "table 0104")

    def _look_at_type(self) -> None:
        dictionary = self.plan.dictionary
        code, named = (self.message.get(f"MSH-9.{number}") or "" for number in (1, 3))
        event = find_event(self.message, self.plan.version)
        if not code:
            return
        if not event and code != "ACK" and ("_" in code or dictionary.structure(named or code) is None):
            self._tell_eventless(code)
            return
        expected = dictionary.structure_of(code, event)
        if not _knows_event(dictionary, code, event, expected):
            self._tell_unknown_event(code, event, named)
        elif named and named != expected and dictionary.structure(expected) is not None:
            what = f"{code}^{event}" if event else code
            said = f"MSH-9.3 says {named[:20]}, and {what} has the structure {expected} in {self.log.standard}: "
            said += f"write {expected}."
            self._tell("error", "code-invalid", said, "MSH-9.3", "table 0354")

    def _tell_eventless(self, code: str) -> None:
        dictionary = self.plan.dictionary
        meant = find_meant_type(dictionary, code, "")
        if meant:
            said = f"“{code[:20]}” in MSH-9 is no message type with its trigger event: write {meant}."
        elif example := find_example(dictionary, code):
            said = (
                f"MSH-9 names no trigger event, and {code[:20]} alone names no structure: write it as {example} or so."
            )
        else:
            said = f"“{code[:20]}” in MSH-9 is no message type of {self.log.standard}: write one such as ADT^A01."
        self._tell("error", "required", said, "MSH-9.2", "MSH-9.2 required")

    def _tell_unknown_event(self, code: str, event: str, named: str) -> None:
        if code[:1] == "Z" or event[:1] == "Z":
            known = self.plan.dictionary.structure(named) is not None
            if not known:
                cause = "messages of sites’ own have no structure in the standard"
                said = f"{code}^{event} is a site’s own message: its segments are judged one by one, not their order."
                self.log.add_undecided(cause, said, path="MSH-9", rule="MSH-9", offset=self._offset("MSH-9"))
            return
        meant = find_meant_type(self.plan.dictionary, code, event)
        advice = f"write {meant}" if meant else "check MSH-9 and MSH-12"
        said = f"{code[:20]}^{event[:20]} is no message of {self.log.standard}: {advice}."
        self._tell("error", "code-invalid", said, "MSH-9", "MSH-9 message type")

    def _look_at_characters(self) -> None:
        message, characters = self.message, self.message.character_set
        named = " and ".join(name for name in characters.declared if name)
        if characters.unknown and not self.plan.values("0211"):
            said = f"“{characters.unknown[0][:40]}” in MSH-18 is no known character set: write UNICODE UTF-8 or so."
            self._tell("warning", "code-invalid", said, "MSH-18", "table 0211")
        elif characters.reason == "guess" or characters.undecoded or not (characters.agrees or characters.unknown):
            said = f"{characters.describe()[:-1]}: write it in the set that MSH-18 names, or name the right one."
            if not named:
                said = "The bytes are neither ASCII nor UTF-8, and MSH-18 names no character set: name it there."
            self._tell("error", "value", said, "MSH-18", "MSH-18 character set")
        elif named.upper() in ("", "ASCII") and not message.text.isascii():
            self._tell_letter(named)
        if found := _CONTROL.search(message.text):
            said = (
                f"A control character (hexadecimal {ord(found[0]):02X}) stands in the text: take it out, or escape it."
            )
            path = message.locate(found.start()) or "MSH"
            self.log.add("error", "value", said, path=path, rule="control characters", offset=found.start())

    def _tell_letter(self, named: str) -> None:
        found = _LETTER.search(self.message.text)
        if found is None:
            return
        said = f"“{found[0]}” is not ASCII, which {'MSH-18 names' if named else 'an empty MSH-18 means'}"
        said += ": name the character set in MSH-18."
        path = self.message.locate(found.start()) or "MSH-18"
        self.log.add("warning", "value", said, path=path, rule="MSH-18 character set", offset=found.start())

    def _tell(self, severity: Severity, code: str, said: str, path: str, rule: str) -> None:
        self.log.add(severity, code, said, path=path, rule=rule, offset=self._offset(path))

    def _offset(self, path: str) -> int:
        place = path
        while place:
            if span := self.message.span(place):
                return span[0]
            place = place.rpartition(".")[0]
        header = self.message.find_segments("MSH")
        return header[0].end if header else 0


def _knows_event(dictionary: Dictionary, code: str, event: str, structure: str) -> bool:
    """Whether the version has a message of that code and event; where nobody can tell, it has."""
    if code == "ACK" or not event:
        return True
    return dictionary.structure(structure) is not None
