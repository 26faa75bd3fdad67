"""Ratios of the definitions in one run: a type made ready, a package opened, a first validation, and the files' sizes.

Usage: python -m benchmarks.definitions [PACKAGE.tgz]. Rounds are interleaved and medians compared, so that a busy
machine slows all alike. Without a package, US Core 6.1.0 of ../shared/data is taken, or that part is left out.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from workbench.definitions.core_facts import CoreFacts, built_in_path
from workbench.packages.package import open_package
from workbench.packages.package_source import find_source

ROOT = Path(__file__).parents[1]
US_CORE = ROOT.parent / "shared/data/us-core-packages/us_core_610.tgz"
DATA = built_in_path("r4").parent
ROUNDS = 7
# The most memory that this process alone has had; where the system does not tell, none.
MEMORY = """
from pathlib import Path
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
peak = next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0)
"""
FIRST = """
import time
started = time.perf_counter()
from workbench.definitions.definitions import load_definitions
from workbench.validation.validator import Validator
patient = {"resourceType": "Patient", "active": True, "name": [{"family": "Okafor"}], "gender": "female"}
assert not any(issue.is_error for issue in Validator(load_definitions("4.0")).validate(patient))
taken = time.perf_counter() - started
"""
BARE = "taken = 0\n"


def measure(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def sizes() -> None:
    print("Size in the wheel, compressed as a wheel does")
    total = 0
    for path in sorted(DATA.glob("*.facts")):
        packed = len(zlib.compress(path.read_bytes(), 6))
        total += packed
        print(f"  {path.name:<24}{packed / 1e6:>8.2f} MB of {path.stat().st_size / 1e6:.2f}")
    print(f"  {'all':<24}{total / 1e6:>8.2f} MB")


def types() -> None:
    """Each type of R4 from facts that have not been read before, against the whole file read as JSON lines."""
    ready: list[float] = []
    for name in sorted(CoreFacts(built_in_path("r4")).resource_types):
        facts = CoreFacts(built_in_path("r4"))
        facts.table("Element")
        ready.append(measure(lambda name=name, facts=facts: facts.table(name)))  # type: ignore[misc] # a loop's own
    lines = built_in_path("r4").read_bytes().splitlines()
    whole = statistics.median(measure(lambda: [json.loads(line) for line in lines]) for _ in range(ROUNDS))
    middle = statistics.median(ready)
    print("A type of R4 made ready, the index being read")
    print(f"  median of {len(ready)} types      {middle * 1e3:>8.2f} ms     1.0 ×")
    print(f"  slowest                  {max(ready) * 1e3:>8.2f} ms {max(ready) / middle:>7.1f} ×")
    print(f"  all of R4 read as JSON   {whole * 1e3:>8.2f} ms {whole / middle:>7.1f} ×")


def packages(path: Path) -> None:
    if not path.is_file():
        print("No package is here to open; name one.")
        return
    first, later, parsed = [], [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as cache:
            first.append(measure(lambda cache=cache: open_package(path, cache=Path(cache))))  # type: ignore[misc]
            later.append(measure(lambda cache=cache: open_package(path, cache=Path(cache))))  # type: ignore[misc]
        parsed.append(measure(lambda: [json.loads(content) for _, content in find_source(path).files()]))
    one = statistics.median(later)
    print(f"Opening {path.name}")
    for name, times in (("later", later), ("first", first), ("its JSON read alone", parsed)):
        middle = statistics.median(times)
        print(f"  {name:<24}{middle * 1e3:>8.1f} ms {middle / one:>7.1f} ×")


def first_validation() -> None:
    print(f"The first validation of a Patient in a fresh process ({ROUNDS} rounds)")
    for name, script in (("bare Python", BARE), ("with imports", FIRST)):
        told = [run(script) for _ in range(ROUNDS)]
        seconds, memory = (statistics.median(values) for values in zip(*told, strict=True))
        print(f"  {name:<24}{seconds:>8.3f} s {memory:>8.1f} MB")


def run(script: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", f"{script}{MEMORY}print(taken, peak)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def main(arguments: list[str]) -> int:
    sizes()
    types()
    packages(Path(arguments[0]) if arguments else US_CORE)
    first_validation()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
