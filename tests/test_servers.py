"""Databases that others are copied from."""

from ledger.postgres.embedded import Running
from tests.servers import template


def test_a_template_tells_its_finder_what_was_made_of_it(postgres: Running) -> None:
    made = []

    def make(url: str) -> str:
        made.append(url)
        return "It's known."

    said = [template(postgres, "known", "template0", make) for _ in "12"]

    assert said == ["It's known."] * 2
    assert made == [postgres.url("known")]
