"""Exchange tabs: one side of an exchange decoded, raw and with its headers, its timing, and the checks of its step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from PySide6.QtWidgets import QCheckBox, QTabWidget, QVBoxLayout, QWidget

from ui.frame.body_view import BodyView
from ui.frame.check_list import CheckList
from ui.models.body import GENTLE_SIZE, Body, read_body
from ui.models.exchange_model import to_milliseconds
from ui.models.exchange_place import ExchangePlace
from ui.tasks import Tasks, beside
from ui.theme.tokens import SPACE_1, SPACE_3
from ui.widgets.pair_table import PairTable
from ui.widgets.text_view import TextView, split_rows
from workbench.exchange import Exchange, Headers

if TYPE_CHECKING:
    from workbench.scenario.scenario import StepResult

Side = Literal["request", "response"]
_MOST_PARAMETERS = 500
_LANGUAGES = {"json": "json", "hl7v2": "hl7"}


@dataclass(frozen=True, slots=True)
class SideContent:
    """What is shown of one side, its text as rows too; `hides` tells that secrets in it are dots.

    `address` is the address of a request and its parameters, as pairs.
    """

    body: Body
    rows: list[str]
    headers: Headers
    address: tuple[tuple[str, str], ...]
    hides: bool


class ExchangeTabs(QWidget):
    """Shows secrets as dots until they are asked for, and large bodies once they were read beside."""

    def __init__(
        self,
        tasks: Tasks,
        parent: QWidget | None = None,
        *,
        before: Callable[[Exchange], Sequence[Exchange]] | None = None,
    ) -> None:
        """`before` gives the exchanges before one: what they keep secret may be thrown back in it."""
        super().__init__(parent)
        self._tasks = tasks
        self._before = before
        self._exchange: Exchange | None = None
        self._side: Side = "response"
        self._turn = 0
        self._place: ExchangePlace | None = None
        self.body = BodyView(tasks)
        self.raw = TextView()
        self.raw.setProperty("bare", True)
        self.raw.setAccessibleName("Raw text")
        self.address = PairTable("Address and its parameters")
        self.headers = PairTable("Headers")
        self.timing = PairTable("Timing")
        self.checks = CheckList()
        self.reveal = QCheckBox("Show secrets")
        self.reveal.setContentsMargins(SPACE_3, 0, 0, 0)
        self.reveal.toggled.connect(lambda _: self._show())
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName("What is shown of the exchange")
        for page, title in (
            (self.body, "Decoded"),
            (self.address, "Address"),
            (self.raw, "Raw"),
            (self.headers, "Headers"),
            (self.timing, "Timing"),
            (self.checks, "Checks"),
        ):
            self.tabs.addTab(page, title)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE_3, SPACE_1, SPACE_3, SPACE_1)
        foot.addWidget(self.reveal)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(foot)
        self.reveal.hide()
        self.show_checks(None)

    def show_exchange(self, exchange: Exchange, side: Side) -> None:
        """Show one side; what was revealed of another exchange is hidden again."""
        if exchange is not self._exchange:
            self.reveal.blockSignals(True)
            self.reveal.setChecked(False)
            self.reveal.blockSignals(False)
            self.timing.set_pairs(list_timing(exchange))
        self._exchange, self._side = exchange, side
        self._place = None
        self.tabs.setTabVisible(self.tabs.indexOf(self.address), side == "request" and exchange.protocol == "http")
        self._show()

    def show_place(self, place: ExchangePlace) -> None:
        """Show one side and choose what is at a place of it, at once or when a large body has been read."""
        self.show_exchange(place.exchange, place.side)
        self._place = place
        self._point()

    def _point(self) -> None:
        place = self._place
        if place is None:
            return
        if place.kind == "header" or (place.side == "response" and place.kind == "query"):
            # The parameters that a site sends back stand in the address that it sends the browser to.
            self._choose(self.headers, place.name if place.kind == "header" else "Location")
        elif place.kind in ("query", "address"):
            self._choose(self.address, place.name or "Address")
        elif place.kind == "body":
            self._choose(self.body, place.name)

    def _choose(self, table: PairTable | BodyView, name: str) -> None:
        self.tabs.setCurrentWidget(table)
        table.choose(name)

    def show_checks(self, result: StepResult | None) -> None:
        """Show what judged a step in a tab of its own, in front; no tab without a result."""
        self.tabs.setTabVisible(self.tabs.indexOf(self.checks), result is not None)
        if result is not None:
            self.checks.set_result(result)
            self.tabs.setCurrentWidget(self.checks)

    def clear(self) -> None:
        self._exchange = None
        self._turn += 1
        self.body.show_words("Nothing was sent.")
        self.raw.set_text("")
        self.headers.set_pairs(())
        self.timing.set_pairs(())
        self.reveal.hide()

    def _show(self) -> None:
        exchange = self._exchange
        if exchange is None:
            return
        self._turn += 1
        self.raw.set_text("")
        self.headers.set_pairs(())
        if self._side == "response" and exchange.response is None:
            self.reveal.hide()
            self.body.show_words(exchange.failure.reason if exchange.failure else "No response was expected.")
            return
        reveal = self.reveal.isChecked()
        if size_of(exchange) <= GENTLE_SIZE:
            returned = find_returned(exchange, self._before(exchange) if self._before else ())
            self._show_content(read_side(exchange, self._side, reveal=reveal, returned=returned))
            return
        self.body.show_words("Reading…")
        turn = self._turn
        self._tasks.start(
            beside(read_side, exchange, self._side, reveal=reveal),
            on_done=lambda content: self._show_content(content) if turn == self._turn else None,
            name="Reading a large body",
            owner=self,
        )

    def _show_content(self, content: SideContent) -> None:
        self.body.show_body(content.body)
        self.raw.set_rows(content.rows, _LANGUAGES.get(content.body.kind, ""))
        self.headers.set_pairs(content.headers)
        self.address.set_pairs(content.address)
        self._point()
        self.reveal.setVisible(content.hides or self.reveal.isChecked())


def find_returned(exchange: Exchange, before: Sequence[Exchange]) -> frozenset[str]:
    """The secrets of exchanges before that stand in this one, too, by whatever name."""
    from workbench.smart.secrets import find_secrets

    text = _text_of(exchange)
    small = (each for each in before if size_of(each) <= GENTLE_SIZE)
    return frozenset(secret for each in small for secret in find_secrets(each) if secret in text)


def _text_of(exchange: Exchange) -> str:
    parts = (exchange.request, *((exchange.response,) if exchange.response is not None else ()))
    told = (f"{part.headers} {part.body.decode('utf-8', 'replace')}" for part in parts)
    return " ".join((exchange.request.address, *told))


def read_side(exchange: Exchange, side: Side, *, reveal: bool, returned: frozenset[str] = frozenset()) -> SideContent:
    """Decode one side of an exchange, secrets as dots unless `reveal`, those `returned` too; a large one takes long."""
    shown = exchange if reveal else mask_exchange(exchange, returned)
    part = shown.request if side == "request" or shown.response is None else shown.response
    body = read_body(part.body, part.header("Content-Type"))
    address = list_address(shown) if side == "request" else ()
    return SideContent(body, split_rows(body.text), part.headers, address, shown != exchange)


def list_address(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """The method, the address without its query, and each parameter of that, decoded."""
    address, _, query = exchange.request.address.partition("?")
    head = (("Method", exchange.request.method), ("Address", address))
    return (*head, *parse_qsl(query.partition("#")[0], keep_blank_values=True)[:_MOST_PARAMETERS])


def mask_exchange(exchange: Exchange, returned: frozenset[str] = frozenset()) -> Exchange:
    """The exchange with its secrets as dots; of a large body the headers alone, since no token comes in one."""
    from workbench.smart.secrets import SecretMask

    if size_of(exchange) <= GENTLE_SIZE or exchange.response is None:
        return SecretMask(returned).mask_exchange(exchange)
    request, response = exchange.request, exchange.response
    bare = replace(exchange, request=replace(request, body=b""), response=replace(response, body=b""))
    masked = SecretMask().mask_exchange(bare)
    if masked.response is None:
        return masked
    return replace(
        masked,
        request=replace(masked.request, body=request.body),
        response=replace(masked.response, body=response.body),
    )


def size_of(exchange: Exchange) -> int:
    return len(exchange.request.body) + (len(exchange.response.body) if exchange.response is not None else 0)


def list_timing(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """When, how long, between whom, how much."""
    pairs = [
        ("Started", exchange.started.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]),
        ("Duration", f"{to_milliseconds(exchange.duration)} ms"),
        ("From", exchange.sender),
        ("To", exchange.receiver),
        ("Address", exchange.request.address.split("?")[0]),
        ("Protocol", "MLLP" if exchange.protocol == "mllp" else "HTTP"),
        ("Recorded by", f"the {exchange.seen_by}"),
        ("Request body", to_size(len(exchange.request.body))),
    ]
    if exchange.response is not None:
        pairs.append(("Response body", to_size(len(exchange.response.body))))
    if exchange.failure is not None:
        pairs.append(("Failure", exchange.failure.reason))
    if exchange.note:
        pairs.append(("Note", exchange.note))
    return tuple(pairs)


def to_size(count: int) -> str:
    """A number of bytes as people say it."""
    if count < 1000:
        return f"{count} byte" + ("" if count == 1 else "s")
    return f"{count / 1000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
