"""Comparison work: what is read and reckoned for a comparison, in a thread or in another process, and brought back."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ui.models.packed_rows import PackedRows, pack_rows, unpack_rows
from ui.models.side_source import SideSource
from ui.models.wire_text import describe_size
from workbench.diff.difference import keep_telling
from workbench.diff.difference_report import count_sentence, to_csv, to_html
from workbench.diff.difference_tree import DifferenceTree, make_difference_tree
from workbench.errors import WorkbenchError
from workbench.version_diff.version_part import VersionPart
from workbench.version_diff.version_section import section_of
from workbench.workspace.comparison_side import Side, Tell, side_of_bytes, tell_nobody

ReportFormat = Literal["html", "csv"]


@dataclass(frozen=True, slots=True)
class PreparedComparison:
    """Rows packed in the order of `tree`; labels and `sentence` are what the command line prints.

    Names are short, and labels too where both sides have one name; the abouts tell what each side is.
    """

    left_label: str
    right_label: str
    left_name: str
    right_name: str
    left_about: str
    right_about: str
    sentence: str
    takes_masks: bool
    tree: DifferenceTree
    rows: PackedRows


EMPTY = PreparedComparison("", "", "", "", "", "", "", False, make_difference_tree(()), PackedRows())


def read_side(source: SideSource, folder: Path) -> Side:
    """Read a source, whose names are looked up in the workspace at `folder`; an address must have been asked before."""
    if source.data is not None:
        return side_of_bytes(source.data, source.name)
    from workbench.workspace.side_finder import find_here
    from workbench.workspace.workspace import Workspace

    return find_here(source.text, Workspace(folder))


def describe_source(source: SideSource, folder: Path) -> str:
    """What a side turns out to be, with its size."""
    return _describe(read_side(source, folder), source)


def list_names(folder: Path) -> tuple[tuple[str, str], ...]:
    """What can be named as a side, with the words for it."""
    from workbench.workspace.side_names import list_sides
    from workbench.workspace.workspace import Workspace

    return tuple((name.text, name.words) for name in list_sides(Workspace(folder)))


def list_parts(package: str) -> tuple[tuple[str, str], ...]:
    """What can be named in a package; nothing where it is not here."""
    from workbench.workspace.side_names import list_definitions

    try:
        return tuple((name.text, name.words) for name in list_definitions(package))
    except WorkbenchError:
        return ()


def prepare_comparison(
    left: SideSource, right: SideSource, masks: tuple[str, ...], folder: Path, *, tell: Tell = tell_nobody
) -> PreparedComparison:
    """Read, compare, put into a tree and pack; raises WorkbenchError for what cannot be compared."""
    from workbench.workspace.comparison import compare

    sides = read_side(left, folder), read_side(right, folder)
    comparison = compare(*sides, masks=masks, same=True, tell=tell)
    are_versions = all(isinstance(side.value, VersionPart) for side in sides)
    tree = make_difference_tree(comparison.rows, [section_of(row) for row in comparison.rows] if are_versions else ())
    alike = left.name == right.name
    names = (comparison.left_label, comparison.right_label) if alike else (left.name, right.name)
    return PreparedComparison(
        comparison.left_label,
        comparison.right_label,
        *names,
        _describe(sides[0], left),
        _describe(sides[1], right),
        count_sentence(keep_telling(comparison.rows)),
        comparison.kind in ("message", "resource"),
        tree,
        pack_rows([comparison.rows[number] for number in tree.order]),
    )


def make_report(
    format_name: ReportFormat, left: str, right: str, blocks: Sequence[bytes], order: array[int], shown: Sequence[int]
) -> str:
    """The rows `shown` that differ, in the order in which they were compared, as the command line gives them out."""
    chosen = set(shown)
    numbered = {order[number]: row for number, row in enumerate(unpack_rows(blocks)) if number in chosen}
    differing = keep_telling(row for _, row in sorted(numbered.items()))
    return {"html": to_html, "csv": to_csv}[format_name](left, right, differing)


def _describe(side: Side, source: SideSource) -> str:
    size = f" · {describe_size(len(source.data))}" if source.data is not None else ""
    return f"{_words_of(side)}{size}"


def _words_of(side: Side) -> str:
    if side.kind == "message":
        return " · ".join(["HL7 v2", *filter(None, (side.value.type_name, side.value.control_id))])
    if side.kind == "resource":
        identity = side.value.get("id")
        return f"FHIR · {side.value['resourceType']}" + (f"/{identity}" if isinstance(identity, str) else "")
    if side.kind == "capability statement":
        release = side.value.get("fhirVersion")
        return "Capability statement" + (f" · FHIR {release}" if isinstance(release, str) else "")
    if side.kind == "message log":
        files = len(side.value.names)
        return f"HL7 v2 messages of {files} file{'' if files == 1 else 's'}"
    if side.kind == "demand":
        return "What is asked of HL7 v2 messages"
    if isinstance(side.value, VersionPart):
        return _words_of_version(side.value)
    return _words_of_definition(side)


def _words_of_version(part: VersionPart) -> str:
    """`HL7 v2.5.1 · segment · PID Patient Identification`."""
    kind = "" if part.kind == "version" else part.kind
    return " · ".join(filter(None, (f"HL7 v{part.dictionary.version}", kind, f"{part.name} {part.title}".strip())))


def _words_of_definition(side: Side) -> str:
    """Its kind, and what its own name and version are, where it has them."""
    words = side.words
    for article in ("an ", "a ", "the "):
        words = words.removeprefix(article)
    thing = side.value[0] if isinstance(side.value, tuple) else side.value
    if side.kind == "release":
        return f"{words[:1].upper()}{words[1:]} · {thing.version}"
    if side.kind == "package":
        return " · ".join(["FHIR package", thing.label, *(f"FHIR {version}" for version in thing.fhir_versions)])
    if side.kind == "smart-configuration":
        return "Smart-configuration"
    if side.kind == "structure":
        words = "profile" if thing.derivation == "constraint" else "type"
    name = getattr(thing, "title", "") or getattr(thing, "name", "")
    return " · ".join(filter(None, (f"{words[:1].upper()}{words[1:]}", name, getattr(thing, "version", ""))))
