"""Every act by every account, as every body's, touching everything: refused, first hand or
reported, by token, by session and by command."""

import json
from itertools import groupby
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli import main
from tests.api.conftest import fresh_site
from tests.api.site import FORCE, PFCC
from tests.conftest import examples, whole
from tests.who_may.page import page, row_of
from tests.who_may.rules import ACCOUNTS, BY, REFUSED, expected
from tests.who_may.scene import DAY, played

WRITTEN = Path(__file__).parents[2] / "docs" / "reference" / "who-may.md"


@pytest.fixture(scope="module")
def scene(postgres, founding):
    with fresh_site(postgres, founding) as site, played(site) as found:
        before = site.position
        yield found
        assert site.position == before


@pytest.fixture(scope="module")
def outcomes(scene):
    """Return the outcome of each cell where it is decided, whatever the way in. `make test` tries
    one in seven in each row, so that each column is tried too; `make soak` tries all."""
    step = 1 if whole() else 7
    tried = {
        cell
        for i, row in enumerate(rows_of(scene.cells()))
        for j, cell in enumerate(row)
        if (i + j) % step == 0
    }
    return {cell: scene.tried(cell) for cell in scene.cells() if cell in tried}


def rows_of(cells):
    """Return the cells of each row: what is done, for whom, and to what. Columns are accounts."""

    def row(one):
        return one.act.path, one.by, str(one.touched)

    return [list(cells) for _, cells in groupby(sorted(cells, key=row), row)]


WAYS = ("token", "session", "command")


def of_rows(cells, way):
    """Return a cell of every other row, in turns, so that each column is there too: a session tries
    the rows that a token and a command leave out. In `make soak` all."""
    if whole():
        return cells
    nth = WAYS.index(way)
    rows = rows_of(cells)[nth % 2 :: 2]
    found = [row[(n + nth) % len(row)] for n, row in enumerate(rows)]
    assert {one.who for one in found} == {one.who for one in cells}
    return found


@pytest.mark.sampled
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
    assert len(outcomes) > examples(200, 1500)


@pytest.mark.sampled
@pytest.mark.parametrize("way", WAYS[:2])
def test_a_token_and_a_session_may_what_their_account_may(scene, outcomes, way):
    for cell in of_rows(outcomes, way):
        assert scene.tried(cell, way) == outcomes[cell], cell


@pytest.mark.sampled
def test_a_command_may_what_another_account_of_its_body_may(scene, outcomes):
    cells = [one for one in outcomes if one.who not in ("clerk", "nobodys")]

    for cell in of_rows(cells, "command"):
        assert scene.tried(cell, "command") == outcomes[cell], cell


SHEETS = {
    "RecommendationRaised": f"report,number,text,addressees\n{{report}},09,Do it.,{FORCE}\n",
    "ResponsePublished": f"report,body,published on,text\n{{by_hand}},{PFCC},{DAY},What it says.\n",
    "AssuranceSought": f"report,number,addressee,of,question\n{{report}},02,{FORCE},{FORCE},Why?\n",
    "UpdateReceived": f"report,number,addressee,update\n{{report}},02,{FORCE},It is under way.\n",
    "ClosureConfirmed": f"report,number,addressee,reason\n{{report}},02,{FORCE},It is done.\n",
}
"""A row of the sheet that brings an act, about a report of the scene."""


@pytest.mark.sampled
def test_an_import_is_decided_as_the_rules_say_of_its_body(scene, tmp_path):
    """By the command itself, which proposes and records nothing."""
    bodies = {body: who for who, (_, body) in ACCOUNTS.items() if body and who != "clerk"}
    for number, (body, who) in enumerate(bodies.items()):
        for act in SHEETS if whole() else [*SHEETS][number % len(SHEETS) :: 2]:
            sheet = tmp_path / f"{act}.csv"
            about = {"report": scene.report.reference, "by_hand": scene.by_hand.reference}
            sheet.write_text(SHEETS[act].format(**about), encoding="utf-8")
            asked = ["import", str(sheet), "--body", body, "--dry-run", "--json"]
            env = {"ANSWERABLE_DATABASE_URL": scene.site.url}
            done = CliRunner().invoke(main, asked, env=env)

            said = json.loads(done.stdout)
            refused = done.exit_code == 1 or bool(said["unread"])

            assert refused == (expected(act, who, "left out") == REFUSED), (act, body, said)


@pytest.mark.sampled
def test_the_page_says_what_came_of_every_cell(scene, outcomes):
    text = WRITTEN.read_text("utf-8")
    written: dict[tuple[str, str, str], str] = {}
    for section in text.split("\n## ")[1:]:
        by, *lines = section.splitlines()
        head, _, *rows = (line[2:-2].split(" | ") for line in lines if line.startswith("|"))
        for row, *said in rows:
            written |= {(by, row, who): one for who, one in zip(head[1:], said, strict=True) if one}

    assert written.keys() == {place(cell) for cell in scene.cells()}, "run `make docs`"
    unlike = [cell for cell, one in outcomes.items() if written[place(cell)] != str(one)]
    assert unlike == [], "run `make docs`"
    assert not whole() or page(outcomes) == text, "run `make docs`"


def place(cell):
    """Where the page says what came of a cell: its section, its row, its column."""
    words = BY[cell.by]
    return f"{words[0].upper()}{words[1:]}", row_of(cell), ACCOUNTS[cell.who][0]
