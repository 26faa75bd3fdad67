from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.definitions.packages import CORE, element, files_of, structure, write_archive
from workbench.definitions.core_facts import BUILT_IN, CoreFacts, built_in_path
from workbench.definitions.package_facts import PackageFacts

TOOL = Path(__file__).parents[2] / "tools/compile_definitions.py"
REGEX = {"url": CORE + "regex", "valueString": "[a-z]+"}


RESOURCES: tuple[dict[str, Any], ...] = (
    structure("code", "primitive-type", element("code.value", type=[{"code": "code", "extension": [REGEX]}])),
    structure("Period", "complex-type", element("Period.start", 0, "1", "code")),
    structure(
        "Shoe",
        "resource",
        element("Shoe.size", 1, "1", "code", binding={"strength": "required", "valueSet": "http://x/sizes|1"}),
        element("Shoe.worn[x]", 0, "1", "Period", "code"),
        element("Shoe.lace", 0, "*", "BackboneElement"),
        element("Shoe.lace.colour", 0, "1", "code"),
    ),
    structure("ShoeProfile", "resource", derivation="constraint"),
    {"resourceType": "ValueSet", "url": "http://x/sizes", "compose": {"include": [{"system": "http://x/size"}]}},
    {
        "resourceType": "CodeSystem",
        "url": "http://x/size",
        "content": "complete",
        "concept": [{"code": "l", "definition": "Prose.", "concept": [{"code": "xl"}]}, {"code": "s"}],
    },
    {
        "resourceType": "SearchParameter",
        "url": "http://x/worn",
        "code": "worn",
        "type": "date",
        "base": ["Shoe"],
        "expression": "(Shoe.worn as Period) | Boot.worn",
        "description": "Prose.",
    },
    {
        "resourceType": "CompartmentDefinition",
        "url": "http://x/owner",
        "code": "Owner",
        "resource": [{"code": "Shoe", "param": ["worn"]}, {"code": "Sock"}],
    },
)


def compile_package(folder: Path, order: int) -> Path:
    package = write_archive(folder / f"package{order}.tgz", files_of(RESOURCES[::order]))
    into = folder / f"facts{order}"
    into.mkdir(exist_ok=True)
    assert runpy.run_path(str(TOOL))["main"](["4.0", str(package), "--into", str(into)]) == 0
    return into / "r4.facts"


def test_facts_are_compiled_from_a_package(tmp_path: Path) -> None:
    facts = CoreFacts(compile_package(tmp_path, 1))
    assert facts.label == "x.shoes#1.0.0" and facts.resource_types == {"Shoe"}
    table = facts.table("Shoe")
    assert table and list(table.elements) == ["size", "wornPeriod", "wornCode", "lace"] and table.required == ("size",)
    assert table.elements["size"].value_set == "http://x/sizes|1" and table.elements["lace"].type == "Shoe.lace"
    primitive = facts.primitive("code")
    assert primitive and primitive.pattern and primitive.pattern.pattern == "[a-z]+"
    value_set, system = facts.value_set("http://x/sizes"), facts.code_system("http://x/size")
    assert (
        value_set and system and value_set.includes[0].system == system.url and set(system.concepts) == {"l", "xl", "s"}
    )
    assert system.is_below("xl", "l")
    (parameter,) = facts.search_parameters("Shoe")
    assert parameter.code == "worn" and parameter.expression == "(Shoe.worn as Period) | Boot.worn"
    assert facts.compartments == {"Owner": {"Shoe": ("worn",)}} and facts.search_parameters("Sock") == ()


def test_no_prose_is_compiled(tmp_path: Path) -> None:
    assert b"Prose" not in compile_package(tmp_path, 1).read_bytes()


def test_displays_are_taken_of_codes_of_hl7_alone(tmp_path: Path) -> None:
    named = {"code": "a", "display": "Name"}
    group = {"display": "Group", "contains": [named | {"system": "http://x/far"}, named | {"system": CORE}]}
    value_set = {"resourceType": "ValueSet", "url": "http://x/v", "expansion": {"contains": [group]}}
    mixed = [{"system": "http://terminology.hl7.org/CodeSystem/x", "concept": [named]}, {"system": "http://x/far"}]
    mixed[1]["concept"] = [named]
    composed = {"resourceType": "ValueSet", "url": "http://x/w", "compose": {"include": mixed}}
    systems = [
        {"resourceType": "CodeSystem", "url": url, "content": "complete", "concept": [named | {"concept": [named]}]}
        for url in ("http://x/far", "http://hl7.org/fhir/sid/x", "http://hl7.org/fhir/x")
    ]
    package = write_archive(tmp_path / "x.tgz", files_of((value_set, composed, *systems)))
    runpy.run_path(str(TOOL))["main"](["terminology", str(package), "--into", str(tmp_path)])
    facts = PackageFacts(tmp_path / "terminology.facts", whole=True)
    assert [found.display_of("a") for system in systems if (found := facts.code_system(system["url"]))] == [
        "",
        "",
        "Name",
    ]
    expanded, chosen = facts.value_set("http://x/v"), facts.value_set("http://x/w")
    assert expanded and expanded.expansion == (("http://x/far", "a", ""), (CORE, "a", "Name"))
    assert chosen and [item.codes for item in chosen.includes] == [(("a", "Name"),), (("a", ""),)]


@pytest.mark.parametrize("label", sorted(BUILT_IN))
def test_the_shipped_facts_hold_no_displays_of_loinc_snomed_ucum_and_other_owners(label: str) -> None:
    facts = PackageFacts(built_in_path(BUILT_IN[label]))
    for head in facts.value_set_heads():
        value_set = facts.value_set(head.url)
        assert value_set
        listed = [
            (item.system, display) for item in (*value_set.includes, *value_set.excludes) for _, display in item.codes
        ]
        listed += [(system, display) for system, _, display in value_set.expansion]
        assert all("hl7.org/" in system and "/sid/" not in system for system, display in listed if display), head.url


def test_the_package_is_named_with_its_checksum(tmp_path: Path) -> None:
    header = json.loads(compile_package(tmp_path, 1).read_bytes().partition(b"\n")[0])
    assert header["sources"][0]["package"] == "x.shoes#1.0.0" and len(header["sources"][0]["sha512"]) == 128


def test_the_same_definitions_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    first, second = (compile_package(tmp_path, order).read_bytes() for order in (1, -1))
    assert first.split(b"\n")[1:-2] == second.split(b"\n")[1:-2]  # without the header and the checksum over it
    assert compile_package(tmp_path, 1).read_bytes() == first


def test_without_a_package_the_tool_tells_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        runpy.run_path(str(TOOL))["main"]([])
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize("label", sorted(BUILT_IN))
def test_the_shipped_facts_are_of_the_format_that_the_tool_writes_and_name_their_source(label: str) -> None:
    facts = PackageFacts(built_in_path(BUILT_IN[label]), whole=True)
    assert facts.label == label and facts.fhir_versions and facts.heads
    (source,) = facts.header["sources"]
    assert len(source["sha512"]) == 128 and source["licence"] in ("CC0-1.0", "Apache-2.0")


def test_a_part_of_a_package_is_marked_as_one() -> None:
    us_core, core = (PackageFacts(built_in_path(name)) for name in ("us-core", "r4"))
    assert us_core.is_partial and len(us_core.heads) == 8 and not core.is_partial
