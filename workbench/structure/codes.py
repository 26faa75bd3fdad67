"""Codes: which codes a binding takes, looked up once for each value set and each code."""

from __future__ import annotations

from collections.abc import Callable

from workbench.definitions.definitions import Definitions
from workbench.terminology.code_system import Standing
from workbench.terminology.value_set import Membership

MOST_REMEMBERED = 20_000


class Codes:
    """The value sets of one set of definitions."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self._known: dict[str, dict[str, frozenset[str]] | None] = {}
        self._judged: dict[tuple[str, str | None, str], Membership] = {}

    def known(self, value_set: str) -> dict[str, frozenset[str]] | None:
        """The codes of a value set by system; None where they cannot be listed here."""
        if value_set not in self._known:
            found = self.definitions.value_set(value_set)
            listed = found.codes() if found is not None else None
            gathered: dict[str, set[str]] = {}
            for system, code in listed or ():
                gathered.setdefault(system, set()).add(code)
            self._known[value_set] = (
                None if listed is None else {system: frozenset(codes) for system, codes in gathered.items()}
            )
        return self._known[value_set]

    def judge(self, value_set: str, system: str | None, code: str) -> Membership:
        """`system` is None for an element of the type code, which has none of its own."""
        return self._remember((value_set, system, code), lambda: self._judge(value_set, system, code))

    def judge_in_system(self, system: str, code: str) -> Membership:
        """Whether a code system has a code."""
        return self._remember(("", system, code), lambda: self.definitions.judge_in_system(system, code))

    def display_of(self, system: str, code: str) -> str:
        """The display of a code where its system is here; else empty."""
        found = self.definitions.code_system(system)
        return found.display_of(code) if found is not None else ""

    def standing_of(self, system: str, code: str) -> Standing:
        """Whether a code may still be used, as far as its system is here."""
        found = self.definitions.code_system(system)
        return found.standing_of(code) if found is not None else "active"

    def _remember(self, key: tuple[str, str | None, str], judge: Callable[[], Membership]) -> Membership:
        found = self._judged.get(key)
        if found is None:
            found = judge()
            if len(self._judged) > MOST_REMEMBERED:
                self._judged.clear()
            self._judged[key] = found
        return found

    def _judge(self, value_set: str, system: str | None, code: str) -> Membership:
        if system == "":
            return Membership(False, "it names no code system")
        listed = self.known(value_set) or {}
        found = code in listed.get(system, ()) if system else any(code in codes for codes in listed.values())
        # A code that is not listed as it is written may still be one, where case does not matter.
        return Membership(True) if found else self.definitions.judge_code(value_set, system or "", code)
