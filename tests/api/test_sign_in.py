"""Signing in by a browser: at a provider that is honest or lies, as whom, until when."""

import base64
import hashlib
import hmac
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
import requests
from click.testing import CliRunner
from joserfc import jwk, jwt
from psycopg.types.json import Jsonb

from api.cli import main
from api.commands import running
from api.commands.context import Database
from api.commands.stub_provider import CLIENT, StubProvider
from api.oidc.accounts import accounts_file
from api.oidc.refusals import ProviderUnreachable
from api.requests import current
from api.store import sessions
from ledger.acts.decision import Notice
from ledger.acts.service import begin_synthetic, close_account, open_account
from ledger.events import AccountClosed, AccountOpened
from ledger.settings import Settings, SettingsError
from ledger.states.service import SETUP
from tests.api.signing_in import browser, provided
from tests.api.site import FORCE, Caller, problem_of
from tests.api.test_forms import Form

CLERK, CLERK_2, ADMIN = "cumbria-pfcc/clerk", "cumbria-pfcc/clerk-2", "service/keeper"
ASSURANCE = {"of": FORCE, "question": "Is the cell door mended?", "occurred_on": "2025-09-01"}


@pytest.fixture
def stub(site):
    with provided(site) as found:
        yield found


@pytest.fixture
def clerk(site, stub):
    """The clerk at her browser."""
    found = browser(site)
    assert found.signs_in(CLERK).status_code == 303
    return found


def test_a_clerk_signs_in_and_is_led_back_to_where_she_was(site, stub, report):
    site.clerk.act(f"{report.recommendation}/assurances", ASSURANCE)
    site.catch_up()
    page = f"/recommendations/{report.reference}/2/{FORCE}"
    here = browser(site)
    assert "Is the cell door mended?" not in here.get(page).text

    back = here.signs_in(CLERK, next=page)

    assert back.status_code == 303, back.text
    assert back.headers["Location"] == page
    shown = here.get(page)
    assert "Is the cell door mended?" in shown.text
    assert "Signed in as Cumbria Police, Fire and Crime Commissioner (clerk)" in shown.text
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert "Is the cell door mended?" not in browser(site).get(page).text


def test_the_api_says_who_is_signed_in(clerk):
    said = clerk.me()

    assert (said["account"], said["body"], said["by"]) == (CLERK, "cumbria-pfcc", "session")
    assert said["scopes"] == ["record"]


def test_a_token_says_who_it_speaks_for(site):
    assert site.clerk.reads("/api/me") == {
        "account": CLERK, "body": "cumbria-pfcc", "scopes": ["record"], "by": "token", "csrf": None
    }  # fmt: skip


def test_a_token_counts_before_a_session(site, clerk):
    told = Caller(clerk.client, site.tokens["dorset"]).reads("/api/me")

    assert (told["account"], told["by"]) == ("dorset-pcc/clerk", "token")


ELSEWHERE = ["https://evil.example/", "//evil.example", "/\\evil.example", "evil"]
ELSEWHERE += ["javascript:alert(1)", "/\t/evil.example", "http:evil.example", "/x" * 1500]


def test_a_sign_in_leads_back_to_no_other_site(site, stub):
    for way in ELSEWHERE:
        assert browser(site).signs_in(CLERK, next=way).headers["Location"] == "/record"


# A provider that lies


def by_hand(header, claims, signature):
    """Return a token as no library makes it."""

    def packed(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    said = b".".join(packed(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((said, packed(signature(said)))).decode()


def by_another_key(stub, claims, kid):
    other = jwk.ECKey.generate_key("P-256", {"kid": str(kid)})
    return jwt.encode({"alg": "ES256", "kid": kid}, claims, other)


def by_what_all_know(stub, claims):
    known = stub.key.as_pem(private=False)
    header = {"alg": "HS256", "kid": stub.key.kid}
    return by_hand(header, claims, lambda said: hmac.digest(known, said, "sha256"))


OF_ANOTHER_KEY = "is signed by no key of the provider"
NOT_SIGNED = "is not signed in a way that proves anything"
NOBODY = "names nobody: its “sub” has to be 1 to 255 printable characters"
ANOTHER_SERVICE = "is for another service"
NO_TOKEN = "did not say who signed in (no ID token)"
UNSIGNED = {
    "access_token": "a",
    "token_type": "Bearer",
    "userinfo": {"sub": "", "account": "service/keeper"},
}
LIES = {
    "another nonce": ("answers another sign-in", "claims", {"nonce": "another"}),
    "no nonce": ("lacks nonce", "claims", {"nonce": None}),
    "another audience": (ANOTHER_SERVICE, "claims", {"aud": "another", "azp": CLIENT}),
    "another party": (ANOTHER_SERVICE, "claims", {"aud": [CLIENT, "another"], "azp": "another"}),
    "another issuer": ("is another provider", "claims", {"iss": "https://another.example"}),
    "expired": ("has expired", "claims", {"iat": -900, "exp": -300}),
    "no end": ("lacks exp", "claims", {"exp": None}),
    "no subject": (NOBODY, "claims", {"sub": ""}),
    "lines as subject": (NOBODY, "claims", {"sub": "pat\n\x1b[2Jroot"}),
    "a number as subject": ("has a wrong sub", "claims", {"sub": 7}),
    "a long subject": (NOBODY, "claims", {"sub": "p" * 256}),
    "another key": (
        OF_ANOTHER_KEY,
        "signed",
        lambda stub, claims: by_another_key(stub, claims, stub.key.kid),
    ),
    "an unknown key": (
        OF_ANOTHER_KEY,
        "signed",
        lambda stub, claims: by_another_key(stub, claims, "unknown"),
    ),
    "not signed": (
        NOT_SIGNED,
        "signed",
        lambda stub, claims: by_hand({"alg": "none"}, claims, lambda said: b""),
    ),
    "signed with what all know": (NOT_SIGNED, "signed", by_what_all_know),
    "nothing": (NOT_SIGNED, "signed", lambda stub, claims: "nothing"),
    "no verifier": (
        "The provider did not let you sign in",
        "takes",
        lambda stub, code, verifier: False,
    ),
    "no ID token": (NO_TOKEN, "token", lambda stub, code: UNSIGNED),
    "a list as ID token": (NO_TOKEN, "token", lambda stub, code: UNSIGNED | {"id_token": ["a"]}),
    "null as ID token": (NO_TOKEN, "token", lambda stub, code: UNSIGNED | {"id_token": None}),
    "a list as answer": (NOT_SIGNED, "token", lambda stub, code: ("a",)),
}
"""By the lie: what the page says, the method of the provider that lies, and its lie. None: a claim
that is left out; `iat` and `exp` count from now."""


def claiming(lie):
    """Return a provider's claims, with some that lie."""

    def claims(stub, asked):
        honest = StubProvider.claims(stub, asked)
        if "iat" in lie:
            return honest | {name: honest["iat"] + ahead for name, ahead in lie.items()}
        return {name: said for name, said in (honest | lie).items() if said is not None}

    return claims


@pytest.mark.parametrize(("says", "method", "lie"), LIES.values(), ids=LIES)
def test_a_provider_that_lies_signs_nobody_in(site, says, method, lie):
    lies = {method: claiming(lie) if method == "claims" else lie}
    if method == "signed":  # and takes every way of signing
        ways = {"id_token_signing_alg_values_supported": ["none", "HS256", "ES256"]}
        lies["metadata"] = lambda stub: StubProvider.metadata(stub) | ways
    with provided(site, type("Liar", (StubProvider,), lies)):
        here = browser(site)
        shown = here.signs_in(CLERK)

        assert shown.status_code == 403
        assert says in shown.text
        assert here.me() is None


class CallsItselfOtherwise(StubProvider):
    says = "calls itself otherwise"

    def metadata(self):
        return super().metadata() | {"issuer": "https://another.example"}


class WithoutPKCE(StubProvider):
    says = "does not take PKCE"

    def metadata(self):
        return super().metadata() | {"code_challenge_methods_supported": ["plain"]}


@pytest.mark.parametrize("kind", [CallsItselfOtherwise, WithoutPKCE], ids=lambda one: one.__name__)
def test_a_provider_that_cannot_be_trusted_is_not_led_to(site, kind):
    with provided(site, kind):
        shown = browser(site).get("/sign-in/go")

    assert shown.status_code == 503
    assert kind.says in shown.text
    assert ProviderUnreachable.__name__ not in shown.text


def test_a_provider_that_does_not_answer_stops_nobody_from_reading(site):
    with provided(site) as stub:
        pass
    with provided(site, oidc_issuer=stub.issuer):
        shown = browser(site).get("/sign-in/go")

        assert shown.status_code == 503
        assert "reading needs no sign-in" in shown.text
        assert browser(site).get("/").status_code == 200


def test_keys_that_the_provider_changed_are_asked_for_again(site, stub):
    assert browser(site).signs_in(CLERK).status_code == 303
    same = stub.key.kid
    for kid in ("new", same):
        stub.key = jwk.ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})

        assert browser(site).signs_in(CLERK).status_code == 303


def test_a_way_back_is_good_once_and_for_the_browser_that_went(site, stub):
    mine, theirs = browser(site), browser(site)
    way = mine.way(CLERK)

    led = theirs.client.get(way)
    assert (led.status_code, "begun in another browser" in led.text) == (403, True)
    assert theirs.me() is None
    assert mine.client.get(way).status_code == 303
    assert mine.client.get(way).status_code == 403
    assert mine.me()["account"] == CLERK


def test_a_way_back_that_names_another_provider_is_refused(site, stub):
    here = browser(site)
    way = re.sub(r"iss=[^&]+", "iss=https://another.example", here.way(CLERK))

    assert "Another provider than ours" in here.client.get(way).text
    assert here.me() is None


LURE = "Your account is locked. Call Mallory on 01632 960 000."


def test_an_address_that_nobody_asked_for_puts_no_words_on_our_page(site, stub):
    shown = browser(site).get("/sign-in/done", error="access_denied", error_description=LURE)

    assert shown.status_code == 403
    assert "begun in another browser" in shown.text
    assert "Mallory" not in shown.text
    assert "refused" not in shown.text


@pytest.mark.parametrize(
    ("error", "says"),
    [
        ("access_denied", "The provider says that you, or it, declined"),
        ("login_required", "The provider wants you to sign in there first"),
        ("Mallory_on_01632", "The provider did not let you sign in"),
    ],
)
def test_refusals_of_the_provider_are_said_in_our_words(site, stub, error, says):
    here = browser(site)
    state = parse_qs(urlsplit(here.way(CLERK, next="/bodies")).query)["state"][0]

    shown = here.get("/sign-in/done", error=error, error_description=LURE, state=state)

    assert shown.status_code == 403
    assert says in shown.text
    assert '<a class="button" href="/sign-in?next=/bodies">' in shown.text
    assert "Mallory" not in shown.text
    again = here.get("/sign-in/done", error=error, state=state)
    assert "used already" in again.text


# Two tabs of one browser


@pytest.mark.parametrize("first", [0, 1])
def test_each_tab_is_led_to_where_it_wanted_to_go_whichever_comes_back_first(site, stub, first):
    here, wanted = browser(site), ["/reports", "/bodies?kind=force"]
    ways = [here.way(CLERK, next=one) for one in wanted]

    back = here.client.get(ways[first])
    cookie, form = here.cookie, Form(here, "/record/reports")
    other = here.client.get(ways[1 - first])

    assert [one.status_code for one in (back, other)] == [303, 303], other.text
    assert back.headers["Location"] == wanted[first]
    assert other.headers["Location"] == wanted[1 - first]
    assert (here.me()["account"], here.cookie) == (CLERK, cookie)
    assert form.send(title="").status_code == 422


def test_a_tab_in_which_somebody_else_signed_in_changes_nobody_and_says_so(site, stub):
    """An attacker who planted a session in a browser could have begun it, to be signed in there."""
    here, attacker = browser(site), browser(site)
    mine = here.way(CLERK, next="/reports")
    attacker.client.set_cookie("answerable", here.cookie)
    theirs = attacker.way(CLERK_2, next="/bodies")
    here.client.get(mine)

    shown = here.client.get(theirs)

    assert shown.status_code == 403
    assert f"You are signed in as {CLERK}, as before" in shown.text
    assert "somebody else" in shown.text
    assert '<a class="button" href="/bodies">' in shown.text
    assert here.me()["account"] == CLERK
    assert attacker.client.get(theirs).status_code == 403
    assert attacker.me() is None


def test_a_tab_that_comes_back_after_signing_out_signs_nobody_in(site, stub):
    here = browser(site)
    mine, other = here.way(CLERK), here.way(CLERK)
    here.client.get(mine)
    here.sends("/sign-out")

    shown = here.client.get(other)

    assert (shown.status_code, "begun in another browser" in shown.text) == (403, True)
    assert here.me() is None


def test_a_tab_that_comes_back_twice_or_late_is_told_that_one_is_signed_in(new_site):
    with provided(new_site):
        here = browser(new_site)
        used, late = here.way(CLERK, next="/reports"), here.way(CLERK, next="/bodies")
        here.client.get(used)
        new_site.clock.set("2025-11-24T12:15:01+00:00")

        for way in (used, late):
            shown = here.client.get(way)

            assert shown.status_code == 403
            assert f"You are signed in as {CLERK}, as before" in shown.text
            assert "used already" in shown.text
        assert here.me()["account"] == CLERK


def test_a_proof_that_a_tab_asked_for_counts_though_another_came_back_first(site):
    report = site.publish()
    entry = site.clerk.act(f"{report.recommendation}/assurances", ASSURANCE)

    class ProvedAWhileAgo(StubProvider):
        ago = 3600

        def claims(self, asked):
            said = super().claims(asked)
            return said | {"auth_time": said["iat"] - self.ago}

    with provided(site, ProvedAWhileAgo):
        here = browser(site)
        plain, proves = here.way(CLERK, next="/reports"), here.way(CLERK, next="/bodies", anew="1")
        here.client.get(plain)
        before = here.cookie
        problem_of(redacts(here, entry), 403, "sign-in-again")
        ProvedAWhileAgo.ago = 0

        assert here.client.get(proves).headers["Location"] == "/bodies"

        assert here.cookie != before
        assert redacts(here, entry).status_code == 201


def test_two_tabs_that_ask_for_a_proof_begin_one_session(site):
    with provided(site):
        here = browser(site)
        here.signs_in(CLERK)
        ways = [here.way(CLERK, anew="1", next=one) for one in ("/reports", "/bodies")]
        here.client.get(ways[0])
        before = here.cookie

        assert here.client.get(ways[1]).headers["Location"] == "/bodies"

        assert here.cookie == before


def test_the_newest_ten_of_unfinished_sign_ins_are_kept(site, stub):
    here = browser(site)
    ways = [here.way(CLERK, next=f"/{number}") for number in range(11)]

    assert here.client.get(ways[0]).status_code == 403
    assert [here.client.get(way).headers.get("Location") for way in ways[1:]] == [
        f"/{number}" for number in range(1, 11)
    ]


# Whose account


def test_a_person_without_an_account_is_told_so(site, stub):
    here = browser(site)
    shown = here.signs_in("cumbria-pfcc/nobody-here")

    assert shown.status_code == 403
    assert "cumbria-pfcc/nobody-here is not open in this log" in shown.text
    assert here.me() is None


@pytest.mark.parametrize("name", ["service/setup", "service/seed"])
def test_no_person_signs_in_as_the_service_itself(site, stub, name):
    assert "no account here is listed" in browser(site).signs_in(name).text


@pytest.mark.parametrize("name", ["service/setup", "service/seed"])
def test_a_session_that_names_the_service_itself_speaks_for_nobody(new_site, name):
    new_site.ledger.record(SETUP, begin_synthetic)
    with provided(new_site):
        here = browser(new_site)
        here.signs_in(ADMIN)
        with new_site.ledger.log.pool.connection() as conn:
            conn.execute(
                "UPDATE api.sessions SET said = said || %s WHERE person IS NOT NULL",
                [Jsonb({"account": name})],
            )

        assert here.me() is None


LISTED = """
[[account]]
name = "cumbria-pfcc/clerk"
claims = { email = "pat@cumbria.example" }

[[account]]
name = "cumbria-pfcc/clerk-2"
claims = { email = "pat@cumbria.example", groups = "Commissioners" }

[[account]]
name = "service/auditor"
claims = { sub = "kim" }
"""


@contextmanager
def listed(site, tmp_path, **claims):
    """A provider that says these claims of whoever signs in, and a list of accounts."""
    (tmp_path / "accounts.toml").write_text(LISTED)

    class Says(StubProvider):
        def claims(self, asked):
            return super().claims(asked) | {"account": None} | claims

    with provided(site, Says, oidc_accounts=tmp_path / "accounts.toml"):
        here = browser(site)
        yield here, here.signs_in("whoever").text


@pytest.mark.parametrize(
    ("claims", "accounts"),
    [
        ({"email": "pat@cumbria.example", "email_verified": True}, [CLERK]),
        ({"email": "pat@cumbria.example"}, []),
        ({"email": "pat@cumbria.example", "email_verified": "true"}, []),
        ({"email": ["pat@cumbria.example"], "email_verified": True}, [CLERK]),
        ({"sub": "kim"}, ["service/auditor"]),
        ({"sub": "Kim"}, []),
        ({"email": "pat@cumbria.example", "email_verified": True, "groups": ["Commissioners"]},
         [CLERK, CLERK_2]),
        ({"groups": ["Commissioners"]}, []),
    ],
)  # fmt: skip
def test_a_file_says_which_accounts_a_person_has(site, tmp_path, claims, accounts):
    with listed(site, tmp_path, **claims) as (here, shown):
        page = here.get("/sign-in").text

        assert (here.me() or {}).get("account") == (accounts[0] if accounts else None)
        assert ("no account here is listed for that" in shown) == (not accounts)
        assert re.findall(r'<option value="([^"]+)"', page) == (accounts if accounts[1:] else [])


def test_one_person_acts_as_another_of_their_accounts_and_as_nobody_elses(site, tmp_path):
    both = {"email": "pat@cumbria.example", "email_verified": True, "groups": ["Commissioners"]}
    with listed(site, tmp_path, **both) as (here, _):
        assert here.sends("/sign-in/account", account=CLERK_2).status_code == 303
        assert here.me()["account"] == CLERK_2

        assert here.sends("/sign-in/account", account=ADMIN).status_code == 404
        assert here.me()["account"] == CLERK_2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "cannot be read"),
        ("x = 1", "has one [[account]] or more"),
        ("[[account]]\nname = 'a/b'", "account 1 of"),
        ("[[account]]\nname = 'a/b'\nemail = 'x'\nclaims = {sub = 'x'}", "email goes into claims"),
    ],
)
def test_a_list_of_accounts_that_is_none_is_refused_at_the_start(site, tmp_path, text, says):
    (tmp_path / "accounts.toml").write_text(text)

    with pytest.raises(SettingsError, match=re.escape(says)):
        accounts_file(tmp_path / "accounts.toml")


def test_a_session_of_an_account_that_was_closed_is_nobodys(site, stub):
    name = f"cumbria-pfcc/temp-{site.position}"
    site.ledger.record(
        SETUP, open_account, AccountOpened(account=name, body="cumbria-pfcc"), Notice()
    )
    here = browser(site)
    here.signs_in(name)
    assert here.me()["account"] == name

    site.ledger.record(SETUP, close_account, AccountClosed(account=name), Notice())

    assert here.me() is None
    assert "is not open any more" in here.get("/sign-in").text


# The session


def test_a_session_has_another_id_after_the_sign_in_and_the_old_one_is_worth_nothing(site, stub):
    victim, attacker = browser(site), browser(site)
    way = victim.way(CLERK)
    planted = victim.cookie
    victim.client.get(way)

    assert victim.cookie != planted
    attacker.client.set_cookie("answerable", planted)
    assert attacker.me() is None


def test_an_id_that_a_browser_brings_is_never_taken(site, stub):
    here = browser(site)
    here.client.set_cookie("answerable", "chosen-by-somebody")

    here.signs_in(CLERK)

    assert here.cookie != "chosen-by-somebody"
    assert here.me()["account"] == CLERK


def test_only_the_hash_of_a_session_is_kept(site, clerk):
    rows = site.rows("SELECT s::text FROM api.sessions s")

    assert rows
    assert not any(clerk.cookie in row[0] for row in rows)
    digest = hashlib.sha256(clerk.cookie.encode()).hexdigest()
    assert any(digest in row[0] for row in rows)


def test_the_secrets_of_a_begun_sign_in_are_kept_encrypted(site, stub):
    """A reader of the table cannot finish a sign-in that is under way: neither its nonce nor the
    verifier of its code stands there."""
    here = browser(site)
    there = here.get("/sign-in/go").headers["Location"]
    nonce = parse_qs(urlsplit(there).query)["nonce"][0]

    rows = site.rows("SELECT said::text FROM api.sessions WHERE person IS NULL")

    assert any("_state_provider_" in row[0] for row in rows)
    assert not any(nonce in row[0] or "code_verifier" in row[0] for row in rows)
    here.signs_in(CLERK)
    assert here.me()["account"] == CLERK


def test_reading_begins_no_session(site, stub):
    here = browser(site)
    before = site.rows("SELECT count(*) FROM api.sessions")
    for path in ("/", "/sign-in", "/reports", "/api/reports"):
        assert "Set-Cookie" not in here.get(path).headers

    assert site.rows("SELECT count(*) FROM api.sessions") == before


def test_a_session_ends_when_nothing_is_asked_for_an_hour(new_site):
    with provided(new_site):
        here = browser(new_site)
        here.signs_in(CLERK)
        for minute in ("12:59:30", "13:59:00", "14:58:50"):
            new_site.clock.set(f"2025-11-24T{minute}+00:00")
            assert here.me() is not None, minute

        new_site.clock.set("2025-11-24T15:59:00+00:00")

        assert here.me() is None


def test_a_session_ends_after_twelve_hours_whatever_is_done(new_site):
    with provided(new_site):
        here = browser(new_site)
        here.signs_in(CLERK)
        for half in range(1, 24):
            new_site.clock.set(f"2025-11-24T{12 + half // 2:02}:{half % 2 * 30:02}:00+00:00"
                               if half < 24 else "")  # fmt: skip
            assert here.me() is not None, half

        new_site.clock.set("2025-11-25T00:00:30+00:00")

        assert here.me() is None


def test_signing_out_ends_the_session_here_and_not_elsewhere(site, stub):
    here, there = browser(site), browser(site)
    for one in (here, there):
        one.signs_in(CLERK)
    kept = here.cookie

    assert here.sends("/sign-out").status_code == 303

    assert here.me() is None
    here.client.set_cookie("answerable", kept)
    assert here.me() is None
    assert there.me()["account"] == CLERK


def test_signing_out_everywhere_ends_all_of_ones_sessions_and_nobody_elses(site, stub):
    here, there, other = browser(site), browser(site), browser(site)
    here.signs_in(CLERK)
    there.signs_in(CLERK)
    other.signs_in(CLERK_2)

    assert here.sends("/sign-out/everywhere").status_code == 303

    assert [one.me() and one.me()["account"] for one in (here, there, other)] == [
        None, None, CLERK_2
    ]  # fmt: skip


@contextmanager
def held_up(site, *asked):
    """Ask all of this, up to where the log is read, which is when the session was looked up; their
    answers come afterwards. Gives the connection that holds them up."""
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with (
        site.behind(),
        ThreadPoolExecutor(len(asked)) as threads,
        psycopg.connect(site.url) as connection,
    ):
        connection.execute("LOCK TABLE ledger.entries")
        running = [threads.submit(one) for one in asked]
        while site.rows(waiting) != [(len(asked),)]:
            threading.Event().wait(0.002)
        yield connection, running


def test_a_request_as_a_session_is_ended_does_not_bring_it_back(site, clerk):
    """A form that was not drawn by this session: it comes back filled in."""
    form = Form(clerk, "/record/reports")

    with held_up(site, lambda: form.send(title="Mine", csrf_token="forged")) as (other, (sent,)):
        sessions.end_all(other)

    assert Form(clerk, form.path, sent.result()).fields["title"] == "Mine"
    assert clerk.me() is None


def test_forms_that_are_opened_at_once_are_both_of_the_session(site, clerk):
    beside = browser(site)
    beside.client.set_cookie("answerable", clerk.cookie)
    tabs = [lambda here=here: Form(here, "/record/reports") for here in (clerk, beside)]

    with held_up(site, *tabs) as (_, drawn):
        pass

    said = {"kind": "peel", "publisher": "hmicfrs", "published_on": "16 May 2025",
            "source.note": "its page"}  # fmt: skip
    for title, form in zip(("First of two tabs", "The other one"), drawn, strict=True):
        assert form.result().records(title=title, **said)


def test_a_command_says_who_is_signed_in_and_signs_them_out(new_site, monkeypatch):
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", new_site.url)

    def ran(*arguments, expect=0):
        done = CliRunner().invoke(main, ["session", *arguments, "--json"])
        assert done.exit_code == expect, done.output
        return json.loads(done.stdout) if expect == 0 else None

    with provided(new_site) as stub:
        first, second = browser(new_site), browser(new_site)
        first.signs_in(CLERK)
        second.signs_in(CLERK_2)
        listed = {one["account"]: one["person"] for one in ran("list")["sessions"]}
        assert listed == {CLERK: f"{stub.issuer} {CLERK}", CLERK_2: f"{stub.issuer} {CLERK_2}"}
        ran("end", expect=2)
        ran("end", "--all", "--account", CLERK, expect=2)

        assert ran("end", "--account", CLERK) == {"ended": 1}

        assert (first.me(), second.me()["account"]) == (None, CLERK_2)
        assert ran("end", "--all") == {"ended": 1}
        assert (second.me(), ran("list")) == (None, {"sessions": []})


def test_a_command_opens_an_account_for_who_signs_in(new_site, monkeypatch):
    monkeypatch.setenv("ANSWERABLE_DATABASE_URL", new_site.url)
    asked = ["account", "open", "--name", "desk", "--body", "dorset-pcc", "--scope", "record"]
    for says in ("dorset-pcc/desk is open, and has record", "dorset-pcc/desk was open, and has no"):
        done = CliRunner().invoke(main, asked)
        assert (done.exit_code, done.output.startswith(says)) == (0, True), done.output

    with provided(new_site):
        here = browser(new_site)
        here.signs_in("dorset-pcc/desk")
        assert here.me()["scopes"] == ["record"]


def test_the_cookie_is_for_this_host_alone_over_https_and_for_no_script(site):
    kept = site.app.extensions[current.EXTENSION]
    plain = kept["settings"]
    kept["settings"] = replace(plain, public_url="https://answerable.example")
    try:
        with provided(site):
            sent = browser(site).get("/sign-in/go").headers["Set-Cookie"]
    finally:
        kept["settings"] = plain

    assert sent.startswith("__Host-answerable=")
    parts = {part.strip() for part in sent.split(";")[1:]}
    assert parts == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


# Requests that another site could send by her browser


def test_a_form_of_another_site_does_nothing(site, stub, clerk):
    other = browser(site)
    other.signs_in(CLERK)
    for path in ("/sign-out", "/sign-out/everywhere", "/sign-in/account"):
        for token in (None, "x", other.me()["csrf"]):
            sent = clerk.client.post(path, data={"csrf_token": token, "account": CLERK_2})

            assert sent.status_code == 403
            assert "was not sent from a page of this session" in sent.text
    assert clerk.me()["account"] == CLERK


def test_the_pages_of_webhooks_are_open_to_a_session_that_may(site, stub):
    here = browser(site)
    asked = here.get("/subscriptions")
    assert (asked.status_code, "/sign-in/go?next=/subscriptions" in asked.text) == (401, True)

    here.signs_in(CLERK)
    assert here.get("/subscriptions").status_code == 403
    here.signs_in(ADMIN)
    assert here.get("/subscriptions").status_code == 200


# Acts that ask for proof


def redacts(here, entry):
    return here.caller().post(
        f"/api/entries/{entry}/redaction", {"field": "question", "basis": "personal_data"}
    )


def test_acts_that_cannot_be_undone_ask_for_a_recent_sign_in(new_site):
    report = new_site.publish()
    entry = new_site.clerk.act(f"{report.recommendation}/assurances", ASSURANCE)
    with provided(new_site):
        here = browser(new_site)
        here.signs_in(CLERK)
        new_site.clock.set("2025-11-24T12:11:00+00:00")
        problem_of(redacts(here, entry), 403, "sign-in-again")
        here.caller().records(f"{report.recommendation}/assurances", ASSURANCE)

        assert here.signs_in(CLERK, anew="1").status_code == 303

        assert redacts(here, entry).status_code == 201


def test_the_register_asks_for_it_too_and_a_token_does_not(new_site):
    body = {"id": "avalon", "name": "Avalon", "kind": "national_body"}
    with provided(new_site):
        here = browser(new_site)
        here.signs_in(ADMIN)
        new_site.clock.set("2025-11-24T12:30:00+00:00")

        problem_of(here.caller().post("/api/bodies", body), 403, "sign-in-again")
        new_site.admin.records("/api/bodies", body)


class ProvedLongAgo(StubProvider):
    def claims(self, asked):
        said = super().claims(asked)
        return said | {"auth_time": said["iat"] - 3600}


class DoesNotSay(StubProvider):
    def claims(self, asked):
        return super().claims(asked) | {"auth_time": None}


@pytest.mark.parametrize("kind", [ProvedLongAgo, DoesNotSay], ids=lambda one: one.__name__)
def test_a_provider_that_did_not_make_sure_anew_is_not_believed(site, kind):
    report = site.publish()
    entry = site.clerk.act(f"{report.recommendation}/assurances", ASSURANCE)
    with provided(site, kind):
        here = browser(site)
        here.signs_in(CLERK)
        problem_of(redacts(here, entry), 403, "sign-in-again")

        shown = here.signs_in(CLERK, anew="1")

        assert (shown.status_code, "make sure of who you are" in shown.text) == (403, True)
        problem_of(redacts(here, entry), 403, "sign-in-again")


# The provider for trying out


STRANGE = [{"Host": one} for one in ("answerable.example", "127.0.0.1.evil.example:80", "10.0.0.1")]
STRANGE += [{"X-Forwarded-For": "10.0.0.1"}, {"Forwarded": "for=10.0.0.1"}, {"Via": "1.1 proxy"}]


def test_the_provider_for_trying_out_answers_on_this_machine_alone(stub):
    for headers in STRANGE:
        for path in ("/authorize", "/.well-known/openid-configuration", "/keys"):
            answer = requests.get(stub.issuer + path, headers=headers, timeout=10)

            assert (answer.status_code, "on the machine" in answer.text) == (403, True)


def test_it_takes_no_request_without_pkce_or_that_leads_elsewhere(site, stub):
    there = browser(site).get("/sign-in/go").headers["Location"]
    for name in ("state", "nonce", "code_challenge", "code_challenge_method", "redirect_uri"):
        instead = rf"\1{name}=x" if name == "redirect_uri" else r"\1"
        asked = re.sub(rf"([?&]){name}=[^&]*", instead, there)
        answer = requests.post(asked, {"account": CLERK}, allow_redirects=False, timeout=10)

        assert answer.status_code == 400, name


def test_no_page_of_another_site_picks_a_role_there(new_site):
    with provided(new_site) as stub:
        there = browser(new_site).get("/sign-in/go").headers["Location"]

        def picks(origin):
            headers = {"Origin": origin}
            return requests.post(
                there, {"role": "keeper"}, headers=headers, allow_redirects=False, timeout=10
            )

        before = new_site.position
        for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
            answer = picks(origin)
            assert (answer.status_code, "from its own page" in answer.text) == (403, True)
        assert new_site.position == before
        assert picks(stub.issuer).status_code == 303


def test_it_takes_no_code_twice_and_none_without_its_verifier(site, stub):
    way = browser(site).way(CLERK)
    code = parse_qs(urlsplit(way).query)["code"][0]
    for _ in range(2):
        answer = requests.post(f"{stub.issuer}/token", {"code": code, "code_verifier": "x" * 43},
                               timeout=10)  # fmt: skip
        assert answer.json() == {"error": "invalid_grant"}


def test_a_role_has_its_account_opened_when_it_is_picked(site):
    with provided(site):
        here = browser(site)
        there = here.get("/sign-in/go").headers["Location"]
        assert "Second clerk" in requests.get(there, timeout=10).text
        picked = requests.post(
            there, {"role": "clerk-2", "body": "dorset-pcc"}, allow_redirects=False, timeout=10
        )
        here.client.get(picked.headers["Location"].removeprefix("http://127.0.0.1:8000"))

        assert here.me()["account"] == "dorset-pcc/clerk-2"
        assert here.me()["scopes"] == ["record"]


@pytest.mark.parametrize(
    ("settings", "embedded"),
    [
        (Settings(host="0.0.0.0"), True),
        (Settings(host="192.168.1.7"), True),
        (Settings(), False),
        (Settings(oidc_issuer="https://idp.example"), True),
    ],
)
def test_run_brings_it_on_this_machine_for_trying_out_alone(settings, embedded):
    place = Database("", "", "", embedded=embedded)

    assert running._signing_in(settings, place)[0] is settings


def test_run_brings_it_where_nothing_else_is_set():
    found, answering = running._signing_in(Settings(), Database("", "", "", embedded=True))
    with answering:
        assert str(found.oidc_issuer).startswith("http://127.0.0.1:")
        said = requests.get(f"{found.oidc_issuer}/.well-known/openid-configuration", timeout=10)
        assert said.json()["issuer"] == found.oidc_issuer
