"""Widgets that know Qt and not the workbench."""
