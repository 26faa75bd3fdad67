"""Titles of steps that nobody named: what each does, in a few words."""

from __future__ import annotations

import re

from workbench.scenario.scenario import FhirInteraction, Launch, ReceiveHl7v2, SendHl7v2, Step, TokenRequest

_LAUNCHES = {"ehr": "EHR", "standalone": "Standalone", "backend": "Backend"}
_TYPE = re.compile(r"([A-Z][A-Z0-9]{2})\^([A-Z][A-Z0-9]{2})")


def title_of(step: Step) -> str:
    """The name that `step` goes by where its file gives none."""
    if isinstance(step, FhirInteraction):
        return f"{step.method} {step.path}".strip()
    if isinstance(step, Launch):
        return f"{_LAUNCHES[step.kind]} launch"
    if isinstance(step, TokenRequest):
        return f"{step.kind.capitalize()} the token"
    if isinstance(step, SendHl7v2):
        return f"Send {find_message_type(step.message)}"
    if isinstance(step, ReceiveHl7v2):
        return "Receive a message"
    return f"Wait {step.seconds:g} s"


def find_message_type(message: str) -> str:
    """`ADT^A01` of a message whose header can be made out, else `a message`."""
    found = _TYPE.search(message[:400])
    return found[0] if found else "a message"
