"""States as answers: plain data, its texts opened or withheld."""
