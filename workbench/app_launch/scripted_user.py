"""Scripted user: fills a site's plain HTML forms by field name, in a person's place."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.app_launch.web_form import Choice, Form, FormField, Page

# A long list of patients has a field to find one in.
ALIASES = {"username": "user", "login": "user", "find": "patient"}
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ScriptedUser:
    """Answers by field name. `scopes` are those left ticked on a consent page; empty leaves them as offered.

    `answers` fill any further field, such as a password, and win over the rest.
    """

    user: str = ""
    patient: str = ""
    encounter: str = ""
    scopes: tuple[str, ...] = ()
    decision: str = "allow"
    answers: Pairs = field(default=(), repr=False)

    def answer(self, name: str) -> str | None:
        """What this user enters in the field `name`; None where it has no answer."""
        own = {"user": self.user, "patient": self.patient, "encounter": self.encounter, "decision": self.decision}
        given = {key: value for key, value in own.items() if value} | dict(self.answers)
        return given.get(name, given.get(ALIASES.get(name, name)))


@dataclass(frozen=True, slots=True)
class CannotFill:
    """Half a sentence that says which field stopped the user, and what the page offers there."""

    field: str
    reason: str


def fill_form(user: ScriptedUser, form: Form) -> Pairs | CannotFill:
    """The name and value pairs that a browser would send (HTML, 4.10.22), or the first field without an answer."""
    pairs: list[tuple[str, str]] = []
    pressed = _button_of(user, form)
    for control in form.fields:
        filled = _fill_radio(user, form, control) if control.kind == "radio" else _fill(user, control, pressed)
        if isinstance(filled, CannotFill):
            return filled
        pairs += filled
    return tuple(pairs)


def choose_form(user: ScriptedUser, page: Page) -> tuple[Form, Pairs] | CannotFill | None:
    """The form to send: of those that can be filled, the one with the most fields that this user has an answer for."""
    filled = [(form, fill_form(user, form)) for form in page.forms]
    ready = [(form, pairs) for form, pairs in filled if not isinstance(pairs, CannotFill)]
    if ready:
        return max(ready, key=lambda item: (_known_fields(user, item[0]), item[0].method == "POST"))
    return next((pairs for _, pairs in filled if isinstance(pairs, CannotFill)), None)


def _button_of(user: ScriptedUser, form: Form) -> FormField | None:
    """The button to press: one that this user answers with, else the first that it has no answer for."""
    buttons = [control for control in form.fields if control.kind == "submit"]
    wanted = [b for b in buttons if b.name and _is_answer(user.answer(b.name), Choice(b.value, b.label))]
    free = [b for b in buttons if user.answer(b.name) is None]
    return next(iter(wanted or free), None)


def _fill(user: ScriptedUser, control: FormField, pressed: FormField | None) -> Pairs | CannotFill:
    name, answer = control.name, user.answer(control.name)
    if control.kind == "submit":
        return _fill_button(control, answer, pressed)
    if not name:
        return ()
    if control.kind == "checkbox":
        return ((name, control.value),) if _is_ticked(user, control) else ()
    if control.kind == "select":
        return _fill_select(control, answer)
    value = control.value if answer is None or control.kind == "hidden" else answer
    if control.kind == "text" and control.required and not value:
        return CannotFill(name, f"the launch names nothing for “{name}”")
    return ((name, value),)


def _fill_button(control: FormField, answer: str | None, pressed: FormField | None) -> Pairs | CannotFill:
    if pressed is control:
        return ((control.name, control.value),) if control.name else ()
    if pressed is None and control.name and answer is not None:
        return CannotFill(control.name, f"“{control.name}” does not offer “{answer}”")
    return ()


def _fill_select(control: FormField, answer: str | None) -> Pairs | CannotFill:
    open_choices = [choice for choice in control.choices if not choice.disabled]
    if control.multiple:
        return _fill_list(control, answer, open_choices)
    if answer is not None:
        chosen = next((choice for choice in open_choices if _is_answer(answer, choice)), None)
        return ((control.name, chosen.value),) if chosen else _no_such(control.name, answer, open_choices)
    chosen = next((choice for choice in control.choices if choice.chosen), next(iter(open_choices), None))
    if chosen is None or (control.required and not chosen.value):
        return CannotFill(control.name, f"the launch names nothing for “{control.name}”{_offer(open_choices)}")
    return ((control.name, chosen.value),)


def _fill_list(control: FormField, answer: str | None, open_choices: list[Choice]) -> Pairs | CannotFill:
    """Any number of choices, as words of the answer; without one, those that the page chose."""
    if answer is None:
        return tuple((control.name, choice.value) for choice in open_choices if choice.chosen)
    for word in answer.split():
        if all(choice.value != word for choice in open_choices):
            return _no_such(control.name, word, open_choices)
    return tuple((control.name, word) for word in answer.split())


def _fill_radio(user: ScriptedUser, form: Form, control: FormField) -> Pairs | CannotFill:
    """Fill the group of `control` at its first button; the others of the group send nothing more."""
    group = [f for f in form.fields if f.kind == "radio" and f.name == control.name]
    if group[0] is not control:
        return ()
    answer, choices = user.answer(control.name), [Choice(f.value, f.label) for f in group]
    if answer is not None:
        chosen = next((choice for choice in choices if _is_answer(answer, choice)), None)
        return ((control.name, chosen.value),) if chosen else _no_such(control.name, answer, choices)
    checked = next((f.value for f in group if f.checked), None)
    if checked is None and any(f.required for f in group):
        return CannotFill(control.name, f"the launch names nothing for “{control.name}”{_offer(choices)}")
    return ((control.name, checked),) if checked is not None else ()


def _is_ticked(user: ScriptedUser, control: FormField) -> bool:
    if control.name == "scope" and user.scopes:
        return control.value in user.scopes
    answer = user.answer(control.name)
    return control.checked if answer is None else control.value in answer.split()


def _is_answer(answer: str | None, choice: Choice) -> bool:
    """An answer names a choice by its value, or by what a person reads."""
    return answer is not None and (
        answer == choice.value or (bool(choice.label) and answer.lower() == choice.label.lower())
    )


def _no_such(name: str, answer: str, choices: list[Choice]) -> CannotFill:
    return CannotFill(name, f"“{name}” does not offer “{answer}”{_offer(choices)}")


def _offer(choices: list[Choice]) -> str:
    values = [choice.value for choice in choices if choice.value]
    shown = ", ".join(values[:8]) + (" …" if len(values) > 8 else "")
    return f" (it offers {shown})" if values else ""


def _known_fields(user: ScriptedUser, form: Form) -> int:
    return sum(user.answer(name) is not None or (name == "scope" and bool(user.scopes)) for name in form.names)
