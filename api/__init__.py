"""The ways in which people and machines reach the record: HTTP, pages, streams, the command
line."""
