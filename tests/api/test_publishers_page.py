"""A report's day is the publisher's own word where its page is held here, byte for byte."""

import pytest

from ledger.register import read_register
from tests.api.site import PFCC, problem_of, statement

SITE = "https://hmicfrs.justiceinspectorates.gov.uk/publications"


@pytest.fixture
def page(site):
    """An address on HMICFRS's own site that no report has yet."""
    return f"{SITE}/{site.title().replace(' ', '-')}"


def trigger(site, report, **asked):
    basis: str = site.anybody.reads(report.response, **asked)["bases"]["trigger"]
    return basis


@pytest.mark.parametrize("host", ["hmicfrs.justiceinspectorates.gov.uk", "hmicfrs.gov.uk"])
def test_a_page_fetched_from_the_publishers_site_is_its_own_word(site, host):
    page = f"https://{host}/{site.title().replace(' ', '-')}"
    kept = site.fetched(page)

    report = site.publish(source={"url": page, "capture": kept})

    assert trigger(site, report) == "publisher"
    site.catch_up()
    assert site.anybody.reads(report.path)["basis"] == "publisher"
    working = site.anybody.reads(f"{report.response}/working")
    assert working["trigger"]["basis"] == "publisher"
    assert any("on the publisher’s own word" in one for one in working["sentences"])


def test_the_basis_of_a_verdict_follows(site, page):
    kept = site.fetched(page)
    report = site.publish(source={"capture": kept})
    seen = site.capture(b"<p>Our response</p>", url="https://pfcc.example/response")
    site.clerk.records(
        f"{report.response}/statement", statement("2025-11-24", source={"capture": seen})
    )
    site.catch_up()

    found = site.anybody.reads(report.response)

    assert found["verdict"] == "late"
    assert found["bases"]["trigger"] == "publisher"
    assert found["basis"] == found["bases"]["published"] == "stated"


def test_an_upload_by_anybody_else_is_their_word_whatever_address_they_give(site):
    """Nor does it help to list the address first in `same_as`, or as the source's own."""
    for who in ("clerk", "force", "panel", "dorset", "admin"):
        page = f"{SITE}/{site.title().replace(' ', '-')}"
        kept = site.capture(url=page, by=site.caller(who))

        report = site.publish(same_as=[page], source={"url": page, "capture": kept})

        assert trigger(site, report) == "stated", who
        site.catch_up()
        assert site.anybody.reads(report.path)["basis"] == "stated"
        copy = site.anybody.reads(f"{report.recommendation}/history")["items"][0]["capture"]
        assert (copy["how"], copy["host"]) == ("uploaded", None)
        assert "uploaded by" in site.anybody.get(report.recommendation.removeprefix("/api")).text


HOST = "hmicfrs.justiceinspectorates.gov.uk"


OTHERS = ["evil.example", "127.0.0.1", f"{HOST}:8443", f"www.{HOST}", f"{HOST}.evil.example"]
OTHERS += ["justiceinspectorates.gov.uk", "www.ofsted.gov.uk"]


def test_an_answer_of_another_host_is_not_the_publishers_word(site):
    """Nor what came over http, where anybody on the way may answer in the host's name."""
    https = f"https://{HOST}/a"
    for url, host in (*((https, one) for one in OTHERS), (f"http://{HOST}/a", HOST)):
        report = site.publish(same_as=[], source={"capture": site.fetched(url, host=host)})

        assert trigger(site, report) == "stated", (url, host)


def test_the_page_says_which_host_answered(site, page):
    report = site.publish(source={"capture": site.fetched(page)})
    site.catch_up()

    assert (
        f"fetched by this service from {HOST}."
        in site.anybody.get(report.recommendation.removeprefix("/api")).text
    )


def test_a_copy_that_only_an_office_may_read_is_nobodys_proof(site, page):
    kept = site.clerk.upload(b"<p>Embargoed</p>", url=page, audience="office")
    name = kept.headers["Location"].rpartition("/")[2]

    report = site.publish(source={"capture": name})

    assert trigger(site, report) == "stated"


def test_a_capture_by_the_publishers_own_account_is_its_word(site):
    kept = site.hmicfrs.upload(b"%PDF-1.7", audience="public")
    name = kept.headers["Location"].rpartition("/")[2]

    report = site.publish(source={"capture": name})

    assert trigger(site, report) == "publisher"


def test_citing_the_publishers_page_afterwards_betters_the_basis_and_not_what_was_known(site, page):
    report = site.publish()
    before = site.position
    kept = site.fetched(page)
    site.clerk.act(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {"field": "source.capture", "now": kept, "reason": "The publisher's page is held now."},
    )
    site.catch_up()

    assert trigger(site, report) == "publisher"
    assert trigger(site, report, known_at=before) == "stated"
    assert site.anybody.reads("/api/responses", report=report.reference)["items"][0]["bases"] == {
        "trigger": "publisher",
        "published": None,
    }


def test_the_publisher_takes_a_report_over_with_its_own_page(site, page):
    report = site.publish()
    kept = site.hmicfrs.upload(b"<p>The report</p>", url=page)
    name = kept.headers["Location"].rpartition("/")[2]

    site.hmicfrs.act(f"{report.path}/takeover", {"source": {"capture": name}})
    site.catch_up()

    assert trigger(site, report) == "publisher"
    listed = site.anybody.reads("/api/responses", report=report.reference, body=PFCC)["items"]
    assert listed[0]["bases"]["trigger"] == "publisher"


def test_taking_over_says_nothing_of_a_day_that_is_corrected_afterwards(site, page):
    report = site.publish(published_on="2025-11-20")
    kept = site.hmicfrs.upload(b"<p>The report</p>", url=page)
    name = kept.headers["Location"].rpartition("/")[2]
    site.hmicfrs.act(f"{report.path}/takeover", {"source": {"capture": name}})
    assert trigger(site, report) == "publisher"

    site.hmicfrs.act(
        f"/api/entries/{report.entry('report-published')}/corrections",
        {
            "field": "published_on",
            "now": "2025-11-19",
            "reason": "Misread.",
            "source": {"url": page},
        },
    )

    assert trigger(site, report) == "stated"


def test_a_website_counts_from_when_the_register_has_it(site):
    page = "https://www.example-inspectorate.gov.uk/report"
    ofsted = {"publisher": "ofsted", "publishers": ["ofsted", "hmicfrs"], "kind": "joint"}
    first = site.publish(**ofsted, source={"capture": site.fetched(page)})

    site.admin.records(
        "/api/bodies/changes",
        {"id": "ofsted", "websites": ["www.example-inspectorate.gov.uk"], "occurred_on": None},
    )
    second = site.publish(**ofsted, source={"capture": site.fetched(page)})

    assert [trigger(site, one) for one in (first, second)] == ["stated", "publisher"]


def test_a_website_is_the_name_of_a_host(site):
    for website in ("https://a.gov.uk", "a", "A.gov.uk", "a.gov.uk/x", "*.gov.uk"):
        said = {"id": "ofsted", "websites": [website], "occurred_on": None}
        answer = site.admin.post("/api/bodies/changes", said)
        assert "www.example.gov.uk" in problem_of(answer, 409, "refused:website")["detail"]


def test_a_shipped_body_has_its_websites():
    (body,) = read_register(
        '[[body]]\nid = "a"\nname = "A"\nkind = "inspectorate"\nwebsites = ["a.gov.uk"]\n'
    ).bodies

    assert body.websites == ("a.gov.uk",)
