"""Processes that tests start, and what is left of them."""

import os
import select

import pytest

from tests.processes import ENDS_WITH_US, SECONDS, Python

STARTS_ANOTHER = """
import os
from tests.processes import Python

other = Python("-c", "import signal; print(flush=True); signal.pause()", env=os.environ)
other.output.readline()
print(other.pid, flush=True)
other.wait()
"""


@pytest.mark.skipif(not ENDS_WITH_US, reason="not run: needs setpriv, of util-linux")
def test_a_process_ends_with_the_test_run_that_was_killed() -> None:
    run = Python("-c", STARTS_ANOTHER, env=os.environ)
    other = os.pidfd_open(int(run.output.readline()))
    try:
        run.kill()
        run.wait()

        ended, _, _ = select.select([other], [], [], SECONDS)
        assert ended
    finally:
        os.close(other)
