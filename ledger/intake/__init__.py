"""What arrives: pages and sheets are read, and drafted into decisions that a person confirms."""
