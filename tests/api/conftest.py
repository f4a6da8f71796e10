"""A town that the tests of a file share, each with reports of its own; or one's own, where that
matters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from ledger.postgres.embedded import Running
from tests.api import town as towns
from tests.api.founding import COUNTRY, Founding, founded
from tests.api.signing_in import Browser, browser, provided
from tests.api.town import Published, Town
from tests.servers import new_database


@pytest.fixture(scope="module")
def founding(request: pytest.FixtureRequest, postgres: Running) -> Founding:
    """Return the founding that a file names as FOUNDING, or else that of the whole country."""
    return founded(postgres, getattr(request.module, "FOUNDING", COUNTRY))


@contextmanager
def a_town(postgres: Running, founding: Founding) -> Iterator[Town]:
    """A town as it was founded."""
    with (
        new_database(postgres, founding.template) as url,
        towns.opened(url, dict(founding)) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def shared_town(postgres: Running, founding: Founding) -> Iterator[Town]:
    """One for each file: what other files record changes no answer here, and makes none longer."""
    with a_town(postgres, founding) as opened:
        yield opened


@pytest.fixture
def town(shared_town: Town) -> Iterator[Town]:
    """The town of the file, on 24 November 2025. Publish a report of your own in it."""
    with towns.by_its_clock(shared_town) as here:
        yield here


@contextmanager
def fresh_town(postgres: Running, founding: Founding) -> Iterator[Town]:
    """A town in a database of its own, with our clock going by its own."""
    with a_town(postgres, founding) as opened, towns.by_its_clock(opened) as here:
        yield here


@pytest.fixture
def new_town(postgres: Running, founding: Founding) -> Iterator[Town]:
    """A town of one's own, whose clock can be set."""
    with fresh_town(postgres, founding) as here:
        yield here


@pytest.fixture
def whole_town(postgres: Running) -> Iterator[Town]:
    """One that begins with all bodies of the country, for what needs several tiles or batches."""
    with fresh_town(postgres, founded(postgres)) as here:
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
