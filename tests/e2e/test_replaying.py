"""`answerable replay` on the exported log of a running service, and against that service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from click.testing import Result

from ledger.postgres.embedded import running
from tests.conftest import some
from tests.e2e.service import Service, inside

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def log(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("exported")
    service.command("export", "log", str(folder))
    return folder / "log.jsonl"


def replay(*arguments: str, expect: int = 0) -> Result:
    return inside("replay", *arguments, expect=expect)


@contextmanager
def edited(service: Service, change: str, back: str) -> Iterator[None]:
    """Change the read models behind everybody's back, as the database's superuser, and change them
    back."""
    found = running(service.data)
    assert found is not None
    with psycopg.connect(found.owner_url, autocommit=True) as superuser:
        superuser.execute(change.encode())
        try:
            yield
        finally:
            superuser.execute(back.encode())


def test_the_log_and_the_site_agree(service, log):
    said = replay(str(log), "--compare", service.url).stdout.splitlines()

    position = len(log.read_bytes().splitlines())
    assert said[0].startswith(f"As known at position {position} of {position}, effective on ")
    recommendations = len(service.get("/api/recommendations", limit=500)["items"])
    responses = len(service.get("/api/responses", limit=500)["items"])
    assert responses > 0
    reports = len(service.get("/api/reports", limit=500)["items"])
    numbers = f"{reports} reports, {recommendations} recommendations, {responses} responses"
    assert said[1] == f"{numbers} agree"


STATES = "UPDATE projections.recommendations SET state = replace(state, '\"{}\"', '\"{}\"')"
STATUSES = "UPDATE projections.recommendations SET status = '{}'"
KEPT = "CREATE TABLE kept AS TABLE projections.responses; DELETE FROM projections.responses"


EDITED = {
    "an edited standing": (
        STATES.format("open", "closed"),
        STATES.format("closed", "open"),
        ["{one} status: the log says 'open', the site says 'closed'"],
    ),
    "an edited filter": (
        STATUSES.format("closed"),
        STATUSES.format("open"),
        [
            "/api/recommendations?status=open: {one} is not listed, and should be",
            "/api/recommendations?status=closed: {one} is listed, and should not",
        ],
    ),
    "deleted rows": (
        KEPT,
        "INSERT INTO projections.responses TABLE kept; DROP TABLE kept",
        ["in the log, and the site does not have it"],
    ),
}


@pytest.mark.sampled
@pytest.mark.parametrize("what", some(EDITED, 2))
def test_replay_names_what_somebody_changed_in_the_read_models(service, log, what):
    change, back, says = EDITED[what]
    with edited(service, change, back):
        done = replay(str(log), "--compare", service.url, expect=1)

    one = service.get("/api/recommendations", limit=1)["items"][0]["links"]["self"]
    for sentence in says:
        assert sentence.format(one=one) in done.stdout
    replay(str(log), "--compare", service.url)


def test_without_a_site_it_says_what_it_finds(log):
    said = replay(str(log), "--effective-on", "2026-11-26").stdout
    whole = json.loads(replay("--json", str(log), "--effective-on", "2026-11-26").stdout)

    assert f"{len(whole['responses'])} responses: " in said
    assert whole["as_of"]["effective_on"] == "2026-11-26"
    assert {"recommendations", "responses", "compliance"} <= whole.keys()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--known-at", "99999999"], "The log has the positions 1 to"),
        (["--known-at", "2999-01-01"], "is not over in London"),
        (["--known-at", "2999-01-01T00:00:00Z"], "2999-01-01T00:00:00Z has not come yet."),
        (["--known-at", "soon"], "“soon” is no position, no moment"),
        (["--compare", "ftp://127.0.0.1/"], "is no address of a site"),
        (["--compare", "http://127.0.0.1:9"], "could not be asked"),
    ],
)
def test_a_question_that_replay_cannot_answer_is_refused_in_a_sentence(log, arguments, says):
    assert says in replay(str(log), *arguments, expect=1).stderr
    assert says in json.loads(replay("--json", str(log), *arguments, expect=1).stdout)["error"]


def test_a_line_that_is_missing_is_found(log, tmp_path):
    short = tmp_path / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    short.write_bytes(b"".join([*lines[:5], *lines[6:]]))

    assert "Line 6 says that it is the entry at position 7" in replay(str(short), expect=1).stderr
