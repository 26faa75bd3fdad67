"""Mutants of resources as values: elements taken out, renamed, repeated, swapped for others or for odd values."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from workbench.fhir.resource import Json

Path = tuple[str | int, ...]
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**70, Decimal("1.50"), Decimal("1E+400"), "", " ", "x", "x" * 70, "\x00", "\u202e", "é",
    "2020-02-30", "24:00:00", "#", "#x", "urn:uuid:", "http://", "Patient/", "%resource", "'", [], [[]], [None], {},
    {"id": "x"}, {"extension": []}, {"extension": [{}]}, {"resourceType": "Patient"}, {"resourceType": "Nothing"},
    {"coding": [{}]}, {"reference": "#"}, {"contained": [{"contained": [{}]}]},
    "<div xmlns='http://www.w3.org/1999/xhtml'><a href='javascript:x'>x</div>", "&" * 50, "(" * 200, "a" * 5000,
)  # fmt: skip


class Breeder:
    """What the seeds hold under each name, so that mutants are made of what real resources have."""

    def __init__(self, seeds: Sequence[Json], chance: random.Random) -> None:
        self.seeds = seeds
        self._chance = chance
        self._pool: dict[str, list[Any]] = defaultdict(list)
        for seed in seeds:
            for path, value in walk(seed):
                self._pool[_name(path)].append(value)
        self._names = sorted(self._pool)

    def mutant(self, most: int = 4) -> Json:
        """One of the seeds with up to `most` changes."""
        body = copy.deepcopy(self._chance.choice(self.seeds))
        for _ in range(self._chance.randint(1, most)):
            self._change(body)
        return body

    def _change(self, body: Json) -> None:
        path, value = self._chance.choice([found for found in walk(body) if found[0]] or [((), body)])
        if not path:
            return
        holder = body
        for step in path[:-1]:
            holder = holder[step]
        last, kind = path[-1], self._chance.randrange(8)
        if kind == 0:
            del holder[last]
        elif kind == 1:
            holder[last] = copy.deepcopy(self._chance.choice(self._pool[_name(path)] or [None]))
        elif kind == 2:
            holder[last] = copy.deepcopy(self._chance.choice(ODD_VALUES))
        elif kind == 3 and isinstance(holder, dict):
            holder[self._chance.choice(["_", ""]) + self._chance.choice(self._names)] = holder.pop(last)
        elif kind == 4 and isinstance(holder, list):
            holder.extend(copy.deepcopy([value] * self._chance.choice((1, 1, 40))))
        elif kind == 5 and isinstance(value, dict):
            name = self._chance.choice(self._names)
            value[name] = copy.deepcopy(self._chance.choice(self._pool[name]))
        elif kind == 6:
            holder[last] = [copy.deepcopy(value)] * self._chance.choice((0, 1, 2))
        elif isinstance(value, str):
            holder[last] = self._chance.choice((value[:-1], value + " ", value.upper(), value * 3))


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place of a value with what is there, itself first."""
    yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in list(inner):
        yield from walk(item, (*path, step))


def _name(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")
