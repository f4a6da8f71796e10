"""A browser that the files of a group have one after the other (`SHARED` of tests/conftest.py): to
begin one takes a processor as long as ten pages do. A conftest that imports all of this has it."""

from collections.abc import Generator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import CHROMIUM, chromium, shares

_running: list[Browser] = []
_open = ExitStack()


@pytest.fixture(scope="module")
def browser() -> Browser:
    """The browser of the group; whoever opens a context or a page closes it. While it is there,
    nothing else can run an event loop in the thread of the tests."""
    if not _running:
        playwright = _open.enter_context(sync_playwright())
        begun = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM)
        _open.callback(begun.close)
        _open.callback(_running.clear)
        _running.append(begun)
    return _running[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """It ends with the last test of the group."""
    yield
    if nextitem is None or shares(item.path)[0] != shares(nextitem.path)[0]:
        _open.close()


def pytest_sessionfinish() -> None:
    """Or with a run that is broken off."""
    _open.close()
