"""Invocation: the shapes of compiled parts, and how a function is told: its name, its arguments and what it builds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from workbench.fhirpath.environment import Frame

Evaluate = Callable[[Frame], list[Any]]
Judge = Callable[[Frame], "bool | None"]
Invoke = Callable[[Frame, list[Any]], list[Any]]


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as what gives its items and as what gives its truth; `descends` tells of a minus before it."""

    items: Evaluate
    truth: Judge
    tree: Any
    descends: bool = False


class Build(Protocol):
    def __call__(self, *arguments: Argument) -> Invoke: ...


@dataclass(frozen=True, slots=True)
class Function:
    """`least` and `most` arguments; `build` makes of them what is invoked on a collection."""

    least: int
    most: int
    build: Build
    sorts: bool = False


Registry = dict[str, Function]


def add_plain(registry: Registry, name: str, least: int = 0, most: int | None = None) -> Callable[[Any], Any]:
    """Register `function(frame, items, *argument_items)`, whose arguments are evaluated outside of the collection."""

    def register(function: Any) -> Any:
        def build(*arguments: Argument) -> Invoke:
            if not arguments:
                return function  # type: ignore[no-any-return]  # it takes a frame and items, as Invoke does
            if len(arguments) == 1:
                only = arguments[0].items
                return lambda frame, items: function(frame, items, only(frame))
            given = [argument.items for argument in arguments]
            return lambda frame, items: function(frame, items, *[argument(frame) for argument in given])

        registry[name] = Function(least, least if most is None else most, build)
        return function

    return register


def add_lazy(
    registry: Registry, name: str, least: int, most: int | None = None, *, sorts: bool = False
) -> Callable[[Any], Any]:
    """Register a builder, which decides for itself when its arguments are evaluated, and on what."""

    def register(build: Any) -> Any:
        registry[name] = Function(least, least if most is None else most, build, sorts)
        return build

    return register
