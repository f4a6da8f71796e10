"""What gunicorn is told in a file: its processes share what the application imports.

Each makes an application of its own after it was forked (api/app.py), with its own connections. The
code is that of the start: a new version needs a restart, not a reload (SIGHUP).
"""

import gc
from importlib import import_module


def on_starting(_arbiter: object) -> None:
    """Import the application once, before there are processes; its code is no garbage in any."""
    import_module("api.app")
    gc.freeze()
