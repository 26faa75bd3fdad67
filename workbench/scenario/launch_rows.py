"""Launch rows: the exchanges of each launch of a replay and of what its token was used for, to be judged as one."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.exchange import Exchange
from workbench.launch_review.review import LaunchFacts
from workbench.scenario.scenario import LaunchReviewed


@dataclass(slots=True)
class LaunchRow:
    """One launch, made by the step `index` and saved as `name`."""

    index: int
    name: str
    facts: LaunchFacts
    exchanges: list[Exchange] = field(default_factory=list)


class LaunchRows:
    """Rows in the order of their launches; a name stands for the latest launch that was saved by it."""

    def __init__(self) -> None:
        self._rows: list[LaunchRow] = []

    def start(self, index: int, name: str, facts: LaunchFacts) -> LaunchRow:
        row = LaunchRow(index, name, facts)
        self._rows.append(row)
        return row

    def find(self, name: str) -> LaunchRow | None:
        return next((row for row in reversed(self._rows) if row.name == name), None)

    def add(self, name: str, exchange: Exchange) -> None:
        row = self.find(name)
        if row is not None:
            row.exchanges.append(exchange)

    def review(self) -> tuple[LaunchReviewed, ...]:
        """Judge each row, which takes some milliseconds a launch."""
        from workbench.launch_review.judge import review_launch

        return tuple(
            LaunchReviewed(
                row.index, row.name, review_launch(row.exchanges, facts=row.facts), exchanges=tuple(row.exchanges)
            )
            for row in self._rows
        )
