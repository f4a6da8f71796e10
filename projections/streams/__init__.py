"""Streams of the log as known at a position: what states are worked out from."""
