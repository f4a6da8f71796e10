"""Who may write: a token that is good, an account with the scope, of a body that it concerns."""

from datetime import date

import pytest
from werkzeug.datastructures import WWWAuthenticate

from api.store import tokens
from tests.api.town import ACCOUNTS, FORCE, NOTE, Caller, problem_of

ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}


def token(town, who="clerk", expires_on=None):
    """A token made just now: (its id, the token)."""
    with town.ledger.log.pool.connection() as conn:
        return tokens.create(conn, ACCOUNTS[who][0], expires_on)


def refused(town, report, value):
    """The challenge of a write with this Authorization, which is refused."""
    before = town.position
    headers = {"Authorization": value} if value else {}
    answer = town.app.test_client().post(
        f"{report.recommendation}/assurances", json=ASSURANCE, headers=headers
    )
    problem_of(answer, 401, "unauthorized")
    assert town.position == before
    return WWWAuthenticate.from_header(answer.headers["WWW-Authenticate"])


@pytest.mark.parametrize("value", [None, "", "Basic Y2xlcms6cGFzcw==", "Bearer", "Bearer "])
def test_without_a_token_nobody_writes(town, report, value):
    challenge = refused(town, report, value)

    assert (challenge.type, challenge.parameters) == ("bearer", {"realm": "answerable"})


@pytest.mark.parametrize("sent", [b"{", b"[]", b'{"nonsense": 1e400}', b"\xff"])
def test_who_asks_comes_before_what_is_asked(town, report, sent):
    for path in ("/api/reports", f"{report.recommendation}/updates", "/api/captures"):
        answer = town.app.test_client().post(path, data=sent, content_type="application/json")

        problem_of(answer, 401, "unauthorized")


@pytest.mark.parametrize("value", ["answerable_nothing", "x", "é", "a b", "x" * 10_000])
def test_a_token_that_is_not_known_is_refused(town, report, value):
    assert refused(town, report, f"Bearer {value}").error == "invalid_token"


def test_a_token_is_good_until_the_end_of_its_last_day_in_london(new_town):
    report = new_town.publish()
    caller = Caller(new_town.app.test_client(), token(new_town, expires_on=date(2025, 11, 24))[1])
    path = f"{report.recommendation}/assurances"

    new_town.clock.set("2025-11-24T23:59:00+00:00")
    caller.records(path, ASSURANCE)
    new_town.clock.set("2025-11-25T00:00:01+00:00")
    problem_of(caller.post(path, ASSURANCE), 401, "unauthorized")


def test_a_token_that_was_revoked_is_refused(town, report):
    name, secret = token(town)
    caller = Caller(town.app.test_client(), secret)
    caller.records(f"{report.recommendation}/assurances", ASSURANCE)

    with town.ledger.log.pool.connection() as conn:
        assert tokens.revoke(conn, name)

    assert refused(town, report, f"Bearer {secret}").error == "invalid_token"


def test_a_token_of_an_account_that_is_not_in_the_log_is_refused(town, report):
    with town.ledger.log.pool.connection() as conn:
        secret = tokens.create(conn, "cumbria-pfcc/nobody", None)[1]

    assert refused(town, report, f"Bearer {secret}").error == "invalid_token"


def test_reading_is_open_but_a_bad_token_is_refused_there_too(town, report):
    assert town.anybody.get(report.path).status_code == 200

    answer = Caller(town.app.test_client(), "answerable_nothing").get(report.path)

    problem_of(answer, 401, "unauthorized")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_only_the_hash_of_a_token_is_kept(town):
    secret = token(town)[1]

    rows = town.rows("SELECT t::text FROM api.tokens t")
    assert not any(secret in row[0] or secret.removeprefix("answerable_") in row[0] for row in rows)


@pytest.mark.parametrize("who", ["reader", "auditor"])
def test_an_account_without_the_scope_cannot_record(town, report, who):
    name = ACCOUNTS[who][0]
    for path, body in (
        ("/api/reports", town.report()),
        (f"{report.recommendation}/assurances", ASSURANCE),
        (f"{report.response}/invitations", {"occurred_on": None}),
        (
            f"/api/entries/{report.entry('report-published')}/corrections",
            {"field": "title", "now": "x", "reason": "R."},
        ),
        (f"/api/entries/{report.entry('report-published')}/retraction", {"reason": "R."}),
    ):
        town.refuses(
            town.caller(who),
            path,
            body,
            "not-allowed",
            f"{name} lacks the scope “record”, which recording needs.",
            status=403,
        )


def test_registering_a_body_needs_the_scope_admin(town):
    town.refuses(
        town.clerk,
        "/api/bodies",
        {"id": "avalon", "name": "Avalon", "kind": "force"},
        "not-allowed",
        "cumbria-pfcc/clerk lacks the scope “admin”, which this needs.",
        status=403,
    )


@pytest.mark.parametrize(
    ("word", "body"),
    [
        ("assurances", ASSURANCE),
        ("updates", {"text": "U.", "occurred_on": None}),
        ("targets", {"on": "2026", "origin": "force", "reason": "R.", "occurred_on": None}),
        ("closure-proposals", {"reason": "R.", "occurred_on": None}),
        ("closures", {"reason": "R.", "occurred_on": None}),
    ],
)
def test_an_account_of_another_area_cannot_record(town, report, word, body):
    town.refuses(
        town.dorset,
        f"{report.recommendation}/{word}",
        body | {"source": NOTE},
        "not-allowed",
        f"dorset-pcc/clerk cannot record on a recommendation to “{FORCE}”: it belongs to "
        "dorset-pcc, which neither is it, nor holds it to account.",
        status=403,
    )


def test_an_admin_may_record_for_any_body(town, report):
    town.admin.records(
        f"{report.recommendation}/updates", {"text": "U.", "occurred_on": None, "source": NOTE}
    )
