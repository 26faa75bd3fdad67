"""Sequence: two lists of names aligned in their order, which are short and mostly the same at both ends."""

from __future__ import annotations

from collections.abc import Sequence


def align_names(left: Sequence[str], right: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pairs of positions in the order of both; None where one side has nothing to answer to the other."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    pairs: list[tuple[int | None, int | None]] = [(at, at) for at in range(start)]
    pairs += _align_rest(left, right, (start, len(left) - end), (start, len(right) - end))
    return pairs + [(len(left) - at, len(right) - at) for at in range(end, 0, -1)]


def _align_rest(
    left: Sequence[str], right: Sequence[str], here: tuple[int, int], there: tuple[int, int]
) -> list[tuple[int | None, int | None]]:
    """The longest common subsequence of what lies between the ends that are alike."""
    rows, columns = range(*here), range(*there)
    longest = [[0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for i in range(len(rows) - 1, -1, -1):
        for j in range(len(columns) - 1, -1, -1):
            same = left[rows[i]] == right[columns[j]]
            longest[i][j] = longest[i + 1][j + 1] + 1 if same else max(longest[i + 1][j], longest[i][j + 1])
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(rows) or j < len(columns):
        if i < len(rows) and j < len(columns) and left[rows[i]] == right[columns[j]]:
            pairs.append((rows[i], columns[j]))
            i, j = i + 1, j + 1
        elif j == len(columns) or (i < len(rows) and longest[i + 1][j] >= longest[i][j + 1]):
            pairs.append((rows[i], None))
            i += 1
        else:
            pairs.append((None, columns[j]))
            j += 1
    return pairs
