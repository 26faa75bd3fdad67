"""New messages for a site: the shipped sites take each of theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.hl7v2.message import parse_message
from workbench.site.messages import judge_message
from workbench.site.new_site_message import make_site_message
from workbench.site.site_file import read_site

SITES = [read_site(path) for path in sorted((Path(__file__).parents[2] / "fixtures" / "sites").glob("*.yaml"))]
MESSAGES = [(site, rule.message) for site in SITES for rule in site.hl7v2.messages]
NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


@pytest.mark.parametrize(("site", "kind"), MESSAGES, ids=lambda each: getattr(each, "id", each))
def test_a_site_takes_a_new_message_of_each_type_that_it_knows(site: object, kind: str) -> None:
    known = next(each for each in SITES if each is site)
    message = parse_message(make_site_message(known, kind, now=NOW, control_id="1"))
    assert [reason.text for reason in judge_message(known, message)] == []
    assert message.version == known.hl7v2.version


def test_another_version_than_the_sites_is_made_when_it_is_asked_for() -> None:
    text = make_site_message(SITES[0], "ADT^A01", now=NOW, control_id="1", version="2.8")
    assert parse_message(text).version == "2.8"
