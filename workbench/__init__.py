"""The Interop Workbench: record an integration once, run it at every site, see where it breaks and why."""

__version__ = "0.1.0"
