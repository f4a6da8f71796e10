"""Towns in databases of their own, and those that they are copied from."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from ledger.postgres.embedded import Running
from tests.api import town as towns
from tests.api.founding import People
from tests.api.town import Town
from tests.servers import kept_database, new_database


@contextmanager
def fresh_town(postgres: Running, people: People, template: str = "") -> Iterator[Town]:
    """A town in a database of its own, with our clock going by its own. What was done in one that
    is just founded is taken back for the next; one with years behind it is for all tests of a file.
    """
    with ExitStack() as stack:
        if template:
            url = stack.enter_context(new_database(postgres, template))
            opened = stack.enter_context(towns.opened(url, people))
        else:
            kept = stack.enter_context(kept_database(postgres, people.template, has_clock=True))
            opened = stack.enter_context(towns.opened_again(kept, people))
        yield stack.enter_context(towns.by_its_clock(opened))


@contextmanager
def template_town(postgres: Running, people: People, name: str) -> Iterator[Town]:
    """A town that is brought somewhere once, and then copied: nobody may be connected to it."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {people.template}".encode())
    with towns.opened(postgres.url(name), people) as opened, towns.by_its_clock(opened) as here:
        yield here
