"""Keys of the app are kept in the keyring, rotated, and last no longer than the process where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from tests.workspace.test_secrets import MemoryKeyring, ShutKeyring
from workbench.errors import WorkbenchError
from workbench.smart_app.app_keys import AppKey, make_app_key
from workbench.workspace.app_keys import MOST, PART, AppKeyStore


@pytest.fixture(autouse=True)
def kept() -> Iterator[MemoryKeyring]:
    before, memory = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_a_key_is_there_again_in_the_next_process() -> None:
    made = AppKeyStore().make("RS384")
    assert AppKeyStore().read() == (made,)
    assert AppKeyStore().kept_in == "keyring"


def test_a_new_key_signs_from_now_on_and_the_old_one_is_kept() -> None:
    store = AppKeyStore()
    first, second = store.make("ES384"), store.make("ES384")
    assert first.id != second.id
    assert store.read() == (second, first)
    assert store.current() == second


def test_the_newest_key_of_an_algorithm_is_found() -> None:
    store = AppKeyStore()
    assert store.current() is None
    first, second = store.make("RS384"), store.make("ES384")
    assert (store.current("RS384"), store.current("ES384")) == (first, second)


def test_no_entry_is_longer_than_small_keyrings_hold(kept: MemoryKeyring) -> None:
    AppKeyStore().make("RS384")
    assert len(kept.kept) > 2
    assert all(len(value) <= PART for value in kept.kept.values())


def test_keys_of_two_apps_stay_apart() -> None:
    first, second = AppKeyStore("one").make(), AppKeyStore("two").make()
    assert (AppKeyStore("one").read(), AppKeyStore("two").read()) == ((first,), (second,))


def test_a_key_from_elsewhere_is_kept_once_under_its_own_id() -> None:
    store, key = AppKeyStore(), make_app_key()
    named = AppKey(key.algorithm, "hospital-1", key.pem)
    store.add(named)
    store.add(named)
    assert store.read() == (named,)


def test_a_forgotten_key_leaves_nothing_behind(kept: MemoryKeyring) -> None:
    store = AppKeyStore()
    key = store.make("RS384")
    store.forget(key.id)
    store.forget("never there")
    assert store.read() == ()
    assert not any(key.id in name for _, name in kept.kept)


def test_of_many_keys_the_oldest_are_forgotten(kept: MemoryKeyring) -> None:
    store = AppKeyStore()
    made = [store.make("ES384") for _ in range(MOST + 2)]
    assert store.read() == tuple(reversed(made[2:]))
    assert not any(made[0].id in name for _, name in kept.kept)
    assert max(len(value) for value in kept.kept.values()) <= PART


def test_a_key_of_which_the_keyring_lost_a_part_is_no_key(kept: MemoryKeyring) -> None:
    store = AppKeyStore()
    lost, whole = store.make("RS384"), store.make("ES384")
    del kept.kept[next(place for place in kept.kept if lost.id in place[1])]
    assert store.read() == (whole,)


@pytest.mark.parametrize("text", ["{", "7", '[{"id": 1}, "x", {"algorithm": "HS256", "id": "x", "parts": 1}]'])
def test_what_the_keyring_holds_otherwise_is_no_key_or_told_in_words(kept: MemoryKeyring, text: str) -> None:
    store = AppKeyStore()
    store.make()
    place = next(place for place in kept.kept if place[1].startswith("app keys of"))
    kept.kept[place] = text
    if text == "{":
        with pytest.raises(WorkbenchError, match="cannot be read"):
            store.read()
    else:
        assert store.read() == ()


def test_without_a_keyring_keys_last_as_long_as_the_store() -> None:
    keyring.set_keyring(NoKeyring())
    store = AppKeyStore()
    first, second = store.make("ES384"), store.make("ES384")
    assert (store.kept_in, store.read()) == ("process", (second, first))
    store.forget(second.id)
    assert store.read() == (first,)
    assert AppKeyStore().read() == ()


def test_a_locked_keyring_is_told_in_words_of_a_key() -> None:
    keyring.set_keyring(ShutKeyring(KeyringLocked("x")))
    with pytest.raises(WorkbenchError, match="The key of the app cannot be read: the keyring is locked"):
        AppKeyStore().read()


def test_no_file_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    AppKeyStore().make("RS384")
    assert list(tmp_path.rglob("*")) == []
