"""Text reader: the texts of a scenario file, with the variables and the files that they name."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarfloat import ScalarFloat
from ruamel.yaml.scalarstring import LiteralScalarString

from workbench.errors import WorkbenchError
from workbench.scenario.variables import find_references, is_built_in, suggest_variable
from workbench.yaml_file import YamlMap

_MAX_FILE = 4_000_000


def as_text(value: Any) -> str:
    """A plain YAML value as the text it was written as."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ScalarFloat):
        # ruamel keeps how wide the number was written and where its point stood.
        width, point = getattr(value, "_width", None), getattr(value, "_prec", None)
        if isinstance(width, int) and isinstance(point, int) and 0 <= point < width:
            return f"{float(value):.{width - point - 1}f}"
    return str(value)


def is_plain(value: Any) -> bool:
    return value is not None and not isinstance(value, CommentedMap | CommentedSeq)


class TextReader:
    """Knows the variables that are given so far, and where files are looked for."""

    def __init__(self, source: str, folders: Sequence[Path]) -> None:
        self.source = source
        self.folders = folders
        self.names: set[str] = set()

    def take(self, entry: YamlMap, key: str, default: str | None = None) -> str:
        """A plain value as text, with its variables known."""
        if default is not None and key not in entry:
            entry.text(key, default)
            return default
        value = entry.raw(key)
        if not is_plain(value):
            entry.text(key)
        text = as_text(value)
        self.check_variables(entry, key, text)
        return text

    def check_variables(self, entry: YamlMap, key: str, text: str) -> None:
        line, column = entry.place_of(key)
        block = isinstance(entry.value.get(key), LiteralScalarString)
        for reference in find_references(text):
            if reference.closed and (reference.name in self.names or is_built_in(reference.name)):
                continue
            at = line + text.count("\n", 0, reference.offset) + 1 if block else line
            if not reference.closed:
                message, hint = "“${” is not closed by “}”.", "Close it, or write $${ for a plain ${."
            else:
                message = f"${{{reference.name}}} is not a variable that is known here."
                hint = suggest_variable(reference.name, sorted(self.names))
            raise WorkbenchError(message, hint=hint, source=self.source, line=at, column=None if block else column)

    def take_scopes(self, entry: YamlMap, key: str) -> str:
        if isinstance(entry.raw(key), CommentedSeq):
            text = " ".join(entry.texts(key))
            self.check_variables(entry, key, text)
            return text
        return self.take(entry, key)

    def read_content(self, entry: YamlMap, key: str) -> tuple[str, str, bool]:
        """Text, the file that it came from, and whether it goes out as it stands."""
        if not isinstance(entry.raw(key), CommentedMap):
            if not isinstance(entry.raw(key), str):
                raise entry.refuse(key, f"“{entry.name_of(key)}” must be a text.", f"Write it as a block: {key}: |")
            return self.take(entry, key), "", False
        content = entry.map(key)
        if "base64" in content:
            text = content.text("base64")
            content.finish()
            return _decode(content, text), "", True
        name = content.text("file")
        content.finish()
        text = self._read_file(content, name)
        self.check_variables(content, "file", text)
        return text, name, False

    def _read_file(self, content: YamlMap, name: str) -> str:
        if not re.match(r"[^/\\:\x00-\x1f]+(/[^/\\:\x00-\x1f]+)*\Z", name) or ".." in name.split("/"):
            raise content.refuse(
                "file", f"“{name}” is not a file beside the scenario.", "Name it without “..” and drive."
            )
        for folder in self.folders:
            path = folder / name
            try:
                if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
                    continue
                if path.stat().st_size > _MAX_FILE:
                    raise content.refuse("file", f"“{name}” has over {_MAX_FILE:,} bytes, too many for one message.")
                return path.read_bytes().decode("utf-8", "surrogateescape")
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "it cannot be read"
                raise content.refuse("file", f"Cannot read “{name}”: {reason}.") from error
        raise content.refuse("file", f"There is no file “{name}”.", "Put it beside the scenario.")

    def take_expected(self, entry: YamlMap, key: str) -> str | tuple[str, ...]:
        if not isinstance(entry.raw(key), CommentedSeq):
            return self.take(entry, key)
        values = entry.raw(key)
        if not values or not all(is_plain(value) for value in values):
            raise entry.refuse(key, f"“{entry.name_of(key)}” must be a text or a list of texts.")
        texts = tuple(as_text(value) for value in values)
        for text in texts:
            self.check_variables(entry, key, text)
        return texts


def _decode(content: YamlMap, text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError) as error:
        raise content.refuse("base64", "This is not base64.", "Use letters, digits, “+”, “/” and “=”.") from error
