"""Benchmark of HL7 v2 messages: reading, all levels, and reading with changes, beside hl7apy and python-hl7.

Usage: python -m benchmarks.hl7v2_message
Interleaved rounds in one process; prints medians and ratios, and asserts nothing about times.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import hl7
from hl7apy.parser import parse_message as parse_with_hl7apy

from benchmarks.hl7v2 import make_message, show
from workbench.hl7v2.message import Message, parse_message

MESSAGES = Path(__file__).parents[1] / "fixtures/messages"
ROUNDS = 7
READ = ("MSH-3", "MSH-9.1", "MSH-10", "PID-3.1", "PID-3.4.1", "PID-5.1", "PID-5.2", "PID-7", "PID-8")
READ += ("PV1-2", "PV1-3.1", "PV1-19.1")
CHANGED = {"PID-5.1": "Changed", "PV1-3.1": "5W"}
PLACES = (("MSH", 1, 3), ("MSH", 1, 9, 1, 1), ("MSH", 1, 10), ("PID", 1, 3, 1, 1), ("PID", 1, 3, 1, 4))
PLACES += (("PID", 1, 5, 1, 1), ("PID", 1, 5, 1, 2), ("PID", 1, 7), ("PID", 1, 8), ("PV1", 1, 2), ("PV1", 1, 3, 1, 1))
PLACES += (("PV1", 1, 19, 1, 1),)

Works = dict[str, tuple[Callable[[], object], int]]


def touch_parts(message: Message) -> int:
    """Every part of every level, each with its place."""
    return sum(
        len(component.subcomponents)
        for segment in message.segments
        for field in segment.fields
        for repetition in field.repetitions
        for component in repetition.components
    )


def change(data: bytes) -> bytes:
    message = parse_message(data)
    for path in READ:
        message.get(path)
    return message.set_all(CHANGED).to_bytes()


def change_one_by_one(data: bytes) -> bytes:
    message = parse_message(data)
    for path in READ:
        message.get(path)
    for path, value in CHANGED.items():
        message = message.set(path, value)
    return message.to_bytes()


def change_with_python_hl7(text: str) -> str:
    message = hl7.parse(text)
    for place in PLACES:
        message.extract_field(*place)
    message.assign_field("Changed", "PID", 1, 5, 1, 1)
    message.assign_field("5W", "PV1", 1, 3, 1, 1)
    return str(message)


def measure(title: str, works: Works) -> None:
    rounds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, (work, times) in works.items():
            clock = time.perf_counter()
            for _ in range(times):
                work()
            rounds[name].append((time.perf_counter() - clock) / times * 1000)
    show(title, {name: statistics.median(found) for name, found in rounds.items()})


def compare_parsers(name: str, data: bytes) -> None:
    text = data.decode()
    measure(
        f"All levels of {name}, {len(data)} bytes (ms)",
        {
            "workbench, as tuples": (lambda: parse_message(data).split(), 300),
            "workbench, parts with their places": (lambda: touch_parts(parse_message(data)), 40),
            "workbench, read and control ID": (lambda: parse_message(data).control_id, 1000),
            "python-hl7": (lambda: hl7.parse(text), 30),
            "hl7apy, without groups": (lambda: parse_with_hl7apy(text, find_groups=False), 3),
            "hl7apy, with groups": (lambda: parse_with_hl7apy(text), 3),
        },
    )


def compare_changes(data: bytes) -> None:
    text = data.decode()
    assert change(data) == change_one_by_one(data) == change_with_python_hl7(text).encode()
    measure(
        f"Reading twelve fields of {len(data)} bytes, changing two, writing back (ms)",
        {
            "workbench": (lambda: change(data), 300),
            "workbench, one change after another": (lambda: change_one_by_one(data), 300),
            "python-hl7": (lambda: change_with_python_hl7(text), 30),
        },
    )


def measure_large() -> None:
    note = (MESSAGES / "mdm-t02-pdf.hl7").read_bytes()
    pdf = note + b"OBX|9|ED|x||^application^pdf^Base64^" + b"QUJD" * 262_144 + b"||||||F\r"
    lines = note + b"".join(b"OBX|%d|NM|718-7^Hemoglobin^LN||10.4|g/dL^^UCUM|||||F\r" % n for n in range(1, 20_001))
    for title, data in (("an MDM with a PDF of 1 MB", pdf), ("an MDM with 20,000 segments", lines)):
        measure(
            f"{title}, {len(data):,} bytes (ms)",
            {
                "read and one value": (lambda data=data: parse_message(data).get("OBX-3.1"), 3),
                "read and all levels": (lambda data=data: parse_message(data).split(), 2),
                "twelve read, two changed, written": (lambda data=data: change(data), 3),
            },
        )
        tracemalloc.start()
        message = parse_message(data)
        kept = (message.split(), message.segments)
        most = tracemalloc.get_traced_memory()[1] / len(data)
        print(f"  memory at most {most:.1f} × the bytes ({len(kept[1])} segments)")
        tracemalloc.stop()


def main() -> None:
    compare_parsers("an ADT^A01", make_message())
    compare_parsers("an ORU^R01", (MESSAGES / "oru-r01-lab.hl7").read_bytes())
    compare_changes(make_message())
    measure_large()


if __name__ == "__main__":
    main()
