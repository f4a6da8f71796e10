"""A town that the tests of a file share, each with reports of its own; or one's own, where that
matters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from ledger.postgres.embedded import Running
from tests.api import town as towns
from tests.api.signing_in import Browser, browser, provided
from tests.api.town import Published, Town
from tests.conftest import kept_database

TEMPLATE, SMALL = "town", "small_town"
AREAS = ("cumbria", "dorset")
"""Those of a small founding."""


class People(dict[str, str]):
    """The tokens of the people of towns that are copied from one database."""

    def __init__(self, template: str, tokens: dict[str, str]) -> None:
        super().__init__(tokens)
        self.template = template


def founded(postgres: Running, migrated: str, name: str, *areas: str) -> People:
    """A database that is set up, which towns are copied from."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated}".encode())
    with towns.founding(postgres.url(name), areas) as tokens:
        return People(name, tokens)


@pytest.fixture(scope="session")
def country(postgres: Running, migrated: str) -> People:
    """Those of towns whose log begins with all bodies of the country: 347 entries."""
    return founded(postgres, migrated, TEMPLATE)


@pytest.fixture(scope="session")
def few(postgres: Running, migrated: str) -> People:
    """Those of towns whose log begins with few bodies, which is soon sent, sealed and read: a file
    whose tests go through whole logs has them as its `people`."""
    return founded(postgres, migrated, SMALL, *AREAS)


@pytest.fixture(scope="session")
def people(country: People) -> People:
    """Those of the towns of a file."""
    return country


@contextmanager
def a_town(postgres: Running, people: People) -> Iterator[Town]:
    """A town as it was founded."""
    with (
        kept_database(postgres, people.template, has_clock=True) as kept,
        towns.opened_again(kept, dict(people)) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def shared_town(postgres: Running, people: People) -> Iterator[Town]:
    """One for each file: what other files record changes no answer here, and makes none longer."""
    with a_town(postgres, people) as opened:
        yield opened


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The town of the file, on 24 November 2025. Publish a report of your own in it."""
    with towns.by_its_clock(shared_town) as here:
        yield here


@contextmanager
def fresh_town(postgres: Running, people: People) -> Iterator[Town]:
    """A town in a database of its own, with our clock going by its own."""
    with a_town(postgres, people) as opened, towns.by_its_clock(opened) as here:
        yield here


@pytest.fixture
def new_town(postgres: Running, people: People) -> Iterator[Town]:
    """A town of one's own, whose clock can be set."""
    with fresh_town(postgres, people) as here:
        yield here


@pytest.fixture
def whole_town(postgres: Running, country: People) -> Iterator[Town]:
    """One that begins with all bodies of the country, for what needs several tiles or batches."""
    with fresh_town(postgres, country) as here:
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
