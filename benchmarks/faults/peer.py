"""Peers: other validators, each a program that reads a name and a resource a line, and writes a verdict a line."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.faults.verdict import Told


def ask_peer(command: str, resources: Iterable[tuple[str, str]]) -> dict[str, list[Told]]:
    """The errors that a peer tells of each resource, by name; the peer is started once and kept warm."""
    return {name: errors_of(verdict) for name, verdict in run_peer(command, resources).items()}


def run_peer(command: str, resources: Iterable[tuple[str, str]]) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder, "asked")
        with asked.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{name}\t{text}\n" for name, text in resources)
        with asked.open(encoding="utf-8") as given:
            ended = subprocess.run(shlex.split(command), stdin=given, capture_output=True, check=True, text=True)
    verdicts = (json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{"))
    return {verdict["id"]: verdict for verdict in verdicts}


def errors_of(verdict: dict[str, Any]) -> list[Told]:
    if "failure" in verdict:
        return [Told("", f"could not: {verdict['failure']}")]
    return [Told(i["path"], i["text"]) for i in verdict["issues"] if i["severity"] in ("error", "fatal")]
