"""The window of the Interop Workbench."""
