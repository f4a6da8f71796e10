"""An address that people give must be what it looks like, and an id must be an id. Links are made
from a setting, not from the name by which a request calls our host."""

import re

import pytest
from click.testing import CliRunner

from api.cli import main
from ledger.intake.sheets.backlog import read_backlog
from ledger.intake.sheets.open_sheet import open_sheet
from tests.api.addresses import places, routes
from tests.api.site import FORCE, NOTE, problem_of, statement
from tests.conftest import some, whole

BAD = {
    "a name": ("https://hmicfrs.gov.uk@evil.example/report", "a name and password"),
    "a password": ("https://a:b@evil.example/", "a name and password"),
    "a backslash": ("https://evil.example\\@hmicfrs.gov.uk/", "a backslash"),
    "right to left": (
        "https://a.example/\u202efdp.exe",
        "Character 19 of this address is not seen",
    ),
    "an isolate": ("https://a.example/\u2066x", "U+2066"),
    "a mark": ("https://a.example/\u200fx", "U+200F"),
    "an Arabic mark": ("https://a.example/\u061cx", "U+061C"),
    "no width": ("https://a.ex\u200bample/", "U+200B"),
    "a joiner": ("https://a.example/\u2060x", "U+2060"),
    "a byte order mark": ("https://a.example/\ufeffx", "U+FEFF"),
    "a soft hyphen": ("https://a.example/x\u00ady", "U+00AD"),
    "a filler": ("https://a.example/\u3164", "U+3164"),
    "a selector": ("https://a.example/x\ufe0f", "U+FE0F"),
    "a control": ("https://a.example/\x7f", "U+007F"),
}


def test_no_route_takes_an_address_that_is_not_what_it_looks_like(site, report):
    published = site.clerk.act(f"{report.response}/statement", statement(url="https://a.example/"))
    asked = {"of": FORCE, "question": "Q?", "occurred_on": None}
    for url, says in BAD.values():
        revised = {"field": "url", "now": url, "seen_on": "2025-07-12", "source": NOTE}
        corrected = {"field": "url", "now": url, "reason": "R."}
        for path, body, kind in (
            (f"{report.recommendation}/assurances", asked | {"source": {"url": url}}, "unfit"),
            ("/api/reports", site.report(same_as=[url]), "unfit"),
            (f"{report.response}/statement", statement("2025-07-11", url=url), "unfit"),
            (f"{report.response}/revisions", revised, "does-not-fit"),
            (f"/api/entries/{published}/corrections", corrected, "does-not-fit"),
        ):
            status = 422 if kind == "unfit" else 409
            site.refuses(site.clerk, path, body, kind, says, status=status)
        before = site.position
        problem = problem_of(site.clerk.upload(b"words", url=url), 422, "unfit")
        assert says in problem["detail"]
        assert site.position == before


@pytest.mark.parametrize(("url", "says"), BAD.values(), ids=BAD)
def test_no_command_and_no_sheet_takes_one_either(tmp_path, url, says):
    page = tmp_path / "page.txt"
    page.write_text("Words.")
    for command in (
        ["capture", str(page), "--body", "kent-pcc", "--url", url],
        ["capture", url, "--body", "kent-pcc"],
        ["import", str(page), "--body", "kent-pcc", "--url", url],
    ):
        done = CliRunner().invoke(main, [*command, "--data", str(tmp_path / "none")])
        assert done.exit_code in (1, 2), done.output
        assert says in " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.output).split()) or (
            "no address has such characters" in done.output
        )
    assert not (tmp_path / "none").exists()

    head = "reference,title,kind,publisher,published on,same as"
    sheet = f"{head}\na,T,peel,hmicfrs,2025-05-16,{url}\n"
    table = read_backlog([open_sheet(sheet.encode(), "a.csv")])
    assert table.rows["reports"] == []


def test_a_revised_title_is_a_title(site, report):
    for now in (" ", "x" * 2001):
        site.refuses(
            site.clerk,
            f"{report.path}/revisions",
            {"field": "title", "now": now, "seen_on": None, "source": NOTE},
            "does-not-fit",
            "“title” does not take this value",
        )


def test_a_batch_is_named_by_an_id(site, report):
    for name in [
        "A batch",
        "",
        "../x",
        "x" * 81,
        "<b>",
        "\u202eabc",
        "a_b",
        "e\u0301",
        "A-1",
        "id\n",
    ]:
        asked = {"of": FORCE, "question": "Q?", "occurred_on": None}
        for body in (
            {**asked, "batch": {"id": name, "kind": "entered"}},
            {**asked, "batch": {"id": name, "kind": "backfill"}},
        ):
            path = f"{report.recommendation}/assurances"
            problem = site.refuses(site.clerk, path, body, "unfit", "batch.id", status=422)
            assert problem["errors"][0]["field"] == "batch.id"


def test_an_id_or_a_uuid_is_one(site, report):
    asked = {"of": FORCE, "question": "Q?", "occurred_on": None}
    for name in ("import-1", "2026", "x" * 80, "01A21088-BC2F-7048-82CB-84B56B531161"):
        batch = {"batch": {"id": name, "kind": "entered"}}
        site.clerk.records(f"{report.recommendation}/assurances", {**asked, **batch})


# What is cited


HOSTS = ("evil.example:8000", "[::1]", "", "..", "a..b", "x" * 64 + ".example", "\xff", "a b")
ELSEWHERE = ("//evil.example/x", "/\\evil.example/x", "/\t/evil.example/x", "/\n/evil.example/")


@pytest.mark.sampled
def test_nothing_that_is_answered_depends_on_what_a_request_calls_our_host(site, report):
    """No host is refused: a proxy may call us by any name, and health checks by number. One route
    in three is asked by some of these names, in turns; in `make soak` each by all."""
    there = places(site, report) | {"tile": "0/000"}
    cited = 0
    for nth, rule in enumerate(some(routes(site.app), 3)):
        if rule.rule == "/api/entries/stream" or "filename" in rule.arguments:
            continue
        built = rule.build({name: there[name] for name in rule.arguments})
        assert built is not None
        others = (f"/{built[1]}", "") if whole() or nth % 6 == 0 else ()
        for path in (built[1], *others):  # with two slashes and without a path, too
            raw = {"PATH_INFO": path}
            ours = site.app.test_client().get("/", environ_overrides=raw)
            hosts = HOSTS if whole() else (HOSTS[nth % len(HOSTS)],)
            for host in hosts if path else HOSTS[:1]:
                asked = {"X-Forwarded-Host": "evil.example", "Host": host}
                answer = site.app.test_client().get("/", headers=asked, environ_overrides=raw)
                assert answer.status_code == ours.status_code, (path, host)
                assert answer.headers.get("Location") == ours.headers.get("Location"), (path, host)
                assert "evil.example" not in f"{answer.headers}{answer.data!r}", path
                cited += "<dd><a href" in answer.text and ">http://127.0.0.1:8000/" in answer.text
    assert cited > 1


@pytest.mark.parametrize("path", ELSEWHERE)
def test_no_link_of_a_page_leads_to_another_host(site, path):
    page = site.app.test_client().get("/?known_at=1", environ_overrides={"PATH_INFO": path}).text

    links = re.findall(r'(?:href|action)="([^"]*)"', page)
    assert any("evil.example" in one for one in links)
    as_browsers_read = [re.sub(r"[\t\r\n]", "", one).replace("\\", "/") for one in links]
    assert [one for one in as_browsers_read if one.startswith("//")] == []
