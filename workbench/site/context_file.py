"""Launch context of a site file: the values and forms in which a site tells apps where they are opened."""

from __future__ import annotations

from workbench.authorization_server.context_answer import USUAL_STYLE
from workbench.smart.launch_context import CONTEXT_ITEMS, ContextItem, ContextRules
from workbench.yaml_file import YamlMap


def read_context(fields: YamlMap) -> tuple[tuple[ContextItem, ...], ContextRules]:
    """What of the launch context is given (`context:`), and the words of `smart:` that say how."""
    items = fields.words("context", CONTEXT_ITEMS)
    forms = fields.map("context_forms", default=True)
    rules = ContextRules(
        tenant=fields.text("tenant", ""),
        intents=fields.texts("intents", ()),
        need_patient_banner=fields.flag("need_patient_banner", True),
        style=_read_style(fields.map("style", default=True)),
        fhir_user_form=forms.choice("fhirUser", ("absolute", "relative"), "absolute"),
        fhir_context_form=forms.choice("fhirContext", ("objects", "references"), "objects"),
        banner_form=forms.choice("need_patient_banner", ("boolean", "text"), "boolean"),
        location_form=forms.choice("location", ("fhirContext", "member"), "fhirContext"),
    )
    forms.finish()
    _refuse_idle_words(fields, forms, items)
    return items, rules


def _read_style(fields: YamlMap) -> tuple[tuple[str, str], ...]:
    """Members of the SMART style; what is left out is as usual."""
    given = {name: fields.text(name, "") for name in USUAL_STYLE if name in fields}
    unknown = next((name for name in fields.names() if name not in USUAL_STYLE), "")
    if unknown:
        raise fields.refuse(
            unknown, f"“{unknown}” is no member of a SMART style.", f"Known here: {', '.join(USUAL_STYLE)}."
        )
    return tuple(given.items())


def _refuse_idle_words(fields: YamlMap, forms: YamlMap, items: tuple[ContextItem, ...]) -> None:
    """A value that is never given is a slip: the item is missing from `context`."""
    needs: dict[str, ContextItem] = {
        "tenant": "tenant",
        "intents": "intent",
        "need_patient_banner": "need_patient_banner",
        "style": "smart_style_url",
    }
    for word, item in needs.items():
        if word in fields and item not in items:
            raise fields.refuse(
                word, f"“{fields.name_of(word)}” is said, and “{item}” is not given.", _HINT.format(item)
            )
    for name in forms.names():
        if name not in items:
            raise forms.refuse(name, f"“{forms.name_of(name)}” is said, and “{name}” is not given.", _HINT.format(name))


_HINT = "Add {} to smart.context, or take the line out."
