"""Places: what a check or a capture looks at in an answer, and the values that stand there."""

from __future__ import annotations

from workbench.errors import WorkbenchError
from workbench.hl7v2.path import check_path
from workbench.scenario.answer import Answer, to_shown


def check_place(kind: str, subject: str) -> None:
    """Raise WorkbenchError where `subject` is no HL7 v2 path, expression or requirement, as its `kind` asks."""
    if not subject.strip():
        raise WorkbenchError("The place to look at is empty.", hint="Name it.")
    if kind == "hl7":
        check_path(subject)
    elif kind == "fhirpath":
        from workbench.fhirpath.expression import compile_expression

        compile_expression(subject)
    elif kind == "review":
        from workbench.scenario.review_check import check_subject

        check_subject(subject)


def find_values(kind: str, subject: str, answer: Answer) -> tuple[str, ...]:
    """What stands at the place; nothing where it is absent. Raises WorkbenchError where it cannot be looked at."""
    if kind == "header":
        found = answer.find_header(subject)
    elif kind == "launch":
        found = answer.launch.get(subject) or None
    elif kind == "token":
        found = answer.token.get(subject) or None
    else:
        check_place(kind, subject)
        return _find_in_message(subject, answer) if kind == "hl7" else _find_in_resource(subject, answer)
    return () if found is None else (found,)


def _find_in_message(path: str, answer: Answer) -> tuple[str, ...]:
    try:
        value = answer.message.get(path)
    except WorkbenchError:
        return ()
    return () if value is None else (value,)


def _find_in_resource(expression: str, answer: Answer) -> tuple[str, ...]:
    from workbench.fhirpath.expression import evaluate

    try:
        resource = answer.resource
    except WorkbenchError:
        return ()
    return () if resource is None else tuple(to_shown(value) for value in evaluate(resource, expression))
