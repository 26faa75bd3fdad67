"""Extensions: whether each is known, stands where its definition lets it, and holds what its definition says."""

from __future__ import annotations

import re

from workbench.definitions.structure import ExtensionContext, Structure
from workbench.definitions.structure_json import CANONICAL
from workbench.errors import WorkbenchError
from workbench.fhirpath.environment import Environment, NotEvaluated, reason_of
from workbench.fhirpath.expression import compile_expression
from workbench.fhirpath.node import Node
from workbench.issue import Issue, Severity
from workbench.plain_text import with_article
from workbench.rules.visit import Visit
from workbench.structure.issue_log import Place
from workbench.structure.primitive_value import is_absolute

_INDEX = re.compile(r"\[\d+\]")
# Any element: so STU3 wrote it.
_ANYWHERE = frozenset({"*", "Element", "Base"})
# Where extensions of R4 stand in the standard's own resources, against the contexts published with them.
_ALSO_AT: dict[str, frozenset[str]] = {
    CANONICAL + "structuredefinition-fhir-type": frozenset({"ElementDefinition.type"}),
    CANONICAL + "structuredefinition-normative-version": frozenset({"CanonicalResource", "ElementDefinition"}),
    CANONICAL + "regex": frozenset({"ElementDefinition.type"}),
    CANONICAL + "elementdefinition-bindingName": frozenset({"OperationDefinition.parameter.binding"}),
}


class Owner:
    """The element that has an extension; `path` is how its type names it: `Patient.contact.name`."""

    __slots__ = ("node", "path", "place")

    def __init__(self, node: Node, place: Place, path: str) -> None:
        self.node = node
        self.place = place
        self.path = path


def check_extension(node: Node, place: Place, owner: Owner, visit: Visit) -> None:
    url, own = node.value.get("url"), visit.judge.canonical("Extension")
    if not isinstance(url, str) or visit.log.is_spoilt(Place(place, "url")):
        return
    if not is_absolute(url):
        _check_part(url, place, owner, visit)
        return
    structure = visit.judge.definitions.structure(url)
    if structure is None:
        _tell_unknown(url, place, visit)
        return
    if structure.type != "Extension":
        said = f"“{url}” defines {with_article(structure.type)} and no extension; correct the url."
        visit.log.tell("error", "value", said, Place(place, "url"), "Extension.url", own)
        return
    _check_modifier(structure, place, visit)
    _check_context(structure, place, owner, visit)
    _check_context_invariants(structure, node, place, owner, visit)
    visit.judge.judge_profile(node, place, url, visit)


def _check_part(url: str, place: Place, owner: Owner, visit: Visit) -> None:
    """A relative url names a part of the extension around it, which that one's definition must have."""
    own, at = visit.judge.canonical("Extension"), Place(place, "url")
    if owner.node.type != "Extension":
        said = f"The url “{url}” must be absolute, since the extension is not a part of another one."
        visit.log.tell("error", "value", said, at, "Extension.url", own)
        return
    outer = owner.node.value.get("url")
    tree = visit.judge.tree(outer) if isinstance(outer, str) and is_absolute(outer) else None
    parts = tree.children.get("extension") if tree is not None and tree.structure.type == "Extension" else None
    if tree is None or parts is None or parts.definition.most == 0:
        return
    fixed = [inner.children["url"].definition.fixed for inner in parts.slices.values() if "url" in inner.children]
    names = [str(value[1]) for value in fixed if value is not None]
    if url not in names:
        known = f": it has {', '.join(names)}" if names else ""
        said = f"{tree.structure.called} has no part “{url}”{known}."
        visit.log.tell("error", "structure", said, at, "Extension.url defined", tree.structure.canonical)
        visit.log.spoil(at)


def _tell_unknown(url: str, place: Place, visit: Visit) -> None:
    """One that nobody here defines is undecided; where its neighbours are here, it is likely to be mistyped."""
    own, home = visit.judge.canonical("Extension"), visit.judge.home_of(url)
    if home:
        said = f"{home}, under whose address it is, does not define “{url}”: it is mistyped, or of another version."
        visit.log.tell("warning", "not-found", said, Place(place, "url"), "Extension.url defined", own)
        return
    question, why = "Whether this extension is right", f"the extension {url} is not defined in what is installed"
    # What modifies must not be passed over by who does not know it (FHIR R4, Extensibility, modifier extensions).
    severity: Severity = "warning" if place.name == "modifierExtension" else "information"
    visit.log.tell_undecided(question, why, place, "Extension.url defined", own, severity=severity)


def _check_modifier(structure: Structure, place: Place, visit: Visit) -> None:
    """FHIR R4, Extensibility: whether an extension modifies is its definition's to say, and shows in its name."""
    modifies = bool(structure.elements) and structure.elements[0].is_modifier
    if modifies != (place.name == "modifierExtension"):
        right = "modifierExtension" if modifies else "extension"
        said = f"The extension “{structure.url}” must stand under “{right}”, as its definition says."
        visit.log.tell("error", "structure", said, place, "Extension modifier", structure.canonical)


def _check_context(structure: Structure, place: Place, owner: Owner, visit: Visit) -> None:
    if not structure.contexts:
        return
    verdicts = [_allows(context, owner, visit) for context in structure.contexts]
    also = _ALSO_AT.get(structure.url)
    verdicts.append(also is not None and not also.isdisjoint(_names_of(owner, visit)))
    if any(verdict for verdict in verdicts):
        return
    places = ", ".join(context.expression for context in structure.contexts)
    if any(verdict is None for verdict in verdicts):
        question = f"Whether the extension “{structure.url}” may stand here"
        why = f"it belongs to {places}, and this cannot be told to be that"
        visit.log.tell_undecided(question, why, place, "Extension context", structure.canonical)
        return
    said = f"The extension “{structure.url}” may not stand here; it belongs to {places}."
    visit.log.tell("error", "structure", said, place, "Extension context", structure.canonical)


def _allows(context: ExtensionContext, owner: Owner, visit: Visit) -> bool | None:
    expression = context.expression.strip()
    if context.kind == "extension":
        if owner.path == "Extension.value[x]":
            return True  # of that extension's value, where the standard's own resources have them too
        return owner.node.type == "Extension" and owner.node.value.get("url") == expression.partition("#")[0]
    if context.kind == "fhirpath":
        return _selects(expression, owner, visit)
    if expression in _ANYWHERE:
        return True
    url, mark, path = expression.partition("#")
    if mark or ":" in expression:
        named = visit.judge.definitions.structure(url)
        expression = path or (named.type if named is not None and "/" in url else expression)
        if mark and url != CANONICAL + path.partition(".")[0]:
            return None if _bare(expression) in _names_of(owner, visit) else False
    return _bare(expression) in _names_of(owner, visit)


def _names_of(owner: Owner, visit: Visit) -> set[str]:
    """All that an element id may call the owner: its types, its path in its type, its path in the resource."""
    kind = owner.node.kind
    names = set(kind.names) | {_bare(owner.path), "Element" if kind.primitive else kind.name}
    scope = visit.scope
    inside = str(owner.place)[len(str(scope.place)) :]
    names.add(scope.node.type + _INDEX.sub("", inside))
    if "DomainResource" in kind.names or "Resource" in kind.names:
        names |= {"CanonicalResource", "MetadataResource"} & visit.judge.interfaces_of(kind.name)
    return names


def _bare(expression: str) -> str:
    return expression.replace("[x]", "").partition(":")[0] if ":" in expression else expression.replace("[x]", "")


def _selects(expression: str, owner: Owner, visit: Visit) -> bool | None:
    """Whether a FHIRPath, evaluated from the resource, selects the owner."""
    try:
        found = compile_expression(expression).find([visit.scope.node], visit.environment)
    except (NotEvaluated, WorkbenchError):
        return None
    values = [item for item in found if isinstance(item, Node)]
    return any(
        item.value is owner.node.value and (item.value is not None or item.sibling is owner.node.sibling)
        for item in values
    )


def _check_context_invariants(structure: Structure, node: Node, place: Place, owner: Owner, visit: Visit) -> None:
    for expression in structure.context_invariants:
        known = visit.environment
        environment = Environment(
            known.definitions, known.resource, known.root, known.resolve, known.member_of, known.conforms_to,
            known.html_checks, variables={"extension": (node,)},
        )  # fmt: skip
        try:
            if compile_expression(expression).judge(owner.node, environment) is True:
                continue
            said = f"The extension “{structure.url}” may not stand here, since its definition asks that {expression}."
            rule = "Extension contextInvariant"
            issue = Issue("error", "structure", said, str(place), rule, structure.canonical)
            visit.log.tell_later(issue, expression, str(owner.place))
        except (NotEvaluated, WorkbenchError) as error:
            question, why = f"Whether the extension “{structure.url}” may stand here", reason_of(error)
            visit.log.tell_undecided(question, why, place, "Extension contextInvariant", structure.canonical)
