from __future__ import annotations

from workbench.terminology.canonical_memory import MOST_ABSENT, CanonicalMemory


def test_each_canonical_is_looked_for_once() -> None:
    asked: list[str] = []

    def find(canonical: str) -> str | None:
        asked.append(canonical)
        return canonical.upper() if canonical == "a" else None

    memory = CanonicalMemory(find)
    assert [memory.get(name) for name in ("a", "b", "a", "b")] == ["A", None, "A", None] and asked == ["a", "b"]


def test_what_is_not_there_takes_no_more_than_so_much_memory() -> None:
    memory: CanonicalMemory[str] = CanonicalMemory(lambda canonical: None)
    for number in range(MOST_ABSENT * 2 + 5):
        assert memory.get(str(number)) is None
    assert len(memory._absent) <= MOST_ABSENT
