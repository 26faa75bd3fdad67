"""Keys of the workbench as an app: made, rotated and kept in the keyring, never in a file.

On a machine without a keyring they last as long as the store, and `kept_in` says so.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from workbench.errors import WorkbenchError
from workbench.smart.client_methods import SIGNING_ALGORITHMS, SigningAlgorithm
from workbench.smart_app.app_keys import AppKey, make_app_key
from workbench.workspace.secrets import delete_secret, has_keyring, read_secret, save_secret

# Some keyrings hold little under one name, so a key is kept in parts, and the older of many keys are forgotten.
PART = 1000
MOST = 8


class AppKeyStore:
    """The keys of one app, newest first; an older one stays until it is forgotten, for sites that know it alone.

    All that it does may wait for the keyring or make a key, so it belongs off the window's thread.
    """

    def __init__(self, name: str = "workbench") -> None:
        self._name = name
        self._held: tuple[AppKey, ...] = ()
        self.kept_in: Literal["keyring", "process"] = "keyring" if has_keyring() else "process"

    def read(self) -> tuple[AppKey, ...]:
        """The keys; raises WorkbenchError where the keyring does not open."""
        if self.kept_in == "process":
            return self._held
        return tuple(key for entry in self._entries() if (key := self._read_key(entry)) is not None)

    def make(self, algorithm: SigningAlgorithm = "RS384") -> AppKey:
        """Make a key that signs from now on; what was there before is kept behind it."""
        key = make_app_key(algorithm)
        self.add(key)
        return key

    def add(self, key: AppKey) -> None:
        """Keep a key that came from elsewhere as the newest."""
        before = tuple(each for each in self.read() if each.id != key.id)
        for old in before[MOST - 1 :]:
            self.forget(old.id)
        kept = (key, *before[: MOST - 1])
        if self.kept_in == "process":
            self._held = kept
            return
        for number, part in enumerate(_parts_of(key.pem)):
            save_secret(self._part_name(key.id, number), part, _WHAT)
        self._save_entries(kept)

    def current(self, algorithm: SigningAlgorithm | None = None) -> AppKey | None:
        """The newest key, of `algorithm` where one is named; None where there is none."""
        return next((key for key in self.read() if algorithm in (None, key.algorithm)), None)

    def forget(self, key_id: str) -> None:
        """Delete a key; one that is not there is no error."""
        kept = tuple(key for key in self.read() if key.id != key_id)
        if self.kept_in == "process":
            self._held = kept
            return
        gone = [entry for entry in self._entries() if entry["id"] == key_id]
        self._save_entries(kept)
        for number in range(sum(int(entry["parts"]) for entry in gone)):
            delete_secret(self._part_name(key_id, number), _WHAT)

    def _read_key(self, entry: dict[str, Any]) -> AppKey | None:
        """The key of one entry; None where the keyring lost a part of it."""
        parts = [read_secret(self._part_name(entry["id"], number), _WHAT) for number in range(entry["parts"])]
        return AppKey(entry["algorithm"], entry["id"], "".join(parts)) if all(parts) else None

    def _entries(self) -> list[dict[str, Any]]:
        text = read_secret(self._index_name, _WHAT)
        try:
            listed = json.loads(text) if text else []
        except ValueError as error:
            raise WorkbenchError("What the keyring holds of the app's keys cannot be read.", hint=_LOST) from error
        return [entry for entry in listed if _is_entry(entry)] if isinstance(listed, list) else []

    def _save_entries(self, keys: tuple[AppKey, ...]) -> None:
        listed = [{"algorithm": key.algorithm, "id": key.id, "parts": len(_parts_of(key.pem))} for key in keys]
        save_secret(self._index_name, json.dumps(listed), _WHAT)

    @property
    def _index_name(self) -> str:
        return f"app keys of {self._name}"

    def _part_name(self, key_id: str, number: int) -> str:
        return f"app key of {self._name} {key_id} {number}"


_WHAT = "key of the app"
_LOST = "Delete “app keys” of the Interop Workbench in the keyring, and make a key anew."


def _parts_of(pem: str) -> tuple[str, ...]:
    return tuple(pem[at : at + PART] for at in range(0, len(pem), PART))


def _is_entry(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("algorithm") in SIGNING_ALGORITHMS
        and isinstance(value.get("id"), str)
        and isinstance(value.get("parts"), int)
        and 0 < value["parts"] < 20
    )
