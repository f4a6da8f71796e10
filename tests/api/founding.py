"""The databases that sites are copied from."""

import json

from ledger.postgres.embedded import Running
from tests import servers
from tests.api import site as sites

COUNTRY, FEW_BODIES = "site", "small_site"
"""All bodies of the country, some 380 entries; few, whose log is soon sent, sealed and read."""
RECORD_KEPT, KEPT_IN_THE_COUNTRY = "keeping_site", "keeping_country"
"""Few bodies, or all, whose office says that it keeps its record here, so silence is a breach."""
AREAS = ("cumbria", "dorset")
"""Those of few bodies."""


class Founding(dict[str, str]):
    """The tokens of the accounts of sites that are copied from one database."""

    def __init__(self, template: str, tokens: dict[str, str]) -> None:
        super().__init__(tokens)
        self.template = template


def founded(server: Running, name: str = COUNTRY) -> Founding:
    """Return a founding; make its database, unless this was done before."""
    areas = () if name in (COUNTRY, KEPT_IN_THE_COUNTRY) else AREAS

    def make(url: str) -> str:
        with sites.founding(url, areas, keeps=name in (RECORD_KEPT, KEPT_IN_THE_COUNTRY)) as tokens:
            return json.dumps(tokens)

    return Founding(
        name, json.loads(servers.template(server, name, servers.migrated(server), make))
    )
