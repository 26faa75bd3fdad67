"""Compiler: a syntax tree made into closures, so that an expression that is evaluated often costs little each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.fhirpath import arithmetic
from workbench.fhirpath.environment import Frame, NotEvaluated
from workbench.fhirpath.functions import FUNCTIONS
from workbench.fhirpath.invocation import Argument, Evaluate, Invoke, Judge
from workbench.fhirpath.item_type import as_type, is_type
from workbench.fhirpath.lexer import refuse
from workbench.fhirpath.node import Node, follow
from workbench.fhirpath.parser import (
    Call,
    Constant,
    Index,
    Literal,
    Name,
    Operation,
    Path,
    Sign,
    Special,
    Tree,
    TypeTest,
    parse_expression,
)
from workbench.fhirpath.value import (
    EMPTY,
    TypeName,
    are_equal,
    are_equivalent,
    as_list,
    compare,
    distinct,
    integer_of,
    is_equal,
    key_of,
    truth_of,
)
from workbench.fhirpath.variables import find_constant


def compile_text(text: str) -> tuple[Evaluate, Judge]:
    """The expression as what gives its items, and as what gives its truth; raises WorkbenchError with the column."""
    try:
        return _Compiler(text).compile(parse_expression(text))
    except RecursionError as error:
        raise refuse(text, "it nests too deeply") from error


class _Compiler:
    def __init__(self, text: str) -> None:
        self._text = text

    def compile(self, tree: Tree) -> tuple[Evaluate, Judge]:
        judge = self._judge(tree)
        if judge is not None:
            return (lambda frame: as_list(judge(frame))), judge
        evaluate = self._evaluate(tree)
        return evaluate, lambda frame: truth_of(evaluate(frame))

    def _items(self, tree: Tree) -> Evaluate:
        return self.compile(tree)[0]

    def _truth(self, tree: Tree) -> Judge:
        return self.compile(tree)[1]

    def _judge(self, tree: Tree) -> Judge | None:
        """What gives a truth without making a collection of it, for the operators that give nothing else."""
        if not isinstance(tree, Operation):
            return None
        if tree.operator in _LOGIC:
            return _LOGIC[tree.operator](self._truth(tree.left), self._truth(tree.right))
        if tree.operator in ("=", "!="):
            equal = self._equality(tree)
            return equal if tree.operator == "=" else _negate(equal)
        if tree.operator in _COMPARISONS:
            return _COMPARISONS[tree.operator](self._items(tree.left), self._items(tree.right))
        return None

    def _equality(self, tree: Operation) -> Judge:
        left, right = self._items(tree.left), self._items(tree.right)
        if isinstance(tree.right, Literal) and isinstance(tree.right.value, str):
            return _equal_to_text(left, tree.right.value)
        return lambda frame: are_equal(left(frame), right(frame))

    def _evaluate(self, tree: Tree) -> Evaluate:
        match tree:
            case Literal(value):
                constant = EMPTY if value is None else [value]
                return lambda frame: constant
            case Path(start, steps):
                return _chain(self._items(start), [self._step(step) for step in steps])
            case Name(name):
                return _first_name(name)
            case Call():
                call = self._call(tree)
                return lambda frame: call(frame, frame.this)
            case Special(name):
                return _SPECIALS[name]
            case Constant(name):
                return lambda frame: find_constant(frame.run, name)
            case Sign(sign, operand):
                signed = self._items(operand)
                return lambda frame: arithmetic.sign(signed(frame), sign)
            case TypeTest(operator, operand, type_name):
                test = is_type if operator == "is" else as_type
                tested = self._items(operand)
                return lambda frame: test(frame.run, tested(frame), type_name)
        return self._operation(tree)

    def _operation(self, tree: Operation) -> Evaluate:
        left, right = self._items(tree.left), self._items(tree.right)
        if tree.operator == "|":
            return lambda frame: _unite(frame, left(frame), right(frame))
        operate = arithmetic.OPERATORS[tree.operator]
        return lambda frame: operate(left(frame), right(frame))

    def _step(self, step: Name | Call | Index) -> Invoke:
        if isinstance(step, Name):
            return _navigate(step.name)
        if isinstance(step, Call):
            return self._call(step)
        index = self._items(step.index)

        def pick(frame: Frame, items: list[Any]) -> list[Any]:
            place = integer_of(index(frame))
            return [items[place]] if place is not None and 0 <= place < len(items) else EMPTY

        return pick

    def _call(self, call: Call) -> Invoke:
        function = FUNCTIONS.get(call.name)
        if function is None:
            return _unknown(call.name)
        if not function.least <= len(call.arguments) <= function.most:
            raise refuse(self._text, f"{call.name}() takes another number of arguments", call.start)
        arguments = []
        for tree in call.arguments:
            descends = isinstance(tree, Sign) and tree.sign == "-"
            wanted = tree.operand if function.sorts and isinstance(tree, Sign) and descends else tree
            arguments.append(Argument(*self.compile(wanted), tree=wanted, descends=descends))
        return function.build(*arguments)


def _unknown(name: str) -> Invoke:
    def refuse_call(frame: Frame, items: list[Any]) -> list[Any]:
        raise NotEvaluated(f"there is no function {name}()")

    return refuse_call


def _chain(start: Evaluate, steps: list[Invoke]) -> Evaluate:
    if len(steps) == 1:
        only = steps[0]
        return lambda frame: only(frame, start(frame))
    if len(steps) == 2:
        first, second = steps
        return lambda frame: second(frame, first(frame, start(frame)))

    def walk(frame: Frame) -> list[Any]:
        items = start(frame)
        for step in steps:
            items = step(frame, items)
        return items

    return walk


def _navigate(name: str) -> Invoke:
    def step(frame: Frame, items: list[Any]) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if item.__class__ is Node:
                follow(item, item.kind.steps[name], found)
            elif item.__class__ is TypeName and name in ("name", "namespace"):
                found.append(getattr(item, name))
        if len(found) > 100:
            frame.run.spend(len(found))
        return found

    return step


def _first_name(name: str) -> Evaluate:
    """A path begins with an element, or with the type of what it begins at (N1, path selection)."""
    step = _navigate(name)
    if not name[:1].isupper():
        return lambda frame: step(frame, frame.this)

    def begin(frame: Frame) -> list[Any]:
        named = [item for item in frame.this if item.__class__ is Node and _has_type(item, name)]
        return named or step(frame, frame.this)

    return begin


def _has_type(node: Node, name: str) -> bool:
    return name in node.kind.names or (
        not node.kind.name and isinstance(node.value, dict) and node.value.get("resourceType") == name
    )


def _equal_to_text(left: Evaluate, text: str) -> Judge:
    """The most frequent comparison by far: one element with one text."""
    right = [text]

    def judge(frame: Frame) -> bool | None:
        items = left(frame)
        if len(items) == 1:
            item = items[0]
            if item.__class__ is Node and item.kind.convert is None and item.value.__class__ is str:
                return bool(item.value == text)
        return are_equal(items, right)

    return judge


def _and(left: Judge, right: Judge) -> Judge:
    def judge(frame: Frame) -> bool | None:
        one = left(frame)
        if one is False:
            return False
        other = right(frame)
        return False if other is False else None if one is None else other

    return judge


def _or(left: Judge, right: Judge) -> Judge:
    def judge(frame: Frame) -> bool | None:
        one = left(frame)
        if one:
            return True
        other = right(frame)
        return True if other else None if one is None else other

    return judge


def _xor(left: Judge, right: Judge) -> Judge:
    def judge(frame: Frame) -> bool | None:
        one, other = left(frame), right(frame)
        return None if one is None or other is None else one is not other

    return judge


def _implies(left: Judge, right: Judge) -> Judge:
    def judge(frame: Frame) -> bool | None:
        one = left(frame)
        if one is False:
            return True
        other = right(frame)
        return True if other else None if one is None else other

    return judge


def _negate(judge: Judge) -> Judge:
    def opposite(frame: Frame) -> bool | None:
        truth = judge(frame)
        return None if truth is None else not truth

    return opposite


def _ordered(test: Callable[[int], bool]) -> Callable[[Evaluate, Evaluate], Judge]:
    def build(left: Evaluate, right: Evaluate) -> Judge:
        def judge(frame: Frame) -> bool | None:
            order = compare(left(frame), right(frame))
            return None if order is None else test(order)

        return judge

    return build


def _is_in(left: Evaluate, right: Evaluate) -> Judge:
    def judge(frame: Frame) -> bool | None:
        items = left(frame)
        if not items:
            return None
        if len(items) > 1:
            raise NotEvaluated("one value was expected where several stand")
        item, others = items[0], right(frame)
        frame.run.spend(len(others))
        if len(others) > 10 and key_of(item) in {key_of(other) for other in others}:
            return True
        return any(is_equal(item, other) for other in others)

    return judge


def _equivalence(wanted: bool) -> Callable[[Evaluate, Evaluate], Judge]:
    return lambda left, right: lambda frame: are_equivalent(left(frame), right(frame)) is wanted


def _unite(frame: Frame, left: list[Any], right: list[Any]) -> list[Any]:
    if len(left) + len(right) > 100:
        frame.run.spend(len(left) + len(right))
        frame.run.check_size(len(left) + len(right))
    return distinct(left + right)


def _index(frame: Frame) -> list[Any]:
    return EMPTY if frame.index is None else frame.index


def _total(frame: Frame) -> list[Any]:
    return EMPTY if frame.total is None else frame.total


_SPECIALS: dict[str, Evaluate] = {"$this": lambda frame: frame.this, "$index": _index, "$total": _total}
_LOGIC = {"and": _and, "or": _or, "xor": _xor, "implies": _implies}
_COMPARISONS: dict[str, Callable[[Evaluate, Evaluate], Judge]] = {
    "<": _ordered(lambda order: order < 0),
    "<=": _ordered(lambda order: order <= 0),
    ">": _ordered(lambda order: order > 0),
    ">=": _ordered(lambda order: order >= 0),
    "in": _is_in,
    "contains": lambda left, right: _is_in(right, left),
    "~": _equivalence(True),
    "!~": _equivalence(False),
}
