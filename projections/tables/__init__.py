"""The read models: their tables, what keeps them, and what builds them anew."""
