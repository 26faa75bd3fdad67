"""Side reading: the sides of a comparison asked for, read and compared, and reports of it made, beside the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ui.bench import Bench
from ui.models.comparison_work import (
    PreparedComparison,
    ReportFormat,
    describe_source,
    make_report,
    prepare_comparison,
)
from ui.models.side_source import SideSource
from ui.tasks import beside

_LIGHT = 2_000
"""Rows up to which a report is made in the window's own process."""


class SideReading:
    """Small work goes to a thread, large work to the other process, so that neither holds up the window."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def compare(
        self, left: SideSource, right: SideSource, masks: tuple[str, ...], on_progress: Callable[[float], object]
    ) -> tuple[SideSource, SideSource, PreparedComparison]:
        """The sides as they were read, and what they come to; raises WorkbenchError for what cannot be compared.

        `on_progress` is called with how far it is, from 0 to 1, where it takes long.
        """
        left, right = await self._ask(left), await self._ask(right)
        sides = left, right, masks, self._bench.workspace.folder
        if left.is_heavy or right.is_heavy:
            return left, right, await self._bench.process.follow(on_progress, prepare_comparison, *sides)
        return left, right, await beside(prepare_comparison, *sides)

    async def describe(self, source: SideSource) -> tuple[SideSource, str]:
        """The side as it was read, and what it is."""
        asked = await self._ask(source)
        return asked, await self._do(describe_source, asked, self._bench.workspace.folder, heavy=asked.is_heavy)

    async def report(self, format_name: ReportFormat, comparison: PreparedComparison, shown: Sequence[int]) -> str:
        """The rows `shown`, as the command line gives them out."""
        labels = comparison.left_label, comparison.right_label
        parts = (format_name, *labels, comparison.rows.blocks, comparison.tree.order, shown)
        made: str = await self._do(make_report, *parts, heavy=len(shown) > _LIGHT)
        return made

    async def _ask(self, source: SideSource) -> SideSource:
        """Ask an address for what it is, once; what lies on this machine stays a name."""
        if source.data is not None:
            return source
        from workbench.workspace.side_finder import address_of, body_of, request_for, trust_of

        address = await beside(address_of, source.text, self._bench.workspace)
        if address is None:
            return source
        trust = await beside(trust_of, source.text, self._bench.workspace)
        exchange = await self._bench.http.trusting(trust).send(request_for(address), receiver=source.name, within=30)
        self._bench.add_exchange(exchange)
        return source.with_data(body_of(exchange))

    async def _do(self, work: Callable[..., Any], *arguments: Any, heavy: bool) -> Any:
        return await (self._bench.process.run(work, *arguments) if heavy else beside(work, *arguments))
