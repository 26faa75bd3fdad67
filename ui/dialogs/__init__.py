"""Dialogs that ask once and answer."""
