"""Who may record what, and whose word it is: act by account by whose act by what it touches."""

from pathlib import Path

import pytest

from tests.api import town as towns
from tests.api.conftest import TEMPLATE
from tests.conftest import new_database
from tests.who_may.page import page, tried
from tests.who_may.rules import expected
from tests.who_may.scene import played

WRITTEN = Path(__file__).parents[2] / "docs" / "who-may.md"


@pytest.fixture(scope="module")
def outcomes(postgres, people):
    with (
        new_database(postgres, TEMPLATE) as url,
        towns.opened(url, dict(people)) as opened,
        towns.by_its_clock(opened) as town,
        played(town) as scene,
    ):
        before = town.position
        yield tried(scene)
        assert town.position == before


def test_every_cell_is_as_the_rules_of_the_domain_say(outcomes):
    """The rules are written from the domain, not from the code: tests/who_may/rules.py."""
    unlike = [
        f"{cell.act.word} by {cell.who}, `by` {cell.by}"
        + (f", on {cell.touched.name}" if cell.touched else "")
        + f": {outcome.is_} ({outcome.code}), and the rules say {wanted}"
        for cell, outcome in outcomes.items()
        if outcome.is_
        != (wanted := expected(cell.act.event.__name__, cell.who, cell.by, cell.touched))
    ]
    assert not unlike, "\n".join(unlike)
    assert len(outcomes) > 1500


def test_the_page_says_what_came_of_every_cell(outcomes):
    assert page(outcomes).splitlines() == WRITTEN.read_text("utf-8").splitlines(), "run `make docs`"
