"""Editing of scenario files: what differs is changed in place, and every other line stays as it is.

The old file and the new scenario are held against each other as plain values; a value that differs has its own lines
written anew, and a comment goes where its step goes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

from workbench.errors import WorkbenchError
from workbench.scenario.scenario import Scenario
from workbench.scenario.scenario_reader import parse_document
from workbench.scenario.scenario_writer import render, to_document, to_plain
from workbench.yaml_file import parse_yaml


def edit_document(text: str, scenario: Scenario, folders: Sequence[Path] = ()) -> str:
    """`text` with what `scenario` says otherwise; a file that cannot be changed in place is written anew.

    Raises WorkbenchError where `text` is not a scenario.
    """
    before = parse_document(text, scenario.source, folders)
    if before == scenario:
        return text
    editor = _Editor(text)
    if editor.edit_map(
        parse_yaml(text, scenario.source).value, to_plain(before), to_plain(scenario), len(editor.lines)
    ):
        edited = editor.to_text()
        try:
            if parse_document(edited, scenario.source, folders) == scenario:
                return edited
        except WorkbenchError:
            pass
    return to_document(scenario)


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines `start` to `end` (exclusive) give way to `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


class _Editor:
    """Collects changes to the lines of one file."""

    def __init__(self, text: str) -> None:
        self.lines = text.splitlines(keepends=True)
        if self.lines and not self.lines[-1].endswith("\n"):
            self.lines[-1] += "\n"
        self.changes: list[_Change] = []

    def to_text(self) -> str:
        lines = list(self.lines)
        for change in sorted(self.changes, key=lambda change: (change.start, change.end), reverse=True):
            lines[change.start : change.end] = change.lines
        return "".join(lines)

    # Mappings

    def edit_map(self, node: Any, old: dict[str, Any], new: dict[str, Any], end: int) -> bool:
        """Note the changes of a mapping whose lines end before `end`; False where its layout does not allow them."""
        if not _is_block(node, CommentedMap) or any(not isinstance(key, str) for key in node):
            return False
        starts = {key: int(node.lc.key(key)[0]) for key in node}
        if len(set(starts.values())) < len(starts):
            return False
        keys = list(node)
        column = int(node.lc.key(keys[0])[1])
        ends = {key: starts[after] for key, after in pairwise(keys)} | {keys[-1]: end}
        changed = [key for key in keys if key in old or key in new if old.get(key) != new.get(key)]
        if keys[0] in changed and keys[0] not in new and self._prefix(starts[keys[0]], column).strip():
            return False
        for key in changed:
            region = starts[key], self._trim(node[key], starts[key], ends[key], column)
            if key not in new:
                self.changes.append(_Change(*region, ()))
            elif not self._edit_value(node[key], old.get(key), new[key], ends[key]):
                self._replace_key(node, key, new[key], region, column)
        self._insert_keys(
            keys, new, {key: self._trim(node[key], starts[key], ends[key], column) for key in keys}, column
        )
        return True

    def _edit_value(self, node: Any, old: Any, new: Any, end: int) -> bool:
        if isinstance(old, dict) and isinstance(new, dict) and old and new:
            return self._try(lambda: self.edit_map(node, old, new, end))
        if isinstance(old, list) and isinstance(new, list) and old and new:
            return self._try(lambda: self.edit_list(node, old, new, end))
        return False

    def _try(self, edit: Any) -> bool:
        """Make changes as a whole or not at all."""
        kept = list(self.changes)
        if edit():
            return True
        self.changes = kept
        return False

    def _replace_key(self, node: Any, key: str, value: Any, region: tuple[int, int], column: int) -> None:
        lines = _indent(render({key: value}), column)
        lines[0] = self._prefix(region[0], column) + lines[0][column:]
        comment = _comment_of(node, key)
        if comment and len(lines) == 1:
            lines[0] = f"{lines[0].rstrip()}  {comment}\n"
        elif comment:
            lines.append(" " * column + comment + "\n")
        self.changes.append(_Change(*region, tuple(lines)))

    def _insert_keys(self, keys: list[str], new: dict[str, Any], ends: dict[str, int], column: int) -> None:
        """Put each new key after the one that a file has before it."""
        before = keys[0]
        waiting: dict[int, list[str]] = {}
        for key, value in new.items():
            if key in ends:
                before = key
            else:
                waiting.setdefault(ends[before], []).extend(_indent(render({key: value}), column))
        self.changes += [_Change(at, at, tuple(lines)) for at, lines in waiting.items()]

    # Lists of mappings

    def edit_list(self, node: Any, old: list[Any], new: list[Any], end: int) -> bool:
        if not _is_block(node, CommentedSeq) or not all(isinstance(item, dict) for item in (*old, *new)):
            return False
        if len(node) != len(old):
            return False
        starts = [int(node.lc.item(index)[0]) for index in range(len(node))]
        columns = [int(node.lc.item(index)[1]) for index in range(len(node))]
        if len(set(starts)) < len(starts) or any(
            self._prefix(line, column).strip() != "-" for line, column in zip(starts, columns, strict=True)
        ):
            return False
        dash = self.lines[starts[0]].index("-")
        ends = [*starts[1:], end]
        regions = [(starts[i], self._trim(node[i], starts[i], ends[i], dash)) for i in range(len(node))]
        spaced = any(self._is_blank(start - 1) for start in starts[1:])
        left, right = [_key(item) for item in old], [_key(item) for item in new]
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            if tag == "equal":
                continue
            paired = min(i2 - i1, j2 - j1)
            for i, j in zip(range(i1, i1 + paired), range(j1, j1 + paired), strict=True):
                item_end = regions[i][1]
                if right[j] in left or not self._try(
                    lambda i=i, j=j, e=item_end: self.edit_map(node[i], old[i], new[j], e)
                ):
                    self._replace_item(regions, i, self._item_lines(new[j], dash, left, regions, right[j]), lead=False)
            for i in range(i1 + paired, i2):
                self._replace_item(regions, i, [], lead=True)
            at = regions[i1 + paired - 1][1] if i1 + paired else self._lead(regions[0][0])
            added: list[str] = []
            for j in range(j1 + paired, j2):
                lines = self._item_lines(new[j], dash, left, regions, right[j])
                gap = ["\n"] if spaced else []
                added += [*gap, *lines] if i1 + paired else [*lines, *gap]
            if added:
                self.changes.append(_Change(at, at, tuple(added)))
        return True

    def _item_lines(
        self, item: dict[str, Any], dash: int, left: list[str], regions: list[tuple[int, int]], key: str
    ) -> list[str]:
        """The lines of an item: its own, comments above it included, where the file has it elsewhere."""
        if key in left:
            start, end = regions[left.index(key)]
            return self.lines[self._lead(start) : end]
        lines = _indent(render(item), dash + 2)
        lines[0] = " " * dash + "- " + lines[0][dash + 2 :]
        return lines

    def _replace_item(self, regions: list[tuple[int, int]], at: int, lines: list[str], *, lead: bool) -> None:
        start, end = regions[at]
        first = self._lead(start) if lead or (lines and lines[0].lstrip().startswith("#")) else start
        if lead and self._is_blank(first - 1):
            first -= 1
        self.changes.append(_Change(first, end, tuple(lines)))

    # Lines

    def _lead(self, start: int) -> int:
        """The first line of the comments that stand directly above line `start`."""
        while start > 0 and self.lines[start - 1].lstrip().startswith("#"):
            start -= 1
        return start

    def _is_blank(self, line: int) -> bool:
        return 0 <= line < len(self.lines) and not self.lines[line].strip()

    def _prefix(self, line: int, column: int) -> str:
        return self.lines[line][:column]

    def _trim(self, node: Any, start: int, end: int, column: int) -> int:
        """Where a value ends, once the comments and blank lines after it are left out."""
        is_block_text = isinstance(_last_leaf(node), LiteralScalarString | FoldedScalarString)
        while end > start + 1:
            line = self.lines[end - 1]
            body = line.strip()
            if body and not body.startswith("#"):
                break
            if body and is_block_text and len(line) - len(line.lstrip()) > column + 2:
                break
            end -= 1
        return end


def _is_block(node: Any, kind: type) -> bool:
    return isinstance(node, kind) and len(node) > 0 and not node.fa.flow_style()  # type: ignore[arg-type,attr-defined] # both are containers


def _last_leaf(node: Any) -> Any:
    while isinstance(node, CommentedMap | CommentedSeq) and node:
        node = node[next(reversed(node))] if isinstance(node, CommentedMap) else node[-1]
    return node


def _comment_of(node: Any, key: str) -> str:
    """The comment at the end of the key's own line."""
    for token in node.ca.items.get(key) or ():
        for one in token if isinstance(token, list) else [token]:
            text = getattr(one, "value", "").split("\n")[0].strip()
            if text.startswith("#"):
                return str(text)
    return ""


def _key(item: Any) -> str:
    return json.dumps(item, sort_keys=True)


def _indent(text: str, column: int) -> list[str]:
    return [" " * column + line if line.strip() else line for line in text.splitlines(keepends=True)]
