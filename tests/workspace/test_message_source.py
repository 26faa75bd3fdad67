from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.message_source import MessageSources

HEADER = "MSH|^~\\&|LAB|A|||20260302||{}|{}|P|2.5.1\r"


def message(control_id: str, kind: str = "ADT^A08") -> bytes:
    return HEADER.format(kind, control_id).encode() + b"PID|1||100001\r"


def ids(sources: MessageSources) -> list[str]:
    return [outgoing.control_id for outgoing in sources.read()]


def test_a_folder_stands_for_its_files_that_hold_messages_by_name(tmp_path: Path) -> None:
    for name, content in {
        "b.hl7": message("B"),
        "a/two.txt": message("A1") + message("A2"),
        "c.utf16": message("C").decode().encode("utf-16"),
        "notes.md": b"nothing of it",
        ".hidden.hl7": message("H"),
        "z.log": b"09:00 sent " + message("Z").replace(b"\r", b"<CR>") + b"\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    sources = MessageSources([tmp_path, tmp_path / "b.hl7"])
    assert [Path(name).name for name in sources.names] == ["two.txt", "b.hl7", "c.utf16", "z.log"]
    assert ids(sources) == ["A1", "A2", "B", "C", "Z"]


def test_places_and_progress_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(message("1") + b"\n# next\n" + message("2"))
    (tmp_path / "b").write_bytes(message("3"))
    sources = MessageSources([tmp_path / "a", tmp_path / "b"])
    found = list(sources.read())
    assert [(Path(each.source).name, each.number, each.line) for each in found] == [
        ("a", 1, 1),
        ("a", 2, 4),
        ("b", 3, 1),
    ]
    assert found[-1].read == sources.count_bytes()
    assert [each.offset for each in found] == [0, (tmp_path / "a").read_bytes().index(b"MSH", 1), 0]


def test_what_cannot_be_sent_says_why_and_the_envelope_is_remarked_on(tmp_path: Path) -> None:
    path = tmp_path / "batch"
    path.write_bytes(b"BHS|^~\\&\r" + message("1") + b"MSH\rPID|1\r" + message("2", "ACK^A08") + b"BTS|7\r")
    sources = MessageSources([path])
    one, two, three = sources.read()
    assert (one.trouble, three.trouble) == ("", "An acknowledgment is an answer, and not sent by itself.")
    assert "MSH" in two.trouble
    assert [remark.message for remark in sources.remarks] == ["BTS-1 says 7 where there are 3 messages."]


def test_standard_input_is_a_source_too() -> None:
    assert ids(MessageSources(["-"], message("1") + message("2"))) == ["1", "2"]


def test_a_folder_without_a_message_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"No file in .* holds an HL7 v2 message"):
        MessageSources([tmp_path])
    with pytest.raises(WorkbenchError, match="Cannot read nowhere"):
        MessageSources(["nowhere"])
