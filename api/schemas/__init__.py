"""Schemas of requests and answers (marshmallow); requests derive from the events."""
