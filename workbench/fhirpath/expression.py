"""Expression: a FHIRPath expression, compiled once and evaluated within limits of time and size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from workbench.fhirpath.compiler import compile_text
from workbench.fhirpath.environment import Environment, Frame, NotEvaluated, Run, find_within
from workbench.fhirpath.lexer import refuse
from workbench.fhirpath.node import Node, model_of
from workbench.fhirpath.quantity import Quantity
from workbench.fhirpath.tables import Tables, load_tables
from workbench.fhirpath.temporal import Temporal
from workbench.fhirpath.value import TypeName


class Expression:
    """Compiled; it keeps no state, so that any number of threads may use it."""

    __slots__ = ("_evaluate", "_judge", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._evaluate, self._judge = compile_text(text)

    def find(self, items: list[Any], environment: Environment) -> list[Any]:
        """The items found from `items`: Nodes and System values. Raises NotEvaluated."""
        try:
            return self._evaluate(Frame(Run(environment, items), items))
        except RecursionError as error:
            raise NotEvaluated("it nests too deeply") from error

    def judge(self, node: Node, environment: Environment) -> bool | None:
        """The truth of an invariant for `node`: None where it gives nothing. Raises NotEvaluated.

        One boolean counts as what it is, and anything else that is found as true, as in `convertToBoolean` of HL7's
        reference implementation.
        """
        found = self.find([node], environment)
        if len(found) != 1:
            return True if found else None
        item = found[0]
        value = item.value if item.__class__ is Node else item
        return value if isinstance(value, bool) else True

    def holds(self, node: Node, environment: Environment) -> bool:
        """Whether an invariant holds for `node`; raises NotEvaluated where that cannot be decided.

        A constraint is a condition that must evaluate to true (ElementDefinition.constraint), so one that gives
        nothing is broken; the validators of HL7 and Firely take it so too. An expression often gives nothing because
        an element is missing that must stand: `judge` tells it apart, so that one cause need not be told twice.
        """
        return self.judge(node, environment) is True


@lru_cache(maxsize=4096)
def compile_expression(text: str) -> Expression:
    """Return the compiled expression; raises WorkbenchError with the column of what cannot be read."""
    return Expression(text)


def root_node(resource: Any, tables: Tables) -> Node:
    """The node of a resource, typed by what it says it is."""
    return model_of(tables).node_of_resource(resource)


def evaluate(resource: Any, expression: str, *, release: str = "4.0") -> tuple[Any, ...]:
    """Return what `expression` finds in `resource` (or in each of a list of them), as JSON values.

    References resolve to what is contained or in the same bundle, and to nothing otherwise.
    Raises WorkbenchError where the expression does not compile, fails on this resource or takes too long.
    """
    compiled = compile_expression(expression)
    tables = load_tables(release)
    nodes = [root_node(item, tables) for item in (resource if isinstance(resource, list) else [resource])]
    first = nodes[0] if nodes else root_node({}, tables)
    environment = Environment(tables, first, first, resolve=lambda name: find_within(name, environment))
    try:
        found = compiled.find(nodes, environment)
    except NotEvaluated as error:
        raise refuse(expression, error.reason) from error
    return tuple(value for value in map(_to_json_value, found) if value is not None)


def is_true(resource: Any, expression: str, *, release: str = "4.0") -> bool:
    """Tell whether `expression` holds: one true value; raises as `evaluate`."""
    return evaluate(resource, expression, release=release) == (True,)


def _to_json_value(item: Any) -> Any:
    if isinstance(item, Node):
        return item.value
    return str(item) if isinstance(item, Temporal | Quantity | TypeName) else item
