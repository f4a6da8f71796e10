"""A site that the tests of a file share, each with reports of its own; or one's own, where that
matters."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from api.commands.stub_provider import StubProvider
from ledger import clock
from ledger.postgres.embedded import Running
from tests.api import site as sites
from tests.api.founding import FEW_BODIES, Founding, founded
from tests.api.reading import Web, serving
from tests.api.signing_in import Browser, browser, provided
from tests.api.site import Published, Site
from tests.servers import new_database


@pytest.fixture(scope="module")
def founding(request: pytest.FixtureRequest, postgres: Running) -> Founding:
    """Return the founding that a file names as FOUNDING, or else that of few bodies."""
    return founded(postgres, getattr(request.module, "FOUNDING", FEW_BODIES))


@contextmanager
def a_site(postgres: Running, founding: Founding) -> Iterator[Site]:
    """A site as it was founded."""
    with (
        new_database(postgres, founding.template) as url,
        sites.opened(url, dict(founding)) as opened,
    ):
        yield opened


@pytest.fixture(scope="module")
def shared_site(postgres: Running, founding: Founding) -> Iterator[Site]:
    """One for each file: what other files record changes no answer here, and makes none longer."""
    with a_site(postgres, founding) as opened:
        yield opened


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    """The site of the file, on 24 November 2025. Publish a report of your own in it."""
    with sites.by_its_clock(shared_site) as here:
        yield here


@contextmanager
def fresh_site(postgres: Running, founding: Founding) -> Iterator[Site]:
    """A site in a database of its own, with our clock going by its own."""
    with a_site(postgres, founding) as opened, sites.by_its_clock(opened) as here:
        yield here


@pytest.fixture
def new_site(postgres: Running, founding: Founding) -> Iterator[Site]:
    """A site of one's own, whose clock can be set."""
    with fresh_site(postgres, founding) as here:
        yield here


@pytest.fixture
def whole_site(postgres: Running) -> Iterator[Site]:
    """One that begins with all bodies of the country, for what needs several tiles or batches."""
    with fresh_site(postgres, founded(postgres)) as here:
        yield here


@pytest.fixture
def report(site: Site) -> Published:
    """A report of 16 May 2025 that the clerk recorded: one recommendation, one duty."""
    return site.publish()


@pytest.fixture(scope="module")
def stub(shared_site: Site) -> Iterator[StubProvider]:
    """The provider at which people sign in to the site of the file."""
    with provided(shared_site) as found:
        yield found


@pytest.fixture(scope="module")
def browsers(stub: StubProvider) -> dict[str, Browser]:
    """The browsers of the file, each signed in, by account."""
    return {}


@pytest.fixture
def signed_in(site: Site, browsers: dict[str, Browser]) -> Callable[[str], Browser]:
    """Returns the browser of the file in which an account is signed in."""

    def signs_in(account: str) -> Browser:
        if account not in browsers or browsers[account].me() is None:
            browsers[account] = browser(site)
            assert browsers[account].signs_in(account).status_code == 303
        return browsers[account]

    return signs_in


MONITOR = {"Authorization": f"Bearer {'monitor' * 5}"}
"""The headers by which figures are read from the gunicorn below."""


@pytest.fixture(scope="session")
def web(postgres: Running) -> Iterator[Web]:
    """A gunicorn of one process, over a log of few bodies in which nobody records a report."""
    with new_database(postgres, founded(postgres, FEW_BODIES).template) as url:
        with sites.as_owner(url) as owner:  # the web server goes by the real clock
            sites.Clock(owner).set(clock.now().isoformat())
        token = MONITOR["Authorization"].removeprefix("Bearer ")
        logs = ("--access-logfile", "-", "--log-level", "info")
        with serving(url, "log.example/town", *logs, metrics_token=token) as made:
            yield made
