"""The rows of a comparison under the places that hold them."""

from __future__ import annotations

import pickle

import pytest

from workbench.diff.difference import Difference
from workbench.diff.difference_path import DEEPEST, divide_path, join_steps, split_path
from workbench.diff.difference_tree import WIDEST, DifferenceTree, make_difference_tree


def row(path: str, aspect: str = "") -> Difference:
    return Difference("changed", path, "", "1", "2", aspect)


def outline(tree: DifferenceTree, node: int = 0) -> list[object]:
    """Labels, a branch as a pair with what is below it."""
    return [
        tree.label(child) if tree.is_leaf(child) else (tree.label(child), outline(tree, child))
        for child in tree.children(node)
    ]


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("PID-5.1", ("PID", "PID-5.1")),
        ("OBX[2]-3", ("OBX[2]", "OBX[2]-3")),
        ("Patient.name[0].family", ("Patient", "name[0]", "family")),
        ("rest[server].format[a.b].x", ("rest[server]", "format[a.b]", "x")),
        ("a[b[c.d].e].f", ("a[b[c.d].e]", "f")),
        ("a].b", ("a]", "b")),
        ("ValueSet[us-core-race].concept[a.b]", ("ValueSet", "[us-core-race]", "concept[a.b]")),
        ("", ("",)),
    ],
)
def test_a_path_is_split_at_the_dots_outside_brackets(path: str, steps: tuple[str, ...]) -> None:
    assert split_path(path) == steps


@pytest.mark.parametrize("path", ["PID-5.1", "OBX[2]-3", "a.b[0].c", "ValueSet[us-core-race].concept[a.b]", "date"])
def test_steps_are_put_together_to_the_path_that_was_split(path: str) -> None:
    assert join_steps(split_path(path)) == path


def test_a_path_that_is_too_deep_keeps_its_end_whole() -> None:
    steps = split_path(".".join(["a"] * 10_000))
    assert len(steps) == DEEPEST
    assert ".".join(steps) == ".".join(["a"] * 10_000)


def test_a_path_is_its_place_and_its_last_step() -> None:
    assert divide_path("rest[server].operation[a.b]") == ("rest[server]", "operation[a.b]")
    assert divide_path("date") == ("", "date")


def test_rows_stand_under_the_places_that_hold_them() -> None:
    tree = make_difference_tree(
        [row("rest.Patient.read"), row("rest.Encounter.read"), row("rest.Patient.create"), row("date")]
    )
    assert outline(tree) == [("rest", [("Patient", ["read", "create"]), "Encounter.read"]), "date"]
    assert list(tree.order) == [0, 2, 1, 3]


def test_a_branch_with_one_child_alone_is_one_line_with_it() -> None:
    assert outline(make_difference_tree([row("a.b.c"), row("a.b.d")])) == [("a.b", ["c", "d"])]
    assert outline(make_difference_tree([row("PID-8")])) == ["PID-8"]


def test_several_aspects_of_one_place_are_told_by_their_aspect() -> None:
    tree = make_difference_tree(
        [row("Patient.name", "min"), row("Patient.name", "max"), row("Patient.name.use", "max")]
    )
    assert outline(tree) == [("Patient.name", ["min", "max", "use max"])]


def test_a_branch_tells_its_rows() -> None:
    tree = make_difference_tree([row("a.b"), row("c.d"), row("c.e")])
    named = {tree.label(node): node for node in range(len(tree))}
    assert tree.rows_of(0) == (0, 3)
    assert tree.rows_of(named["c"]) == (1, 3)
    assert tree.rows_of(named["e"]) == (2, 3)
    assert [tree.label(node) for node in tree.leaves] == ["a.b", "d", "e"]


def test_no_branch_is_wider_than_a_view_can_open_at_once() -> None:
    tree = make_difference_tree([row(f"Bundle.entry[{at}].status") for at in range(WIDEST * 3 + 1)])
    widths = [len(list(tree.children(node))) for node in range(len(tree))]
    assert max(widths) <= WIDEST
    (root,) = tree.children(0)
    assert tree.label(next(tree.children(root))) == f"entry[0].status … entry[{WIDEST - 1}].status"
    assert list(tree.order) == list(range(WIDEST * 3 + 1))


def test_every_row_has_one_leaf_and_every_child_knows_its_parent() -> None:
    paths = [f"a{at % 7}.b{at % 11}.c{at % 3}" for at in range(500)]
    tree = make_difference_tree([row(path) for path in paths])
    assert sorted(tree.order) == list(range(500))
    assert len(tree.leaves) == 500
    assert all(tree.parents[child] == node for node in range(len(tree)) for child in tree.children(node))


def test_sections_stand_above_the_paths_and_are_no_part_of_them() -> None:
    rows = [row("CX.4"), row("PID-3"), row("CX.5"), row("PID-5")]
    tree = make_difference_tree(rows, ["Types", "Segments", "Types", "Segments"])
    assert tree.has_sections
    assert outline(tree) == [("Types", [("CX", ["4", "5"])]), ("Segments", [("PID", ["PID-3", "PID-5"])])]
    alone = make_difference_tree(rows[:1], ["Types"])
    assert not alone.has_sections and outline(alone) == ["CX.4"]


def test_no_rows_are_a_root_alone() -> None:
    tree = make_difference_tree([])
    assert outline(tree) == []
    assert tree.rows_of(0) == (0, 0)


def test_a_tree_travels_between_processes_whole() -> None:
    tree = make_difference_tree([row("a.b"), row("a.c\0")])
    assert [tree.label(node) for node in range(len(tree))] == ["", "a", "b", "c "]
    assert pickle.loads(pickle.dumps(tree)) == tree  # noqa: S301  # our own
