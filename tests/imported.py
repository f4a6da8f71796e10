"""What a process has imported that others are forked from (`tests.forked`): all of the product."""

import gc
import os
from importlib import import_module
from tempfile import TemporaryDirectory

with TemporaryDirectory() as counts:  # in which requests are counted: as `api.web` has it imported
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    for module in ("api.app", "api.cli", "api.commands.running", "api.worker"):
        import_module(module)
    import_module("gunicorn.app.wsgiapp")
    del os.environ["PROMETHEUS_MULTIPROC_DIR"]

gc.freeze()  # all of it stays: nobody who is forked looks for garbage among it
