"""A recorded launch whose bytes were damaged on the way is judged all the same, and nothing of it is raised."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.launch_review.world import tried_row, whole_row
from workbench.exchange import Exchange, Headers
from workbench.launch_review.judge import all_requirements, review_launch

ROWS = ("", "try_replay", "try_after_revocation")


def smash(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(1, 5) if changed else 0):
        at = dice.randrange(len(changed) or 1)
        kind = dice.randrange(4)
        if kind == 0:
            changed[at : at + 1] = bytes([dice.randrange(256)])
        elif kind == 1:
            del changed[at : at + dice.randrange(1, 40)]
        else:
            changed[at:at] = dice.randbytes(5) if kind == 2 else changed[at : at + 30]
    return bytes(changed)


def smash_text(text: str, dice: random.Random) -> str:
    return smash(text.encode(), dice).decode("latin-1") if dice.random() < 0.4 else text


def smash_headers(headers: Headers, dice: random.Random) -> Headers:
    return tuple((name, smash_text(value, dice)) for name, value in headers)


def smash_exchange(exchange: Exchange, dice: random.Random) -> Exchange:
    request, response = exchange.request, exchange.response
    request = replace(request, address=smash_text(request.address, dice), headers=smash_headers(request.headers, dice))
    if dice.random() < 0.4:
        request = replace(request, body=smash(request.body, dice))
    if response is not None:
        response = replace(response, headers=smash_headers(response.headers, dice))
        if dice.random() < 0.4:
            response = replace(response, body=smash(response.body, dice))
    return replace(exchange, request=request, response=response)


@pytest.mark.parametrize("seed", range(60))
def test_damaged_bytes_are_judged(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 # the same damage at each run
    name = dice.choice(ROWS)
    exchanges, facts = tried_row(name) if name else whole_row()
    review = review_launch([smash_exchange(each, dice) for each in exchanges], facts=facts)
    assert len(review.verdicts) == len(all_requirements())
    assert len(review.steps) <= len(exchanges)
