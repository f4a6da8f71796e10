"""The databases that towns are copied from."""

import json

from ledger.postgres.embedded import Running
from tests import servers
from tests.api import town as towns

COUNTRY, FEW, KEEPING = "town", "small_town", "keeping_town"
AREAS = ("cumbria", "dorset")
"""Those of a small founding."""


class People(dict[str, str]):
    """The tokens of the people of towns that are copied from one database."""

    def __init__(self, template: str, tokens: dict[str, str]) -> None:
        super().__init__(tokens)
        self.template = template


def country(server: Running) -> People:
    """Those of towns whose log begins with all bodies of the country, some 380 entries."""
    return _people(server, COUNTRY)


def few(server: Running) -> People:
    """Those of towns whose log begins with few bodies, which is soon sent, sealed and read."""
    return _people(server, FEW, *AREAS)


def keeping(server: Running) -> People:
    """Those of towns of the whole country whose office keeps its record here: of these silence is
    a breach, as tests about lateness have it."""
    return _people(server, KEEPING, keeps=True)


def _people(server: Running, name: str, *areas: str, keeps: bool = False) -> People:
    def make(url: str) -> str:
        with towns.founding(url, areas, keeps=keeps) as tokens:
            return json.dumps(tokens)

    return People(name, json.loads(servers.template(server, name, servers.migrated(server), make)))
