"""A write needs a good token of an account with the scope, whose body the act concerns."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
from click.testing import CliRunner
from werkzeug.datastructures import WWWAuthenticate

from api.cli import main
from api.store import tokens
from ledger.acts.table import ACTS
from ledger.errors import NotAllowed
from tests.api.founding import FEW_BODIES
from tests.api.signing_in import browser, provided
from tests.api.site import ACCOUNTS, FORCE, PFCC, Caller, problem_of

PANEL = "cumbria-police-fire-and-crime-panel"
ASSURANCE = {"of": FORCE, "question": "Is it done?", "occurred_on": "2025-09-01"}


FOUNDING = FEW_BODIES
"""How many bodies there are changes nothing here, and who opens an account reads all."""


def token(site, who="clerk", scopes=("record",), expires_on=None):
    """A token made just now: (its id, the token)."""
    with site.ledger.log.pool.connection() as conn:
        made, secret = tokens.create(conn, ACCOUNTS[who][0], scopes, expires_on)
    return made.id, secret


def refused(site, report, value):
    """The challenge of a write with this Authorization, which is refused."""
    before = site.position
    headers = {"Authorization": value} if value else {}
    answer = site.app.test_client().post(
        f"{report.recommendation}/assurances", json=ASSURANCE, headers=headers
    )
    problem_of(answer, 401, "unauthorized")
    assert site.position == before
    return WWWAuthenticate.from_header(answer.headers["WWW-Authenticate"])


def test_a_write_without_a_token_is_refused(site, report):
    for value in [None, "", "Basic Y2xlcms6cGFzcw==", "Basic \xff", "Bearer", "Bearer "]:
        challenge = refused(site, report, value)

        assert (challenge.type, challenge.parameters) == ("bearer", {"realm": "answerable"})


@pytest.mark.parametrize("sent", [b"{", b"[]", b'{"nonsense": 1e400}', b"\xff"])
def test_the_caller_is_checked_before_the_request_is_read(site, report, sent):
    for path in ("/api/reports", f"{report.recommendation}/updates", "/api/captures"):
        answer = site.app.test_client().post(path, data=sent, content_type="application/json")

        problem_of(answer, 401, "unauthorized")


def test_a_token_that_is_not_known_is_refused(site, report):
    for value in ["answerable_nothing", "x", "é", "a b", "x" * 10_000]:
        assert refused(site, report, f"Bearer {value}").error == "invalid_token"


def test_a_token_is_good_until_the_end_of_its_last_day_in_london(new_site):
    report = new_site.publish()
    caller = Caller(new_site.app.test_client(), token(new_site, expires_on=date(2025, 11, 24))[1])
    path = f"{report.recommendation}/assurances"

    new_site.clock.set("2025-11-24T23:59:00+00:00")
    caller.records(path, ASSURANCE)
    new_site.clock.set("2025-11-25T00:00:01+00:00")
    problem_of(caller.post(path, ASSURANCE), 401, "unauthorized")


def test_a_token_of_an_account_that_is_not_in_the_log_is_refused(site, report):
    with site.ledger.log.pool.connection() as conn:
        secret = tokens.create(conn, "cumbria-pfcc/nobody", ["record"], None)[1]

    assert refused(site, report, f"Bearer {secret}").error == "invalid_token"


def test_reading_is_open_but_a_bad_token_is_refused_there_too(site, report):
    assert site.anybody.get(report.path).status_code == 200

    answer = Caller(site.app.test_client(), "answerable_nothing").get(report.path)

    problem_of(answer, 401, "unauthorized")
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def filled(act, report):
    """Return the address of an act, about what there is."""
    return act.path.format(
        report=report.reference,
        number="02",
        body=PFCC if "/responses/" in act.path else FORCE,
        panel=PANEL,
        date="2025-10-09",
        entry_id=report.entry("report-published"),
    )


def test_an_account_that_may_not_record_is_refused_every_act(site, report):
    """test_who_may.py tries each act by those who may record something."""
    with provided(site):
        here = browser(site)
        here.signs_in(ACCOUNTS["clerk"][0])
        for act in ACTS:
            path = filled(act, report)
            problem_of(site.anybody.post(path, {"nonsense": 1}), 401, "unauthorized")
            for who in ("reader", "auditor"):
                answer = site.caller(who).post(path, {"nonsense": 1})
                assert "lacks the scope" in problem_of(answer, 403, "not-allowed")["detail"], path
                challenge = answer.headers["WWW-Authenticate"]  # RFC 6750, section 3.1
                assert challenge == 'Bearer error="insufficient_scope"'
            without_token = Caller(here.client).post(path, {"nonsense": 1})
            problem_of(without_token, 403, "not-of-this-session")


# A token has scopes of its own, at most its account's


@pytest.fixture
def run(new_site, monkeypatch):
    """Runs a command on the site's own database: what it says as JSON."""
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", new_site.url)

    def ran(*arguments):
        done = CliRunner().invoke(main, [*arguments, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return ran


def made(site, run, *scopes, name="clerk-9", body=PFCC):
    """A new token by the command: (its id, who asks with it)."""
    whose = ["--body", body] if body else []
    chosen = [word for scope in scopes for word in ("--scope", scope)]
    said = run("token", "create", "--name", name, *whose, *chosen)
    return said["id"], Caller(site.app.test_client(), said["token"])


def held(site):
    """A recommendation that has an office text in it, of the clerk: where it is read."""
    report = site.publish()
    site.clerk.act(f"{report.recommendation}/assurances", {**ASSURANCE, "question": "Held words?"})
    site.catch_up()
    return report.recommendation


def may(site, caller, recommendation):
    """Return which of `read`, `record` and `admin` a caller may do, by trying."""
    body = {"id": f"body-{site.position}", "name": "New", "kind": "national_body"}
    tried = {
        "read": "Held words?" in caller.get(recommendation).text,
        "record": caller.post(f"{recommendation}/assurances", ASSURANCE).status_code == 201,
        "admin": caller.post("/api/bodies", body).status_code == 201,
    }
    return {word for word, done in tried.items() if done}


def test_a_token_does_what_its_own_scopes_say_whatever_others_of_its_account_have(new_site, run):
    path = held(new_site)
    first = {
        "office": made(new_site, run, "office")[1],
        "record": made(new_site, run, "record")[1],
        "admin": made(new_site, run, "admin")[1],
    }

    assert {scope: may(new_site, one, path) for scope, one in first.items()} == {
        "office": {"read"},
        "record": {"read", "record"},
        "admin": {"read", "record", "admin"},
    }
    both = made(new_site, run, "record", "office")[0]
    listed = {one["id"]: one["scopes"] for one in run("token", "list")["tokens"]}
    assert listed[both] == ["office", "record"]


def test_a_scope_taken_from_an_account_comes_back_to_none_of_its_tokens(new_site, run):
    path = held(new_site)
    old = made(new_site, run, "record", "office")
    run("account", "revoke", f"{PFCC}/clerk-9", "--scope", "record")
    assert may(new_site, old[1], path) == {"read"}
    run("account", "revoke", f"{PFCC}/clerk-9", "--scope", "office")
    assert may(new_site, old[1], path) == set()

    new = made(new_site, run, "record")

    assert may(new_site, new[1], path) == {"read", "record"}
    assert may(new_site, old[1], path) == set()
    listed = {one["id"]: one["scopes"] for one in run("token", "list")["tokens"]}
    assert (listed[old[0]], listed[new[0]]) == ([], ["record"])


def test_the_scope_admin_brings_back_no_other_scope(new_site, run):
    path = held(new_site)
    old = made(new_site, run, "admin", "record", "office", name="keeper-9", body=None)
    for scope in ("admin", "record", "office"):
        run("account", "revoke", "service/keeper-9", "--scope", scope)

    made(new_site, run, "admin", name="keeper-9", body=None)

    assert may(new_site, old[1], path) == set()


def test_a_token_that_may_not_record_gets_no_answer_that_another_got(new_site, run):
    path, key = held(new_site), {"Idempotency-Key": "a key of the account"}
    recorder, reader = (made(new_site, run, scope)[1] for scope in ("record", "office"))
    recorder.records(f"{path}/assurances", ASSURANCE, key)

    problem_of(reader.post(f"{path}/assurances", ASSURANCE, key), 403, "not-allowed")
    problem_of(reader.send(f"{path}/assurances", b"{"), 403, "not-allowed")


# In use, and changed without a gap


def listed(run, name):
    return next(one for one in run("token", "list")["tokens"] if one["id"] == name)


def test_a_token_says_on_which_day_it_was_last_used(new_site, run):
    name, caller = made(new_site, run, "record")
    assert listed(run, name)["used_on"] is None

    for day in ("2025-11-24", "2025-11-26"):
        new_site.clock.set(day)
        caller.reads("/api/me")
        assert listed(run, name)["used_on"] == day


def test_a_token_is_rotated_with_an_overlap_and_then_ends(new_site, run):
    name, old = made(new_site, run, "record", "office")

    said = run("token", "rotate", name, "--overlap-days", "3")

    new = Caller(new_site.app.test_client(), said["token"])
    assert (said["scopes"], said["follows"], said["until"]) == (
        ["office", "record"],
        name,
        "2025-11-27",
    )
    assert new.reads("/api/me") == old.reads("/api/me")
    new_site.clock.set("2025-11-27T23:59:00+00:00")
    old.reads("/api/me")
    new_site.clock.set("2025-11-28T00:00:01+00:00")
    problem_of(old.get("/api/me"), 401, "unauthorized")
    new.reads("/api/me")
    assert listed(run, said["id"])["follows"] == name


def test_a_rotation_never_lengthens_the_token_before_it(new_site, run):
    name = made(new_site, run, "record")[0]
    run("token", "rotate", name, "--overlap-days", "0")

    assert run("token", "rotate", name, "--overlap-days", "90")["until"] == "2025-11-24"


def test_a_revoked_token_is_not_rotated(new_site, run):
    name = made(new_site, run, "record")[0]
    run("token", "revoke", name)

    done = CliRunner().invoke(main, ["token", "rotate", name])

    assert (done.exit_code, f"Token {name} is good no more" in done.output) == (1, True)


def test_no_token_lasts_longer_than_is_set(new_site, run, monkeypatch):
    monkeypatch.setenv("ANSWERABLE_TOKEN_DAYS", "30")
    name = made(new_site, run, "record")[0]
    assert listed(run, name)["expires_on"] == "2025-12-24"
    more = ["token", "create", "--name", "x", "--scope", "record", "--expires", "2025-12-25"]

    done = CliRunner().invoke(main, more)

    assert (done.exit_code, "a token lasts 30 days at most here" in done.output) == (1, True)


# By the API: whose tokens, with what, and once


def tried(caller, method, path, body=None, **headers):
    """The status, and the kind of problem, of a request about tokens."""
    sent = caller._headers(headers)
    answer = caller.client.open(path, method=method, json=body, headers=sent)
    if answer.status_code < 400:
        return answer.json
    return answer.status_code, answer.json["type"].removeprefix("urn:answerable:problem:")


def test_an_account_makes_tokens_of_its_own_and_each_is_shown_once(site):
    asked = {"scopes": ["record"], "expires_on": "2026-01-31"}

    made = site.clerk.records("/api/tokens", asked)

    new = Caller(site.app.test_client(), made["token"])
    assert new.reads("/api/me")["scopes"] == ["record"]
    shown = site.clerk.reads(f"/api/tokens/{made['id']}")
    assert "token" not in shown
    assert (shown["account"], shown["expires_on"], shown["good"], shown["made_by"]) == (
        "cumbria-pfcc/clerk", "2026-01-31", True, "cumbria-pfcc/clerk"
    )  # fmt: skip
    own = site.clerk.reads("/api/tokens")["items"]
    assert {one["account"] for one in own} == {"cumbria-pfcc/clerk"}
    assert own[-1] == {**shown, "made_with": own[0]["id"]}
    assert made["token"] not in json.dumps(own)


def test_the_same_request_makes_one_token_and_another_under_its_key_none(site):
    key = {"Idempotency-Key": "once"}
    asked = {"scopes": ["record"]}
    before = len(site.clerk.reads("/api/tokens")["items"])
    made = tried(site.clerk, "POST", "/api/tokens", asked, **key)

    again = site.clerk.post("/api/tokens", asked, key)

    assert problem_of(again, 409, "refused:shown-once")["detail"].startswith(
        f"This request made the token {made['id']} before."
    )
    other = tried(site.clerk, "POST", "/api/tokens", {**asked, "expires_on": "2026-01-01"}, **key)
    assert other == (422, "key-reused")
    assert len(site.clerk.reads("/api/tokens")["items"]) == before + 1


def test_a_token_gives_no_more_than_it_may_itself_and_an_account_nobody_elses(site):
    for scope in ("office", "subscribe"):
        asked = {"account": "cumbria-pfcc/clerk", "scope": scope}
        site.admin.records("/api/accounts/grants", asked)
    clerk, admin = site.clerk, site.admin
    of_the_clerk = {"account": "cumbria-pfcc/clerk"}

    assert tried(clerk, "POST", "/api/tokens", {"scopes": ["office"]}) == (403, "not-allowed")
    assert tried(clerk, "POST", "/api/tokens", {"scopes": ["admin"]}) == (403, "not-allowed")
    assert tried(site.force, "POST", "/api/tokens", {**of_the_clerk, "scopes": ["record"]}) == (
        403, "not-allowed"
    )  # fmt: skip
    whole = tried(admin, "POST", "/api/tokens", {**of_the_clerk, "scopes": ["record", "office"]})
    assert whole["scopes"] == ["office", "record"]
    for way in ("POST", "DELETE"):
        path = f"/api/tokens/{whole['id']}" + ("/rotation" if way == "POST" else "")
        assert tried(clerk, way, path, {} if way == "POST" else None) == (403, "not-allowed")
        assert tried(site.force, way, path, {} if way == "POST" else None) == (
            404,
            "not-recorded",
        )
    assert tried(site.anybody, "GET", "/api/tokens") == (401, "unauthorized")
    beyond = {**of_the_clerk, "scopes": ["admin"]}
    assert tried(admin, "POST", "/api/tokens", beyond) == (409, "refused:beyond-the-account")
    assert tried(admin, "POST", "/api/tokens", {"account": "x/y", "scopes": ["record"]}) == (
        409, "refused:unknown-account"
    )  # fmt: skip
    assert tried(clerk, "POST", "/api/tokens", {"scopes": []})[0] == 422
    over = {"scopes": ["record"], "expires_on": "2025-11-23"}
    assert tried(clerk, "POST", "/api/tokens", over) == (409, "refused:token-lifetime")


def test_a_token_rotates_itself_and_is_ended_and_who_did_that_is_kept(site):
    ten_days = {"scopes": ["record"], "expires_on": "2025-12-04"}
    first = site.clerk.records("/api/tokens", ten_days)
    itself = Caller(site.app.test_client(), first["token"])

    second = itself.records(f"/api/tokens/{first['id']}/rotation", {"overlap_days": 2})

    assert second["expires_on"] == "2025-12-04"
    assert (second["follows"], second["made_with"], second["until"]) == (
        first["id"], first["id"], "2025-11-26"
    )  # fmt: skip
    assert itself.reads("/api/me")["scopes"] == ["record"]
    assert tried(site.admin, "DELETE", f"/api/tokens/{second['id']}") is None
    ended = Caller(site.app.test_client(), second["token"])
    problem_of(ended.get("/api/me"), 401, "unauthorized")
    shown = site.clerk.reads(f"/api/tokens/{second['id']}")
    assert (shown["good"], shown["revoked_by"]) == (False, "service/keeper")
    assert tried(site.admin, "DELETE", f"/api/tokens/{second['id']}") == (404, "not-recorded")


def test_a_rotation_brings_back_nothing_that_the_account_has_lost(new_site):
    account = {"account": "cumbria-pfcc/clerk", "scope": "office"}
    new_site.admin.records("/api/accounts/grants", account)
    asked = {"account": account["account"], "scopes": ["office", "record"]}
    made = new_site.admin.records("/api/tokens", asked)
    for word in ("revocations", "grants"):
        new_site.admin.records(f"/api/accounts/{word}", account)

    assert new_site.admin.reads(f"/api/tokens/{made['id']}")["scopes"] == ["record"]
    rotated = new_site.admin.records(f"/api/tokens/{made['id']}/rotation", {})
    assert rotated["scopes"] == ["record"]
    new_site.admin.records("/api/accounts/revocations", {**account, "scope": "record"})
    assert tried(new_site.admin, "POST", f"/api/tokens/{made['id']}/rotation", {}) == (
        409, "refused:nothing-left"
    )  # fmt: skip


def test_accounts_are_opened_and_closed_by_entries_and_shown_with_them(site):
    name = "cumbria-pfcc/clerk-7"
    asked = {"account": name, "body": PFCC, "scopes": ["record", "office"]}

    opened = site.admin.records("/api/accounts", asked)

    assert [one["type"] for one in opened["events"]] == [
        "account-opened", "scope-granted", "scope-granted"
    ]  # fmt: skip
    site.admin.records("/api/accounts/revocations", {"account": name, "scope": "office"})
    made = site.admin.records("/api/tokens", {"account": name, "scopes": ["record"]})
    itself = Caller(site.app.test_client(), made["token"])
    whole = itself.reads(f"/api/accounts/{name}")
    assert (whole["scopes"], whole["open"], whole["tokens"]) == (["record"], True, 1)
    assert [(one["type"], one["scope"], one["recorded_by"]) for one in whole["history"]] == [
        ("account-opened", None, "service/keeper"),
        ("scope-granted", "record", "service/keeper"),
        ("scope-granted", "office", "service/keeper"),
        ("scope-revoked", "office", "service/keeper"),
    ]
    problem_of(site.clerk.get(f"/api/accounts/{name}"), 403, "not-allowed")
    problem_of(site.clerk.get("/api/accounts"), 403, "not-allowed")
    problem_of(site.anybody.get("/api/accounts"), 401, "unauthorized")
    there = site.admin.reads("/api/accounts")["items"]
    assert next(one for one in there if one["account"] == name)["used_on"] == "2025-11-24"

    site.admin.records("/api/accounts/closing", {"account": name})

    problem_of(itself.get("/api/me"), 401, "unauthorized")
    whole = site.admin.reads(f"/api/accounts/{name}")
    assert (whole["open"], whole["tokens"], whole["all_tokens"][0]["good"]) == (False, 0, False)
    problem_of(site.admin.get("/api/accounts/cumbria-pfcc/nobody"), 404, "not-recorded")


def test_the_services_own_account_keeps_what_it_may(site):
    site.refuses(
        site.admin,
        "/api/accounts/revocations",
        {"account": "service/setup", "scope": "admin"},
        "setup-stays",
        "keeps what it may",
    )


def test_an_account_of_no_body_says_so_in_its_name(site):
    site.refuses(
        site.admin, "/api/accounts", {"account": "cumbria-pfcc/clerk-8"}, "account-name",
        "“cumbria-pfcc/clerk-8” starts with cumbria-pfcc: say that as its body",
    )  # fmt: skip


def test_two_at_once_make_one_token_and_two_rotations_do_not_wait_for_each_other(site):
    first = site.clerk.records("/api/tokens", {"scopes": ["record"]})
    key = {"Idempotency-Key": "at once"}
    rotation = f"/api/tokens/{first['id']}/rotation"

    def posts(path, body, headers):
        itself = Caller(site.app.test_client(), first["token"])
        return itself.post(path, body, headers).status_code

    with ThreadPoolExecutor(2) as both:
        asked = [both.submit(posts, "/api/tokens", {"scopes": ["record"]}, key) for _ in "ab"]
        rotated = [both.submit(posts, rotation, {}, None) for _ in "ab"]

    assert sorted(one.result() for one in asked) == [201, 409]
    assert [one.result() for one in rotated] == [201, 201]


def test_a_token_that_was_ended_makes_no_other_though_it_had_asked_before(site):
    made = site.clerk.records("/api/tokens", {"scopes": ["record"]})
    log, account = site.ledger, site.ledger.account("cumbria-pfcc/clerk")
    tokens.revoke(log, tokens.COMMAND, made["id"])

    with pytest.raises(NotAllowed, match="ended just now"):
        tokens.make(log, tokens.Asker(account, made["id"]), account.name, ["record"], None, None)


def test_an_account_has_so_many_tokens_that_are_good_and_no_more(new_site, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_OF_ONE", 2)
    asked = {"scopes": ["record"]}
    made = new_site.clerk.records("/api/tokens", asked)
    assert tried(new_site.clerk, "POST", "/api/tokens", asked) == (409, "refused:too-many-tokens")

    tried(new_site.clerk, "DELETE", f"/api/tokens/{made['id']}")

    new_site.clerk.records("/api/tokens", asked)


def test_the_services_own_account_has_no_token_over_http(site):
    asked = {"account": "service/setup", "scopes": ["admin"]}

    assert tried(site.admin, "POST", "/api/tokens", asked) == (409, "refused:of-commands")


def test_a_command_makes_no_token_for_the_services_own_account(new_site, monkeypatch):
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", new_site.url)

    done = CliRunner().invoke(main, ["token", "create", "--name", "setup", "--scope", "admin"])

    assert done.exit_code == 1
    assert "service/setup is the account of commands" in done.stderr


def test_a_token_for_it_that_stands_in_the_table_is_nobodys(site):
    with site.ledger.log.pool.connection() as conn:
        made, secret = tokens.create(conn, "service/setup", ["admin"], None)

    problem_of(Caller(site.app.test_client(), secret).get("/api/me"), 401, "unauthorized")
    shown = site.admin.reads(f"/api/tokens/{made.id}")
    assert (shown["good"], shown["scopes"]) == (False, [])
    assert tried(site.admin, "POST", f"/api/tokens/{made.id}/rotation", {}) == (
        409, "refused:nothing-left"
    )  # fmt: skip


def child_of(site, parent, **asked):
    """A token that another made: as shown, and who asks by it."""
    by = Caller(site.app.test_client(), parent["token"])
    return by.records("/api/tokens", {"scopes": ["record"], **asked})


def is_good(site, made):
    """Return whether a token is taken; its page must say the same."""
    answer = Caller(site.app.test_client(), made["token"]).get("/api/me")
    shown = site.admin.reads(f"/api/tokens/{made['id']}")["good"]
    assert shown == (answer.status_code == 200)
    return shown


def test_a_token_that_another_made_lasts_no_longer_than_that(site):
    parent = site.clerk.records("/api/tokens", {"scopes": ["record"], "expires_on": "2025-11-30"})

    child = child_of(site, parent)
    grandchild = child_of(site, child, expires_on="2025-11-29")

    assert (child["expires_on"], grandchild["expires_on"]) == ("2025-11-30", "2025-11-29")
    by = Caller(site.app.test_client(), parent["token"])
    later = {"scopes": ["record"], "expires_on": "2099-12-31"}
    problem = problem_of(by.post("/api/tokens", later), 409, "refused:token-lifetime")
    assert "2025-11-30" in problem["detail"]
    for rotated in (child, parent):
        path = f"/api/tokens/{rotated['id']}/rotation"
        assert tried(by, "POST", path, {"expires_on": "2099-12-31"})[0] == 409
    assert by.records(f"/api/tokens/{child['id']}/rotation", {})["expires_on"] == "2025-11-30"


def test_a_token_that_rotates_itself_gains_no_time_over_what_made_it(new_site):
    parent = new_site.clerk.records(
        "/api/tokens", {"scopes": ["record"], "expires_on": "2025-12-10"}
    )
    child = child_of(new_site, parent, expires_on="2025-11-30")
    itself = Caller(new_site.app.test_client(), child["token"])
    path = f"/api/tokens/{child['id']}/rotation"

    new_site.clock.set("2025-11-28T12:00:00+00:00")
    assert tried(itself, "POST", path, {"expires_on": "2025-12-05"})[0] == 409
    successor = itself.records(path, {})
    rotation = f"/api/tokens/{successor['id']}/rotation"
    assert tried(new_site.clerk, "POST", rotation, {"expires_on": "2025-12-11"})[0] == 409
    again = new_site.clerk.records(rotation, {"expires_on": "2025-12-10"})

    assert (successor["expires_on"], again["expires_on"]) == ("2025-12-04", "2025-12-10")
    tried(new_site.admin, "DELETE", f"/api/tokens/{parent['id']}")
    assert not is_good(new_site, successor)
    assert not is_good(new_site, again)


def test_a_token_ends_with_the_one_that_made_it_and_so_on(site):
    parent = site.clerk.records("/api/tokens", {"scopes": ["record"]})
    child = child_of(site, parent)
    grandchild = child_of(site, child)
    itself = Caller(site.app.test_client(), parent["token"])
    taken_on = itself.records(f"/api/tokens/{parent['id']}/rotation", {"overlap_days": 90})
    other = child_of(site, site.clerk.records("/api/tokens", {"scopes": ["record"]}))

    tried(site.admin, "DELETE", f"/api/tokens/{parent['id']}")

    assert [is_good(site, one) for one in (parent, child, grandchild, taken_on, other)] == [
        False, False, False, False, True,
    ]  # fmt: skip
    shown = site.admin.reads(f"/api/tokens/{grandchild['id']}")
    assert shown["revoked_by"] == "service/keeper"


def test_a_token_that_somebody_else_rotated_to_stays_when_the_first_is_ended(site):
    parent = site.admin.records(
        "/api/tokens", {"account": "cumbria-pfcc/clerk", "scopes": ["record"]}
    )
    rotated = site.clerk.records(f"/api/tokens/{parent['id']}/rotation", {})

    tried(site.admin, "DELETE", f"/api/tokens/{parent['id']}")

    assert is_good(site, rotated)


def test_tokens_that_a_rotated_token_made_end_with_it(new_site):
    parent = new_site.clerk.records("/api/tokens", {"scopes": ["record"]})
    child = child_of(new_site, parent)
    grandchild = child_of(new_site, child)

    rotated = new_site.clerk.records(f"/api/tokens/{parent['id']}/rotation", {"overlap_days": 2})

    shown = [new_site.admin.reads(f"/api/tokens/{one['id']}") for one in (child, grandchild)]
    assert [one["expires_on"] for one in shown] == ["2025-11-26", "2025-11-26"]
    new_site.clock.set("2025-11-27T12:00:00+00:00")
    assert [is_good(new_site, one) for one in (child, grandchild, rotated)] == [False, False, True]


def waits_for_a_lock(url):
    """Return when another connection waits for an advisory lock of this database."""
    with psycopg.connect(url, autocommit=True) as beside:
        while not beside.execute(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchall():
            pass


def test_nothing_is_made_by_a_token_of_a_line_that_is_ended_meanwhile(site):
    """A revocation also ends what the token's children make at the same moment."""
    parent = site.clerk.records("/api/tokens", {"scopes": ["record"]})
    child = child_of(site, parent)
    log, account = site.ledger, site.ledger.account("cumbria-pfcc/clerk")
    with ThreadPoolExecutor(1) as beside:
        with site.ledger.log.pool.connection() as conn, conn.transaction():
            tokens._alone(conn, tokens.Asker(account, child["id"]))
            ending = beside.submit(tokens.revoke, log, tokens.COMMAND, parent["id"])
            waits_for_a_lock(site.url)
            tokens.create(conn, account.name, ["record"], None, tokens.Asker(account, child["id"]))
        ending.result(timeout=30)

    its = [one for one in site.admin.reads("/api/tokens")["items"]
           if one["made_with"] == child["id"]]  # fmt: skip
    assert [one["good"] for one in its] == [False]
