"""The commands of `answerable`, one module a family."""
