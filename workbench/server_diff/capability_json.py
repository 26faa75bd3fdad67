"""JSON of capability statements of any shape: what can be read is taken, and what cannot is told as a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from workbench.fhir.resource import Json
from workbench.issue import Issue
from workbench.server_diff.capability import Item

EXPECTATION = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation"
PROHIBITED = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-prohibited"
MOST_FAULTS = 50


class StatementJson:
    """Takes the parts of one statement; `faults` are the places that are not formed as the standard says."""

    def __init__(self) -> None:
        self.faults: list[Issue] = []

    def fault(self, path: str, sentence: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Issue("warning", "structure", f"{path or 'The statement'} {sentence}.", path))

    def objects(self, holder: Json, name: str, path: str) -> Iterator[tuple[str, Json]]:
        """The objects of an array with their paths; what the statement says that it prohibits is left out."""
        at = f"{path}.{name}" if path else name
        value = holder.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            self.fault(at, f"is {_kind(value)} and not an array, so nothing in it was read")
            return
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.fault(f"{at}[{index}]", f"is {_kind(item)} and not an object, so it was left out")
            elif not any(each.get("valueBoolean") is True for each in _modifiers(item, PROHIBITED)):
                yield f"{at}[{index}]", item

    def child(self, holder: Json, name: str, path: str) -> Json:
        value = holder.get(name)
        if isinstance(value, dict):
            return value
        if value is not None:
            self.fault(f"{path}.{name}" if path else name, f"is {_kind(value)} and not an object, so it was left out")
        return {}

    def text(self, holder: Json, name: str, path: str) -> str:
        value = holder.get(name)
        if isinstance(value, str):
            return value.strip()
        if value is not None:
            self.fault(f"{path}.{name}" if path else name, f"is {_kind(value)} and not a text, so it was left out")
        return ""

    def values(self, holder: Json, path: str, names: tuple[str, ...]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in names:
            value = holder.get(name)
            if isinstance(value, bool):
                found[name] = "true" if value else "false"
            elif text := self.text(holder, name, path):
                found[name] = text
        return found

    def codes(self, holder: Json, name: str, path: str, canonical: bool = False) -> dict[str, Item]:
        """A list of texts or references, or one alone; canonicals are keyed without their version."""
        value = holder.get(name)
        many = value if isinstance(value, list) else [] if value is None else [value]
        beside = holder.get(f"_{name}")
        extras = beside if isinstance(beside, list) else [beside]
        found: dict[str, Item] = {}
        for index, item in enumerate(many):
            text = reference_of(item)
            extra = extras[index] if index < len(extras) else None
            if text:
                key = text.partition("|")[0] if canonical else text
                found.setdefault(key, Item(text, "", expectation_of(extra) if isinstance(extra, dict) else ""))
            elif item is not None:
                at = f"{path}.{name}" if path else name
                self.fault(f"{at}[{index}]", f"is {_kind(item)} and names nothing, so it was left out")
        return found

    def named(self, holder: Json, name: str, path: str, key: str, read: Callable[[Json, str], Item]) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for at, item in self.objects(holder, name, path):
            word = self.text(item, key, at)
            if not word:
                self.fault(at, f"has no {key}, so it was left out")
                continue
            made = read(item, at)
            made = Item(made.value, made.definition, expectation_of(item))
            if found.setdefault(word, made) != made:
                self.fault(f"{path}.{name}[{word}]" if path else f"{name}[{word}]", "is said twice, and not alike")
        return found

    def keyed(self, holder: Json, name: str, path: str, keys: tuple[str, str]) -> dict[str, Item]:
        """Items known by two of their elements, such as a document's mode and profile."""
        found: dict[str, Item] = {}
        for _, item in self.objects(holder, name, path):
            first, second = (reference_of(item.get(key)) for key in keys)
            if first or second:
                found.setdefault(f"{first} {second.partition('|')[0]}".strip(), Item(f"{first} {second}".strip()))
        return found


def expectation_of(holder: Json) -> str:
    found = [each.get("valueCode") for each in extensions_of(holder, EXPECTATION)]
    return next((code for code in found if isinstance(code, str)), "")


def extensions_of(holder: Json, url: str) -> list[Json]:
    return [extension for extension in dicts(holder.get("extension")) if extension.get("url") == url]


def _modifiers(holder: Json, url: str) -> list[Json]:
    return [extension for extension in dicts(holder.get("modifierExtension")) if extension.get("url") == url]


def dicts(value: Any) -> list[Json]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def reference_of(value: Any) -> str:
    """The text of a uri, a canonical, a Reference (DSTU2, STU3) or a Coding."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("reference", "code", "display") if isinstance(value.get(key), str)), "")
    return value.strip() if isinstance(value, str) else ""


def _kind(value: Any) -> str:
    kinds = {str: "a text", bool: "a boolean", list: "an array", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "a number")
