"""Scenarios: their file, how they are recorded, replayed, checked and reported."""
