"""A save leaves the old text or the new text, never a part, and never writes over somebody else's change."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.workspace.atomic import read_stamp, read_text, write_bytes, write_text


def fail(code: int) -> Callable[..., int]:
    def failing(*_: object, **__: object) -> int:
        raise OSError(code, os.strerror(code))

    return failing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "kept.scenario.yaml"
    file.write_text("old", "utf-8")
    return file


def test_a_saved_text_reads_back_with_the_same_stamp(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "a.yaml"
    stamp = write_text(path, "zwölf\r\nLinien\n")
    file = read_text(path)
    assert (file.text, file.stamp) == ("zwölf\r\nLinien\n", stamp)


def test_bytes_go_to_the_disk_as_they_are(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.hl7", b"MSH|^~\\&\rPID\r\xff")
    assert (tmp_path / "a.hl7").read_bytes() == b"MSH|^~\\&\rPID\r\xff"


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_a_failing_save_keeps_the_old_file_and_leaves_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail(code))
        with pytest.raises(WorkbenchError) as caught:
            write_text(path, "new")
    assert path.read_text("utf-8") == "old"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert os.strerror(code) in caught.value.message
    assert "The file is as it was before." in caught.value.message
    assert ("Free some space" in caught.value.hint) == (code == errno.ENOSPC)


def test_a_disk_that_fills_up_half_way_keeps_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, written = os.write, 0

    def write_a_little(descriptor: int, content: bytes) -> int:
        nonlocal written
        if written >= 30:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written += real(descriptor, bytes(content[:10]))
        return 10

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", write_a_little)
        with pytest.raises(WorkbenchError, match="No space left"):
            write_text(path, "new " * 100)
    assert written == 30
    assert path.read_text("utf-8") == "old"
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_short_writes_are_gone_on_with(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, content: real(descriptor, bytes(content[:7])))
        write_text(path, "new " * 100)
    assert path.read_text("utf-8") == "new " * 100


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(WorkbenchError, match=r"Cannot save .*No file was left behind"):
        write_text(tmp_path / "file" / "a.yaml", "new")


def test_a_change_by_somebody_else_is_not_written_over(path: Path) -> None:
    mine = read_text(path)
    write_text(path, "theirs")
    with pytest.raises(WorkbenchError, match="was changed by somebody else since it was read") as caught:
        write_text(path, "mine", read_as=mine.stamp)
    assert path.read_text("utf-8") == "theirs"
    assert "another name" in caught.value.hint
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_that_was_deleted_meanwhile_is_not_brought_back_unseen(path: Path) -> None:
    mine = read_text(path)
    path.unlink()
    with pytest.raises(WorkbenchError, match="was deleted since"):
        write_text(path, "mine", read_as=mine.stamp)
    assert not path.exists()


def test_a_new_file_does_not_take_the_place_of_one_that_is_there(path: Path) -> None:
    with pytest.raises(WorkbenchError, match="so it was not saved over"):
        write_text(path, "mine", read_as="")


def test_one_window_may_save_twice_in_a_row(path: Path) -> None:
    stamp = write_text(path, "one", read_as=read_text(path).stamp)
    write_text(path, "two", read_as=stamp)
    assert path.read_text("utf-8") == "two"


def test_the_stamp_of_a_missing_file_is_empty(tmp_path: Path) -> None:
    assert read_stamp(tmp_path / "none") == ""


@pytest.mark.skipif(os.name == "nt", reason="links and modes as Unix has them")
def test_a_link_stays_a_link_and_a_mode_stays_a_mode(path: Path) -> None:
    path.chmod(0o640)
    link = path.with_name("link.yaml")
    link.symlink_to(path)
    write_text(link, "new")
    assert link.is_symlink()
    assert path.read_text("utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_bytes_that_are_not_utf_8_are_told_in_words(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(WorkbenchError, match="not UTF-8"):
        read_text(path)


SAVER = """
import sys, pathlib
from workbench.workspace.atomic import write_text
path = pathlib.Path(sys.argv[1])
for n in range(10**9):
    write_text(path, f"{n % 10}" * 200_000)
"""


def test_killing_the_saver_at_any_moment_leaves_a_whole_file(path: Path) -> None:
    path.write_text("0" * 200_000, "utf-8")
    for delay in (0.0, 0.003, 0.007, 0.011):
        with subprocess.Popen([sys.executable, "-c", SAVER, str(path)]) as saver:
            started = path.stat().st_mtime_ns
            while path.stat().st_mtime_ns == started and saver.poll() is None:
                time.sleep(0.002)
            time.sleep(delay)
            saver.kill()
        text = path.read_text("utf-8")
        assert len(text) == 200_000
        assert len(set(text)) == 1
