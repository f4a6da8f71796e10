"""Administration by a browser: accounts, what they may, tokens shown once; each for whoever may."""

import re
from html import unescape

import pytest

from ledger.events import RuleAdopted
from tests.api.signing_in import provided
from tests.api.site import Caller
from tests.api.test_forms import Form, new_browser

CLERK, READER, KEEPER = "cumbria-pfcc/clerk", "cumbria-pfcc/reader", "service/keeper"
PAGE = f"/admin/accounts/{CLERK}"
TOKEN = re.compile(r"answerable_[\w-]{43}")


@pytest.fixture
def keeper(signed_in):
    return signed_in(KEEPER)


def found(pattern, text):
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


def shown_once(answer):
    """The token that a page shows, and the id by which it is known."""
    assert answer.status_code == 200, answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    (secret,) = set(TOKEN.findall(answer.text))
    return secret, found(r"Token ([0-9a-f]{8}) ", answer.text)


def made(here, account=None, **typed):
    asked = {"account": account} if account else {}
    return shown_once(Form(here, "/admin/tokens", **asked).send(scopes="record", **typed))


def test_the_page_lists_what_is_administered_and_leads_to_a_form_of_each(site, keeper):
    text = unescape(keeper.get("/admin").text)

    assert f"/admin/accounts/{CLERK}" in text
    for act in ("accounts", "bodies", "bodies/changes", "bodies/successions", "rules"):
        assert f'href="/record/{act}"' in text
    assert "answerable key rotate" in text
    for rule in site.ledger.service().rules.values():
        assert isinstance(rule, RuleAdopted)
        assert rule.title in text
    assert "/admin" in keeper.get("/record").text


def test_an_account_is_opened_let_do_more_and_closed_by_forms(site, keeper):
    name = "cumbria-pfcc/clerk-11"
    page = Form(keeper, "/record/accounts").records(
        account=name, body="cumbria-pfcc", scopes=["record"]
    )
    assert page.startswith(f"/admin/accounts/{name}")
    text = unescape(keeper.get(page).text)
    assert "It may record, and read what is held for its office." in text
    assert "Scope granted: record</a>" in text

    grant = found(r'href="(/record/accounts/grants\?[^"]*scope=office[^"]*)"', text)
    form = Form(keeper, "/record/accounts/grants", keeper.get(grant))
    assert (form.fields["account"], form.fields["scope"]) == (name, "office")
    form.records()
    again = form.sent_back(account=name, key="another")

    assert again.mistakes == [
        (f"What it may do: “{name}” has the scope “office” already.", "scope")
    ]
    Form(keeper, "/record/accounts/closing", account=name).records()
    assert "closed for good" in keeper.get(page).text
    assert name not in site.ledger.service().accounts


def test_a_token_is_shown_once_and_never_again(site, keeper, caplog):
    form = Form(keeper, f"/admin/tokens?account={CLERK}")

    secret, name = shown_once(form.send(scopes="record", expires_on="31 January 2026"))

    assert Caller(site.app.test_client(), secret).reads("/api/me")["account"] == CLERK
    again = Form(keeper, form.path, form.send(scopes="record", expires_on="31 January 2026"))
    assert again.status == 409
    assert again.mistakes[0][0].startswith(f"This request made the token {name} before.")
    for page, json in (
        (f"/admin/tokens/{name}", f"/api/tokens/{name}"),
        (PAGE, f"/api/accounts/{CLERK}"),
        ("/admin", "/api/accounts"),
    ):
        text = keeper.get(page).text
        assert not TOKEN.search(text)
        assert f'type="application/json" href="{json}"' in text
        assert not TOKEN.search(keeper.get(json).text)
    changed = form.sent_back(scopes="record", expires_on="1 February 2026")
    assert (changed.status, "was sent before" in changed.mistakes[0][0]) == (409, True)
    assert "What you changed was not done" in changed.text
    assert changed.fields["key"] != form.fields["key"]
    kept = site.rows(
        "SELECT s::text FROM api.sessions s UNION ALL SELECT t::text FROM api.tokens t"
    )
    assert not any(secret in row[0] for row in kept)
    assert secret not in caplog.text
    page = unescape(keeper.get(f"/admin/tokens/{name}").text)
    assert "until the end of 31 January 2026" in page
    assert f"by {KEEPER}" in page


def test_a_token_is_rotated_and_ended_and_its_page_says_by_whom(site, keeper):
    secret, name = made(keeper, CLERK)

    later, second = shown_once(
        Form(keeper, f"/admin/tokens/{name}/rotation").send(overlap_days="3")
    )

    for one in (secret, later):
        Caller(site.app.test_client(), one).reads("/api/me")
    page = unescape(keeper.get(f"/admin/tokens/{name}").text)
    assert f"token {second}</a> takes its place" in page
    end = Form(keeper, f"/admin/tokens/{second}/end")
    assert end.send().headers["Location"] == f"/admin/tokens/{second}"
    assert Caller(site.app.test_client(), later).get("/api/me").status_code == 401
    assert re.search(f"ended .*, by {KEEPER}", keeper.get(f"/admin/tokens/{second}").text)
    assert end.send().status_code == 409
    assert keeper.get(f"/admin/tokens/{second}/end").status_code == 200


def test_mistakes_about_a_token_are_said_at_their_fields(site, keeper):
    form = Form(keeper, "/admin/tokens", account=CLERK)

    assert form.sent_back(scopes=[]).mistakes == [("Say what it may do.", "scopes")]
    late = form.sent_back(scopes="record", expires_on="1 January 2020")
    assert late.mistakes == [
        ("Last day on which it is valid: 2020-01-01 is over: give another, or none.", "expires_on")
    ]
    vague = form.sent_back(scopes="record", expires_on="May 2026")
    assert vague.mistakes == [
        ("Last day on which it is valid: Give a whole day, such as 2026-12-31.", "expires_on")
    ]
    beyond = form.sent_back(scopes="admin")
    assert beyond.mistakes[0][1] == "scopes"


def test_an_account_has_its_own_page_and_sees_no_others(site, signed_in):
    clerk = signed_in(CLERK)

    text = unescape(clerk.get(PAGE).text)
    assert "Make a token" in text
    assert "Take that away" not in text
    secret, name = made(clerk)
    assert Caller(site.app.test_client(), secret).reads("/api/me")["scopes"] == ["record"]
    reader = signed_in(READER)
    for page, status in (
        ("/admin", 403),
        (PAGE, 403),
        (f"/admin/tokens/{name}", 404),
        (f"/admin/tokens/{name}/end", 404),
        (f"/admin/tokens/{name}/rotation", 404),
    ):
        assert reader.get(page).status_code == status, page
        assert site.anybody.get(page).status_code == 401, page
    assert "office" in Form(reader, "/admin/tokens").text
    refused = Form(reader, "/admin/tokens").sent_back(account=CLERK, scopes="office")
    assert refused.status == 409
    assert CLERK in clerk.get("/record").text
    assert "/admin" not in re.findall(r'href="([^"]+)"', clerk.get("/record").text)


def test_each_change_asks_anew_who_is_there_and_loses_no_typing(new_site):
    with provided(new_site):
        here = new_browser(new_site, KEEPER)
        form = Form(here, "/admin/tokens", account=CLERK)
        new_site.clock.set("2025-11-24T12:20:00+00:00")
        for path in ("/admin/tokens", "/record/accounts", "/record/rules"):
            assert here.get(path).status_code == 403
        assert here.get("/admin").status_code == 200

        asks = Form(here, form.path, form.send(scopes="record", expires_on="31 January 2026"))

        assert (asks.status, asks.fields["expires_on"]) == (403, "31 January 2026")
        assert len(new_site.clerk.reads("/api/tokens")["items"]) == 1
        here.signs_in(KEEPER, anew="1")
        back = Form(here, form.path, asks.send())
        assert (back.fields["account"], back.fields["expires_on"]) == (CLERK, "31 January 2026")
        assert not TOKEN.search(back.text)
        shown_once(back.send(scopes="record"))


def test_a_form_of_another_site_makes_and_ends_no_token(site, keeper):
    _, name = made(keeper, CLERK)
    for path in ("/admin/tokens", f"/admin/tokens/{name}/rotation", f"/admin/tokens/{name}/end"):
        assert keeper.client.post(path, data={"scopes": "record"}).status_code == 403
    assert keeper.get(f"/admin/tokens/{name}/end").status_code == 200


def test_keys_are_told_to_everybody_since_when_and_how_they_ended(site):
    assert site.anybody.reads("/api/keys")["items"] == []


def test_the_page_of_a_body_leads_whoever_administers_to_its_change(site, signed_in, keeper):
    site.catch_up()
    change = "/record/bodies/changes?id=cumbria-pfcc"

    assert change in keeper.get("/bodies/cumbria-pfcc").text
    assert change not in signed_in(CLERK).get("/bodies/cumbria-pfcc").text
    assert Form(keeper, change).fields["id"] == "cumbria-pfcc"
