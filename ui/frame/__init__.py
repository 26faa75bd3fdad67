"""Frame: what stands around the panels, from the top bar to the exchange strip, the inspector and the status bar."""
