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

    `answer` is the acknowledgment as the exchange tells it, and `note` says why it went out so. With `refuse` all
    connections end, and for so many seconds nobody listens.
    """

    answer: bytes | None = None
    pieces: tuple[bytes, ...] = ()
    wait: float = 0.0
    pause: float = 0.0
    end: ReplyEnd = "keep"
    refuse: float = 0.0
    note: str = ""


async def write_reply(reply: Reply, writer: asyncio.StreamWriter) -> None:
    """Carry `reply` out on one connection."""
    if reply.wait:
        await asyncio.sleep(reply.wait)
    for number, piece in enumerate(reply.pieces):
        if writer.is_closing():
            return
        if number:
            await asyncio.sleep(reply.pause)
        writer.write(piece)
    if reply.end == "reset":
        reset(writer)
    elif reply.end == "close":
        writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection so that the peer sees a reset, and not a close."""
    wire = writer.get_extra_info("socket")
    if wire is not None:
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
