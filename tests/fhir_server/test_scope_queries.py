"""Queries of granular scopes: which a site can judge, and that not all that were ever asked for are kept."""

from __future__ import annotations

import pytest

from tests.fhir_server.fhir_world import BASE, START, make_site, observation
from workbench.fhir_server.query import SHAPING
from workbench.fhir_server.scope_queries import KEPT, SiteQueries
from workbench.smart.scopes import parse_scope


def make_queries() -> SiteQueries:
    return SiteQueries(make_site().fhir, BASE, lambda: START)


@pytest.mark.parametrize("name", SHAPING)
def test_a_query_that_shapes_an_answer_is_refused_though_it_picks_resources_too(name: str) -> None:
    scope = parse_scope(f"patient/Observation.rs?status=final&{name}=5")
    assert make_queries().refuse(scope) == f"The parameter {name} of its query picks no resources."
    assert not make_queries().meets(observation("o"), scope)


def test_queries_that_were_read_are_kept_up_to_a_bound() -> None:
    queries = make_queries()
    for number in range(2 * KEPT + 1):
        assert queries.refuse(parse_scope(f"patient/Observation.rs?status=final&code=c-{number}")) == ""
        assert len(queries._read) <= KEPT
    assert queries.meets(observation("o"), parse_scope("patient/Observation.rs?status=final"))
