"""Libraries that nobody here wrote read the same bytes out of the messages that are built here."""

import base64
from typing import Any

import hl7
import pytest
from hl7apy.parser import parse_message as parse_with_hl7apy

from tests.documents.samples import PDF, RTF, TEXT, build, make_document
from tests.documents.test_document_message import VERSIONS
from workbench.documents.document import MESSAGES, DocumentForm
from workbench.hl7v2.message import Message


def pdf(message: str, version: str) -> Message:
    return build(make_document(replaces="DOC-0" if message == "MDM^T10" else ""), message=message, version=version)


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("version", VERSIONS)
def test_python_hl7_reads_the_same_bytes(version: str, message: str) -> None:
    read: Any = hl7.parse(pdf(message, version).text)
    (obx,) = read.segments("OBX")
    assert str(obx[2]) == "ED"
    assert base64.b64decode(str(obx[5][0][4])) == PDF
    assert str(obx[11]) in ("F", "C")


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("version", VERSIONS)
def test_hl7apy_reads_the_same_bytes(version: str, message: str) -> None:
    read: Any = parse_with_hl7apy(pdf(message, version).text, find_groups=False)
    parts = [part.value for part in read.obx.obx_5.children]
    assert parts[0] == "WORKBENCH" and parts[3] == "Base64"
    assert base64.b64decode(parts[4]) == PDF


def test_python_hl7_reads_text_with_its_separators() -> None:
    message = build(make_document(TEXT.encode(), "text/plain"), DocumentForm(text_type="TX"))
    read: Any = hl7.parse(message.text)
    lines = [read.unescape(str(obx[5])) for obx in read.segments("OBX")]
    assert lines == TEXT.rstrip("\n").split("\n")


def test_python_hl7_reads_rtf() -> None:
    read: Any = hl7.parse(build(make_document(RTF, "application/rtf")).text)
    (obx,) = read.segments("OBX")
    assert [str(part) for part in obx[5][0][:4]] == ["WORKBENCH", "AP", "RTF", "Base64"]
    assert base64.b64decode(str(obx[5][0][4])) == RTF
