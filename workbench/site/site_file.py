"""Site files: one hospital as YAML, read strictly into a `Site`.

A file carries an integer `version`; whatever the format does not know is refused with file, line and what was expected.
"""

from __future__ import annotations

from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.site.answer_rule import AnswerRule
from workbench.site.answer_rule_text import parse_answer_rule
from workbench.site.note_rules import read_note_rules
from workbench.site.site import (
    INTERACTIONS,
    Client,
    FhirRules,
    Hl7v2Rules,
    MessageRule,
    ResourceRules,
    Site,
    SmartRules,
    User,
    WriteRule,
)
from workbench.site.site_profiles import SiteProfiles
from workbench.yaml_file import Word, YamlMap, parse_yaml, read_yaml

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
        smart=_smart(top.map("smart")),
        hl7v2=_hl7v2(top.map("hl7v2"), top.text("name")),
        note=read_note_rules(top.map("note")),
        users=_users(top.map("users")),
        population=top.text("population", "standard"),
    )
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


def _fhir(fields: YamlMap) -> FhirRules:
    resources = fields.map("resources")
    rules = FhirRules(
        release=fields.text("release"),
        us_core=fields.text("us_core"),
        path=_base_path(fields),
        resources=tuple(_resource(resources.map(name), name) for name in resources.names()),
        system_interactions=_words(fields, "system_interactions", ("batch", "transaction")),
        page_size=fields.integer("page_size", 20, least=1),
        max_page_size=fields.integer("max_page_size", 100, least=1),
    )
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
        interactions=_words(fields, "interactions", INTERACTIONS),
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


def _smart(fields: YamlMap) -> SmartRules:
    clients = fields.map("clients", default=True)
    rules = SmartRules(
        scope_versions=_words(fields, "scope_versions", ("v1", "v2")),
        launches=_words(fields, "launches", ("ehr", "standalone")),
        context=_words(
            fields,
            "context",
            ("patient", "encounter", "fhirUser", "need_patient_banner", "intent", "smart_style_url"),
        ),
        withheld=fields.texts("withheld", ()),
        refresh=_words(fields, "refresh", ("online_access", "offline_access")),
        pkce=fields.choice("pkce", ("required", "optional"), "required"),
        access_token_lifetime=fields.integer("access_token_lifetime", 3600, least=1),
        code_lifetime=fields.integer("code_lifetime", 60, least=1),
        registration=fields.choice("registration", ("open", "registered"), "open"),
        clients=tuple(_client(clients.map(client_id), client_id) for client_id in clients.names()),
    )
    fields.finish()
    return rules


def _client(fields: YamlMap, client_id: str) -> Client:
    client = Client(client_id, fields.text("name"), fields.texts("redirect_uris"), fields.text("launch_uri", ""))
    fields.finish()
    return client


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


def _users(fields: YamlMap) -> tuple[User, ...]:
    return tuple(_user(fields.map(user_id), user_id) for user_id in fields.names())


def _user(fields: YamlMap, user_id: str) -> User:
    user = User(user_id, fields.text("name"), fields.text("role"), fields.text("resource"))
    fields.finish()
    return user


def _id(fields: YamlMap, key: str) -> str:
    """An id stands in addresses and file names, so it is kept to small letters, digits and hyphens."""
    value = fields.text(key)
    if not value.replace("-", "").isalnum() or value != value.lower() or not value.isascii() or value.startswith("-"):
        raise fields.refuse(key, f"“{key}” must be small letters, digits and hyphens, and is “{value}”.")
    return value


def _words(fields: YamlMap, key: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """A list of known words, absent for none; each is checked and stands once."""
    found: list[Word] = []
    for text in fields.texts(key, ()):
        word = next((word for word in words if word == text), None)
        if word is None:
            raise _unknown_word(fields, key, text, words)
        if word not in found:
            found.append(word)
    return tuple(found)


def _unknown_word(fields: YamlMap, key: str, text: str, words: tuple[str, ...]) -> WorkbenchError:
    known = ", ".join(words)
    return fields.refuse(key, f"“{text}” is not known in “{fields.name_of(key)}”.", f"Known here: {known}.")
