"""Mutated JSON and XML: read, or refused in words with a place; never a crash, a hang or a flood of memory."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.definitions.definitions import load_definitions
from workbench.errors import WorkbenchError
from workbench.fhir.resource import parse_resource
from workbench.source.source import parse_source
from workbench.source.xml_writer import to_xml

RESOURCES = Path(__file__).parents[2] / "fixtures" / "resources"
R4 = load_definitions("4.0")
ROUNDS = {"json": 2_000, "xml": 700}
PIECES = [
    b"<", b">", b"/>", b"</", b'"', b"'", b"&", b"&#0;", b"&x;", b"<!DOCTYPE a>", b"<![CDATA[", b"<?x ?>", b"<!--",
    b"-->", b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"1e999999", b"\\ud800", b"\\u0000", b"\x00", b"\xff",
    b"\xef\xbb\xbf", b"_id", b'"resourceType":"Patient",', b"<div>", b' xmlns="x"', b' xmlns:f="http://hl7.org/fhir"',
    b"\r\n", b"9" * 2000,
]  # fmt: skip


def mutate(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(data) + 1), chance.choice((0, 1, 1, 3, 20))
        kind = chance.random()
        if kind < 0.4:
            data = data[:at] + chance.choice(PIECES) + data[at + length :]
        elif kind < 0.6:
            data = data[:at] + data[at + length :]
        elif kind < 0.8:
            other = chance.randrange(len(data) + 1)
            data = data[:at] + data[other : other + 40] + data[at:]
        elif kind < 0.95:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        else:
            data = data[:at] + chance.choice((b"[", b"<name>", b'{"a":')) * chance.choice((100, 10_000)) + data[at:]
    return data


def seeds(language: str) -> list[bytes]:
    texts = [path.read_bytes() for path in sorted(RESOURCES.rglob("*.json"))]
    return texts if language == "json" else [to_xml(parse_resource(text), R4, indent=1).encode() for text in texts]


def mutants(language: str) -> Iterator[bytes]:
    chance = random.Random(20)  # noqa: S311  # the same mutants each time
    texts = seeds(language)
    return (mutate(chance.choice(texts), chance) for _ in range(ROUNDS[language]))


@pytest.mark.parametrize("language", ["json", "xml"])
def test_mutants_are_read_or_refused_in_words(language: str) -> None:
    refused = slowest = 0.0
    for data in mutants(language):
        started = time.process_time()
        try:
            source = parse_source(data, R4)
        except WorkbenchError as error:
            refused += 1
            assert error.message.endswith((".", "?")), error.message
            assert error.line and error.column, (error, data)
        else:
            assert source.place_of("") is not None
            assert source.path_at(3, 3)
            assert len(source.issues) <= 1000
            for path in ("Patient.name[0].given[1]", "Observation.value.unit", "Bundle.entry[2].resource.id"):
                span = source.span_of(path)
                assert span is None or 0 <= span.offset < span.offset + span.length <= len(source.text)
        slowest = max(slowest, time.process_time() - started)
    assert ROUNDS[language] * 0.2 < refused < ROUNDS[language], "mutants of both kinds were tried"
    assert slowest < 2, "seconds of the processor's time: a mutant that takes longer hangs"
