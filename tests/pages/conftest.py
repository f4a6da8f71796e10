"""The site of the pages, which is recorded once and copied for each file."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from ledger.acts.service import begin_synthetic
from ledger.postgres.embedded import Running
from ledger.states.service import SETUP
from tests import servers
from tests.api import site as sites
from tests.api.conftest import new_site, shared_site, site  # noqa: F401 - fixtures of these tests
from tests.api.founding import FEW_BODIES, Founding, founded
from tests.api.site import Site
from tests.conftest import served
from tests.pages.recorded import Recorder
from tests.servers import new_database

TRUE, MADE_UP = "site_of_pages", "made_up_site_of_pages"


def recorded_site(postgres: Running, name: str) -> Founding:
    """Make the database that sites are copied from, unless the server has it already."""
    few = founded(postgres, FEW_BODIES)

    def make(url: str) -> str:
        with sites.opened(url, few) as opened, sites.by_its_clock(opened) as here:
            if name == MADE_UP:
                here.clock.set("2025-06-01")
                here.ledger.record(SETUP, begin_synthetic)
            Recorder(here).record()
        return ""

    servers.template(postgres, name, few.template, make)
    return Founding(name, few)


@pytest.fixture(scope="session")
def founding(postgres: Running) -> Founding:
    return recorded_site(postgres, TRUE)


@pytest.fixture(scope="module")
def made_up_site(postgres: Running) -> Iterator[Site]:
    """Yield the site of a log that says of itself that it is made up."""
    founding = recorded_site(postgres, MADE_UP)
    with new_database(postgres, MADE_UP) as url, sites.opened(url, founding) as opened:
        yield opened


@pytest.fixture
def made_up(made_up_site: Site) -> Iterator[Site]:
    with sites.by_its_clock(made_up_site) as here:
        yield here


@pytest.fixture
def client(site: Site) -> FlaskClient:  # noqa: F811 - the fixture
    return site.app.test_client()


def address_of(site: Site) -> AbstractContextManager[str]:  # noqa: F811 - no fixture here
    """Serve a site for a browser: its address."""
    site.catch_up()
    return served(make_server("127.0.0.1", 0, site.app, threaded=True))


@pytest.fixture
def address(site: Site) -> Iterator[str]:  # noqa: F811 - the fixture
    """Yield the address of the site."""
    with address_of(site) as url:
        yield url
