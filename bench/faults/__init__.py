"""Faults under load, and what came of every act that was offered meanwhile: see `__main__`."""
