"""Role × act × way in, every cell: a session may what a token of its account may, and nobody else
anything; a session without its form's token may nothing."""

import pytest

from ledger.acts.table import ACTS
from tests.api.signing_in import browser, provided
from tests.api.town import ACCOUNTS, FORCE, PFCC, Caller

PANEL = "cumbria-police-fire-and-crime-panel"
RECORDS = {who for who, (_, _, scopes) in ACCOUNTS.items() if {"record", "admin"} & {*scopes}}
ADMINISTERS = {who for who, (_, _, scopes) in ACCOUNTS.items() if "admin" in scopes}


@pytest.fixture(scope="module")
def paths():
    """The path of each act, with what it is about left open."""
    return [(act, act.path) for act in ACTS]


def filled(path, report):
    return path.format(
        report=report.reference,
        number="02",
        body=PFCC if "/responses/" in path else FORCE,
        panel=PANEL,
        date="2025-10-09",
        entry_id=report.entry("report-published"),
    )


def answered(caller, path):
    """What becomes of a request that nobody may send so: its status and kind."""
    answer = caller.post(path, {"nonsense": 1})
    return answer.status_code, answer.json["type"].removeprefix("urn:answerable:problem:")


@pytest.mark.parametrize("who", [None, "clerk", "reader", "auditor", "admin"])
def test_a_session_may_what_a_token_of_its_account_may(town, report, paths, who):
    with provided(town):
        here = browser(town)
        if who:
            here.signs_in(ACCOUNTS[who][0])
        bare = Caller(here.client)
        without = {path: answered(bare, filled(path, report)) for _, path in paths}
        session = here.caller() if who else bare
        for act, path in paths:
            asked = filled(path, report)
            denied = (401, "unauthorized") if who is None else (403, "not-allowed")
            by_token = answered(town.caller(who), asked)
            by_session = answered(session, asked)
            may = who in (ADMINISTERS if act.scope == "admin" else RECORDS)
            form = here.get(asked.replace("/api/", "/record/", 1)).status_code

            assert by_token == by_session == ((422, "unfit") if may else denied), (who, path)
            assert without[path] == (denied if who is None else (403, "not-of-this-session"))
            assert form == (200 if may else denied[0]), (who, path)
