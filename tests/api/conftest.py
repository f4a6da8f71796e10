"""A town that the tests of a file share, each with reports of its own; or one's own, where that
matters."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from ledger.postgres.embedded import Running
from tests.api import town as towns
from tests.api.kept import Kept
from tests.api.signing_in import Browser, browser, provided
from tests.api.town import Published, Town
from tests.conftest import new_database

TEMPLATE = "town"


_free: dict[Running, list[tuple[Kept, ExitStack]]] = defaultdict(list)
"""Of each server the databases that no town is in just now, as they were when it was founded."""


@pytest.fixture(scope="session")
def people(postgres: Running, migrated: str) -> Iterator[dict[str, str]]:
    """Sets a database up, which the towns are copied from; the tokens of its people."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}".encode())
    with towns.founding(postgres.url(TEMPLATE)) as tokens:
        pass
    yield tokens
    for _, ending in _free.pop(postgres, []):
        ending.close()


@contextmanager
def a_town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    """A town as it was founded: in a database that another one was in before, if there is one."""
    if _free[postgres]:
        kept, ending = _free[postgres].pop()
    else:
        ending = ExitStack()
        kept = Kept(ending.enter_context(new_database(postgres, TEMPLATE)))
        ending.callback(kept.close)
    try:
        with towns.opened_again(kept, people) as opened:
            yield opened
    finally:
        if kept.taken_back():
            _free[postgres].append((kept, ending))
        else:
            ending.close()


@pytest.fixture(scope="module")
def shared_town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    """One for each file: what other files record changes no answer here, and makes none longer."""
    with a_town(postgres, people) as opened:
        yield opened


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The town of the file, on 24 November 2025. Publish a report of your own in it."""
    with towns.by_its_clock(shared_town) as here:
        yield here


@contextmanager
def fresh_town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    """A town in a database of its own, with our clock going by its own."""
    with a_town(postgres, people) as opened, towns.by_its_clock(opened) as here:
        yield here


@pytest.fixture
def new_town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    """A town of one's own, whose clock can be set."""
    with fresh_town(postgres, people) as here:
        yield here


@pytest.fixture
def report(town: Town) -> Published:
    """A report of 16 May 2025 that the clerk recorded: one recommendation, one duty."""
    return town.publish()


@pytest.fixture
def signed_in(town: Town) -> Iterator[Callable[[str], Browser]]:
    """A browser that is signed in as an account, for each that is named."""
    with provided(town):

        def signs_in(account: str) -> Browser:
            found = browser(town)
            assert found.signs_in(account).status_code == 303
            return found

        yield signs_in
