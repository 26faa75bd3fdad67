"""Parser: the syntax tree of an expression, by the grammar and precedence of FHIRPath N1 (2.0)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workbench.fhirpath.lexer import Token, read_tokens, refuse, refuse_place
from workbench.fhirpath.quantity import CALENDAR_UNITS, Quantity
from workbench.fhirpath.temporal import parse_temporal

DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Literal:
    """`value` is a boolean, text, number, Temporal or Quantity; None is the empty collection `{}`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Tree, ...]
    start: int


@dataclass(frozen=True, slots=True)
class Index:
    index: Tree


@dataclass(frozen=True, slots=True)
class Special:
    """`$this`, `$index` or `$total`."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """`%resource` and the like."""

    name: str


@dataclass(frozen=True, slots=True)
class Path:
    """A start and what is invoked on it, one after the other: names, calls and indices."""

    start: Tree
    steps: tuple[Name | Call | Index, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """A plus or minus before an expression."""

    sign: str
    operand: Tree


@dataclass(frozen=True, slots=True)
class Operation:
    operator: str
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`is` or `as` with the name of a type, such as `Quantity` or `System.String`."""

    operator: str
    operand: Tree
    type_name: str


Tree = Literal | Name | Call | Special | Constant | Path | Sign | Operation | TypeTest

_PRECEDENCE = {
    **dict.fromkeys(("implies",), 1),
    **dict.fromkeys(("or", "xor"), 2),
    **dict.fromkeys(("and",), 3),
    **dict.fromkeys(("in", "contains"), 4),
    **dict.fromkeys(("=", "~", "!=", "!~"), 5),
    **dict.fromkeys(("<", "<=", ">", ">="), 6),
    **dict.fromkeys(("|",), 7),
    **dict.fromkeys(("is", "as"), 8),
    **dict.fromkeys(("+", "-", "&"), 9),
    **dict.fromkeys(("*", "/", "div", "mod"), 10),
}
_OF_SIGN = 11
# Words that name no element but after a dot, where no operator can stand: `text.div` (the official tests have it).
_KEYWORDS = {"implies", "or", "xor", "and", "div", "mod", "true", "false"}


def parse_expression(text: str) -> Tree:
    """Raises WorkbenchError with the line and column of what cannot be read."""
    parser = _Parser(text)
    tree = parser.read_expression(0)
    if parser.token.kind != "end":
        raise refuse_place(text, parser.token.start)
    return tree


class _Parser:
    """Precedence climbing over the tokens; `token` is the one that comes next."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = read_tokens(text)
        self._place = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._place]

    def read_expression(self, least: int) -> Tree:
        self._depth += 1
        if self._depth > DEEPEST:
            raise refuse(self._text, "it nests too deeply", self.token.start)
        tree = self._read_signed()
        while (strength := self._strength()) > least:
            operator = self._take().text
            if operator in ("is", "as"):
                tree = TypeTest(operator, tree, self._read_type())
            else:
                tree = Operation(operator, tree, self.read_expression(strength))
        self._depth -= 1
        return tree

    def _strength(self) -> int:
        token = self.token
        return _PRECEDENCE.get(token.text, 0) if token.kind in ("sign", "name") else 0

    def _read_signed(self) -> Tree:
        if self._is_sign("+") or self._is_sign("-"):
            return Sign(self._take().text, self.read_expression(_OF_SIGN))
        start = self._read_term()
        steps: list[Name | Call | Index] = []
        while True:
            if self._is_sign("."):
                self._take()
                step = self._read_invocation(after_dot=True)
                if isinstance(step, Special):
                    raise refuse_place(self._text, self._tokens[self._place - 1].start)
                steps.append(step)
            elif self._is_sign("["):
                self._take()
                steps.append(Index(self.read_expression(0)))
                self._expect("]")
            else:
                return Path(start, tuple(steps)) if steps else start

    def _read_term(self) -> Tree:
        token = self.token
        if token.kind in ("string", "number", "date", "time") or token.text in ("true", "false"):
            return self._read_literal()
        if token.kind == "constant":
            return Constant(self._take().text)
        if self._is_sign("{"):
            self._take()
            self._expect("}")
            return Literal(None)
        if self._is_sign("("):
            self._take()
            tree = self.read_expression(0)
            self._expect(")")
            return tree
        return self._read_invocation()

    def _read_literal(self) -> Literal:
        token = self._take()
        if token.kind == "string":
            return Literal(token.text)
        if token.kind == "number":
            return Literal(self._read_number(token))
        if token.kind == "name":
            return Literal(token.text == "true")
        value = parse_temporal(token.text[1:], literal=True)
        if value is None:
            raise refuse(self._text, f"there is no such day or time as {token.text[1:]}", token.start)
        return Literal(value)

    def _read_number(self, token: Token) -> Any:
        unit = self.token
        if unit.kind == "string" or (unit.kind == "name" and unit.text in CALENDAR_UNITS):
            self._take()
            return Quantity(Decimal(token.text), unit.text, unit.kind == "name")
        return Decimal(token.text) if "." in token.text else int(token.text)

    def _read_invocation(self, *, after_dot: bool = False) -> Name | Call | Special:
        token = self._take()
        if token.kind == "special":
            return Special(token.text)
        if token.kind not in ("name", "quoted") or (token.kind == "name" and token.text in _KEYWORDS and not after_dot):
            raise refuse_place(self._text, token.start)
        if not self._is_sign("("):
            return Name(token.text)
        self._take()
        arguments = []
        if not self._is_sign(")"):
            arguments.append(self.read_expression(0))
            while self._is_sign(","):
                self._take()
                arguments.append(self.read_expression(0))
        self._expect(")")
        return Call(token.text, tuple(arguments), token.start)

    def _read_type(self) -> str:
        names = [self._read_type_part()]
        while self._is_sign("."):
            self._take()
            names.append(self._read_type_part())
        return ".".join(names)

    def _read_type_part(self) -> str:
        token = self._take()
        if token.kind not in ("name", "quoted"):
            raise refuse_place(self._text, token.start)
        return token.text

    def _is_sign(self, sign: str) -> bool:
        token = self.token
        return token.kind == "sign" and token.text == sign

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise refuse_place(self._text, self.token.start)
        self._take()

    def _take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._place += 1
        return token
