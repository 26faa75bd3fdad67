"""Item models: thin and lazy over workbench values."""
