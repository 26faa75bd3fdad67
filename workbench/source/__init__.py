"""Sources of resources: JSON, XML and NDJSON as text, with the line and column of every element."""
