"""JSON over HTTP: one file for each subject."""
