"""What a person names as a side is found, read and compared with its like."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.exchange import Request, Response
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer
from workbench.workspace.comparison import Comparison, compare
from workbench.workspace.comparison_side import Side, side_of_bytes, side_of_file
from workbench.workspace.library import fixtures_folder
from workbench.workspace.remotes import RemoteSandbox
from workbench.workspace.side_finder import find_side
from workbench.workspace.workspace import Workspace

MESSAGES = fixtures_folder() / "messages"
PATIENT = {"resourceType": "Patient", "id": "1", "gender": "male"}
STATEMENT = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [{"mode": "server"}]}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "work")


def find(text: str, workspace: Workspace) -> Side:
    async def ask() -> Side:
        async with HttpClient() as client:
            return await find_side(text, workspace, client, within=5)

    return asyncio.run(ask())


def compare_texts(left: str, right: str, workspace: Workspace) -> Comparison:
    return compare(find(left, workspace), find(right, workspace))


def write(path: Path, value: Any) -> str:
    path.write_text(json.dumps(value), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (json.dumps(PATIENT).encode(), "resource"),
        (b"\xef\xbb\xbf \n" + json.dumps(STATEMENT).encode(), "capability statement"),
        (b'{"resourceType": "Conformance"}', "capability statement"),
        (b'{"token_endpoint": "https://a/token"}', "smart-configuration"),
        (b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1\r", "message"),
        (b"\x0bMSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5.1\r\x1c\r", "message"),
    ],
)
def test_what_bytes_are_shows_in_their_content(data: bytes, kind: str) -> None:
    assert side_of_bytes(data, "it").kind == kind


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"hello", "neither JSON nor XML"),
        (b"[1]", "neither a FHIR resource nor a smart-configuration"),
        (b'{"a": 1}', "neither a FHIR resource nor a smart-configuration"),
        (b'{"a": }', "it:1:7: This is not valid JSON"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(data: bytes, said: str) -> None:
    with pytest.raises(WorkbenchError) as caught:
        side_of_bytes(data, "it")
    assert said in str(caught.value)


def test_two_resources_are_compared_element_by_element(tmp_path: Path, workspace: Workspace) -> None:
    left, right = write(tmp_path / "a.json", PATIENT), write(tmp_path / "b.json", PATIENT | {"gender": "female"})
    comparison = compare_texts(left, right, workspace)
    assert (comparison.kind, comparison.left_label) == ("resource", left)
    assert [(row.path, row.left, row.right) for row in comparison.rows] == [("Patient.gender", "male", "female")]


def test_all_rows_come_where_they_are_asked_for(tmp_path: Path) -> None:
    side = side_of_file(Path(write(tmp_path / "a.json", PATIENT)))
    assert compare(side, side).rows == ()
    assert {row.kind for row in compare(side, side, same=True).rows} == {"same"}


def test_two_messages_are_compared_field_by_field(workspace: Workspace) -> None:
    left, right = (str(MESSAGES / f"adt-{name}.hl7") for name in ("a04-registration", "a08-update"))
    comparison = compare_texts(left, right, workspace)
    assert comparison.kind == "message"
    assert "MSH-9.2" in {row.path for row in comparison.rows}


def test_sites_are_compared_without_running(workspace: Workspace) -> None:
    comparison = compare_texts("community-hospital", "academic-medical-center", workspace)
    assert comparison.kind == "capability statement"
    paths = {row.path: row.grade for row in comparison.rows}
    assert paths["rest[server].resource[Patient].interaction[vread]"] == "breaks-sender"
    assert "date" not in paths
    assert compare_texts("community-hospital", "community-hospital", workspace).rows == ()


def test_a_site_has_a_smart_configuration_too(workspace: Workspace) -> None:
    sides = [f"{name}/.well-known/smart-configuration" for name in ("community-hospital", "academic-medical-center")]
    comparison = compare_texts(sides[0], sides[1], workspace)
    assert comparison.kind == "smart-configuration"
    assert {"capabilities[permission-v2]", "scopes_supported[patient/*]"} <= {row.path for row in comparison.rows}


def test_a_running_site_is_what_it_says_without_running(workspace: Workspace) -> None:
    async def ask() -> list[Comparison]:
        sandbox = workspace.make_sandbox("community-hospital")
        await sandbox.start()
        try:
            async with HttpClient() as client:
                base = sandbox.addresses.fhir_base
                found = []
                for suffix in ("", "/.well-known/smart-configuration"):
                    here = await find_side(f"community-hospital{suffix}", workspace, client)
                    there = await find_side(f"{base}{suffix}", workspace, client)
                    found.append(compare(here, there))
                return found
        finally:
            await sandbox.stop()

    statement, configuration = asyncio.run(ask())
    assert {row.path for row in statement.rows} == {
        "date",
        "implementation.url",
        *(f"rest[server].security.oauth-uris[{name}]" for name in ("authorize", "token", "introspect", "revoke")),
    }
    assert {row.grade for row in (*statement.rows, *configuration.rows)} == {"information"}
    assert {row.aspect for row in configuration.rows} == {"address"}


def test_sides_of_two_kinds_are_refused_by_what_they_are(tmp_path: Path, workspace: Workspace) -> None:
    patient = write(tmp_path / "p.json", PATIENT)
    with pytest.raises(WorkbenchError) as caught:
        compare_texts(patient, "community-hospital", workspace)
    assert str(caught.value) == (
        f"{patient} is a FHIR resource (Patient), and community-hospital is a capability statement. "
        "Name two of the same kind."
    )


def test_a_name_that_is_nothing_tells_what_a_side_can_be(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="There is no “nowhere”") as caught:
        find("nowhere", workspace)
    assert "community-hospital" in caught.value.hint
    assert "a FHIR base address" in caught.value.hint


def test_a_file_named_like_a_sandbox_must_be_told_apart(
    tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "community-hospital", PATIENT)
    with pytest.raises(WorkbenchError, match="is a file here, and the name of a sandbox"):
        find("community-hospital", workspace)
    assert find("./community-hospital", workspace).kind == "resource"


def test_a_folder_without_messages_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="holds an HL7 v2 message"):
        find(str(tmp_path), workspace)


def answering(status: int, body: bytes, location: str = "") -> Any:
    async def answer(request: Request) -> Response:
        if not request.address.endswith("/r4/metadata"):
            return Response(404)
        return Response(status, (("Location", location),) if location else (), body)

    return answer


def ask_server(workspace: Workspace, answer: Any, text: str = "{base}/r4") -> Side:
    async def ask() -> Side:
        server = HttpServer(answer)
        await server.start()
        try:
            workspace.save_remote(RemoteSandbox("lab", "Lab", f"{server.address}/r4/"))
            async with HttpClient() as client:
                return await find_side(text.format(base=server.address), workspace, client, within=5)
        finally:
            await server.stop()

    return asyncio.run(ask())


@pytest.mark.parametrize("text", ["{base}/r4", "{base}/r4/", "{base}/r4/metadata", "lab"])
def test_an_address_and_a_remote_sandbox_are_asked_for_their_statement(text: str, workspace: Workspace) -> None:
    side = ask_server(workspace, answering(200, json.dumps(STATEMENT).encode()), text)
    assert side.kind == "capability statement"


@pytest.mark.parametrize(
    ("status", "body", "location", "said"),
    [
        (401, b"", "", "answered 401. Name the FHIR base address"),
        (302, b"", "https://elsewhere.example/r4/metadata", "answered 302 and names https://elsewhere.example"),
        (200, b"<html>", "", "neither JSON nor XML"),
        (200, b"<!DOCTYPE html>", "", "neither JSON nor XML"),
        (200, b"", "", "is empty"),
    ],
)
def test_an_address_that_gives_none_is_told_in_words(
    status: int, body: bytes, location: str, said: str, workspace: Workspace
) -> None:
    with pytest.raises(WorkbenchError) as caught:
        ask_server(workspace, answering(status, body, location))
    assert said in str(caught.value)


def test_an_address_where_nobody_listens_is_told_in_words(workspace: Workspace) -> None:
    with pytest.raises(WorkbenchError, match="refused"):
        find("http://127.0.0.1:9/r4", workspace)
    with pytest.raises(WorkbenchError):
        find("http://[", workspace)
    workspace.save_remote(RemoteSandbox("wire", "Wire", mllp_host="127.0.0.1", mllp_port=2575))
    with pytest.raises(WorkbenchError, match="no FHIR base address"):
        find("wire", workspace)
