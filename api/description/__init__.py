"""What the API says of itself, for programs: OpenAPI and AsyncAPI."""
