"""Site words: what a site's profile asks at a place of a message, and the values that its own tables have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.hl7v2.completion import Suggestion
from workbench.hl7v2.path import Path

if TYPE_CHECKING:
    from workbench.conformance.asked import Asked
    from workbench.site.site import Site


@dataclass(frozen=True)
class SiteWords:
    """Of messages of one type, such as `ADT^A01`, in a version; empty where the site asks nothing of them."""

    site: Site
    kind: str
    version: str

    @cached_property
    def _asked(self) -> Asked | None:
        from workbench.conformance.asked import Asked

        rule = self.site.hl7v2.find_message(self.kind)
        return Asked(self.version, rule.profile, rule.required) if rule is not None else None

    def name_of(self, path: Path) -> str:
        return self._asked.name_of(_place(path)) if self._asked is not None else ""

    def describe(self, path: Path) -> str:
        """`Academic Medical Center: R, table AMC01`."""
        text, asker = self._asked.text_of(_place(path)) if self._asked is not None else ("", "")
        return f"{self.site.name}: {text}" if text and asker == "profile" else ""

    def suggest(self, path: Path) -> tuple[Suggestion, ...]:
        """The values of the tables that the site names at a place, with what they mean there."""
        from workbench.conformance.message_profile import PartRule

        asked = self._asked
        if asked is None or asked.profile is None:
            return ()
        rules = [rule for rule in asked.rules.get(_place(path), ()) if isinstance(rule, PartRule) and rule.table]
        tables = [table for rule in rules if (table := asked.profile.find_table(rule.table)) is not None]
        return tuple(
            Suggestion(code, f"{meaning} · {self.site.name}" if meaning else self.site.name)
            for table in tables
            for code, meaning in table.values
        )


def _place(path: Path) -> tuple[str, int, int, int]:
    return path.segment, path.field or 0, path.component or 0, path.subcomponent or 0
