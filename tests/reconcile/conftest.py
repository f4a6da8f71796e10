"""The keyed_log of the key tests: a log and the `answerable` command over it."""

from tests.keys.conftest import keyed_log

__all__ = ["keyed_log"]
