"""YAML is read so that words stay words, every refusal has its place, and nothing can explode."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.yaml_file import MAX_CHARACTERS, parse_yaml, read_yaml, to_plain, to_yaml


def refused(text: str) -> WorkbenchError:
    with pytest.raises(WorkbenchError) as caught:
        parse_yaml(text, "file.yaml")
    return caught.value


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("0123", "0123"),
        ("2024-01-01", "2024-01-01"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
    ],
)
def test_words_dates_and_numbers_with_leading_zeros_stay_text(written: str, read: str) -> None:
    assert parse_yaml(f"key: {written}").raw("key") == read


def test_plain_numbers_and_flags_are_values() -> None:
    values = parse_yaml("whole: 12\nnegative: -3\nfraction: 1.5\nflag: true\nnothing: null\n")
    assert [values.raw(key) for key in values.names()] == [12, -3, 1.5, True, None]


def test_comments_and_quotes_survive_a_round_trip() -> None:
    text = "# why\nversion: 1\nname: 'A: b' # beside\nitems:\n  - one\n  # between\n  - two\n"
    assert to_yaml(parse_yaml(text).value) == text


def test_an_alias_bomb_is_refused_at_once_with_its_place() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    start = time.process_time()
    error = refused("\n".join(lines))
    assert time.process_time() - start < 0.25
    assert (error.line, error.column) == (1, 4)
    assert "anchors and aliases" in error.message


@pytest.mark.parametrize("text", ["a: !!python/object/apply:os.system [ls]", "a: !secret b"])
def test_tags_are_refused(text: str) -> None:
    assert "tags" in refused(text).message


def test_deep_nesting_is_refused() -> None:
    assert "nests deeper" in refused("a: " + "[" * 5000 + "]" * 5000).message


def test_a_file_past_the_limit_is_refused_before_it_is_read() -> None:
    assert "too many" in refused("a: " + "x" * MAX_CHARACTERS).message


def test_broken_yaml_tells_line_and_column() -> None:
    error = refused("name: one\nsteps: [a, b\nother: c\n")
    assert error.line == 3
    assert str(error).startswith("file.yaml:3:")


def test_a_key_written_twice_is_refused() -> None:
    assert "duplicate key" in refused("a: 1\na: 2\n").message


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    values = parse_yaml("name: x\ndescripton: y\n", "file.yaml")
    values.text("name"), values.text("description", "")
    with pytest.raises(WorkbenchError) as caught:
        values.finish()
    assert (caught.value.line, caught.value.hint) == (2, "Did you mean description?")


def test_a_wrong_type_says_what_was_expected_and_what_stands_there() -> None:
    values = parse_yaml("outer:\n  count: many\n  items: {a: 1}\n").map("outer")
    with pytest.raises(WorkbenchError, match=r"“outer.count” must be a whole number of at least 0, and is “many”"):
        values.integer("count")
    with pytest.raises(WorkbenchError, match=r"“outer.items” must be a list, and is a mapping"):
        list(values.maps("items"))
    with pytest.raises(WorkbenchError, match=r"“outer.name” is missing"):
        values.text("name")


def test_a_file_that_is_not_text_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(WorkbenchError, match="not UTF-8"):
        read_yaml(path)
    with pytest.raises(WorkbenchError, match="Cannot read"):
        read_yaml(tmp_path / "absent.yaml")


def test_what_was_read_becomes_plain_json_values() -> None:
    read = parse_yaml("a: {b: [1, 0.5, true, null, 'x', 007]}\n").value
    plain = to_plain(read)
    assert plain == {"a": {"b": [1, 0.5, True, None, "x", "007"]}}
    kinds = [type(plain), type(plain["a"]), type(plain["a"]["b"]), *(type(item) for item in plain["a"]["b"])]
    assert kinds == [dict, dict, list, int, float, bool, type(None), str, str]
