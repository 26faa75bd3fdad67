"""Views: parts of a panel that know the workbench."""
