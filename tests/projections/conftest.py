"""Sites for the read models: each test has one of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from random import Random

import pytest

from ledger.postgres.embedded import Running
from ledger.seed import seed
from tests.api.founding import Founding, founded
from tests.api.site import Site
from tests.projections.living import History, Lived, drawn, live
from tests.projections.sites import fresh_site, template_site

SEEDED, LIVED = "site_of_years", "site_of_lives"


@pytest.fixture(scope="session")
def founding(postgres: Running) -> Founding:
    """Return the founding of the sites."""
    return founded(postgres)


@pytest.fixture
def site(postgres: Running, founding: Founding) -> Iterator[Site]:
    with fresh_site(postgres, founding) as here:
        yield here


@pytest.fixture
def new_site(postgres: Running, founding: Founding) -> Callable[[], AbstractContextManager[Site]]:
    """For what needs one site after another."""
    return lambda: fresh_site(postgres, founding)


another_site = site
"""One more, beside the first."""


@pytest.fixture(scope="session")
def years(postgres: Running, founding: Founding) -> str:
    """Return the name of a site with years of three offices."""
    with template_site(postgres, founding, SEEDED) as site:
        seed(site.ledger, 1_100, 3, lambda done, of: None)
        site.catch_up()
    return SEEDED


@pytest.fixture(scope="session")
def lived(postgres: Running, founding: Founding) -> Lived:
    """Return a site in which every act happened at random: what every oracle is asked about."""
    with template_site(postgres, founding, LIVED) as site:
        began, first = site.position, date(2025, 11, 25)
        quiet: History = (1, [])  # answered at once, and incomplete
        lives = live(site, first, [*drawn(Random(56), 8), quiet])
    refused = sum((one.refused for one in lives), Counter[str]())
    return Lived(LIVED, began, first, max(one.today for one in lives), refused)


@pytest.fixture(scope="module")
def seeded_site(postgres: Running, founding: Founding, years: str) -> Iterator[Site]:
    """One for all tests of a file, in which three offices had years of work."""
    with fresh_site(postgres, founding, years) as here:
        yield here


@pytest.fixture(scope="module")
def lived_site(postgres: Running, founding: Founding, lived: Lived) -> Iterator[Site]:
    """Yield a site in which lives were lived, on the morning of the last day."""
    with fresh_site(postgres, founding, lived.template) as here:
        here.clock.set(f"{lived.last}T10:00:00+00:00")
        yield here
