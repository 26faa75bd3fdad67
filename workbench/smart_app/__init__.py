"""SMART app as pure decisions: what it asks a site for, and how it takes what the site answers."""
