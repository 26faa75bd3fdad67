"""DefinitionTree: the elements of a structure as a tree, slices beside the element they slice."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.definitions.structure import ElementDefinition, Structure


class Branch:
    """One element definition; `children` by name without `[x]`, `slices` by name, reslices among those of a slice."""

    __slots__ = ("children", "definition", "known", "slices", "structure")

    def __init__(self, definition: ElementDefinition, structure: Structure, known: dict[str, Branch]) -> None:
        self.definition = definition
        self.structure = structure
        self.children: dict[str, Branch] = {}
        self.slices: dict[str, Branch] = {}
        # All branches of the tree by id, for those that refer to the content of another.
        self.known = known

    @property
    def name(self) -> str:
        return self.definition.path.rpartition(".")[2].removesuffix("[x]")


def make_tree(structure: Structure) -> Branch | None:
    """Return the root of the tree; None where there are no elements."""
    if not structure.elements:
        return None
    known: dict[str, Branch] = {}
    root = known[structure.elements[0].id] = Branch(structure.elements[0], structure, known)
    for definition in structure.elements[1:]:
        branch = Branch(definition, structure, known)
        known[definition.id] = branch
        owner, _, last = definition.id.rpartition(".")
        name, _, slice_name = last.partition(":")
        if not slice_name:
            if owner in known:
                known[owner].children[name.removesuffix("[x]")] = branch
            continue
        sliced = next(
            (known[f"{owner}.{above}"] for above in _above(name, slice_name) if f"{owner}.{above}" in known), None
        )
        if sliced is not None:
            sliced.slices[slice_name] = branch
    return root


def _above(name: str, slice_name: str) -> Iterator[str]:
    """The ids of what a slice slices: `x:a/b` reslices `x:a`, or else slices `x`."""
    while "/" in slice_name:
        slice_name = slice_name.rpartition("/")[0]
        yield f"{name}:{slice_name}"
    yield name
