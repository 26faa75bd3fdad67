"""Note rules of a site file: the road that a clinical note takes, and how a message must carry it."""

from __future__ import annotations

from typing import get_args

from workbench.documents.document import DocumentForm, Encoding, LineForm, ValueType
from workbench.site.site import NoteRoad, NoteRules
from workbench.yaml_file import YamlMap

_VALUE_TYPES: tuple[ValueType, ...] = get_args(ValueType)
_LINES: tuple[LineForm, ...] = get_args(LineForm)
_ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)


def read_note_rules(fields: YamlMap) -> NoteRules:
    """The part `note:`; where notes go by HL7 v2 and `hl7v2:` is absent, they go as is usual."""
    road: NoteRoad = fields.choice("road", ("fhir", "hl7v2", "none"))
    form = _read_form(fields.map("hl7v2")) if "hl7v2" in fields else None
    if form is None and road == "hl7v2":
        form = DocumentForm()
    rules = NoteRules(road, fields.texts("formats", ()), form)
    fields.finish()
    return rules


def _read_form(fields: YamlMap) -> DocumentForm:
    usual = DocumentForm()
    form = DocumentForm(
        formats=fields.texts("formats", ()),
        text_type=fields.choice("text", _VALUE_TYPES, usual.text_type),
        lines=fields.choice("lines", _LINES, usual.lines),
        encapsulated=_read_encapsulated(fields),
        encoding=fields.choice("encoding", _ENCODINGS, usual.encoding),
        observation=_read_observation(fields),
        completion=fields.texts("completion", ()),
        availability=fields.texts("availability", ()),
        result_status=fields.text("result_status", usual.result_status),
        character_set=fields.text("character_set", usual.character_set),
        max_size=fields.integer("max_size", least=1) if "max_size" in fields else None,
        max_segment=fields.integer("max_segment", least=1) if "max_segment" in fields else None,
    )
    fields.finish()
    return form


def _read_encapsulated(fields: YamlMap) -> tuple[tuple[str, str], ...]:
    """Media types with ED-2 and ED-3."""
    words = fields.map("encapsulated", default=True)
    found = []
    for media_type in words.names():
        text = words.text(media_type)
        if text.count("^") != 1 or "|" in text:
            raise words.refuse(
                media_type,
                f"“{words.name_of(media_type)}” must be type of data and subtype, and is “{text}”.",
                "Write it as ED-2 and ED-3 stand in a message: application^pdf.",
            )
        found.append((media_type, text))
    return tuple(found)


def _read_observation(fields: YamlMap) -> str:
    text = fields.text("observation", "")
    if "|" in text or "~" in text:
        raise fields.refuse(
            "observation",
            f"“{fields.name_of('observation')}” must be one observation identifier, and is “{text}”.",
            "Write it as it stands in OBX-3: 11506-3^Progress note^LN.",
        )
    return text
