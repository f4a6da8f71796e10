"""The databases that sites are copied from."""

import json

from ledger.postgres.embedded import Running
from tests import servers
from tests.api import site as sites

COUNTRY, FEW_BODIES, RECORD_KEPT = "site", "small_site", "keeping_site"
"""All bodies of the country, some 380 entries; few bodies, whose log is soon sent, sealed and read;
all bodies, of which the office says that it keeps its record here, so that silence is a breach."""
AREAS = ("cumbria", "dorset")
"""Those of few bodies."""


class Founding(dict[str, str]):
    """The tokens of the accounts of sites that are copied from one database."""

    def __init__(self, template: str, tokens: dict[str, str]) -> None:
        super().__init__(tokens)
        self.template = template


def founded(server: Running, name: str = COUNTRY) -> Founding:
    """Return a founding; make its database, unless this was done before."""
    areas = AREAS if name == FEW_BODIES else ()

    def make(url: str) -> str:
        with sites.founding(url, areas, keeps=name == RECORD_KEPT) as tokens:
            return json.dumps(tokens)

    return Founding(
        name, json.loads(servers.template(server, name, servers.migrated(server), make))
    )
