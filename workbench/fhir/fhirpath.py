"""FHIRPath: what an expression finds in a resource, or in words why it cannot be evaluated.

The one module that knows fhirpathpy. An evaluation is limited in time, its regular expressions more narrowly.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex

from workbench.errors import WorkbenchError

# In seconds, for one evaluation as a whole; a search through a large bundle takes a tenth of it.
LONGEST_EVALUATION = 2.0
# A pattern that takes longer backtracks without end; an analyst's check never needs this.
LONGEST_MATCHING = 0.15
LONGEST_EXPRESSION = 10_000

# The generated parser shares its tables between threads without a lock of its own.
_parsing = threading.Lock()


def evaluate(resource: Any, expression: str) -> tuple[Any, ...]:
    """Return the values that `expression` finds in `resource`, as JSON values.

    Raises WorkbenchError where the expression does not compile, fails on this resource or takes too long.
    """
    compiled, engine = compile_expression(expression), _load_engine()
    budget = _Budget(resource, expression)
    root = resource if isinstance(resource, list) else [resource]
    if "extension" not in expression:
        root = [_without_siblings(item) for item in root]
    context = {
        "dataRoot": root,
        "vars": {"context": root, "resource": root, "rootResource": root, "ucum": "http://unitsofmeasure.org"},
        "model": engine.model,
        "userInvocationTable": budget,
        "traceFn": lambda label, values: None,
    }
    engine.forget_time()
    try:
        return tuple(engine.to_json_values(engine.do_eval(context, root, compiled)))
    except WorkbenchError:
        raise
    except RecursionError as error:
        raise _refuse(expression, "it nests too deeply") from error
    except Exception as error:  # fhirpathpy raises bare Exception for all that it cannot evaluate
        raise _refuse(expression, str(error) or type(error).__name__) from error


def is_true(resource: Any, expression: str) -> bool:
    """Tell whether `expression` holds: one true value; raises as `evaluate`."""
    return evaluate(resource, expression) == (True,)


@lru_cache(maxsize=512)
def compile_expression(expression: str) -> Any:
    """Return the parsed expression; raises WorkbenchError with the column of what cannot be read."""
    if not expression.strip():
        raise WorkbenchError("The FHIRPath expression is empty.")
    if len(expression) > LONGEST_EXPRESSION:
        raise WorkbenchError(f"The FHIRPath expression is longer than {LONGEST_EXPRESSION} characters.")
    engine = _load_engine()
    try:
        with _parsing:
            return engine.parse(expression)
    except WorkbenchError:
        raise
    except RecursionError as error:
        raise _refuse(expression, "it nests too deeply") from error
    except Exception as error:  # the generated lexer raises what it likes
        raise _refuse(expression, "it does not follow the grammar of FHIRPath") from error


def _refuse(expression: str, reason: str, column: int | None = None) -> WorkbenchError:
    shown = expression if len(expression) <= 120 else expression[:119] + "…"
    return WorkbenchError(
        f"The FHIRPath expression “{shown}” could not be evaluated: {reason.rstrip('.')}.",
        hint="Correct the expression.",
        line=None if column is None else 1,
        column=column,
    )


class _Budget(dict[str, Any]):
    """The functions that fhirpathpy lacks or leaves without limit, and the clock of one evaluation.

    fhirpathpy asks for the truth of this table at each function and operator, which is where the clock is read.
    """

    def __init__(self, resource: Any, expression: str) -> None:
        self._resource, self._expression = resource, expression
        self._end = time.monotonic() + LONGEST_EVALUATION
        self._matching = LONGEST_MATCHING
        one, two = {1: ["String"]}, {2: ["String", "String"]}
        super().__init__(
            matches={"fn": self._matches, "arity": one, "nullable_input": True},
            matchesFull={"fn": self._matches_full, "arity": one, "nullable_input": True},
            replaceMatches={"fn": self._replace_matches, "arity": two, "nullable_input": True},
            hasValue={"fn": self._has_value, "arity": {0: []}},
            getValue={"fn": self._get_value, "arity": {0: []}},
            resolve={"fn": self._resolve, "arity": {0: []}},
        )

    def __bool__(self) -> bool:
        if time.monotonic() > self._end:
            raise _refuse(self._expression, f"it took longer than {LONGEST_EVALUATION:g} seconds")
        return True

    def _matches(self, _: Any, inputs: list[Any], pattern: Any) -> list[bool]:
        return [bool(self._with_pattern(pattern, lambda p, t: p.search(_text(inputs), timeout=t)))] if pattern else []

    def _matches_full(self, _: Any, inputs: list[Any], pattern: Any) -> list[bool]:
        found = self._with_pattern(pattern, lambda p, t: p.fullmatch(_text(inputs), timeout=t)) if pattern else None
        return [bool(found)] if pattern else []

    def _replace_matches(self, _: Any, inputs: list[Any], pattern: Any, replacement: Any) -> list[str]:
        if not pattern or not isinstance(replacement, str):
            return []
        template = regex.sub(r"\$(\d+)", r"\\g<\1>", replacement)
        return [self._with_pattern(pattern, lambda p, t: p.sub(template, _text(inputs), timeout=t))]

    def _with_pattern(self, pattern: str, use: Callable[[Any, float], Any]) -> Any:
        """Use the pattern within what is left of the time for all patterns of this evaluation."""
        started = time.monotonic()
        try:
            return use(_compile_pattern(pattern), max(self._matching, 0.001))
        except TimeoutError as error:
            raise _refuse(self._expression, f"the pattern “{pattern}” takes too long to match") from error
        except regex.error as error:
            raise _refuse(self._expression, f"the pattern “{pattern}” is not a regular expression: {error}") from error
        finally:
            self._matching -= time.monotonic() - started

    def _has_value(self, _: Any, inputs: list[Any]) -> list[bool]:
        return [len(self._get_value(_, inputs)) == 1]

    def _get_value(self, _: Any, inputs: list[Any]) -> list[Any]:
        values = [value for value in map(_value_of, inputs) if not isinstance(value, dict | list)]
        return values if len(values) == 1 and values[0] is not None else []

    def _resolve(self, _: Any, inputs: list[Any]) -> list[Any]:
        """What a reference points at within this resource: contained, or an entry of the same bundle."""
        found = []
        for item in map(_value_of, inputs):
            reference = item.get("reference") if isinstance(item, dict) else item
            found += [target for name, target in _targets(self._resource) if name and name == reference]
        return found


def _value_of(item: Any) -> Any:
    return getattr(item, "data", item)


def _text(inputs: list[Any]) -> str:
    text = _value_of(inputs[0]) if len(inputs) == 1 else None
    if not isinstance(text, str):
        raise TypeError("a text was expected")
    return text


@lru_cache(maxsize=256)
def _compile_pattern(pattern: str) -> Any:
    if len(pattern) > 1000:
        raise regex.error("it is longer than 1000 characters")
    return regex.compile(pattern, regex.DOTALL | regex.VERSION0)


def _targets(resource: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(resource, dict):
        return
    for contained in resource.get("contained") or ():
        yield f"#{contained.get('id', '')}", contained
    for entry in resource.get("entry") or ():
        target = entry.get("resource")
        if isinstance(target, dict):
            yield entry.get("fullUrl", ""), target
            yield f"{target.get('resourceType')}/{target.get('id')}", target


def _without_siblings(value: Any) -> Any:
    """`value` without the `_name` properties that stand beside a `name`, which fhirpathpy counts as second nodes."""
    if isinstance(value, list):
        return [_without_siblings(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_siblings(item)
        for name, item in value.items()
        if not (name.startswith("_") and value.get(name[1:]) is not None)
    }


@dataclass(frozen=True, slots=True)
class _Engine:
    """The parts of fhirpathpy in use; loaded at the first expression, since they take longer than a window may."""

    parse: Callable[[str], Any]
    do_eval: Callable[[Any, Any, Any], Any]
    to_json_values: Callable[[Any], list[Any]]
    forget_time: Callable[[], None]
    model: Any


@lru_cache(maxsize=1)
def _load_engine() -> _Engine:
    grammar = importlib.import_module("fhirpathpy.parser")
    engine = importlib.import_module("fhirpathpy.engine")
    nodes = importlib.import_module("fhirpathpy.engine.nodes")
    model = importlib.import_module("fhirpathpy.models").models["r4"]

    def to_json_value(item: Any) -> Any:
        value = engine.util.get_data(item)
        return value.toString() if isinstance(value, nodes.FP_Type) else value

    return _Engine(
        parse=lambda text: _parse(grammar, text),
        do_eval=engine.do_eval,
        to_json_values=lambda found: [value for value in map(to_json_value, found) if not _is_bare_extension(value)],
        forget_time=importlib.import_module("fhirpathpy.engine.invocations.constants").constants.reset,
        model=model,
    )


def _is_bare_extension(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == ["extension"]


def _parse(grammar: Any, text: str) -> Any:
    """Parse the whole of `text`; fhirpathpy's own parse() passes over what it cannot read."""

    class Faults(grammar.ErrorListener):  # type: ignore[misc] # the grammar is loaded late
        def syntaxError(self, recognizer: Any, symbol: Any, line: int, column: int, msg: str, e: Any) -> None:
            raise _refuse(text, f"what stands at column {column + 1} was not expected", column + 1)

    listener, faults = grammar.ASTPathListener(), Faults()
    lexer = grammar.FHIRPathLexer(grammar.InputStream(text))
    parser = grammar.FHIRPathParser(grammar.CommonTokenStream(lexer))
    for recognizer in (lexer, parser):
        recognizer.removeErrorListeners()
        recognizer.addErrorListener(faults)
    tree = parser.expression()
    rest = parser.getCurrentToken()
    if rest.type != grammar.Token.EOF:
        raise _refuse(text, f"what stands at column {rest.column + 1} was not expected", rest.column + 1)
    grammar.ParseTreeWalker().walk(listener, tree)
    return listener.parentStack[0]["children"][0]
