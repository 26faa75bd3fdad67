"""Forms of a web page as a browser without JavaScript sees them: fields, their offered values, and what is sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import Literal

FieldKind = Literal["text", "hidden", "checkbox", "radio", "select", "submit"]

# HTML, 4.10.5: every other type of input is a line of text to us; these send nothing by themselves.
SILENT_INPUTS = ("reset", "button", "file")
BODY_LIMIT = 2_000_000


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select: what is sent, what is read, and whether the page chose it."""

    value: str
    label: str
    chosen: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class FormField:
    """One control. `value` is what it sends; `checked` counts for boxes and radios, `label` for these and buttons.

    Of a select that is `multiple`, any number of choices is sent.
    """

    name: str
    kind: FieldKind
    value: str = ""
    checked: bool = False
    required: bool = False
    choices: tuple[Choice, ...] = ()
    label: str = ""
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """`action` is as written in the page, empty for the page's own address; `method` is `GET` or `POST`."""

    action: str
    method: str
    fields: tuple[FormField, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a person sees or presses, each once, in order."""
        return tuple(dict.fromkeys(f.name for f in self.fields if f.name and f.kind != "hidden"))


@dataclass(frozen=True, slots=True)
class Page:
    """A page's title, its forms, and what it says in elements with the role `alert`."""

    title: str
    forms: tuple[Form, ...]
    alert: str = ""


def parse_page(text: str) -> Page:
    """Read any HTML, however broken, with no script run."""
    reader = _PageReader()
    reader.feed(text[:BODY_LIMIT])
    reader.close()
    return reader.finish()


@dataclass(slots=True)
class _OpenForm:
    action: str
    method: str
    fields: list[FormField] = field(default_factory=list)


class _PageReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title: list[str] = []
        self.alert: list[str] = []
        self.forms: list[_OpenForm] = []
        self._in_form = False
        self._sink: list[str] | None = None
        self._sink_tag = ""
        self._words: list[str] = []
        self._label: list[str] = []
        self._label_start: int | None = None
        self._option: Choice | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "title" or (given.get("role") == "alert" and self._sink is None):
            self._sink, self._sink_tag = (self.title if tag == "title" else self.alert), tag
        if tag == "form":
            method = "POST" if given.get("method", "").lower() == "post" else "GET"
            self.forms.append(_OpenForm(given.get("action", ""), method))
            self._in_form = True
        elif tag == "label" and self._in_form:
            self._label, self._label_start = [], len(self.forms[-1].fields)
        elif self._in_form and "disabled" not in given:
            self._start_control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._sink_tag:
            self._sink, self._sink_tag = None, ""
        if tag in ("option", "select"):
            self._end_option()
        elif tag in ("button", "textarea") and self._in_form:
            self._end_words(tag)
        elif tag == "label" and self._in_form:
            self._end_label()
        elif tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        if self._sink is not None:
            self._sink.append(data)
        self._words.append(data)
        self._label.append(data)

    def finish(self) -> Page:
        self._end_option()
        forms = tuple(Form(form.action, form.method, tuple(form.fields)) for form in self.forms)
        return Page(_one_line(self.title), forms, _one_line(self.alert))

    def _start_control(self, tag: str, given: dict[str, str]) -> None:
        fields, name, required = self.forms[-1].fields, given.get("name", ""), "required" in given
        if tag == "input" and given.get("type", "").lower() not in SILENT_INPUTS:
            fields.append(_input_of(name, given, required))
        elif tag == "select":
            fields.append(FormField(name, "select", required=required, multiple="multiple" in given))
        elif tag == "option":
            self._end_option()
            self._option = Choice(given.get("value", "\0"), "", "selected" in given, "disabled" in given)
            self._words = []
        elif tag == "textarea":
            fields.append(FormField(name, "text", required=required))
            self._words = []
        elif tag == "button" and given.get("type", "submit").lower() == "submit":
            fields.append(FormField(name, "submit", given.get("value", "")))
            self._words = []

    def _end_option(self) -> None:
        option, self._option = self._option, None
        if option is None or not self.forms or not self.forms[-1].fields:
            return
        label = _one_line(self._words)
        option = replace(option, label=label, value=label if option.value == "\0" else option.value)
        fields = self.forms[-1].fields
        at = next((i for i in range(len(fields) - 1, -1, -1) if fields[i].kind == "select"), None)
        if at is not None:
            fields[at] = replace(fields[at], choices=(*fields[at].choices, option))

    def _end_label(self) -> None:
        """Name the boxes that the label is written around."""
        fields, start = self.forms[-1].fields, self._label_start
        for i in range(len(fields) if start is None else start, len(fields)):
            if fields[i].kind in ("checkbox", "radio"):
                fields[i] = replace(fields[i], label=_one_line(self._label))
        self._label_start = None

    def _end_words(self, tag: str) -> None:
        fields = self.forms[-1].fields
        if fields and tag == "button" and fields[-1].kind == "submit":
            fields[-1] = replace(fields[-1], label=_one_line(self._words))
        elif fields and tag == "textarea" and fields[-1].kind == "text":
            fields[-1] = replace(fields[-1], value="".join(self._words))


def _input_of(name: str, given: dict[str, str], required: bool) -> FormField:
    written, value = given.get("type", "text").lower(), given.get("value", "")
    if written in ("checkbox", "radio"):
        kind: FieldKind = "checkbox" if written == "checkbox" else "radio"
        return FormField(name, kind, given.get("value", "on"), "checked" in given, required)
    if written in ("submit", "image"):
        return FormField(name, "submit", value, label=value)
    return FormField(name, "hidden" if written == "hidden" else "text", value, required=required)


def _one_line(words: list[str]) -> str:
    return " ".join("".join(words).split())
