"""How the two documents of discovery differ, called without a wire."""

from __future__ import annotations

from dataclasses import replace

from workbench.smart_app.discovery import AuthorizationEndpoints, compare_discovery

AUTH = "https://ehr.example/auth"
STATEMENT = AuthorizationEndpoints(f"{AUTH}/authorize", f"{AUTH}/token", source="capability statement")
CONFIGURATION = replace(STATEMENT, source="smart-configuration", introspection=f"{AUTH}/introspect")


def test_what_the_smart_configuration_alone_can_say_is_no_difference() -> None:
    assert compare_discovery(CONFIGURATION, STATEMENT) == ()


def test_endpoints_that_both_name_are_compared() -> None:
    other = replace(STATEMENT, introspection=f"{AUTH}/other", token="")
    names = [difference.name for difference in compare_discovery(CONFIGURATION, other)]
    assert names == ["token", "introspection"]
