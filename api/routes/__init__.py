"""JSON over HTTP: one file a subject."""
