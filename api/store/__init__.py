"""The only SQL of the API: what it keeps of its own."""
