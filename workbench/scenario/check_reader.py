"""Parsing of checks, captures and masks: what a step of a scenario file says of its answer."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from workbench.errors import WorkbenchError
from workbench.scenario.masks import Standard, check_masks
from workbench.scenario.places import check_place
from workbench.scenario.scenario import Capture, CaptureKind, Check, CheckKind, Ordering
from workbench.scenario.text_reader import TextReader
from workbench.scenario.variables import NAME, fill_blank, is_built_in
from workbench.transports.mllp_retry import FAILURES
from workbench.yaml_file import YamlMap

CHECK_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)
CAPTURE_KINDS: tuple[CaptureKind, ...] = get_args(CaptureKind)
ORDERINGS: tuple[Ordering, ...] = get_args(Ordering)
# Kinds whose value is the place that is looked at; of the others it is what is expected.
PLACES: tuple[CheckKind, ...] = ("hl7", "fhirpath", "header", "launch", "token", "review")


class CheckReader(TextReader):
    """Reads what a step looks at in its answer, whatever kind of step it is."""

    def check_name(self, section: YamlMap, name: str) -> None:
        if not NAME.match(name) or name not in section.value:
            raise section.refuse(
                name, f"“{name}” is not a name for a variable.", "Use letters, digits, dots, “-” and “_”."
            )
        if is_built_in(name):
            raise section.refuse(name, f"${{{name}}} is a variable of the workbench’s own.", "Choose another name.")

    def read_captures(self, entry: YamlMap, known: tuple[CheckKind, ...]) -> tuple[Capture, ...]:
        allowed = tuple(kind for kind in CAPTURE_KINDS if kind in known)
        section = entry.map("capture", default=True)
        captures = []
        for name in section.names():
            self.check_name(section, name)
            place = section.map(name)
            kinds = [kind for kind in allowed if kind in place]
            if len(kinds) != 1:
                raise section.refuse(
                    name, f"“{place.path}” must say where in the answer the value is.", f"By {' or '.join(allowed)}."
                )
            captures.append(Capture(name, kinds[0], self._take_place(place, kinds[0]), section.line_of(name)))
            place.finish()
        return tuple(captures)

    def read_check(self, entry: YamlMap, allowed: tuple[CheckKind, ...]) -> Check:
        kinds = [kind for kind in CHECK_KINDS if kind in entry]
        if len(kinds) != 1:
            raise self._refuse_check(entry, kinds, allowed)
        kind = kinds[0]
        if kind not in allowed:
            raise entry.refuse(kind, f"The answer to this step has no “{kind}”.", f"Use one of {', '.join(allowed)}.")
        line = entry.line_of(kind)
        if kind == "review":
            check = Check(kind, self._take_place(entry, kind), *self._read_outcome(entry), line)
        elif kind in PLACES:
            subject = self._take_place(entry, kind)
            how, expected = self._read_ordering(entry, kind)
            check = Check(kind, subject, how, expected, line)
        elif kind == "body":
            text, file, verbatim = self.read_content(entry, "body")
            if verbatim:
                raise entry.refuse("body", "A compare needs a text.", "Write it as a block: body: |")
            check = Check("body", "", "equals", text, line, file)
        elif kind in ("granted", "withheld"):
            check = Check(kind, "", "contains", self.take_scopes(entry, kind), line)
        else:
            check = Check(kind, "", "contains" if kind == "reason" else "equals", self.take_expected(entry, kind), line)
            self._refuse_words(entry, check)
        entry.finish()
        return check

    def _read_outcome(self, entry: YamlMap) -> tuple[Ordering, Any]:
        """How the verdict on a requirement should be: passed where nothing is said."""
        from workbench.scenario.review_check import OUTCOMES

        how: Ordering = "not" if "not" in entry else "equals"
        if how not in entry:
            return "exists", True
        return how, entry.choice(how, OUTCOMES)

    def _refuse_words(self, entry: YamlMap, check: Check) -> None:
        """A failure that there is not would never come, and the check never hold."""
        expected = check.expected if isinstance(check.expected, tuple) else (check.expected,)
        for word in expected if check.kind == "failure" else ():
            if word not in FAILURES and "${" not in word:
                known = ", ".join(FAILURES)
                raise entry.refuse("failure", f"“{word}” is not a kind of failure.", f"Use one of {known}.")

    def _refuse_check(self, entry: YamlMap, kinds: list[CheckKind], allowed: tuple[CheckKind, ...]) -> WorkbenchError:
        if kinds:
            return entry.refuse(
                kinds[1],
                f"A check looks at one thing, and this one has {' and '.join(kinds)}.",
                "Make two checks of it.",
            )
        for key in entry.names():
            near = difflib.get_close_matches(key, allowed, n=1)
            if near and key not in ORDERINGS:
                return entry.refuse(key, f"“{key}” is not a kind of check.", f"Did you mean {near[0]}?")
        return WorkbenchError(
            "The check does not say what it looks at.",
            hint=f"Add one of {', '.join(allowed)}.",
            source=self.source,
            line=entry.line,
            column=int(entry.value.lc.col) + 1,
        )

    def _take_place(self, entry: YamlMap, kind: str) -> str:
        """An HL7 v2 path, a FHIRPath expression, a header or a context item that can be looked at."""
        text = self.take(entry, kind)
        try:
            check_place(kind, fill_blank(text))
        except WorkbenchError as error:
            raise entry.refuse(kind, error.message, error.hint) from error
        return text

    def _read_ordering(self, entry: YamlMap, kind: CheckKind) -> tuple[Ordering, Any]:
        orderings = [how for how in ORDERINGS if entry.raw(how, None) is not None]
        if len(orderings) > 1:
            raise entry.refuse(
                orderings[1], f"A check compares in one way, and this one has {' and '.join(orderings)}."
            )
        if not orderings:
            return ("equals", "true") if kind == "fhirpath" else ("exists", True)
        how = orderings[0]
        return how, entry.flag("exists") if how == "exists" else self.take_expected(entry, how)

    def read_masks(self, entry: YamlMap) -> tuple[tuple[str, ...], bool]:
        """The step's own masks, and whether those of the standard hold besides them."""
        masks = entry.texts("masks", ())
        own = tuple(mask for mask in masks if mask != "none")
        standard: Standard = "fhir" if "fhir" in entry else "hl7v2"
        try:
            check_masks(standard, own)
        except WorkbenchError as error:
            raise entry.refuse("masks", error.message, error.hint) from error
        return own, "none" not in masks
