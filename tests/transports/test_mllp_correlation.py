"""Which answer counts for which message: by control ID, and by what MSH-15 and MSH-16 ask."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from workbench.exchange import Exchange
from workbench.hl7v2.mllp import frame_message
from workbench.transports.mllp_client import MllpConnection
from workbench.transports.mllp_past import Stray

Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def message(control_id: str, accept: str = "", application: str = "") -> bytes:
    return f"MSH|^~\\&|A|B|C|D|2026||ADT^A01|{control_id}|P|2.5.1|||{accept}|{application}\rPID|1\r".encode()


def answer(code: str, control_id: str) -> bytes:
    return frame_message(f"MSH|^~\\&|\rMSA|{code}|{control_id}\r".encode())


async def converse(
    behave: Behave, *messages: bytes, within: float = 0.3, quiet: float = 0.2, pause: float = 0.0
) -> tuple[list[Exchange], list[Stray], int]:
    """What the messages become over one connection, what came beside, and how often it was opened."""
    opened, tasks = 0, set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        tasks.add(asyncio.current_task())
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    strays: list[Stray] = []
    exchanges: list[Exchange] = []
    async with MllpConnection("127.0.0.1", port, within=within, quiet=quiet, on_stray=strays.append) as connection:
        for payload in messages:
            exchanges.extend(await connection.ask(payload))
            await asyncio.sleep(pause)
    server.close()
    await asyncio.gather(*tasks, return_exceptions=True)
    return exchanges, strays, opened


def told(exchanges: list[Exchange]) -> list[str]:
    return [
        exchange.failure.kind
        if exchange.failure
        else exchange.response.body.partition(b"MSA|")[2].strip().decode()
        if exchange.response
        else "none"
        for exchange in exchanges
    ]


def answering(*answers: bytes) -> Behave:
    """Give one of the answers to each message in turn, then read on in silence."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for each in answers:
            await reader.readuntil(b"\x1c\r")
            writer.write(each)
        await reader.read()

    return behave


def test_answer_with_another_control_id_is_a_failure_of_its_kind_with_its_place() -> None:
    (exchange,), _, _ = asyncio.run(converse(answering(answer("AA", "OTHER")), message("C1")))
    assert exchange.failure and exchange.failure.kind == "mismatch"
    assert "“OTHER”" in exchange.failure.reason and "“C1”" in exchange.failure.reason
    assert "byte 0" in exchange.failure.reason


def test_acceptance_that_names_no_message_is_a_failure_and_a_rejection_counts() -> None:
    (accepted,), _, _ = asyncio.run(converse(answering(answer("AA", "")), message("C1")))
    assert accepted.failure and accepted.failure.kind == "mismatch" and "MSA-2 is empty" in accepted.failure.reason
    (rejected,), _, _ = asyncio.run(converse(answering(answer("AR", "")), message("C1")))
    assert told([rejected]) == ["AR|"]


def test_late_answer_is_never_taken_for_the_next_and_told_as_what_it_is() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        await reader.readuntil(b"\x1c\r")
        writer.write(answer("AE", "C1") + answer("AA", "C2"))
        await reader.read()

    exchanges, strays, opened = asyncio.run(converse(late, message("C1"), message("C2")))
    assert told(exchanges) == ["timeout", "AA|C2"]
    assert [(stray.kind, stray.control_id, stray.code) for stray in strays] == [("late", "C1", "AE")]
    assert "The answer to C1 came late" in exchanges[1].note
    assert opened == 1


def test_late_answer_that_names_no_message_counts_for_none() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        await reader.readuntil(b"\x1c\r")
        writer.write(answer("AR", "") + answer("AA", "C2"))
        await reader.read()

    exchanges, strays, _ = asyncio.run(converse(late, message("C1"), message("C2")))
    assert told(exchanges) == ["timeout", "AA|C2"]
    assert [stray.kind for stray in strays] == ["late"]


def test_late_answer_is_not_taken_for_that_of_a_message_without_a_control_id() -> None:
    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        await reader.readuntil(b"\x1c\r")
        writer.write(answer("AE", "C1") + answer("AA", ""))
        await reader.read()

    exchanges, strays, _ = asyncio.run(converse(late, message("C1"), message("")))
    assert told(exchanges) == ["timeout", "AA|"]
    assert [stray.kind for stray in strays] == ["late"]


def test_message_without_a_control_id_that_is_not_answered_leaves_no_connection_to_the_next() -> None:
    exchanges, _, opened = asyncio.run(converse(answering(), message(""), message(""), within=0.1))
    assert told(exchanges) == ["timeout", "timeout"]
    assert opened == 2


def test_connection_that_stands_still_twice_is_opened_again() -> None:
    exchanges, _, opened = asyncio.run(converse(answering(), *(message(f"C{n}") for n in range(3)), within=0.1))
    assert told(exchanges) == ["timeout"] * 3
    assert opened == 2


def test_two_answers_are_told_in_the_exchange_where_they_come_together() -> None:
    both = answer("AA", "C1") + answer("AE", "C1")
    (exchange,), strays, _ = asyncio.run(converse(answering(both), message("C1")))
    assert told([exchange]) == ["AA|C1"]
    assert exchange.note == "A second answer to C1 came (AE, byte 23); the first was AA."
    assert [stray.kind for stray in strays] == ["second"]


def test_second_answer_that_comes_later_is_told_with_the_next_message() -> None:
    async def twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        writer.write(answer("AA", "C1"))
        await asyncio.sleep(0.05)
        writer.write(answer("AA", "C1") + answer("AA", "X") + b"??")
        await reader.readuntil(b"\x1c\r")
        writer.write(answer("AA", "C2"))
        await reader.read()

    exchanges, strays, _ = asyncio.run(converse(twice, message("C1"), message("C2"), pause=0.15))
    assert told(exchanges) == ["AA|C1", "AA|C2"]
    assert [stray.kind for stray in strays] == ["second", "unasked", "no-frame"]
    assert "A second answer to C1" in exchanges[1].note and "byte 46" in exchanges[1].note


@pytest.mark.parametrize(
    ("accept", "application", "given", "expected"),
    [
        ("AL", "NE", ["CA"], ["CA|C1"]),
        ("AL", "AL", ["CA", "AA"], ["CA|C1", "AA|C1"]),
        ("AL", "AL", ["CA", "AE"], ["CA|C1", "AE|C1"]),
        ("AL", "AL", ["CE"], ["CE|C1"]),
        ("AL", "AL", ["CR"], ["CR|C1"]),
        ("AL", "AL", ["AA"], ["AA|C1"]),
        ("AL", "AL", ["CA"], ["CA|C1", "timeout"]),
        ("AL", "AL", [], ["timeout"]),
        ("AL", "ER", ["CA", "AE"], ["CA|C1", "AE|C1"]),
        ("AL", "ER", ["CA"], ["CA|C1"]),
        ("AL", "SU", ["CA", "AA"], ["CA|C1", "AA|C1"]),
        ("AL", "SU", ["CA"], ["CA|C1", "timeout"]),
        ("NE", "AL", ["AA"], ["AA|C1"]),
        ("ER", "AL", ["AR"], ["AR|C1"]),
        ("ER", "AL", ["CE"], ["CE|C1"]),
        ("ER", "NE", [], ["none"]),
        ("ER", "NE", ["CR"], ["CR|C1"]),
        ("NE", "ER", ["AE"], ["AE|C1"]),
        ("SU", "NE", ["CA"], ["CA|C1"]),
        ("SU", "NE", [], ["timeout"]),
        ("NE", "NE", [], ["none"]),
        ("", "", ["AA"], ["AA|C1"]),
    ],
)
def test_enhanced_mode_awaits_what_the_message_asks(
    accept: str, application: str, given: list[str], expected: list[str]
) -> None:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\x1c\r")
        for code in given:
            writer.write(answer(code, "C1"))
            await asyncio.sleep(0.02)
        await reader.read()

    exchanges, strays, _ = asyncio.run(converse(behave, message("C1", accept, application)))
    assert told(exchanges) == expected
    assert strays == []


def test_application_acknowledgment_that_does_not_come_says_after_what() -> None:
    (_, second), _, _ = asyncio.run(converse(answering(answer("CA", "C1")), message("C1", "AL", "AL")))
    assert second.failure and "no application acknowledgment after its CA within 0.3 s" in second.failure.reason


def test_message_that_wants_no_answer_arrives_whole_though_its_connection_is_closed_at_once() -> None:
    payload = message("C1", "NE", "NE") + b"OBX|1|ED|||" + b"QUJD" * 700_000 + b"\r"

    async def story() -> bytes:
        received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            received.set_result(await reader.read())
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with MllpConnection("127.0.0.1", server.sockets[0].getsockname()[1]) as connection:
            (exchange,) = await connection.ask(payload)
        assert (exchange.response, exchange.failure) == (None, None)
        server.close()
        return await received

    assert asyncio.run(story()) == frame_message(payload)
