"""Batches sent by MLLP: each message of a file in its turn over one connection, with one result a message."""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from typing import Any

from workbench.cli.send import hl7_result, judge_answer, print_json
from workbench.errors import WorkbenchError
from workbench.exchange import Exchange
from workbench.hl7v2.batch import Batch, Piece
from workbench.transports.mllp_client import MllpConnection


def send_batch(arguments: Namespace, batch: Batch) -> int:
    """Send what can be read; 1 where a message is not accepted, 2 where one cannot be read and so is not sent."""
    results = asyncio.run(_send_all(arguments, batch))
    for issue in batch.issues:
        print(f"note: line {issue.line}: {issue.message}", file=sys.stderr)
    if arguments.json:
        print_json({"messages": results, "issues": [{"line": i.line, "message": i.message} for i in batch.issues]})
    else:
        accepted = sum(result["accepted"] for result in results)
        print(f"{accepted} of {len(results)} messages were accepted.")
    if any(result["trouble"] for result in results):
        return 2
    return 0 if all(result["accepted"] for result in results) else 1


async def _send_all(arguments: Namespace, batch: Batch) -> list[dict[str, Any]]:
    results = []
    host, port = arguments.to
    async with MllpConnection(host, port, within=arguments.within) as connection:
        for piece in batch.messages:
            exchange = await connection.send(piece.data) if piece.message else None
            result, sentence = _result(piece, exchange)
            results.append(result)
            if not arguments.json:
                print(f"line {piece.line}: {_name(piece)}: {sentence}", flush=True)
    return results


def _result(piece: Piece, exchange: Exchange | None) -> tuple[dict[str, Any], str]:
    place = {"line": piece.line, "offset": piece.offset}
    named = {"control_id": piece.message.control_id if piece.message else ""}
    if exchange is None:
        trouble = _words(piece.trouble)
        return {**place, **named, "accepted": False, "trouble": trouble}, f"not sent: {trouble}"
    acknowledgment, accepted, sentence = judge_answer(exchange)
    result = {**place, **named, **hl7_result(exchange, acknowledgment, accepted), "trouble": None}
    return result, sentence


def _name(piece: Piece) -> str:
    message = piece.message
    words = (message.type_name, message.control_id) if message else ()
    return " ".join(word for word in words if word) or "message"


def _words(trouble: WorkbenchError | None) -> str:
    return trouble.message if trouble else "It cannot be read."
