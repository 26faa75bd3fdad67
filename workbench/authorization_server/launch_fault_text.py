"""Text of launch faults: a line that a person writes, such as `expired-token once for vitals-app`, read and written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench.authorization_server.fault_rule import FAULT_NAMES, FaultRule
from workbench.authorization_server.launch_faults import FaultDescription, describe_fault, make_fault_rule
from workbench.errors import WorkbenchError

EXAMPLE = "expired-token once for vitals-app"
# A site never waits longer than this before it answers, and its clock is never further off.
LONGEST = {"s": 600.0, "min": 527_040.0}
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,"]+|"')
_AMOUNT = re.compile(r"([+-]?\d{1,6}(?:\.\d{1,3})?)(s|min)?")
_PLAIN = re.compile(r"[A-Za-z0-9._~:/@-]+")
_WORDS = ("for", "at", "once", "times", "always", "after")


def parse_fault_rule(text: str) -> FaultRule:
    """Read one rule; `WorkbenchError` says which of its words is not understood."""
    tokens = _TOKEN.findall(text)
    if not tokens:
        raise _refuse("The fault has no name.", f"Write it as {EXAMPLE}.")
    name = next((name for name in FAULT_NAMES if name == tokens[0].lower()), None)
    if name is None:
        near = difflib.get_close_matches(tokens[0].lower(), FAULT_NAMES, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(FAULT_NAMES)}."
        raise _refuse(f"“{tokens[0]}” is not known.", hint)
    reader = _Reader(tokens[1:], make_fault_rule(name), describe_fault(name))
    while reader.tokens:
        reader.read_next()
    return reader.rule


def to_text(rule: FaultRule) -> str:
    """The rule as a person writes it."""
    fault = describe_fault(rule.fault)
    parts: list[str] = [rule.fault]
    parts += [f"{rule.amount:.10g} {fault.unit}"] if fault.unit else []
    parts += [f"at {rule.at}"] if rule.at != fault.places[0] else []
    parts += [f"after {rule.after}"] if rule.after else []
    if rule.times is not None:
        parts += ["once" if rule.times == 1 else f"times {rule.times}"]
    parts += [f"for {_tell_client(rule.client)}"] if rule.client else []
    return " ".join(parts)


class _Reader:
    """Reads what stands behind the name of a fault, word by word."""

    def __init__(self, tokens: list[str], rule: FaultRule, fault: FaultDescription) -> None:
        self.tokens = tokens
        self.rule = rule
        self._fault = fault
        self._set: set[str] = set()

    def read_next(self) -> None:
        word = self.tokens.pop(0)
        readers: dict[str, Callable[[], None]] = {
            "for": lambda: self._give("client", self._take_client()),
            "at": lambda: self._give("at", self._take_place()),
            "once": lambda: self._give("times", 1),
            "times": lambda: self._give("times", self._take_number("times", 1)),
            "always": lambda: self._give("times", None),
            "after": lambda: self._give("after", self._take_number("after", 0)),
        }
        if word.lower() in readers:
            readers[word.lower()]()
        elif amount := _AMOUNT.fullmatch(word):
            self._give("amount", self._judge_amount(float(amount[1]), amount[2] or self._take_unit()))
        else:
            near = difflib.get_close_matches(word.lower(), _WORDS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Behind the name stand {', '.join(_WORDS)}."
            raise _refuse(f"“{word}” is not known behind {self._fault.name}.", hint)

    def _give(self, field: str, value: Any) -> None:
        if field in self._set:
            raise _refuse(f"The fault says twice what its {field} is.", "Make two rules of it.")
        self._set.add(field)
        self.rule = replace(self.rule, **{field: value})

    def _take_client(self) -> str:
        token = self.tokens.pop(0) if self.tokens else ""
        name = re.sub(r"\\(.)", r"\1", token[1:-1]) if len(token) > 1 and token.startswith('"') else token
        if not name or name == '"':
            raise _refuse("“for” needs the client_id of an app.", f"Write it as {EXAMPLE}.")
        return name if token.startswith('"') or name != "all" else ""

    def _take_place(self) -> str:
        word = self.tokens.pop(0).lower() if self.tokens else ""
        if word not in self._fault.places:
            known = ", ".join(self._fault.places)
            raise _refuse(f"{self._fault.name} cannot be at “{word}”.", f"It can be at: {known}.")
        return word

    def _take_number(self, word: str, least: int) -> int:
        token = self.tokens.pop(0) if self.tokens else ""
        if not token.isascii() or not token.isdigit() or not least <= int(token) <= 10_000_000:
            raise _refuse(f"“{word}” needs a whole number of at least {least}, and has “{token}”.", f"Write {word} 3.")
        return int(token)

    def _take_unit(self) -> str:
        return self.tokens.pop(0).lower() if self.tokens and self.tokens[0].lower() in LONGEST else ""

    def _judge_amount(self, amount: float, unit: str) -> float:
        fault = self._fault
        if not fault.unit:
            raise _refuse(f"{fault.name} has no amount.", "Leave the number out, or write times in front of it.")
        if unit not in ("", fault.unit):
            raise _refuse(
                f"{fault.name} is counted in {fault.unit}.", f"Write {fault.name} {fault.amount:g} {fault.unit}."
            )
        least = 0.0 if fault.unit == "s" else -LONGEST["min"]
        if amount == 0 or not least <= amount <= LONGEST[fault.unit]:
            longest = f"{LONGEST[fault.unit]:.10g} {fault.unit}"
            raise _refuse(f"{amount:.10g} {fault.unit} is no amount for {fault.name}.", f"It goes up to {longest}.")
        return amount


def _tell_client(client: str) -> str:
    return client if _PLAIN.fullmatch(client) and client != "all" else _quote(client)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refuse(message: str, hint: str) -> WorkbenchError:
    return WorkbenchError(message, hint=hint)
