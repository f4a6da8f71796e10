"""What a process has imported that others are forked from (`tests.forked`): all of the product."""

import gc
import os
from importlib import import_module
from tempfile import TemporaryDirectory

from tests.forked import import_the_product

with TemporaryDirectory() as counts:  # in which requests are counted: as `api.web` has it imported
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
    import_the_product()
    for module in ("gunicorn.workers.gasgi", "gunicorn.app.wsgiapp"):
        import_module(module)
    del os.environ["PROMETHEUS_MULTIPROC_DIR"]

gc.freeze()  # all of it stays: nobody who is forked looks for garbage among it
