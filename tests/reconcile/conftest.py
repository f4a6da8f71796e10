"""The desk of the key tests: a log and the `answerable` command over it."""

from tests.keys.conftest import desk

__all__ = ["desk"]
