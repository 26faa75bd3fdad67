"""Differences between two search parameters, graded for an app whose searches move from left to right."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace

from workbench.definition_diff.expression_words import plain_expression
from workbench.definitions.search_parameter import SearchParameter
from workbench.diff.difference import Difference, Verdict, make_row

_LISTS = {
    "base": ("bases", "{} can no longer be searched by it.", "{} can now be searched by it too."),
    "target": ("targets", "It no longer finds references to {}.", "It now finds references to {} too."),
    "comparator": ("comparators", "A search with {} is refused or misread.", "A search may now use {}."),
    "modifier": ("modifiers", "A search with :{} is refused or misread.", "A search may now use :{}."),
    "chain": ("chains", "A chain through {} is no longer promised.", "A chain may now go through {}."),
}
_FLAGS = {
    "multipleOr": ("multiple_or", "values joined by commas"),
    "multipleAnd": ("multiple_and", "it more than once"),
}


def diff_search_parameters(left: SearchParameter, right: SearchParameter, *, path: str = "") -> tuple[Difference, ...]:
    """The rows that differ; `path` stands before each."""
    return tuple(_rows(left, right, f"{path}." if path else ""))


def by_type_and_code(parameters: Iterable[SearchParameter], types: Container[str]) -> dict[str, SearchParameter]:
    """Return what each of `types` may be searched by, as `Patient.birthdate`: releases group the types otherwise.

    What only names the definition is left out: its status, and the canonicals of its components.
    """
    return {
        f"{base}.{item.code}": replace(
            item,
            bases=(base,),
            expression=_part_for(base, item.expression),
            targets=tuple(target for target in item.targets if target in types),
            components=tuple(("", expression) for _, expression in item.components),
            status="",
        )
        for item in parameters
        for base in item.bases
        if base in types
    }


def _part_for(base: str, expression: str) -> str:
    """What of `Condition.code | Procedure.code` is of one type."""
    parts = [part.strip() for part in expression.split("|")]
    return " | ".join([part for part in parts if part.lstrip("(").startswith(f"{base}.")] or parts)


def _rows(left: SearchParameter, right: SearchParameter, before: str) -> Iterator[Difference]:
    code = right.code or left.code
    if left.code != right.code:
        why = f"In a query it is called {right.code} and no longer {left.code}: rewrite the searches."
        yield make_row(f"{before}code", "code", left.code, right.code, Verdict("breaks-sender", why))
    if left.kind != right.kind:
        why = f"Values of a {left.kind} are not written as those of a {right.kind}: rewrite the searches by {code}."
        yield make_row(f"{before}type", "type", left.kind, right.kind, Verdict("breaks-sender", why))
    if plain_expression(left.expression) != plain_expression(right.expression):
        why = f"A search by {code} looks at other elements: what is found may be more, or less."
        words = left.expression or None, right.expression or None
        yield make_row(f"{before}expression", "expression", *words, Verdict("breaks-receiver", why))
    for name, (field, lost, gained) in _LISTS.items():
        yield from _diff_list(f"{before}{name}", name, getattr(left, field), getattr(right, field), lost, gained)
    for name, (field, what) in _FLAGS.items():
        yield from _diff_flag(f"{before}{name}", name, getattr(left, field), getattr(right, field), what)
    if _plain_components(left) != _plain_components(right):
        shown = tuple(
            " + ".join(url or expression for url, expression in side.components) or None for side in (left, right)
        )
        why = "It is put together from other parameters: rewrite the searches."
        yield make_row(f"{before}component", "component", shown[0], shown[1], Verdict("breaks-sender", why))
    if left.status != right.status:
        why = "The parameter itself has another status: draft, active or retired."
        yield make_row(
            f"{before}status", "status", left.status or None, right.status or None, Verdict("information", why)
        )


def _plain_components(parameter: SearchParameter) -> list[tuple[str, str]]:
    return [(url, plain_expression(expression)) for url, expression in parameter.components]


def _diff_list(
    path: str, name: str, left: tuple[str, ...], right: tuple[str, ...], lost: str, gained: str
) -> Iterator[Difference]:
    """One row with what only the left has beside what only the right has."""
    gone, fresh = [item for item in left if item not in right], [item for item in right if item not in left]
    if gone or fresh:
        why = " ".join(words.format(", ".join(items)) for words, items in ((lost, gone), (gained, fresh)) if items)
        verdict = Verdict("breaks-sender" if gone else "compatible", why)
        yield make_row(path, name, " | ".join(gone) or None, " | ".join(fresh) or None, verdict)


def _diff_flag(path: str, name: str, left: bool | None, right: bool | None, words: str) -> Iterator[Difference]:
    if left == right:
        return
    shown = tuple(None if value is None else str(value).lower() for value in (left, right))
    if left is None or right is None:
        verdict = Verdict("information", f"One of the two does not say whether a search may give {words}.")
    elif right:
        verdict = Verdict("compatible", f"A search may now give {words}.")
    else:
        verdict = Verdict("breaks-sender", f"A search that gives {words} is refused or misread.")
    yield make_row(path, name, shown[0], shown[1], verdict)
