"""YAML as the workbench reads it: plain words stay words, every value knows its line, and nothing can explode.

Scalars are text unless plain `true`, `false`, `null` or a number without a leading zero (YAML 1.2 core, no dates).
Anchors, aliases, tags and merge keys are refused: a fixture is data that a reviewer reads from top to bottom.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, NodeEvent
from ruamel.yaml.parser import RoundTripParser
from ruamel.yaml.resolver import VersionedResolver

from workbench.errors import WorkbenchError

MAX_CHARACTERS = 2_000_000
MAX_DEPTH = 40
Word = TypeVar("Word", bound=str)
_MISSING: Any = object()


class _WordResolver(VersionedResolver):
    """Resolves as YAML 1.2 does, but leaves dates and numbers with leading zeros as the text they are."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        tag = super().resolve(kind, value, implicit)
        name = str(tag)
        if name.endswith(":timestamp") or (name.endswith((":int", ":float")) and not _is_plain_number(str(value))):
            return self._text_tag(tag)
        return tag

    @staticmethod
    def _text_tag(tag: Any) -> Any:
        return type(tag)(suffix="tag:yaml.org,2002:str") if not isinstance(tag, str) else "tag:yaml.org,2002:str"


def _is_plain_number(value: str) -> bool:
    digits = value.lstrip("-")
    whole, _, fraction = digits.partition(".")
    return whole.isdigit() and (not fraction or fraction.isdigit()) and (whole == "0" or not whole.startswith("0"))


def make_yaml() -> YAML:
    """A round-trip reader and writer that keeps comments, order and quotes."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Resolver = _WordResolver
    yaml.Parser = _StrictParser
    yaml.width = 4096
    yaml.preserve_quotes = True
    yaml.allow_duplicate_keys = False
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def read_yaml(path: Path) -> YamlMap:
    """Read the file at `path`; raises WorkbenchError with file, line and what was expected."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WorkbenchError(f"Cannot read {path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise WorkbenchError("The file is not UTF-8 text.", source=path, hint="Save it as UTF-8.") from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, source: str = "") -> YamlMap:
    """Parse `text`, whose top must be a mapping; raises WorkbenchError."""
    if len(text) > MAX_CHARACTERS:
        raise WorkbenchError(
            f"The file has over {MAX_CHARACTERS:,} characters, too many for a file of this kind.", source=source
        )
    yaml = make_yaml()
    try:
        value = yaml.load(text)
    except _Refused as error:
        line, column = (error.mark.line + 1, error.mark.column + 1) if error.mark else (None, None)
        raise WorkbenchError(error.message, hint=error.hint, source=source, line=line, column=column) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        problem = " ".join(str(error.problem or error.context or "it cannot be read").split())
        raise WorkbenchError(f"This is not valid YAML: {problem}.", source=source, line=line, column=column) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise WorkbenchError(f"This is not valid YAML: {' '.join(str(error).split())[:300]}.", source=source) from error
    if not isinstance(value, CommentedMap):
        raise WorkbenchError("The file must be a mapping of names to values.", source=source, line=1)
    return YamlMap(value, source)


def to_yaml(value: CommentedMap) -> str:
    """The text of a mapping, comments included."""
    buffer = io.StringIO()
    make_yaml().dump(value, buffer)
    return buffer.getvalue()


def to_plain(value: Any) -> Any:
    """The JSON value of what was read: maps, lists, texts, numbers, true, false and null of Python's own types."""
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    return next(kind(value) for kind in (str, int, float) if isinstance(value, kind))


class _Refused(Exception):
    """What a file of ours may not hold, with the event that holds it."""

    def __init__(self, event: Event, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.mark = event.start_mark


class _StrictParser(RoundTripParser):
    """Refuses anchors, aliases, tags and deep nesting as they are read, before anything is built of them."""

    _depth = 0

    def get_event(self) -> Event:
        event: Event = super().get_event()
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise _Refused(event, "YAML anchors and aliases (& and *) are not read here.", "Write the value out.")
        if isinstance(event, NodeEvent) and str(getattr(event, "ctag", "") or "") not in ("", "None", "!"):
            raise _Refused(event, "YAML tags (!) are not read here.", "Remove the tag.")
        if isinstance(event, CollectionStartEvent):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise _Refused(event, f"The file nests deeper than {MAX_DEPTH} levels.")
        elif isinstance(event, CollectionEndEvent):
            self._depth -= 1
        return event


class YamlMap:
    """A mapping read field by field; each taken field is checked, and `finish` refuses what nobody took."""

    def __init__(self, value: CommentedMap, source: str, path: str = "") -> None:
        self.value = value
        self.source = source
        self.path = path
        self._taken: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.value

    def names(self) -> tuple[str, ...]:
        return tuple(str(key) for key in self.value)

    @property
    def line(self) -> int:
        """1-based line where the mapping starts."""
        return int(self.value.lc.line) + 1

    def line_of(self, key: str) -> int:
        return self.place_of(key)[0]

    def place_of(self, key: str) -> tuple[int, int]:
        """1-based line and column of the key, or of the mapping where the key is absent."""
        if key in self.value:
            line, column = self.value.lc.key(key)
            return int(line) + 1, int(column) + 1
        return self.line, int(self.value.lc.col) + 1

    def refuse(self, key: str, message: str, hint: str = "") -> WorkbenchError:
        """An error at `key`, to be raised by the caller."""
        line, column = self.place_of(key)
        return WorkbenchError(message, hint=hint, source=self.source, line=line, column=column)

    def name_of(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def raw(self, key: str, default: Any = _MISSING) -> Any:
        """The value as it stands: text, int, float, bool, None, or ruamel's mapping or sequence."""
        self._taken.add(key)
        if key not in self.value:
            if default is _MISSING:
                raise self.refuse(key, f"“{self.name_of(key)}” is missing.", f"Add {key}.")
            return default
        return self.value[key]

    def text(self, key: str, default: str = _MISSING) -> str:
        """A text; a number is taken as the digits it was written with."""
        value = self.raw(key, default)
        if isinstance(value, bool) or value is None or isinstance(value, CommentedMap | CommentedSeq):
            raise self._expected(key, "a text", value)
        return str(value)

    def integer(self, key: str, default: int = _MISSING, *, least: int = 0) -> int:
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self._expected(key, f"a whole number of at least {least}", value)
        return int(value)

    def number(self, key: str, default: float = _MISSING, *, least: float = 0) -> float:
        value = self.raw(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < least:
            raise self._expected(key, f"a number of at least {least:g}", value)
        return float(value)

    def flag(self, key: str, default: bool = _MISSING) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            raise self._expected(key, "true or false", value)
        return value

    def choice(self, key: str, words: tuple[Word, ...], default: Word = _MISSING) -> Word:
        value = self.raw(key, default)
        for word in words:
            if value == word:
                return word
        raise self._expected(key, "one of " + ", ".join(filter(None, words)), value)

    def texts(self, key: str, default: tuple[str, ...] = _MISSING) -> tuple[str, ...]:
        """A list of texts; a single text stands for a list of one."""
        value = self.raw(key, default)
        if isinstance(value, str):
            return (str(value),)
        if not isinstance(value, list | tuple) or any(
            isinstance(item, list | dict | bool) or item is None for item in value
        ):
            raise self._expected(key, "a list of texts", value)
        return tuple(str(item) for item in value)

    def words(self, key: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """A list of known words, absent for none; each is checked and stands once."""
        found: list[Word] = []
        for text in self.texts(key, ()):
            word = next((word for word in words if word == text), None)
            if word is None:
                hint = f"Known here: {', '.join(words)}."
                raise self.refuse(key, f"“{text}” is not known in “{self.name_of(key)}”.", hint)
            if word not in found:
                found.append(word)
        return tuple(found)

    def map(self, key: str, default: bool = False) -> YamlMap:
        """The mapping under `key`; an empty one where it is absent and `default` is set."""
        value = self.raw(key, CommentedMap() if default else _MISSING)
        if not isinstance(value, CommentedMap):
            raise self._expected(key, "a mapping", value)
        return YamlMap(value, self.source, self.name_of(key))

    def maps(self, key: str, default: bool = False) -> Iterator[YamlMap]:
        """The mappings in the list under `key`; none where it is absent and `default` is set."""
        value = self.raw(key, CommentedSeq() if default else _MISSING)
        if not isinstance(value, CommentedSeq):
            raise self._expected(key, "a list", value)
        for index, item in enumerate(value):
            if not isinstance(item, CommentedMap):
                line, column = value.lc.item(index)
                raise WorkbenchError(
                    f"“{self.name_of(key)}[{index}]” must be a mapping.",
                    source=self.source,
                    line=line + 1,
                    column=column + 1,
                )
            yield YamlMap(item, self.source, f"{self.name_of(key)}[{index}]")

    def lines(self, key: str) -> Iterator[tuple[str, int, int]]:
        """The texts in the list under `key`, none where it is absent, each with its line and column.

        One that is written without quotation marks as `word: words`, which YAML takes for a mapping, is a text here.
        """
        value = self.raw(key, CommentedSeq())
        if not isinstance(value, CommentedSeq):
            raise self._expected(key, "a list", value)
        for index, item in enumerate(value):
            line, column = value.lc.item(index)
            pairs = item.items() if isinstance(item, CommentedMap) else ()
            text = "\n".join(f"{name}: {words}" for name, words in pairs) or str(item)
            yield text, line + 1, column + 1

    def finish(self) -> None:
        """Refuse the first key that nobody took, with the nearest one that is known."""
        for key in self.value:
            if key not in self._taken:
                near = difflib.get_close_matches(str(key), self._taken, n=1)
                hint = f"Did you mean {near[0]}?" if near else "Known here: " + ", ".join(sorted(self._taken)) + "."
                raise self.refuse(key, f"“{self.name_of(str(key))}” is not known here.", hint)

    def _expected(self, key: str, what: str, value: Any) -> WorkbenchError:
        shown = "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else f"“{value}”"
        return self.refuse(key, f"“{self.name_of(key)}” must be {what}, and is {shown}.")
