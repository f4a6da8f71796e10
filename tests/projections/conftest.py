"""Towns for the read models: each test has one of its own."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from random import Random

import pytest

from ledger.postgres.embedded import Running
from ledger.seed import seed
from tests.api import founding
from tests.api.founding import People
from tests.api.town import Town
from tests.projections.living import History, Lived, drawn, live
from tests.projections.towns import fresh_town, template_town

SEEDED, LIVED = "town_of_years", "town_of_lives"


@pytest.fixture(scope="session")
def people(postgres: Running) -> People:
    """Return the people of the towns."""
    return founding.country(postgres)


@pytest.fixture
def town(postgres: Running, people: People) -> Iterator[Town]:
    with fresh_town(postgres, people) as here:
        yield here


@pytest.fixture
def new_town(postgres: Running, people: People) -> Callable[[], AbstractContextManager[Town]]:
    """For what needs one town after another."""
    return lambda: fresh_town(postgres, people)


another_town = town
"""One more, beside the first."""


@pytest.fixture(scope="session")
def years(postgres: Running, people: People) -> str:
    """Return the name of a town with years of three offices."""
    with template_town(postgres, people, SEEDED) as town:
        seed(town.ledger, 1_100, 3, lambda done, of: None)
        town.catch_up()
    return SEEDED


@pytest.fixture(scope="session")
def lived(postgres: Running, people: People) -> Lived:
    """Return a town in which every act happened at random: what every oracle is asked about."""
    with template_town(postgres, people, LIVED) as town:
        began, first = town.position, date(2025, 11, 25)
        quiet: History = (1, [])  # answered at once, and incomplete
        lives = live(town, first, [*drawn(Random(56), 8), quiet])
    refused = sum((one.refused for one in lives), Counter[str]())
    return Lived(LIVED, began, first, max(one.today for one in lives), refused)


@pytest.fixture(scope="module")
def seeded_town(postgres: Running, people: People, years: str) -> Iterator[Town]:
    """One for all tests of a file, in which three offices had years of work."""
    with fresh_town(postgres, people, years) as here:
        yield here


@pytest.fixture(scope="module")
def lived_town(postgres: Running, people: People, lived: Lived) -> Iterator[Town]:
    """Yield a town in which lives were lived, on the morning of the last day."""
    with fresh_town(postgres, people, lived.template) as here:
        here.clock.set(f"{lived.last}T10:00:00+00:00")
        yield here
