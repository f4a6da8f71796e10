"""Towns for the read models: each test has one of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from ledger.postgres.embedded import Running
from tests.api import town as towns
from tests.api.town import Town
from tests.conftest import new_database

TEMPLATE = "town_to_project"


@pytest.fixture(scope="session")
def people(postgres: Running, migrated: str) -> dict[str, str]:
    """Sets a database up, which the towns are copied from; the tokens of its people."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE {migrated}".encode())
    with towns.founding(postgres.url(TEMPLATE)) as tokens:
        return tokens


@contextmanager
def fresh_town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    """A town in a database of its own, with our clock going by its own."""
    with (
        new_database(postgres, TEMPLATE) as url,
        towns.opened(url, people) as opened,
        towns.by_its_clock(opened) as here,
    ):
        yield here


@pytest.fixture
def town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    with fresh_town(postgres, people) as here:
        yield here


@pytest.fixture
def new_town(
    postgres: Running, people: dict[str, str]
) -> Callable[[], AbstractContextManager[Town]]:
    """For what needs one town after another."""
    return lambda: fresh_town(postgres, people)


another_town = town
"""One more, beside the first."""


@pytest.fixture(scope="module")
def module_town(postgres: Running, people: dict[str, str]) -> Iterator[Town]:
    """One for all tests of a file."""
    with fresh_town(postgres, people) as here:
        yield here
