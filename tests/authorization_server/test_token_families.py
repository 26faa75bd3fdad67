"""Families of tokens end as one, and those of a site that runs for weeks do not grow without end."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from workbench.authorization_server.rules import Client
from workbench.authorization_server.token_families import KEPT, TokenFamilies
from workbench.smart.grant import Grant

APP = Client("app", "An app")
HOUR = timedelta(hours=1)


class Kept:
    def __init__(self) -> None:
        count = itertools.count(1)
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.families = TokenFamilies(clock=lambda: self.now, make_token=lambda: f"token-{next(count)}")

    def issue(self, family: str, lifetime: timedelta = HOUR) -> str:
        return self.families.issue_access(family, Grant(()), self.now + lifetime, {})


def test_all_that_came_of_a_family_ends_with_it() -> None:
    kept = Kept()
    name = kept.families.start(APP)
    access, refresh = kept.issue(name), kept.families.issue_refresh(name, kept.now + HOUR)
    other = kept.issue(kept.families.start(APP))
    kept.families.end(name)
    assert kept.families.find_access(access) is None
    assert kept.families.find_refresh(refresh) is None
    assert kept.families.find_access(other) is not None


def test_a_token_holds_until_the_moment_it_expires() -> None:
    kept = Kept()
    token = kept.issue(kept.families.start(APP))
    kept.now += HOUR - timedelta(seconds=1)
    assert kept.families.find_access(token) is not None
    kept.now += timedelta(seconds=1)
    assert kept.families.find_access(token) is None


def test_a_backend_service_that_asks_all_day_costs_no_user_their_sign_in() -> None:
    kept = Kept()
    user = kept.families.start(APP)
    refresh, access = kept.families.issue_refresh(user, kept.now + timedelta(days=90)), kept.issue(user, 30 * HOUR)
    for _ in range(2 * KEPT):
        kept.issue(kept.families.of_service(Client("night", "At night")), timedelta(minutes=5))
        kept.now += timedelta(seconds=5)
    assert kept.families.find_refresh(refresh) is not None
    assert kept.families.find_access(access) is not None


def test_tokens_that_all_hold_give_way_from_the_oldest_on() -> None:
    kept = Kept()
    tokens = [kept.issue(kept.families.start(APP)) for _ in range(KEPT + 5)]
    assert [kept.families.find_access(token) is None for token in tokens[:7]] == [True] * 5 + [False] * 2
    assert kept.families.find_access(tokens[-1]) is not None
