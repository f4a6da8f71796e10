"""Towns for the read models: each test has one of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from random import Random

import pytest

from ledger.postgres.embedded import Running
from ledger.seed import seed
from tests.api.founding import Founding, founded
from tests.api.town import Town
from tests.projections.living import History, Lived, drawn, live
from tests.projections.towns import fresh_town, template_town

SEEDED, LIVED = "town_of_years", "town_of_lives"


@pytest.fixture(scope="session")
def founding(postgres: Running) -> Founding:
    """Return the founding of the towns."""
    return founded(postgres)


@pytest.fixture
def town(postgres: Running, founding: Founding) -> Iterator[Town]:
    with fresh_town(postgres, founding) as here:
        yield here


@pytest.fixture
def new_town(postgres: Running, founding: Founding) -> Callable[[], AbstractContextManager[Town]]:
    """For what needs one town after another."""
    return lambda: fresh_town(postgres, founding)


another_town = town
"""One more, beside the first."""


@pytest.fixture(scope="session")
def years(postgres: Running, founding: Founding) -> str:
    """Return the name of a town with years of three offices."""
    with template_town(postgres, founding, SEEDED) as town:
        seed(town.ledger, 1_100, 3, lambda done, of: None)
        town.catch_up()
    return SEEDED


@pytest.fixture(scope="session")
def lived(postgres: Running, founding: Founding) -> Lived:
    """Return a town in which every act happened at random: what every oracle is asked about."""
    with template_town(postgres, founding, LIVED) as town:
        began, first = town.position, date(2025, 11, 25)
        quiet: History = (1, [])  # answered at once, and incomplete
        lives = live(town, first, [*drawn(Random(56), 8), quiet])
    refused = sum((one.refused for one in lives), Counter[str]())
    return Lived(LIVED, began, first, max(one.today for one in lives), refused)


@pytest.fixture(scope="module")
def seeded_town(postgres: Running, founding: Founding, years: str) -> Iterator[Town]:
    """One for all tests of a file, in which three offices had years of work."""
    with fresh_town(postgres, founding, years) as here:
        yield here


@pytest.fixture(scope="module")
def lived_town(postgres: Running, founding: Founding, lived: Lived) -> Iterator[Town]:
    """Yield a town in which lives were lived, on the morning of the last day."""
    with fresh_town(postgres, founding, lived.template) as here:
        here.clock.set(f"{lived.last}T10:00:00+00:00")
        yield here
