"""The town of the pages, which is recorded once and copied for each file."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from ledger.acts.service import begin_synthetic
from ledger.postgres.embedded import Running
from ledger.states.service import SETUP
from tests import servers
from tests.api import town as towns
from tests.api.conftest import new_town, shared_town, town  # noqa: F401 - fixtures of these tests
from tests.api.founding import FEW_BODIES, Founding, founded
from tests.api.town import Town
from tests.conftest import served
from tests.pages.recorded import Recorder
from tests.servers import new_database

TRUE, MADE_UP = "town_of_pages", "made_up_town_of_pages"


def recorded_town(postgres: Running, name: str) -> Founding:
    """Make the database that towns are copied from, unless the server has it already."""
    few = founded(postgres, FEW_BODIES)

    def make(url: str) -> str:
        with towns.opened(url, few) as opened, towns.by_its_clock(opened) as here:
            if name == MADE_UP:
                here.clock.set("2025-06-01")
                here.ledger.record(SETUP, begin_synthetic)
            Recorder(here).record()
        return ""

    servers.template(postgres, name, few.template, make)
    return Founding(name, few)


@pytest.fixture(scope="session")
def founding(postgres: Running) -> Founding:
    return recorded_town(postgres, TRUE)


@pytest.fixture(scope="module")
def made_up_town(postgres: Running) -> Iterator[Town]:
    """Yield the town of a log that says of itself that it is made up."""
    founding = recorded_town(postgres, MADE_UP)
    with new_database(postgres, MADE_UP) as url, towns.opened(url, founding) as opened:
        yield opened


@pytest.fixture
def made_up(made_up_town: Town) -> Iterator[Town]:
    with towns.by_its_clock(made_up_town) as here:
        yield here


@pytest.fixture
def client(town: Town) -> FlaskClient:  # noqa: F811 - the fixture
    return town.app.test_client()


def site_of(town: Town) -> AbstractContextManager[str]:  # noqa: F811 - no fixture here
    """Serve a town for a browser: its address."""
    town.catch_up()
    return served(make_server("127.0.0.1", 0, town.app, threaded=True))


@pytest.fixture
def site(town: Town) -> Iterator[str]:  # noqa: F811 - the fixture
    """Yield the address of the town."""
    with site_of(town) as address:
        yield address
