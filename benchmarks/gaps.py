"""Gap analysis measured: how it grows with the log, what it holds in memory, and beside parsing alone.

    python -m benchmarks.gaps

Prints ratios: of a log ten times as long, and of counting and judging a message beside python-hl7's parsing of it.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import hl7

from workbench.conformance.asked import Asked
from workbench.conformance.gap_count import GapCount
from workbench.hl7v2.message import parse_message
from workbench.site.site_file import read_site

FIXTURES = Path(__file__).parents[1] / "fixtures"
SITE = read_site(FIXTURES / "sites" / "academic-medical-center.yaml")
TEXTS = [path.read_text("utf-8") for path in sorted((FIXTURES / "messages").glob("*-231.hl7"))]
ROUNDS = 3


def find_asked(message: str) -> Asked | None:
    rule = SITE.hl7v2.find_message(message)
    return None if rule is None else Asked(SITE.hl7v2.version, rule.profile, rule.required)


def log(count: int) -> Iterator[str]:
    """Messages of the fixtures in turn, each with an identifier and a name of its own."""
    for number in range(count):
        yield TEXTS[number % len(TEXTS)].replace("10000", f"2{number:06}").replace("Kim^", f"Kim{number}^")


def analyse(count: int) -> None:
    counted = GapCount(SITE.name, find_asked)
    for text in log(count):
        counted.add(parse_message(text), "log.hl7")
    assert counted.report().messages == count


def parse_with_peer(count: int) -> None:
    for text in log(count):
        hl7.parse(text)


def measure(work: Callable[[int], None], count: int) -> float:
    start = time.process_time()
    work(count)
    return time.process_time() - start


def peak(count: int) -> int:
    tracemalloc.start()
    analyse(count)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main() -> None:
    analyse(100)
    short, long, peer = (min(found) for found in zip(*(
        (measure(analyse, 500), measure(analyse, 5000), measure(parse_with_peer, 500)) for _ in range(ROUNDS)
    ), strict=True))  # fmt: skip
    print(f"a log ten times as long takes {long / short:.1f} times as long")
    print(f"counting and judging a message takes {short / peer:.2f} times as long as python-hl7 takes to parse it")
    print(
        f"memory of ten times the messages: {peak(5000) / peak(500):.1f} times, {peak(5000) / 1e6:.1f} MB at its peak"
    )


if __name__ == "__main__":
    main()
