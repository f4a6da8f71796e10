"""A stop that comes at the worst moment: `answerable run` can still wait for its processes."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from api.commands.running import _all_alive

WATCHING = subprocess.Popen._internal_poll.__code__  # type: ignore[attr-defined]


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running
        lock = running._waitpid_lock  # type: ignore[attr-defined]
        if lock.locked():
            lock.release()  # so that a test that fails does not wait for ever itself
        running.kill()


def interrupt_when_locked(child: subprocess.Popen[bytes], sent: list[int]) -> Any:
    """A trace function that sends SIGINT once: as soon as looking at the child holds its lock."""

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is not WATCHING:
            return None
        lock = child._waitpid_lock  # type: ignore[attr-defined]
        if event == "line" and not sent and lock.locked():
            sent.append(frame.f_lineno)
            signal.raise_signal(signal.SIGINT)
        return trace

    return trace


def test_ctrl_c_while_a_process_is_looked_at_leaves_one_that_can_be_waited_for(child):
    sent: list[int] = []
    before = sys.gettrace()
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # as a shell's `&` has it
    sys.settrace(interrupt_when_locked(child, sent))
    try:
        with pytest.raises(KeyboardInterrupt):
            _all_alive({"web": child})
    finally:
        sys.settrace(before)
        signal.signal(signal.SIGINT, ignored)

    assert sent
    assert not child._waitpid_lock.locked()
    child.terminate()
    assert child.wait(30) == -signal.SIGTERM
