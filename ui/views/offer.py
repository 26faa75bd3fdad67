"""Offer: what a sandbox gives an app and an interface, told from its site in rows of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.bench import SandboxState
from workbench.site.rule_words import tell_rules

if TYPE_CHECKING:
    from workbench.site.site import Hl7v2Rules, ResourceRules, Site

Row = tuple[str, str]
_SHORT = {
    "search-type": "search",
    "history-instance": "history",
}
_ROADS = {
    "fhir": "by FHIR DocumentReference",
    "hl7v2": "by HL7 v2 alone",
    "none": "not at all",
}


def list_addresses(state: SandboxState) -> tuple[Row, ...]:
    """Where it answers, with the name of each address."""
    rows: list[Row] = []
    if state.fhir_base:
        rows.append(("FHIR base", state.fhir_base))
    if state.addresses is not None:
        rows.append(("Issuer (iss)", state.addresses.issuer))
        rows.append(("EHR’s page", state.addresses.ehr_page))
    if state.mllp is not None:
        rows.append(("MLLP by TLS" if state.is_mllp_secured else "MLLP", "{}:{}".format(*state.mllp)))
    if state.remote is not None and state.remote.client_id:
        rows.append(("Client id", state.remote.client_id))
    return tuple(rows)


def list_offer(state: SandboxState) -> tuple[tuple[str, tuple[Row, ...]], ...]:
    """Sections of rows; empty where nothing is known of what it offers."""
    site = state.site
    if site is None:
        return ()
    return (
        ("SMART", _smart_rows(site)),
        ("FHIR resources", tuple(map(_resource_row, site.fhir.resources))),
        ("HL7 v2 messages", _message_rows(site.hl7v2)),
        *((("HL7 v2 rules", rules),) if (rules := tell_rules(site.hl7v2)) else ()),
        ("Clinical notes", _note_rows(site)),
        ("Who can sign in", tuple((user.name, f"{user.role} · user “{user.id}”") for user in site.users)),
    )


def _smart_rows(site: Site) -> tuple[Row, ...]:
    smart = site.smart
    launches = {"ehr": "from the EHR", "standalone": "standalone"}
    rows = [
        ("Launches", " and ".join(launches[launch] for launch in smart.launches)),
        ("Scopes", " and ".join(f"SMART {version}" for version in smart.scope_versions)),
        ("Launch context", ", ".join(smart.context) or "none"),
        ("PKCE", f"{smart.pkce}, S256"),
        ("Apps", "any app with a loopback address" if smart.registration == "open" else "only the registered ones"),
    ]
    if smart.withheld:
        rows.append(("Never granted", ", ".join(smart.withheld)))
    return tuple(rows)


def _resource_row(rules: ResourceRules) -> Row:
    words = ", ".join(_SHORT.get(each, each) for each in rules.interactions)
    count = len(rules.write_rules)
    suffix = f" · {count} write rule" + ("" if count == 1 else "s") if count else ""
    return rules.type, words + suffix


def _message_rows(rules: Hl7v2Rules) -> tuple[Row, ...]:
    unknown = "is registered" if rules.unknown_patient == "create" else "is rejected"
    head: list[Row] = [("Version", f"{rules.version} · an unknown patient {unknown}")]
    for message in rules.messages:
        makes = f"becomes {', '.join(message.makes)}" if message.makes else "is acknowledged"
        asks = f" · asks for {', '.join(message.required)}" if message.required else ""
        head.append((message.message, makes + asks))
    return tuple(head)


def _note_rows(site: Site) -> tuple[Row, ...]:
    from workbench.documents.media_type import name_of_type

    rows: list[Row] = [("Taken", _ROADS[site.note.road])]
    if site.note.formats:
        rows.append(("Formats", ", ".join(site.note.formats)))
    if site.document_messages:
        names = ", ".join(name_of_type(each) for each in site.note.message_formats) or "any format"
        rows.append(("By message", f"{', '.join(site.document_messages)} · {names}"))
    return tuple(rows)
