from __future__ import annotations

import io
import json
import runpy
import tarfile
from pathlib import Path
from typing import Any

import pytest

from workbench.fhir.definition import load_facts

TOOL = Path(__file__).parents[2] / "tools/compile_definitions.py"
CORE = "http://hl7.org/fhir/StructureDefinition/"


def element(path: str, least: int = 0, most: str = "1", *types: str, **more: Any) -> dict[str, Any]:
    facts = {"path": path, "min": least, "max": most, "base": {"path": path}}
    return facts | {"type": [{"code": name} for name in types]} | more


def structure(name: str, kind: str, *elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    snapshot = {"element": [{"path": name, "min": 0, "max": "*"}, *elements]}
    told = {"resourceType": "StructureDefinition", "name": name, "kind": kind, "abstract": False, "snapshot": snapshot}
    return told | {"url": CORE + name, "derivation": "specialization"} | more


RESOURCES: tuple[dict[str, Any], ...] = (
    structure("code", "primitive-type", element("code.value", 0, "1", "code")),
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
        "concept": [{"code": "l", "concept": [{"code": "xl"}]}, {"code": "s"}],
    },
    {
        "resourceType": "SearchParameter",
        "code": "worn",
        "type": "date",
        "base": ["Shoe"],
        "expression": "(Shoe.worn as Period) | Boot.worn",
    },
)


def compile_package(folder: Path, order: int) -> bytes:
    package, target = folder / f"package{order}.tgz", folder / f"facts{order}.json"
    with tarfile.open(package, "w:gz") as archive:
        for index, resource in list(enumerate(RESOURCES))[::order]:
            content = json.dumps(resource).encode()
            member = tarfile.TarInfo(f"package/{resource['resourceType']}-{index}.json")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    assert runpy.run_path(str(TOOL))["main"]([str(package), str(target)]) == 0
    return target.read_bytes()


def test_facts_are_compiled_from_a_package(tmp_path: Path) -> None:
    facts = json.loads(compile_package(tmp_path, 1))
    assert facts["resources"] == ["Shoe"] and "ShoeProfile" not in facts["types"]
    assert facts["types"]["Shoe"] == {
        "size": [1, 1, ["code"], "sizes"],
        "worn[x]": [0, 1, ["Period", "code"]],
        "lace": [0, 0, ["Shoe.lace"]],
    }
    assert facts["types"]["Shoe.lace"] == {"colour": [0, 1, ["code"]]}
    assert facts["codes"] == {"sizes": {"http://x/size": ["l", "s", "xl"]}}
    assert facts["search"] == {"Shoe": {"worn": ["date", [["wornPeriod", "Period"]]]}}
    assert len(facts["source"]["sha512"]) == 128


def test_the_same_definitions_give_the_same_facts_in_any_order(tmp_path: Path) -> None:
    first, second = (json.loads(compile_package(tmp_path, order)) for order in (1, -1))
    assert first | {"source": None} == second | {"source": None}
    assert compile_package(tmp_path, 1) == compile_package(tmp_path, 1)


def test_without_a_package_the_tool_tells_its_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert runpy.run_path(str(TOOL))["main"]([]) == 2
    assert "Usage" in capsys.readouterr().out


def test_the_shipped_facts_are_of_the_format_that_the_tool_writes() -> None:
    assert load_facts()["format"] == runpy.run_path(str(TOOL))["FORMAT"]
