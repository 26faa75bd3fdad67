"""Expansions of all value sets that are built in for a release, held against those of HL7's own validator.

Usage: python -m benchmarks.expansions_truth --peer COMMAND [--release 4.0]
The command runs `benchmarks/peers/Hl7Expander.java` with the release's package, hl7.terminology.r4 7.0.1 and
hl7.fhir.uv.extensions.r4 5.3.0-ballot-tc1. Printed are the counts, and each set that is listed differently.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections import Counter

from workbench.definitions.core_facts import load_built_in, load_core_facts
from workbench.definitions.definitions import Definitions, load_definitions

# HL7's validator lists no more of one set.
MOST_CODES = 1000


def compare(definitions: Definitions, line: str) -> tuple[str, str]:
    """What the two come to for one value set, and the codes that one of them alone has."""
    url, said, *codes = line.split("\t")
    found = definitions.value_set(url)
    listed = found.codes() if found else None
    if said != "OK":
        return ("neither lists it" if listed is None else "listed here alone"), ""
    if listed is None:
        return "listed there alone", ""
    ours, theirs = {"|".join(code) for code in listed}, set(codes[1:])
    if ours == theirs:
        return "the same", ""
    if found and codes[0] != found.version:
        return "of another version", f"{found.version} here, {codes[0]} there"
    if len(theirs) == MOST_CODES and theirs < ours:
        return "cut there", ""
    return "different", f"here {sorted(ours - theirs)[:3]}, there {sorted(theirs - ours)[:3]}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Hold expansions against those of HL7's validator.")
    parser.add_argument("--peer", required=True)
    parser.add_argument("--release", default="4.0")
    asked = parser.parse_args(arguments)
    definitions = load_definitions(asked.release)
    sources = [load_core_facts(definitions.release), load_built_in("terminology"), load_built_in("extensions")]
    urls = sorted({head.url for source in sources for head in source.value_set_heads()})
    command = shlex.split(asked.peer)
    done = subprocess.run(command, input="\n".join(urls) + "\n", capture_output=True, encoding="utf-8", check=True)
    counts: Counter[str] = Counter()
    for line in done.stdout.splitlines():
        verdict, words = compare(definitions, line)
        counts[verdict] += 1
        if words:
            print(f"{line.partition(chr(9))[0]}: {verdict}: {words}")
    for verdict, count in counts.most_common():
        print(f"{count:6,}  {verdict}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
