"""The commands of `answerable`, one module for each family."""
