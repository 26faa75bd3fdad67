"""Site files: one hospital as YAML, read strictly into a `Site`.

A file carries an integer `version`; whatever the format does not know is refused with file, line and what was expected.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from workbench.authorization_server.published_discovery import find_idle_edit, publish_discovery
from workbench.errors import WorkbenchError
from workbench.site.answer_rule import AnswerRule
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.site.note_rules import read_note_rules
from workbench.site.site import (
    INTERACTIONS,
    FhirRules,
    Hl7v2Rules,
    MessageRule,
    ResourceRules,
    Site,
    WriteRule,
)
from workbench.site.site_profiles import SiteProfiles
from workbench.site.smart_file import read_smart_rules
from workbench.site.user_file import read_users
from workbench.yaml_file import YamlMap, parse_yaml, read_yaml

VERSION = 1
SUFFIXES = (".yaml", ".yml")


def read_site(path: Path | str) -> Site:
    """Read the site file at `path`; raises WorkbenchError with file, line, column and what was expected."""
    return _site(read_yaml(Path(path)))


def parse_site(text: str, source: str = "") -> Site:
    """Parse the text of a site file; `source` is the file's name in error messages."""
    return _site(parse_yaml(text, source))


def _site(top: YamlMap) -> Site:
    _check_version(top)
    site = Site(
        id=_id(top, "id"),
        name=top.text("name"),
        description=" ".join(top.text("description", "").split()),
        mrn_system=top.text("mrn_system"),
        fhir=_fhir(top.map("fhir")),
        smart=read_smart_rules(top.map("smart")),
        hl7v2=_hl7v2(top.map("hl7v2"), top.text("name")),
        note=read_note_rules(top.map("note")),
        users=read_users(top.map("users")),
        population=top.text("population", "standard"),
    )
    _check_roles(top, site)
    _check_discovery(top, site)
    top.finish()
    return site


def _check_version(top: YamlMap) -> None:
    version = top.integer("version", least=1)
    if version > VERSION:
        raise top.refuse(
            "version",
            f"This site file has version {version}; this workbench reads versions up to {VERSION}.",
            "Update the workbench, or ask whoever wrote the file for an older version.",
        )


def _check_roles(top: YamlMap, site: Site) -> None:
    """Rules for a role that nobody has would never count."""
    known = {user.role for user in site.users}
    for rules in site.smart.roles:
        if rules.role not in known:
            hint = f"Roles of the users here: {', '.join(sorted(known)) or 'none'}."
            raise top.map("smart").map("roles").refuse(rules.role, f"No user has the role “{rules.role}”.", hint)


def _check_discovery(top: YamlMap, site: Site) -> None:
    """What is left out must be there without it, else it is a slip."""
    edits = site.smart.discovery
    types = tuple(rules.type for rules in site.fhir.resources)
    whole = publish_discovery(site.smart, "", types, replace(edits, leave_out=()))
    idle = find_idle_edit(whole, edits)
    if idle:
        fields = top.map("smart").map("discovery")
        key = "leave_out" if idle in edits.leave_out else "set"
        hint = "Name a member of smart-configuration, capabilities.WORD, or oauth-uris.NAME."
        raise fields.refuse(key, f"“{idle}” is not in what this site publishes.", hint)


def _fhir(fields: YamlMap) -> FhirRules:
    resources, outside = fields.map("resources"), fields.map("outside_scope", default=True)
    rules = FhirRules(
        release=fields.text("release"),
        us_core=fields.text("us_core"),
        path=_base_path(fields),
        resources=tuple(_resource(resources.map(name), name) for name in resources.names()),
        system_interactions=fields.words("system_interactions", ("batch", "transaction")),
        page_size=fields.integer("page_size", 20, least=1),
        max_page_size=fields.integer("max_page_size", 100, least=1),
        search_outside_scope=outside.choice("search", ("filter", "refuse", "empty"), "filter"),
        read_outside_scope=outside.choice("read", ("forbidden", "not-found"), "forbidden"),
    )
    outside.finish()
    if rules.page_size > rules.max_page_size:
        raise fields.refuse("page_size", "“fhir.page_size” must not be over “fhir.max_page_size”.")
    fields.finish()
    return rules


def _base_path(fields: YamlMap) -> str:
    path = fields.text("path")
    if not path.startswith("/") or path.endswith("/") or any(mark in path for mark in " ?#"):
        raise fields.refuse("path", f"“fhir.path” must be a path such as /fhir/r4, and is “{path}”.")
    return path


def _resource(fields: YamlMap, type_name: str) -> ResourceRules:
    rules = ResourceRules(
        type=type_name,
        interactions=fields.words("interactions", INTERACTIONS),
        search=fields.texts("search", ()),
        include=fields.texts("include", ()),
        profiles=fields.texts("profiles", ()),
        versioning=fields.choice("versioning", ("no-version", "versioned", "versioned-update"), "versioned"),
        write_rules=tuple(_write_rule(rule) for rule in fields.maps("write_rules", default=True)),
    )
    fields.finish()
    return rules


def _write_rule(fields: YamlMap) -> WriteRule:
    rule = WriteRule(fields.text("expression"), fields.text("message"))
    fields.finish()
    return rule


def _hl7v2(fields: YamlMap, site_name: str) -> Hl7v2Rules:
    messages = fields.map("messages", default=True)
    profiles = SiteProfiles(site_name, fields)
    rules = Hl7v2Rules(
        version=fields.text("version"),
        application=fields.text("application"),
        facility=fields.text("facility"),
        assigning_authority=fields.text("assigning_authority"),
        messages=tuple(_message(messages.map(name), name, profiles) for name in messages.names()),
        versions=fields.texts("versions", ()),
        unknown_patient=fields.choice("unknown_patient", ("create", "reject"), "reject"),
        acknowledges=fields.flag("acknowledges", True),
        answers=_answers(fields),
        sequence_numbers=fields.flag("sequence_numbers", False),
    )
    fields.finish()
    return rules


def _answers(fields: YamlMap) -> tuple[AnswerRule, ...]:
    rules = []
    for text, line, column in fields.lines("answers"):
        try:
            rules.append(parse_answer_rule(text))
        except WorkbenchError as error:
            message = f"“{text}” is no answer rule. {error.message}"
            raise WorkbenchError(message, hint=error.hint, source=fields.source, line=line, column=column) from error
    return tuple(rules)


def _message(fields: YamlMap, name: str, profiles: SiteProfiles) -> MessageRule:
    rule = MessageRule(name, fields.texts("required", ()), fields.texts("makes", ()), profiles.read(fields, name))
    fields.finish()
    return rule


def _id(fields: YamlMap, key: str) -> str:
    """An id stands in addresses and file names, so it is kept to small letters, digits and hyphens."""
    value = fields.text(key)
    if not value.replace("-", "").isalnum() or value != value.lower() or not value.isascii() or value.startswith("-"):
        raise fields.refuse(key, f"“{key}” must be small letters, digits and hyphens, and is “{value}”.")
    return value
