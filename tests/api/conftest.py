"""A town that the tests of a file share, each with reports of its own; or one's own, where that
matters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ledger.postgres.embedded import Running
from tests.api import founding
from tests.api import town as towns
from tests.api.founding import People
from tests.api.signing_in import Browser, browser, provided
from tests.api.town import Published, Town
from tests.servers import new_database


@pytest.fixture(scope="session")
def country(postgres: Running) -> People:
    """Those of towns whose log begins with all bodies of the country."""
    return founding.country(postgres)


@pytest.fixture(scope="session")
def few(postgres: Running) -> People:
    """Those of towns whose log begins with few: a file whose tests go through whole logs, or read
    the register often, has them as its `people`."""
    return founding.few(postgres)


@pytest.fixture(scope="session")
def keeping(postgres: Running) -> People:
    """Those of towns whose office keeps its record here: a file about lateness has them as its
    `people`, so that silence is a breach."""
    return founding.keeping(postgres)


@pytest.fixture(scope="session")
def people(country: People) -> People:
    """Those of the towns of a file."""
    return country


@contextmanager
def a_town(postgres: Running, people: People) -> Iterator[Town]:
    """A town as it was founded."""
    with (
        new_database(postgres, people.template) as url,
        towns.opened(url, dict(people)) as opened,
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
