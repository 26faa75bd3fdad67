"""Fuzzy matching of a few typed letters against titles."""

from __future__ import annotations


def score(words: str, title: str) -> int | None:
    """How well `title` answers `words`, the higher the better; None where it does not.

    Every word must stand in the title, or its letters in that order; a hit at the start of a word counts more.
    """
    text = title.casefold()
    total = 0
    for word in words.casefold().split():
        place = text.find(word)
        if place >= 0:
            total += 100 - min(place, 50) + (40 if place == 0 or not text[place - 1].isalnum() else 0)
        elif _in_order(word, text):
            total += 10
        else:
            return None
    return total


def _in_order(word: str, text: str) -> bool:
    place = 0
    for letter in word:
        place = text.find(letter, place) + 1
        if not place:
            return False
    return True
