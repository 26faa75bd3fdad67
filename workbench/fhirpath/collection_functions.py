"""Functions of collections: existence, filtering, projection, subsetting, combining, aggregates and flow (N1)."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from workbench.fhirpath import item_type
from workbench.fhirpath.environment import Frame, NotEvaluated
from workbench.fhirpath.invocation import Argument, Invoke, Registry, add_lazy, add_plain
from workbench.fhirpath.node import Node, child_nodes
from workbench.fhirpath.value import (
    EMPTY,
    FALSE,
    TRUE,
    as_list,
    compare,
    distinct,
    integer_of,
    key_of,
    truth_of,
)

REGISTRY: Registry = {}


@add_plain(REGISTRY, "empty")
def _empty(frame: Frame, items: list[Any]) -> list[Any]:
    return FALSE if items else TRUE


@add_lazy(REGISTRY, "exists", 0, 1)
def _exists(*criteria: Argument) -> Invoke:
    if not criteria:
        return lambda frame, items: TRUE if items else FALSE
    test = criteria[0].truth

    def exists(frame: Frame, items: list[Any]) -> list[Any]:
        inner = Frame(frame.run, items, total=frame.total)
        frame.run.spend(len(items))
        for place, item in enumerate(items):
            inner.this, inner.index = [item], [place]
            if test(inner):
                return TRUE
        return FALSE

    return exists


@add_lazy(REGISTRY, "all", 1)
def _all(criteria: Argument) -> Invoke:
    test = criteria.truth

    def holds_for_all(frame: Frame, items: list[Any]) -> list[Any]:
        inner = Frame(frame.run, items, total=frame.total)
        frame.run.spend(len(items))
        for place, item in enumerate(items):
            inner.this, inner.index = [item], [place]
            if not test(inner):
                return FALSE
        return TRUE

    return holds_for_all


@add_lazy(REGISTRY, "where", 1)
def _where(criteria: Argument) -> Invoke:
    test = criteria.truth

    def where(frame: Frame, items: list[Any]) -> list[Any]:
        found = []
        inner = Frame(frame.run, items, total=frame.total)
        frame.run.spend(len(items))
        for place, item in enumerate(items):
            inner.this, inner.index = [item], [place]
            if test(inner):
                found.append(item)
        return found

    return where


@add_lazy(REGISTRY, "select", 1)
def _select(projection: Argument) -> Invoke:
    project = projection.items

    def select(frame: Frame, items: list[Any]) -> list[Any]:
        found: list[Any] = []
        inner = Frame(frame.run, items, total=frame.total)
        for place, item in enumerate(items):
            inner.this, inner.index = [item], [place]
            part = project(inner)
            frame.run.spend(len(part))
            found += part
        frame.run.check_size(len(found))
        return found

    return select


@add_lazy(REGISTRY, "repeat", 1)
def _repeat(projection: Argument) -> Invoke:
    """What is found again is not followed again (N1, repeat)."""
    project = projection.items

    def repeat(frame: Frame, items: list[Any]) -> list[Any]:
        found: dict[Any, Any] = {}
        inner = Frame(frame.run, items, total=frame.total)
        waiting = items
        while waiting:
            fresh = []
            for place, item in enumerate(waiting):
                inner.this, inner.index = [item], [place]
                part = project(inner)
                frame.run.spend(len(part) + 1)
                for child in part:
                    # Two elements of equal content are two; a text or number is itself.
                    key = id(child.value) if _is_complex(child) else key_of(child)
                    if key not in found:
                        found[key] = child
                        fresh.append(child)
            frame.run.check_size(len(found))
            waiting = fresh
        return list(found.values())

    return repeat


def _is_complex(item: Any) -> bool:
    return isinstance(item, Node) and isinstance(item.value, dict)


@add_lazy(REGISTRY, "aggregate", 1, 2)
def _aggregate(aggregator: Argument, *start: Argument) -> Invoke:
    def aggregate(frame: Frame, items: list[Any]) -> list[Any]:
        total = start[0].items(frame) if start else EMPTY
        inner = Frame(frame.run, items)
        for place, item in enumerate(items):
            inner.this, inner.index, inner.total = [item], [place], total
            total = aggregator.items(inner)
            frame.run.spend(len(total))
            frame.run.check_size(len(total))
        return total

    return aggregate


@add_lazy(REGISTRY, "iif", 2, 3)
def _iif(criterion: Argument, *results: Argument) -> Invoke:
    """Only the chosen side is evaluated (N1, iif)."""

    def choose(frame: Frame, items: list[Any]) -> list[Any]:
        if len(items) > 1:
            raise NotEvaluated("iif() was asked of several items")
        inner = frame if items is frame.this else Frame(frame.run, items, frame.index, frame.total)
        truth = criterion.items(inner)
        if truth and truth_of(truth) is True and _is_boolean(truth[0]):
            return results[0].items(inner)
        if truth and not _is_boolean(truth[0]):
            raise NotEvaluated("the criterion of iif() is no boolean")
        return results[1].items(inner) if len(results) > 1 else EMPTY

    return choose


def _is_boolean(item: Any) -> bool:
    return isinstance(item.value if isinstance(item, Node) else item, bool)


@add_lazy(REGISTRY, "sort", 0, 20, sorts=True)
def _sort(*keys: Argument) -> Invoke:
    """In the order of the keys, a minus before one meaning downward; what has no key stands first."""

    def sort(frame: Frame, items: list[Any]) -> list[Any]:
        frame.run.spend(len(items))
        rows = [(item, [key.items(Frame(frame.run, [item])) for key in keys] or [[item]]) for item in items]

        def order(one: tuple[Any, list[Any]], other: tuple[Any, list[Any]]) -> int:
            frame.run.spend(1)
            for place, (left, right) in enumerate(zip(one[1], other[1], strict=True)):
                if not left or not right:
                    if left or right:
                        return -1 if right else 1
                elif found := compare(left, right):
                    return -found if keys and keys[place].descends else found
            return 0

        return [item for item, _ in sorted(rows, key=cmp_to_key(order))]

    return sort


@add_lazy(REGISTRY, "trace", 1, 2)
def _trace(*_: Argument) -> Invoke:
    """Silent: what is traced has no place to go."""
    return lambda frame, items: items


@add_plain(REGISTRY, "not")
def _not(frame: Frame, items: list[Any]) -> list[Any]:
    truth = truth_of(items)
    return as_list(None if truth is None else not truth)


def _booleans(items: list[Any]) -> list[bool]:
    found = [item.value if item.__class__ is Node else item for item in items]
    for value in found:
        if not isinstance(value, bool):
            raise NotEvaluated("true and false were expected where something else stands")
    return found


@add_plain(REGISTRY, "allTrue")
def _all_true(frame: Frame, items: list[Any]) -> list[Any]:
    return as_list(all(_booleans(items)))


@add_plain(REGISTRY, "anyTrue")
def _any_true(frame: Frame, items: list[Any]) -> list[Any]:
    return as_list(any(_booleans(items)))


@add_plain(REGISTRY, "allFalse")
def _all_false(frame: Frame, items: list[Any]) -> list[Any]:
    return as_list(not any(_booleans(items)))


@add_plain(REGISTRY, "anyFalse")
def _any_false(frame: Frame, items: list[Any]) -> list[Any]:
    return as_list(not all(_booleans(items)))


@add_plain(REGISTRY, "count")
def _count(frame: Frame, items: list[Any]) -> list[Any]:
    return [len(items)]


@add_plain(REGISTRY, "distinct")
def _distinct(frame: Frame, items: list[Any]) -> list[Any]:
    frame.run.spend(len(items))
    return distinct(items)


@add_plain(REGISTRY, "isDistinct")
def _is_distinct(frame: Frame, items: list[Any]) -> list[Any]:
    frame.run.spend(len(items))
    return as_list(len(distinct(items)) == len(items))


@add_plain(REGISTRY, "subsetOf", 1)
def _subset_of(frame: Frame, items: list[Any], others: list[Any]) -> list[Any]:
    frame.run.spend(len(items) + len(others))
    return as_list({key_of(item) for item in items} <= {key_of(item) for item in others})


@add_plain(REGISTRY, "supersetOf", 1)
def _superset_of(frame: Frame, items: list[Any], others: list[Any]) -> list[Any]:
    return _subset_of(frame, others, items)  # type: ignore[no-any-return]  # the decorator gives back what it took


@add_plain(REGISTRY, "first")
def _first(frame: Frame, items: list[Any]) -> list[Any]:
    return items[:1]


@add_plain(REGISTRY, "last")
def _last(frame: Frame, items: list[Any]) -> list[Any]:
    return items[-1:]


@add_plain(REGISTRY, "tail")
def _tail(frame: Frame, items: list[Any]) -> list[Any]:
    return items[1:]


@add_plain(REGISTRY, "single")
def _single(frame: Frame, items: list[Any]) -> list[Any]:
    if len(items) > 1:
        raise NotEvaluated("one value was expected where several stand")
    return items


@add_plain(REGISTRY, "skip", 1)
def _skip(frame: Frame, items: list[Any], count: list[Any]) -> list[Any]:
    number = integer_of(count)
    return EMPTY if number is None else items[max(number, 0) :]


@add_plain(REGISTRY, "take", 1)
def _take(frame: Frame, items: list[Any], count: list[Any]) -> list[Any]:
    number = integer_of(count)
    return EMPTY if number is None else items[: max(number, 0)]


@add_plain(REGISTRY, "intersect", 1)
def _intersect(frame: Frame, items: list[Any], others: list[Any]) -> list[Any]:
    frame.run.spend(len(items) + len(others))
    keys = {key_of(item) for item in others}
    return distinct([item for item in items if key_of(item) in keys])


@add_plain(REGISTRY, "exclude", 1)
def _exclude(frame: Frame, items: list[Any], others: list[Any]) -> list[Any]:
    frame.run.spend(len(items) + len(others))
    keys = {key_of(item) for item in others}
    return [item for item in items if key_of(item) not in keys]


@add_plain(REGISTRY, "union", 1)
def _union(frame: Frame, items: list[Any], others: list[Any]) -> list[Any]:
    return distinct(_combine(frame, items, others))


@add_plain(REGISTRY, "combine", 1)
def _combine(frame: Frame, items: list[Any], others: list[Any]) -> list[Any]:
    frame.run.spend(len(items) + len(others))
    frame.run.check_size(len(items) + len(others))
    return items + others


@add_plain(REGISTRY, "children")
def _children(frame: Frame, items: list[Any]) -> list[Any]:
    frame.run.spend(len(items))
    return [child for item in items if item.__class__ is Node for child in child_nodes(item)]


@add_plain(REGISTRY, "descendants")
def _descendants(frame: Frame, items: list[Any]) -> list[Any]:
    """All below, level by level; those of one node are found once in an evaluation."""
    key = id(items[0]) if len(items) == 1 else None
    memory = frame.run.memory
    if key in memory:
        return memory[key][1]  # type: ignore[no-any-return]  # what was kept below
    found: list[Any] = []
    waiting = [item for item in items if item.__class__ is Node]
    while waiting:
        waiting = [child for item in waiting for child in child_nodes(item)]
        found += waiting
        frame.run.spend(len(waiting))
        frame.run.check_size(len(found))
    if key is not None:
        memory[key] = (items[0], found)
    return found


def _add_type_function(name: str, test: Any) -> None:
    @add_lazy(REGISTRY, name, 1)
    def build(argument: Argument) -> Invoke:
        type_name = item_type.type_name_of(argument.tree)
        return lambda frame, items: test(frame.run, items, type_name)


_add_type_function("ofType", item_type.as_type)
_add_type_function("as", item_type.as_type)
_add_type_function("is", item_type.is_type)


@add_plain(REGISTRY, "type")
def _type(frame: Frame, items: list[Any]) -> list[Any]:
    return [item_type.type_of(item) for item in items]
