"""Whatever bytes come, documents are read and judged without an exception, and an issue has a place in the text."""

import random
from collections.abc import Iterator

import pytest

from tests.documents.samples import PDF, RTF, TEXT, build, make_document
from workbench.conformance.judge import judge
from workbench.documents.document import DocumentForm
from workbench.documents.document_reading import read_documents
from workbench.documents.judge import judge_document
from workbench.documents.told import leave_out_told
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import Message, parse_message

FORM = DocumentForm(completion=("AU",), availability=("AV",), max_size=100, max_segment=100)
SEEDS = (
    build(make_document()),
    build(make_document(RTF, "application/rtf"), message="ORU^R01"),
    build(make_document(TEXT.encode(), "text/plain"), DocumentForm(text_type="FT", lines="breaks")),
    build(make_document(TEXT.encode(), "text/plain")),
)
PIECES = (
    "\r",
    "\n",
    "|",
    "^",
    "&",
    "~",
    "\\",
    "\\.br\\",
    "=",
    "ED",
    "RP",
    "OBX|",
    "TXA|",
    "OBR|",
    "data:,",
    '""',
    "\x00",
    "é",
)


def mutate(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text)) if text else 0
        match chance.randrange(4):
            case 0:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.randint(1, 40) :]
            case 2:
                text = text[:at] + chr(chance.randrange(1, 300)) + text[at + 1 :]
            case _:
                end = at + chance.randint(1, 60)
                text = text[:at] + text[at:end] * 2 + text[end:]
    return text


def mutants(seed: int, count: int) -> Iterator[Message]:
    chance = random.Random(seed)  # noqa: S311  # mutations, and no secret
    for _ in range(count):
        try:
            yield parse_message(mutate(chance.choice(SEEDS).text, chance))
        except WorkbenchError:
            continue


@pytest.mark.parametrize("seed", range(8))
def test_mutated_messages_are_read_and_judged(seed: int) -> None:
    for message in mutants(seed, 150):
        lines = len(message.text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        for form in (None, FORM):
            issues = judge_document(message, form)
            assert all(issue.line is not None and 1 <= issue.line <= lines for issue in issues)
            assert all(issue.column is not None and issue.column >= 1 for issue in issues)
        leave_out_told(judge(message), issues, message)
        for found in read_documents(message):
            assert found.data or found.pointer or found.media_type
            assert "/" not in found.file_name


def test_document_of_any_bytes_comes_out_as_it_went_in() -> None:
    chance = random.Random(5)  # noqa: S311  # as above
    for size in (1, 2, 3, 4, 57, 58, 1000, 1001):
        content = PDF[:9] + chance.randbytes(size)
        message = build(make_document(content))
        (found,) = read_documents(parse_message(message.to_bytes()))
        assert found.data == content
