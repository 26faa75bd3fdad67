"""Application acknowledgments that come as messages of their own."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from workbench.exchange import Exchange
from workbench.hl7v2.acknowledgment import parse_acknowledgment
from workbench.hl7v2.correlation import read_answered
from workbench.transports.mllp_client import MllpConnection, send_mllp
from workbench.transports.mllp_deferred import DeferredAcknowledgments
from workbench.transports.mllp_listener import MllpListener

Answer = Callable[[bytes], Awaitable[bytes | None]]


def message(control_id: str, application: str = "AL") -> bytes:
    return f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|{control_id}|P|2.5.1|||AL|{application}\rPID|1\r".encode()


def acknowledge(code: str, control_id: str, accept: str = "") -> bytes:
    head = f"MSH|^~\\&|EHR|HOSPITAL|A|B|2026||ACK^A01^ACK|K1|P|2.5.1|||{accept}|NE"
    return f"{head}\rMSA|{code}|{control_id}\r".encode()


def converse(
    answer_later: Callable[[int, str], Awaitable[object]], *, application: str = "AL", count: int = 1
) -> tuple[list[Exchange], list[Exchange]]:
    """What is told of messages whose receiver gives CA, and its application acknowledgment to the given port."""
    arrived: list[Exchange] = []

    async def story() -> list[Exchange]:
        async def otherwise(payload: bytes) -> bytes | None:
            return b"MSH|^~\\&|\rMSA|AR|\r"

        deferred = DeferredAcknowledgments(otherwise)
        inbox = MllpListener(deferred.answer, on_exchange=arrived.append)
        await inbox.start()
        later: set[asyncio.Task[object]] = set()

        async def take(payload: bytes) -> bytes | None:
            control_id = payload.split(b"|")[9].decode()
            task = asyncio.get_running_loop().create_task(_run(answer_later(inbox.port, control_id)))
            later.add(task)
            return acknowledge("CA", control_id)

        receiver = MllpListener(take)
        await receiver.start()
        sent: list[Exchange] = []
        async with MllpConnection("127.0.0.1", receiver.port, within=1, quiet=0.2, deferred=deferred) as connection:
            for number in range(count):
                sent.extend(await connection.ask(message(f"C{number}", application)))
        await asyncio.gather(*later)
        await receiver.stop()
        await inbox.stop()
        return sent

    return asyncio.run(story()), arrived


async def _run(work: Awaitable[object]) -> object:
    return await work


def told(exchanges: list[Exchange]) -> list[str]:
    found = [read_answered(each.response.body) if each.response else None for each in exchanges]
    kinds = [each.failure.kind if each.failure else "none" for each in exchanges]
    return [f"{said.code} {said.control_id}" if said else kind for said, kind in zip(found, kinds, strict=True)]


def test_acknowledgment_on_a_connection_of_its_own_is_an_exchange_of_its_message() -> None:
    async def later(port: int, control_id: str) -> Exchange:
        return await send_mllp("127.0.0.1", port, acknowledge("AE", control_id, "AL"))

    sent, arrived = converse(later, count=2)
    assert told(sent) == ["CA C0", "AE C0", "CA C1", "AE C1"]
    assert sent[1].note == "It came on a connection of its own."
    assert [parse_acknowledgment(each.response.body).code for each in arrived if each.response] == ["CA", "CA"]


def test_acknowledgment_that_is_here_before_the_accept_acknowledgment_counts() -> None:
    async def at_once(port: int, control_id: str) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x0b" + acknowledge("AA", control_id) + b"\x1c\r")
        await writer.drain()
        writer.close()

    assert told(converse(at_once)[0]) == ["CA C0", "AA C0"]


@pytest.mark.parametrize(("application", "expected"), [("AL", ["CA C0", "timeout"]), ("ER", ["CA C0"])])
def test_acknowledgment_of_another_message_is_none_of_this(application: str, expected: list[str]) -> None:
    async def of_another(port: int, control_id: str) -> Exchange:
        return await send_mllp("127.0.0.1", port, acknowledge("AA", "OTHER"))

    sent, arrived = converse(of_another, application=application)
    assert told(sent) == expected
    assert told(arrived) == ["AR "], "what nobody waits for is answered as anything else"
