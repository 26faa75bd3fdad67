"""Structure looked at closely: each element of a resource against the tables of its release, with what to change.

Unknown elements, JSON shapes, cardinality, choices, primitive formats, required codes and the types references name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from workbench.definitions.definitions import Definitions, load_definitions
from workbench.definitions.type_table import TypedElement, TypeTable
from workbench.fhir.resource import Json
from workbench.issue import Issue
from workbench.plain_text import with_article
from workbench.structure.coded_value import judge_value, tell_outside
from workbench.structure.codes import Codes
from workbench.structure.issue_log import IssueLog, Place
from workbench.structure.primitive_value import fault_of
from workbench.structure.soundness import Soundness
from workbench.structure.unknown_names import tell_unknown_element, tell_unknown_type

CANONICAL = "http://hl7.org/fhir/StructureDefinition/"


class StructureLook:
    """The close look of one set of definitions; it keeps no state of a resource."""

    def __init__(self, definitions: Definitions, codes: Codes, soundness: Soundness) -> None:
        self.definitions = definitions
        self.codes = codes
        self.soundness = soundness

    def look(self, resource: Any, log: IssueLog, place: Place | None = None) -> None:
        """Tell what is wrong with `resource`, which stands at `place` or alone."""
        if not self.soundness.is_sound(resource):
            self.look_closely(resource, log, place)

    def look_closely(self, resource: Any, log: IssueLog, place: Place | None = None) -> None:
        """The same without the quick test that spares most of the work."""
        type_name = resource.get("resourceType") if isinstance(resource, dict) else None
        known = isinstance(type_name, str) and self.definitions.is_resource(type_name)
        table = self.definitions.table(type_name) if known and isinstance(type_name, str) else None
        if table is None:
            where = place or Place(None, type_name if isinstance(type_name, str) and type_name else "Resource")
            log.tell("error", "structure", tell_unknown_type(resource, self.definitions), where, "Resource type")
            log.spoil(where)
            return
        self._look_at_object(resource, table, place or Place(None, table.name), log, rooted=True)

    def canonical(self, type_name: str) -> str:
        """The structure that defines an element of this type, with its version."""
        return f"{CANONICAL}{type_name.partition('.')[0]}|{self.definitions.release.version}"

    def _look_at_object(
        self, value: Json, table: TypeTable, place: Place, log: IssueLog, *, rooted: bool = False
    ) -> None:
        elements = table.elements
        for key, item in value.items():
            element = elements.get(key)
            if element is not None:
                self._look_at_element(item, element, value, table, place, log)
            elif key.startswith("_") and key[1:] in elements:
                self._look_at_sibling(item, elements[key[1:]], value, table, place, log)
            elif not (rooted and key == "resourceType"):
                self._tell_unknown(key, table, place, log)
        self._look_at_presence(value, table, place, log)

    def _look_at_element(
        self, item: Any, element: TypedElement, parent: Json, table: TypeTable, place: Place, log: IssueLog
    ) -> None:
        name = element.json_name
        here = Place(place, element.name.removesuffix("[x]"))
        if not element.repeats:
            if isinstance(item, list):
                self._tell_shape(f"“{name}” stands once and must not be an array", here, element, table, log)
            elif not (item is None and isinstance(parent.get(f"_{name}"), dict)):
                self._look_at_value(item, element, table, here, log)
            return
        if not isinstance(item, list) or not item:
            said = "is an empty array; leave the element out instead" if item == [] else "repeats and must be an array"
            self._tell_shape(f"“{name}” {said}", here, element, table, log)
            return
        if element.most is not None and len(item) > element.most:
            said = f"“{name}” stands {len(item)} times, and may stand at most {element.most} times"
            self._tell("structure", said, here, f"{table.name}.{element.name} max", table, log)
        siblings = parent.get(f"_{name}")
        for index, value in enumerate(item):
            if value is None and isinstance(siblings, list) and len(siblings) > index and siblings[index] is not None:
                continue  # null holds the place of a value that has an extension alone (JSON, primitive elements)
            self._look_at_value(value, element, table, Place(place, here.name, index), log)

    def _look_at_value(self, value: Any, element: TypedElement, table: TypeTable, place: Place, log: IssueLog) -> None:
        type_name = element.type
        if self.definitions.primitive(type_name) is not None or type_name == "xhtml":
            fault = _tell_null(element) if value is None else fault_of(value, type_name)
            if fault:
                rule = f"{table.name}.{element.name} format"
                self._tell("value", f"“{element.json_name}” {fault}", place, rule, table, log)
                log.spoil(place)
            elif element.value_set:
                self._look_at_code(value, element, table, place, log)
            return
        if not isinstance(value, dict) or not value:
            said = "is empty; leave the element out instead" if value == {} else f"must be an object ({type_name})"
            said = _tell_null(element, is_primitive=False) if value is None else said
            self._tell_shape(f"“{element.json_name}” {said}", place, element, table, log)
        elif type_name in ("Resource", "DomainResource"):
            self.look(value, log, place)
        else:
            inner = self.definitions.table(type_name)
            if inner is not None:
                self._look_at_object(value, inner, place, log)
            self._look_at_meaning(value, element, table, place, log)

    def _look_at_meaning(
        self, value: Json, element: TypedElement, table: TypeTable, place: Place, log: IssueLog
    ) -> None:
        """What an object says beyond its parts: its codes, the type it refers to, and that it says anything."""
        type_name = element.type
        if value.keys() == {"id"}:
            self._tell_nothing_said(element, table, place, log)
        if log.is_spoilt(place):
            return
        if type_name == "Extension":
            self._look_at_extension(value, place, log)
        self._look_at_code(value, element, table, place, log)
        if type_name == "Reference" and element.targets and not self.soundness.has_right_target(value, element):
            named = with_article(value["reference"].partition("/")[0])
            said = f"“{element.json_name}” refers to {named}, and may refer only to {', '.join(element.targets)}"
            self._tell("value", said, Place(place, "reference"), f"{table.name}.{element.name} target", table, log)

    def _look_at_extension(self, value: Json, place: Place, log: IssueLog) -> None:
        """ext-1: either a value or extensions, not both and not none."""
        values = [key for key in value if key.removeprefix("_").startswith("value")]
        has_value, has_extensions = bool(values), "extension" in value
        if has_value == has_extensions:
            both = "holds a value and extensions; keep one of the two"
            said = both if has_value else "holds neither a value nor extensions; add one, or leave the extension out"
            issue = Issue(
                "error", "invariant", f"The extension {said}.", str(place), "ext-1", self.canonical("Extension")
            )
            log.tell_later(issue, "extension value")

    def _look_at_code(self, value: Any, element: TypedElement, table: TypeTable, place: Place, log: IssueLog) -> None:
        """What is required of codes that are all listed here; other sets are judged where more than structure is."""
        value_set = element.value_set
        if not value_set or self.codes.known(value_set) is None:
            return
        if judge_value(self.codes, value_set, value, element.type).found is False:
            said = tell_outside(value, element.type, "as it must be", self.codes, value_set)
            rule = f"{table.name}.{element.name} binding"
            log.tell("error", "code-invalid", said, place, rule, self.canonical(table.name))
            log.spoil(place)

    def _look_at_sibling(
        self, item: Any, element: TypedElement, parent: Json, table: TypeTable, place: Place, log: IssueLog
    ) -> None:
        """`_birthDate` holds the id and extensions of birthDate (JSON, primitive elements)."""
        here = Place(place, element.name.removesuffix("[x]"))
        inner = self.definitions.table("Element")
        primitive = self.definitions.primitive(element.type) is not None
        if not primitive or inner is None or isinstance(item, list) != element.repeats:
            said = f"“_{element.json_name}” must {'' if element.repeats else 'not '}be an array here"
            if not primitive:
                said = f"“_{element.json_name}” has no place here, since “{element.json_name}” is not a primitive value"
            self._tell("structure", said, here, f"{table.name}.{element.name} shape", table, log)
            return
        if isinstance(item, list):
            self._look_at_alignment(item, element, parent, table, here, log)
            if log.is_spoilt(here):
                return
        for index, value in enumerate(item if isinstance(item, list) else [item]):
            at = Place(place, here.name, index) if isinstance(item, list) else here
            if isinstance(value, dict) and value:
                if value.keys() == {"id"} and not _has_value(parent, element.json_name, index):
                    self._tell_nothing_said(element, table, at, log)
                self._look_at_object(value, inner, at, log)
            elif value is not None or not isinstance(item, list):
                said = f"“_{element.json_name}” must be an object with an id or extensions"
                self._tell("structure", said, at, f"{table.name}.{element.name} shape", table, log)

    def _look_at_alignment(
        self, item: list[Any], element: TypedElement, parent: Json, table: TypeTable, place: Place, log: IssueLog
    ) -> None:
        values = parent.get(element.json_name)
        if not item or all(value is None for value in item):
            self._tell_shape(f"“_{element.json_name}” says nothing; leave it out", place, element, table, log)
        elif isinstance(values, list) and len(values) != len(item):
            both = f"“{element.json_name}” and “_{element.json_name}”"
            said = f"{both} must be equally long, with null where one has nothing"
            self._tell_shape(said, place, element, table, log)

    def _look_at_presence(self, value: Json, table: TypeTable, place: Place, log: IssueLog) -> None:
        for name in table.required:
            names = table.choices.get(name) or (name,)
            if not any(n in value or f"_{n}" in value for n in names):
                base = name.removesuffix("[x]")
                here = Place(place, base)
                said = f"“{base}” is missing: every {table.name} must have one"
                self._tell("required", said, here, f"{table.name}.{name} min", table, log)
                log.spoil(here)
        for name, choices in table.choices.items():
            if len(choices) < 2:
                continue
            found = {bare: None for key in value if (bare := key.removeprefix("_")) in choices}
            if len(found) > 1:
                both = " and ".join(f"“{key}”" for key in sorted(found))
                said = f"{both} stand together, and {name} takes one; keep one"
                here = Place(place, name.removesuffix("[x]"))
                self._tell("structure", said, here, f"{table.name}.{name} max", table, log)
                log.spoil(here)

    def _tell(self, code: str, sentence: str, place: Place, rule: str, table: TypeTable, log: IssueLog) -> None:
        log.tell("error", code, f"{sentence}.", place, rule, self.canonical(table.name))

    def _tell_shape(self, sentence: str, place: Place, element: TypedElement, table: TypeTable, log: IssueLog) -> None:
        self._tell("structure", sentence, place, f"{table.name}.{element.name} shape", table, log)
        log.spoil(place)

    def _tell_nothing_said(self, element: TypedElement, table: TypeTable, place: Place, log: IssueLog) -> None:
        said = f"“{element.json_name}” has an id and nothing else; give it a value, or leave it out."
        log.tell("error", "invariant", said, place, "ele-1", self.canonical("Element"))

    def _tell_unknown(self, key: str, table: TypeTable, place: Place, log: IssueLog) -> None:
        said = tell_unknown_element(key, table, place, self.definitions)
        rule, profile = f"{table.name} unknown element", self.canonical(table.name)
        log.tell("error", "structure", said, Place(place, key), rule, profile)


@lru_cache(maxsize=8)
def structure_look_of(release: str) -> StructureLook:
    """The look of a release without packages, made once."""
    definitions = load_definitions(release)
    codes = Codes(definitions)
    return StructureLook(definitions, codes, Soundness(definitions, codes))


def check_structure(resource: Any, release: str = "4.0") -> tuple[Issue, ...]:
    """Return what the base structure of a release has against `resource`; nothing where all is well.

    It informs and does not forbid: profiles, invariants and codes beyond the required ones are not judged here.
    """
    log = IssueLog()
    structure_look_of(release).look(resource, log)
    log.settle()
    return log.issues


def _tell_null(element: TypedElement, *, is_primitive: bool = True) -> str:
    """Of a primitive that repeats, null keeps the place of one that has something in its `_name` alone."""
    if not element.repeats:
        return "is null; leave the element out instead"
    return "holds null; take it out" + (f", since “_{element.json_name}” has nothing for it" if is_primitive else "")


def _has_value(parent: Json, name: str, index: int) -> bool:
    value = parent.get(name)
    if isinstance(value, list):
        return index < len(value) and value[index] is not None
    return value is not None
