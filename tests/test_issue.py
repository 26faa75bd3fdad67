from __future__ import annotations

from workbench.issue import Issue


def test_what_cannot_be_decided_is_neither_valid_nor_wrong() -> None:
    undecided = Issue("information", "not-supported", "The value set is not installed.")
    assert undecided.is_undecided
    assert not undecided.is_error
    assert not Issue("error", "not-supported", "This interaction is not offered.").is_undecided
    assert not Issue("information", "informational", "A note.").is_undecided
