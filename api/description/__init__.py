"""Descriptions of the API for programs: OpenAPI and AsyncAPI."""
