"""From what was read to acts decided: what is new, and what is recorded already."""
