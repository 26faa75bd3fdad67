"""Many messages sent by MLLP, of files, folders, batches and logs: a line a message, a table, a file of results."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from workbench.cli.hl7_answer import acknowledgment_result, answers_at, message_text
from workbench.cli.mllp_options import read_tls
from workbench.cli.printing import print_whole
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace.message_source import MessageSources
    from workbench.workspace.send_control import SendControl
    from workbench.workspace.send_result import SendResult
    from workbench.workspace.sending import SendFinished, SendPlan

STOPPED = 130
_SHOW_EVERY = 0.2


def send_many(arguments: Namespace, content: bytes = b"") -> int:
    """Send what can be read; 1 where a message is not accepted, 2 where one cannot be read and so is not sent."""
    import asyncio

    from workbench.workspace.message_source import MessageSources

    sources = MessageSources(arguments.files, content)
    plan = _plan(arguments)
    printer = _JsonPrinter() if arguments.json else _TextPrinter(sources, arguments.quiet)
    try:
        finished = asyncio.run(_send(arguments, sources, plan, printer))
    except KeyboardInterrupt:
        return STOPPED
    printer.finish(finished, sources)
    if finished.stopped == _BY_SIGNAL:
        return STOPPED
    if finished.counts.get("unreadable"):
        return 2
    done = finished.counts.get("accepted", 0) + finished.counts.get("left out", 0)
    return 0 if done == sum(finished.counts.values()) else 1


_BY_SIGNAL = "It was stopped by Ctrl-C."


def _plan(arguments: Namespace) -> SendPlan:
    import uuid

    from workbench.transports.mllp_retry import LOST, Retry
    from workbench.workspace.send_results import read_accepted
    from workbench.workspace.sending import SendPlan

    if arguments.sequence and arguments.connections > 1:
        raise WorkbenchError("Sequence numbers keep one connection in order.", hint="Leave --connections out.")
    return SendPlan(
        arguments.to.host,
        arguments.to.port,
        tls=read_tls(arguments),
        sequence=arguments.sequence,
        within=arguments.within,
        connections=arguments.connections,
        every=arguments.every,
        stop=arguments.stop,
        renumber=uuid.uuid4().hex[:8].upper() if arguments.renumber else "",
        retry=Retry(arguments.retries, wait=arguments.retry_wait, on=arguments.retry_on or LOST),
        accepted=read_accepted(arguments.resume) if arguments.resume else frozenset(),
    )


async def _send(arguments: Namespace, sources: MessageSources, plan: SendPlan, printer: Any) -> SendFinished:
    """Send all; the results are whole also where Ctrl-C stops it, for which those on the way are waited for."""
    from contextlib import AsyncExitStack
    from dataclasses import replace

    from workbench.workspace.send_control import SendControl
    from workbench.workspace.send_results import SendResults
    from workbench.workspace.sending import MessageFinished, SendFinished, send_many

    control = SendControl(plan.every)
    _stop_on_signal(control)
    async with AsyncExitStack() as stack:
        if arguments.answers_at:
            plan = replace(plan, deferred=await stack.enter_async_context(answers_at(arguments.answers_at)))
        results = stack.enter_context(SendResults(arguments.results)) if arguments.results else None
        async for event in send_many(sources.read(), plan, control):
            if isinstance(event, MessageFinished):
                printer.show(event.result)
                if results is not None:
                    results.add(event.result)
            elif isinstance(event, SendFinished):
                return event
    raise WorkbenchError("The sending ended without a word.")


def _stop_on_signal(control: SendControl) -> None:
    """The first Ctrl-C stops it after what is on the way, the second at once."""
    import asyncio
    import signal

    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        print("\nStopping once what is on the way is answered; Ctrl-C again stops at once.", file=sys.stderr)
        control.stop(_BY_SIGNAL)

    try:
        loop.add_signal_handler(signal.SIGINT, stop)
    except (NotImplementedError, RuntimeError):  # Windows, or a loop that is not in the main thread
        return


class _TextPrinter:
    """A line a message on standard output, and on a terminal how far it is on standard error."""

    def __init__(self, sources: MessageSources, quiet: bool) -> None:
        from collections import Counter

        from workbench.workspace.send_words import SendTable

        self._quiet = quiet
        self._with_file = len(sources.names) > 1
        self._size = sources.count_bytes()
        self._counts: Counter[Any] = Counter()
        self._table = SendTable()
        self._shows_progress = quiet and sys.stderr.isatty()
        self._shown = 0.0

    def show(self, result: SendResult) -> None:
        import time

        from workbench.workspace.send_words import progress_words, result_line

        self._table.add(result)
        self._counts[result.outcome] += 1
        if not self._quiet or result.outcome not in ("accepted", "left out", "not sent"):
            self._clear()
            print(result_line(result, with_file=self._with_file), flush=True)
        if self._shows_progress and time.monotonic() - self._shown > _SHOW_EVERY:
            self._shown = time.monotonic()
            print(
                f"\r{progress_words(self._counts, result.read, self._size)}\x1b[K", end="", file=sys.stderr, flush=True
            )

    def finish(self, finished: SendFinished, sources: MessageSources) -> None:
        from workbench.workspace.send_words import finish_line

        self._clear()
        for remark in sources.remarks:
            place = f"{remark.source}:{remark.line}" if self._with_file else f"line {remark.line}"
            print(f"note: {place}: {remark.message}", file=sys.stderr)
        if self._counts.total() > 1:
            print("", *self._table.lines(), sep="\n")
        print(finish_line(finished))

    def _clear(self) -> None:
        if self._shows_progress and self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class _JsonPrinter:
    """One JSON object, written as results come, so that it may hold any number."""

    def __init__(self) -> None:
        self._before = '{"messages": [\n'

    def show(self, result: SendResult) -> None:
        from workbench.fhir.resource import to_json

        print_whole(self._before + to_json(_to_value(result)))
        self._before = ",\n"

    def finish(self, finished: SendFinished, sources: MessageSources) -> None:
        from workbench.fhir.resource import to_json

        issues = [{"file": each.source, "line": each.line, "message": each.message} for each in sources.remarks]
        start = self._before if self._before.startswith("{") else "\n"
        rest = {"issues": issues, "counts": dict(finished.counts), "duration": round(finished.duration, 6)}
        rest |= {"stopped": finished.stopped or None}
        print_whole(f"{start}], {to_json(rest)[1:]}\n")


def _to_value(result: SendResult) -> dict[str, Any]:
    exchange = result.exchange
    response = exchange.response if exchange else None
    failure = exchange.failure if exchange else None
    return {
        "number": result.number,
        "file": result.source,
        "line": result.line,
        "offset": result.offset,
        "type": result.type_name,
        "control_id": result.control_id,
        "original_id": result.original_id,
        "outcome": result.outcome,
        "accepted": result.outcome == "accepted",
        "note": result.note,
        "trouble": result.text if result.outcome in ("unreadable", "left out") else None,
        "duration": round(result.duration, 6),
        "attempts": result.attempts,
        "accept": result.accept or None,
        "acknowledgment": acknowledgment_result(response.body) if response else None,
        "response": message_text(response.body) if response else None,
        "failure": {"kind": failure.kind, "reason": failure.reason} if failure else None,
    }
