"""Panels: one job each, side by side in the main window."""
