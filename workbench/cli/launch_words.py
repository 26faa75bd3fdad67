"""Words of a launch for a terminal: each exchange as it comes, and what the launch came to."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, TextIO

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import asyncio

    from workbench.exchange import Exchange
    from workbench.smart.secrets import SeenSecrets


def words_to(as_json: bool) -> TextIO:
    """Where words go: to standard error where JSON goes to standard output."""
    return sys.stderr if as_json else sys.stdout


def exchange_line(exchange: Exchange, seen: SeenSecrets) -> str:
    """`12:30:05  200  The app exchanged the code for an access token.`, never with a secret, also not of one before."""
    from workbench.plain_text import printable
    from workbench.smart.launch_trace import describe_exchange

    seen.see(exchange)
    at = exchange.started.astimezone().strftime("%H:%M:%S")
    status = exchange.response.status if exchange.response else None
    note = f" [{exchange.note}]" if exchange.note else ""
    return printable(f"{at}  {status or '---'}  {seen.mask(describe_exchange(exchange))}{note}")


def ungranted_lines(wanted: str, granted: Collection[str]) -> list[str]:
    """The scopes of `--grant` that were not granted after all: the user could leave ticked what stands on the page."""
    missing = [scope for scope in wanted.split() if scope not in granted]
    why = "the app did not ask for it in these words, or the site does not give it"
    return [f"  {scope}: It was to be granted (--grant), and is not: {why}." for scope in missing]


def print_lines(lines: Iterable[str], seen: SeenSecrets, words: TextIO) -> None:
    """Print what others may have said, without secrets and without what would move a cursor."""
    from workbench.plain_text import printable

    print("\n".join(printable(seen.mask(line)) for line in lines), file=words, flush=True)


async def open_browser(address: str) -> None:
    import asyncio
    import webbrowser

    if not await asyncio.to_thread(webbrowser.open, address):
        raise WorkbenchError("No browser could be opened.", hint=f"Open it yourself: {address}")


def on_interrupt(loop: asyncio.AbstractEventLoop, act: Callable[[], object]) -> None:
    """Do `act` at the first Ctrl-C; the second ends the process as usual."""

    def once() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        act()

    if threading.current_thread() is threading.main_thread():
        try:
            loop.add_signal_handler(signal.SIGINT, once)
        except NotImplementedError:  # Windows: KeyboardInterrupt ends the loop, which stops what runs
            return
