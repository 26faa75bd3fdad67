"""Places of the elements of a resource in its JSON text: from a FHIRPath to an offset, and back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from workbench.source.json_map import JsonMap, Spot
from workbench.source.path_steps import Step, is_choice, parse_steps


class JsonPlaces:
    """An element has its own name in JSON, one with a type (`valueQuantity`) or one with `_` before (`_birthDate`)."""

    __slots__ = ("_map", "_type")

    def __init__(self, text: str, resource_type: str) -> None:
        self._map = JsonMap(text)
        self._type = resource_type

    def find(self, path: str) -> tuple[int, int] | None:
        """Return offset and length of what `path` names, or of the nearest element above it that stands.

        An element stands where its name does, an item of an array at its first character.
        """
        steps = parse_steps(path)
        here: Sequence[Spot] = (self._map.root,)
        if steps and steps[0].name == self._type:
            steps = steps[1:]
        elif steps and not self._follow(here, steps[0]):
            return None
        found = self._map.root
        for step in steps:
            named = self._follow(here, step)
            if not named:
                break
            here = [spot for one in named if (spot := self._pick(one, step)) is not None]
            found = (here or named)[0]
        return found.start, self._length(found)

    def path_at(self, offset: int) -> str:
        """Return the FHIRPath of the innermost element that reaches over `offset`."""
        parts = [self._type]
        here: Spot | None = self._map.root
        while here is not None:
            here = self._descend(here, offset, parts)
        return ".".join(parts)

    def _follow(self, spots: Sequence[Spot], step: Step) -> Sequence[Spot]:
        """The value of an element and then its sibling with id and extensions, as far as they stand."""
        for spot in chain.from_iterable(self._entered(spot) for spot in spots):
            members = self._map.members(spot)
            names = [name for name in (step.name, f"_{step.name}") if name in members]
            names = names or [name for name in members if is_choice(name.removeprefix("_"), step.name)]
            if not names and step.rest in members:
                names = [step.rest]
            if names:
                return [members[name] for name in names]
        return ()

    def _entered(self, spot: Spot) -> Sequence[Spot]:
        """What children are looked for in: an array without an index stands for its first item."""
        return self._map.items(spot)[:1] if self._map.is_array(spot) else (spot,)

    def _pick(self, spot: Spot, step: Step) -> Spot | None:
        """The item that the step asks for; a value that is no array is its own first item."""
        if step.index is None and not step.url:
            return spot
        items = self._map.items(spot) if self._map.is_array(spot) else (spot,)
        if step.url:
            items = [item for item in items if self._url_of(item) == step.url]
        index = step.index or 0
        return items[index] if index < len(items) else None

    def _url_of(self, item: Spot) -> str:
        url = self._map.members(item).get("url")
        return self._map.text[url.at + 1 : url.end - 1] if url else ""

    def _length(self, spot: Spot) -> int:
        """Of a primitive to its end; of an object or array the name alone, or its first character."""
        if not self._map.is_object(spot) and not self._map.is_array(spot):
            return spot.end - spot.start
        name = self._map.text[spot.start : spot.at].rstrip().removesuffix(":").rstrip()
        return len(name) or 1

    def _descend(self, spot: Spot, offset: int, parts: list[str]) -> Spot | None:
        for name, member in self._map.members(spot).items():
            if member.start <= offset <= member.end:
                parts.append(name.removeprefix("_"))
                return member
        for index, item in enumerate(self._map.items(spot)):
            if item.start <= offset <= item.end:
                parts[-1] += f"[{index}]"
                return item
        return None
