"""Differences between two things of one kind, row by row."""
