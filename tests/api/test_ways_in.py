"""Role × act × way in, every cell: a session may what a token of its account may, and nobody else
anything; a session without its form's token may nothing. In `make test` a third of the acts by each
role."""

import pytest

from ledger.acts.table import ACTS
from tests.api.signing_in import browser, provided
from tests.api.town import ACCOUNTS, FORCE, PFCC, Caller
from tests.conftest import whole

WHO = (None, "clerk", "reader", "auditor", "admin")
PANEL = "cumbria-police-fire-and-crime-panel"
RECORDS = {who for who, (_, _, scopes) in ACCOUNTS.items() if {"record", "admin"} & {*scopes}}
ADMINISTERS = {who for who, (_, _, scopes) in ACCOUNTS.items() if "admin" in scopes}


OWN, OTHERS = "/api/accounts/{own}", "/api/accounts/hmicfrs/editor"
READS = {"/api/tokens": 200, OWN: 200, "/api/tokens/none": 404, "/api/accounts": 403, OTHERS: 403}
"""What is read of accounts and tokens, and what becomes of it for who administers nothing."""
CHANGES = {
    ("POST", "/api/tokens"): (422, "unfit"),
    ("POST", "/api/tokens/none/rotation"): (422, "unfit"),
    ("DELETE", "/api/tokens/none"): (404, "not-recorded"),
}
"""What changes tokens, and what becomes of nonsense from those who may."""


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


@pytest.mark.sampled
@pytest.mark.parametrize("who", WHO)
def test_a_session_may_what_a_token_of_its_account_may(town, report, paths, who):
    with provided(town):
        here = browser(town)
        if who:
            here.signs_in(ACCOUNTS[who][0])
        bare = Caller(here.client)
        paths = paths if whole() else paths[WHO.index(who) % 3 :: 3]
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


@pytest.mark.parametrize("who", WHO)
def test_accounts_and_tokens_are_for_whoever_they_are_of_by_either_way(town, who):
    """None of it asks for the scope `record`, and nobody without an account may any of it."""
    own = ACCOUNTS[who][0] if who else ACCOUNTS["clerk"][0]
    with provided(town):
        here = browser(town)
        if who:
            here.signs_in(own)
        bare = Caller(here.client)
        for (method, path), answer in CHANGES.items():
            wanted = answer if who else (401, "unauthorized")
            without = (403, "not-of-this-session") if who else (401, "unauthorized")

            assert asked(bare, method, path) == without, (who, path)
            assert asked(town.caller(who), method, path) == wanted, (who, path)
        session = here.caller() if who else bare
        for (method, path), answer in CHANGES.items():
            assert asked(session, method, path) == (answer if who else (401, "unauthorized"))
        for path, status in READS.items():
            read = 401 if who is None else 200 if who == "admin" and status == 403 else status
            for caller in (town.caller(who), session):
                assert caller.get(path.format(own=own)).status_code == read, (who, path)


def asked(caller, method, path):
    """What becomes of a request that says nonsense, or names nothing that there is."""
    sent = {"nonsense": 1} if method == "POST" else None
    answer = caller.client.open(path, method=method, json=sent, headers=caller._headers(None))
    return answer.status_code, answer.json["type"].removeprefix("urn:answerable:problem:")
