"""A stop that comes at the worst moment: `answerable run` still learns how its processes ended, and
a worker ends."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.popen_fork import Popen
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

import pytest

from api.commands.running import CannotRun, _all_alive
from api.commands.worker import told_to_end

LOOKING = Popen.poll.__code__


@pytest.fixture
def child() -> Iterator[BaseProcess]:
    ends, told = os.pipe()
    running = get_context("fork").Process(target=os.read, args=[ends, 1])
    running.start()
    os.close(ends)
    yield running
    os.close(told)
    running.kill()


def interrupt_when_learnt(sent: list[int]) -> Any:
    """A trace function that sends SIGINT once: when the system has said how a process ended, which
    it says once, and nobody has written it down."""

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is not LOOKING:
            return None
        if event == "line" and not sent and frame.f_locals.get("pid"):
            sent.append(frame.f_lineno)
            signal.raise_signal(signal.SIGINT)
        return trace

    return trace


@pytest.mark.filterwarnings("ignore:.*is multi-threaded")  # so are the processes of a test run
def test_ctrl_c_while_a_process_is_looked_at_leaves_known_how_it_ended(child):
    sent: list[int] = []
    before = sys.gettrace()
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # as a shell's `&` has it
    child.terminate()
    os.waitid(os.P_PID, child.pid or 0, os.WEXITED | os.WNOWAIT)
    sys.settrace(interrupt_when_learnt(sent))
    try:
        with pytest.raises(KeyboardInterrupt):
            _all_alive({"web": child})
    finally:
        sys.settrace(before)
        signal.signal(signal.SIGINT, ignored)

    assert sent
    assert child.exitcode == -signal.SIGTERM
    with pytest.raises(CannotRun, match="web ended by itself"):
        _all_alive({"web": child})


def end_twice_at_once() -> None:
    """Have SIGTERM come again while the handler of the first one has the lock of the event."""
    stop = threading.Event()
    giving_up = threading.Timer(60, lambda: None)
    giving_up.daemon = True
    setting = threading.Event.set.__code__
    sent: list[int] = []

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code is not setting:
            return None
        if event == "line" and stop._cond._is_owned() and not sent:  # type: ignore[attr-defined]
            sent.append(frame.f_lineno)
            signal.raise_signal(signal.SIGTERM)
        return trace

    signal.signal(signal.SIGTERM, told_to_end(stop, giving_up))
    sys.settrace(trace)
    signal.raise_signal(signal.SIGTERM)
    os._exit(0 if sent and stop.is_set() and giving_up.is_alive() else 1)


@pytest.mark.filterwarnings("ignore:.*is multi-threaded")
def test_a_second_signal_within_the_handler_of_the_first_does_not_keep_a_worker_from_ending():
    worker = get_context("fork").Process(target=end_twice_at_once)
    worker.start()
    worker.join(20)
    ended = worker.exitcode
    worker.kill()
    assert ended == 0
