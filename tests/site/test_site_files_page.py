"""The page on site files names every word that is read, and its example is a site."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.site.test_site_file import SMALL
from workbench.errors import WorkbenchError
from workbench.site.site import Site
from workbench.site.site_file import parse_site
from workbench.smart.launch_context import CONTEXT_ITEMS

PAGE = (Path(__file__).parents[2] / "docs" / "site-files.md").read_text("utf-8")


def example() -> Site:
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    top = SMALL[: SMALL.index("smart:")]
    rest = SMALL[SMALL.index("hl7v2:") : SMALL.index("users:")]
    return parse_site(top + rest + block[1], "docs/site-files.md")


def words_of(broken: str) -> set[str]:
    """What the reader knows in a mapping, by what it says of a word that it does not know."""
    with pytest.raises(WorkbenchError) as caught:
        parse_site(broken)
    return set(caught.value.hint.removeprefix("Known here: ").removesuffix(".").split(", "))


def test_the_example_is_a_site_and_uses_every_form() -> None:
    smart = example().smart
    assert smart.context == CONTEXT_ITEMS
    forms: dict[str, Any] = {
        name: getattr(smart.given, name) for name in smart.given.__slots__ if name.endswith("_form")
    }
    assert set(forms.values()) == {"relative", "references", "text", "member"}
    assert smart.discovery.faults and smart.discovery.set and smart.discovery.leave_out
    assert {user.kind for user in example().users} == {
        "Practitioner",
        "PractitionerRole",
        "Patient",
        "RelatedPerson",
        "Person",
    }


@pytest.mark.parametrize(
    "broken",
    [
        SMALL + "zzzzzzzz: 1\n",
        SMALL.replace("  clients: {}\n", "  clients: {}\n  zzzzzzzz: 1\n"),
        SMALL.replace("  clients: {}\n", "  clients: {}\n  discovery: {zzzzzzzz: 1}\n"),
        SMALL.replace("  clients: {}\n", "  clients: {}\n  context_forms: {zzzzzzzz: 1}\n"),
        SMALL.replace("users: {}\n", "users: {a: {name: A, role: R, resource: Patient/a, zzzzzzzz: 1}}\n"),
    ],
)
def test_every_word_that_is_read_is_on_the_page(broken: str) -> None:
    words = words_of(broken)
    assert len(words) > 2
    assert {word for word in words if f"`{word}`" not in PAGE and f"  {word}:" not in PAGE} == set()


@pytest.mark.parametrize("item", CONTEXT_ITEMS)
def test_every_item_of_the_context_has_its_row(item: str) -> None:
    assert f"| `{item}` |" in PAGE
