"""The read models: their tables, the projector that keeps them, and the rebuild that makes them
anew."""
