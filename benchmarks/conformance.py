"""Benchmark of judging HL7 v2: read and judge against hl7apy's parse and validate, and against hl7types.

Usage: python -m benchmarks.conformance, in an environment that has hl7apy 1.3.5 and hl7types 0.9.5 too.
Interleaved rounds in one process; prints medians and ratios, and asserts nothing about times. Messages have no fault
but where the title says so. hl7apy checks structure, cardinality and data types, hl7types cardinality and formats.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from hl7apy.parser import parse_message as parse_with_hl7apy
from hl7types import decode_er7

from workbench.conformance.judge import judge
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.placement import place_message

MESSAGES = Path(__file__).parents[1] / "fixtures/messages"
ROUNDS = 9
CONTACT = (
    "NK1|2|Kim^Soo-jin^^^^^L|SPO^Spouse^HL70063|12 Harbor Lane^^Springfield^IL^62701^USA^H|^PRN^PH^^^217^5550104\r"
)


def make_admission(size: int = 1800) -> str:
    """An admission of about `size` bytes, filled up with contacts where they belong."""
    text = (MESSAGES / "adt-a01-admission.hl7").read_bytes().decode().replace("\r\n", "\r").replace("\n", "\r")
    at = text.index("PV1|")
    return text[:at] + CONTACT * ((size - len(text)) // len(CONTACT) + 1) + text[at:]


def make_report(count: int) -> str:
    """A report of `count` observations."""
    text = (MESSAGES / "oru-r01-vitals.hl7").read_bytes().decode().replace("\r\n", "\r").replace("\n", "\r")
    lines = [line for line in text.split("\r") if line and not line.startswith("OBX")]
    observations = (
        f"OBX|{number}|NM|8867-4^Heart rate^LN||{number % 200}|/min|||||F" for number in range(1, count + 1)
    )
    return "\r".join((*lines, *observations)) + "\r"


def judge_with_hl7apy(text: str) -> bool:
    try:
        return bool(parse_with_hl7apy(text).validate())
    except Exception:  # noqa: BLE001 - whatever it raises is its verdict
        return False


def judge_with_hl7types(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            decode_er7(text)
        except ValueError:
            return False
    return True


def milliseconds(work: Callable[[], object], times: int) -> float:
    clock = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - clock) / times * 1000


def compare(title: str, text: str, times: int) -> None:
    data = text.encode()
    works: dict[str, tuple[Callable[[], object], int]] = {
        "workbench: read and judge": (lambda: judge(parse_message(data)), times * 20),
        "workbench: read and place": (lambda: place_message(parse_message(data)), times * 20),
        "hl7types: decode, strict": (lambda: judge_with_hl7types(text), times * 2),
        "hl7apy: parse and validate": (lambda: judge_with_hl7apy(text), max(times // 4, 1)),
    }
    rounds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            rounds[name].append(milliseconds(*work))
    medians = {name: statistics.median(found) for name, found in rounds.items()}
    base = medians["workbench: read and judge"]
    errors = sum(issue.is_error for issue in judge(parse_message(data)))
    print(f"{title}, {len(data):,} bytes, {errors} errors (ms)")
    for name, median in medians.items():
        print(f"  {name:30} {median:10.4f}   {median / base:8.1f} ×")


def show_first() -> None:
    """What the first message of a version costs, with its facts read and its tests made."""
    text = make_admission().encode()
    for version in ("2.5.1", "2.8", "2.3.1"):
        clock = time.perf_counter()
        judge(parse_message(text.replace(b"|2.5.1", b"|" + version.encode())))
        print(f"  first of {version}: {(time.perf_counter() - clock) * 1000:.0f} ms")


if __name__ == "__main__":
    print("First messages in a process")
    show_first()
    compare("ADT^A01", make_admission(), 20)
    compare("ADT^A01 with a wrong set ID", make_admission().replace("PID|1|", "PID|one|"), 20)
    compare("ORU^R01 of 200 observations", make_report(200), 4)
