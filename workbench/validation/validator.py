"""Validator: a resource held against its release, the profiles it claims and those named; what it gives is issues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.issue import Issue
from workbench.rules.scope import Scope
from workbench.rules.visit import Visit
from workbench.structure.codes import Codes
from workbench.structure.issue_log import MOST_ISSUES, IssueLog, Place
from workbench.structure.soundness import Soundness
from workbench.structure.structure_look import StructureLook
from workbench.validation.judge import Judge


class Validator:
    """Compiles what it meets and keeps it; any number of threads may use one, and each process has its own."""

    def __init__(self, definitions: Definitions | None = None) -> None:
        self.definitions = definitions or load_definitions()
        codes = Codes(self.definitions)
        self._look = StructureLook(self.definitions, codes, Soundness(self.definitions, codes))
        self._judge = Judge(self.definitions, codes)

    def validate(
        self, resource: Any, *, profiles: Sequence[str] = (), most_issues: int = MOST_ISSUES
    ) -> tuple[Issue, ...]:
        """Return what is against `resource`: with no error it is valid, but for what is told to be undecided.

        `profiles` are canonicals that it must meet besides those in its `meta.profile`.
        """
        return self._gather(resource, most_issues, lambda log: self._judge_whole(resource, profiles, log))

    def check_structure(self, resource: Any, *, most_issues: int = MOST_ISSUES) -> tuple[Issue, ...]:
        """Return what the base structure alone is against: elements, cardinality, types, formats and required codes."""
        return self._gather(resource, most_issues, lambda log: self._look.look(resource, log))

    def _gather(self, resource: Any, most_issues: int, judge: Callable[[IssueLog], None]) -> tuple[Issue, ...]:
        log = IssueLog(most_issues)
        try:
            judge(log)
        except RecursionError:  # what is read from a text is refused before it nests so deep
            said = "The resource nests too deeply to be judged, deeper than any that FHIR needs."
            log.tell("fatal", "structure", said, self._judge.model.node_of_resource(resource).type, "Resource depth")
        log.settle()
        return log.issues

    def _judge_whole(self, resource: Any, profiles: Sequence[str], log: IssueLog) -> None:
        self._look.look(resource, log)
        node = self._judge.model.node_of_resource(resource)
        place = Place(None, node.type)
        if node.type and self.definitions.release.complete:
            self._judge.judge_resource(Visit(self._judge, log, Scope(node, place)), profiles)
        elif node.type:
            name = self.definitions.release.name
            why = f"of FHIR {name} the structure alone is known"
            log.tell_undecided("Whether codes, invariants and profiles are kept", why, place, f"{name} structure")
