"""The sealed log: checkpoints signed, published, witnessed, and read again."""
