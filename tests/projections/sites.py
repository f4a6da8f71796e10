"""Sites in databases of their own, and those that they are copied from."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from ledger.postgres.embedded import Running
from tests.api import site as sites
from tests.api.founding import Founding
from tests.api.site import Site
from tests.servers import new_database


@contextmanager
def fresh_site(postgres: Running, founding: Founding, template: str = "") -> Iterator[Site]:
    """Open a site in a database of its own, with our clock going by its own."""
    with (
        new_database(postgres, template or founding.template) as url,
        sites.opened(url, founding) as opened,
        sites.by_its_clock(opened) as here,
    ):
        yield here


@contextmanager
def template_site(postgres: Running, founding: Founding, name: str) -> Iterator[Site]:
    """Yield a site that is brought somewhere once, and then copied: nobody may be connected to
    it."""
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {founding.template}".encode())
    with sites.opened(postgres.url(name), founding) as opened, sites.by_its_clock(opened) as here:
        yield here
