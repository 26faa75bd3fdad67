"""Reply: what a listener puts on the wire for one message where a plain frame with its answer would not do."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from dataclasses import dataclass
from typing import Literal

ReplyEnd = Literal["keep", "close", "reset"]


@dataclass(frozen=True, slots=True)
class Reply:
    """`pieces` go out as they are after `wait` seconds, `pause` seconds apart; then the connection is kept or ends.

    `answer` is the acknowledgment as the exchange tells it, and `note` says why it went out so. `accept` is the accept
    acknowledgment, which is the first of the pieces and goes at once. With `refuse` all connections end, and for so
    many seconds nobody listens.
    """

    answer: bytes | None = None
    pieces: tuple[bytes, ...] = ()
    wait: float = 0.0
    pause: float = 0.0
    end: ReplyEnd = "keep"
    refuse: float = 0.0
    note: str = ""
    accept: bytes | None = None


async def write_reply(reply: Reply, transport: asyncio.Transport) -> None:
    """Carry `reply` out on one connection."""
    pieces = reply.pieces
    if reply.accept is not None:
        transport.write(pieces[0])
        pieces = pieces[1:]
    if reply.wait:
        await asyncio.sleep(reply.wait)
    for number, piece in enumerate(pieces):
        if transport.is_closing():
            return
        if number:
            await asyncio.sleep(reply.pause)
        transport.write(piece)
    if reply.end == "reset":
        reset(transport)
    elif reply.end == "close":
        transport.close()


def reset(transport: asyncio.Transport) -> None:
    """End the connection so that the peer sees a reset, and not a close."""
    wire = transport.get_extra_info("socket")
    if wire is not None:
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()
