"""Parsing of launch steps: how the workbench launches as an app, what the site does wrongly then, and its tokens."""

from __future__ import annotations

from typing import Any, get_args

from workbench.authorization_server.discovery_edits import DISCOVERY_FAULTS
from workbench.authorization_server.launch_fault_text import parse_fault_rule
from workbench.errors import WorkbenchError
from workbench.scenario.scenario import LaunchStepKind, TokenStepKind
from workbench.scenario.text_reader import TextReader
from workbench.smart.client_methods import CLIENT_AUTHENTICATIONS
from workbench.yaml_file import YamlMap

LAUNCH_KINDS: tuple[LaunchStepKind, ...] = get_args(LaunchStepKind)
TOKEN_KINDS: tuple[TokenStepKind, ...] = get_args(TokenStepKind)
OF_AN_EHR = ("intent", "location", "context")
OF_A_USER = ("user", "patient", "encounter", "grant", *OF_AN_EHR)


def read_launch(reader: TextReader, entry: YamlMap) -> dict[str, Any]:
    """The fields of a `launch` step but its name and time."""
    names = {"client_id": "client", "scope": "scope", "user": "user", "patient": "patient"}
    names |= {"encounter": "encounter", "expect_refusal": "refused"}
    names |= {"intent": "intent", "location": "location"}
    fields: dict[str, Any] = {field: reader.take(entry, key, "") for field, key in names.items()}
    fields["grant"] = reader.take_scopes(entry, "grant") if "grant" in entry else ""
    fields["context"] = tuple(reader.take_scopes(entry, "context").split()) if "context" in entry else ()
    fields["kind"] = entry.choice("launch", LAUNCH_KINDS)
    fields["authentication"] = entry.choice("authentication", ("", *CLIENT_AUTHENTICATIONS), "")
    fields["faults"] = _read_faults(entry)
    fields["discovery"] = entry.words("discovery", DISCOVERY_FAULTS)
    fields["saves_as"] = entry.text("as", "launch")
    if "scope" not in entry:
        entry.text("scope")
    _refuse_idle(entry, fields["kind"])
    return fields


def read_token(reader: TextReader, entry: YamlMap) -> dict[str, Any]:
    """The fields of a `token` step but its time and the launch that it is about."""
    kind = entry.choice("token", TOKEN_KINDS)
    scope = reader.take_scopes(entry, "scope") if "scope" in entry else ""
    if scope and kind != "refresh":
        raise entry.refuse("scope", f"“{kind}” asks for no scope.", "Take the line out.")
    return {"kind": kind, "scope": scope, "expect_refusal": reader.take(entry, "refused", "")}


def _read_faults(entry: YamlMap) -> tuple[str, ...]:
    faults = entry.texts("fault", ())
    for text in faults:
        try:
            parse_fault_rule(text)
        except WorkbenchError as error:
            raise entry.refuse("fault", error.message, error.hint) from error
    return faults


def _refuse_idle(entry: YamlMap, kind: str) -> None:
    """Words that could have no effect are slips."""
    if kind == "backend":
        idle = next((key for key in OF_A_USER if key in entry), "")
        if idle:
            raise entry.refuse(idle, f"A backend service has no user, so “{idle}” says nothing.", "Take the line out.")
    handed = next((key for key in OF_AN_EHR if key in entry), "")
    if handed and kind != "ehr":
        raise entry.refuse(handed, f"“{handed}” is handed over by the EHR.", "Write launch: ehr.")
