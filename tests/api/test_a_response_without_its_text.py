"""A response that is known by its day or its address alone."""

import csv

import pytest

from tests.api.site import FORCE, NOTE, PFCC, explanation, recommendation, statement

URL = "https://www.cumbria-pfcc.example/response"


def known(published_on, **more):
    """Return a request about a response whose text is not given."""
    return {"published_on": published_on, "explanations": [], **more}


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (known("2025-07-01"), "in_time"),
        (known("2025-07-14"), "late"),
        (known("2025-07-01", url=URL), "in_time"),
        (known(None, url=URL), "not_shown"),
    ],
)
def test_its_day_or_its_address_is_enough(site, said, verdict):
    report = site.publish()

    event = site.clerk.records(f"{report.response}/statement", said)["event"]

    assert "text" not in event["data"]
    assert event["data"]["parts"] == []
    found = site.anybody.reads(report.response)
    assert (found["verdict"], found["parts"]) == (verdict, [])
    (published,) = found["statements"]
    assert (published["text"], published["url"]) == (None, said.get("url"))


def test_a_response_of_which_nothing_is_known_is_refused(site):
    report = site.publish()

    site.refuses(
        site.clerk,
        f"{report.response}/statement",
        known(None),
        "nothing-published",
        "Give the day on which the response was published, its address (url) or its text",
    )


def test_its_parts_can_be_said_all_the_same(site):
    report = site.publish()
    both = ["comments", "chief_officer_comments"]

    site.clerk.records(f"{report.response}/statement", known("2025-07-01", parts=both))

    assert site.anybody.reads(report.response)["parts"] == sorted(both)


def test_a_statement_that_adds_nothing_is_refused_and_names_the_first(site):
    for first, again in (
        (known("2025-07-01"), known("2025-07-01")),
        (known("2025-07-01", url=URL), known("2025-07-01", url=URL)),
        (known("2025-07-01", url=URL), known("2025-07-01")),
        (statement("2025-07-01"), known("2025-07-01")),
        (known(None, url=URL), known(None, url=URL)),
    ):
        path = f"{site.publish().response}/statement"
        entry = f"/api/entries/{site.clerk.act(path, first)}"
        site.refuses(site.clerk, path, again, "statement-exists", entry)


def test_a_response_without_its_text_leaves_no_comments_out(site):
    report = site.publish()
    received = {"occurred_on": "2025-06-20", "text": "We agree.", "source": NOTE}
    site.clerk.records(f"{report.response}/comments", received)
    site.clerk.records(f"{report.response}/statement", known("2025-07-01"))

    assert not site.anybody.reads(report.response)["comments_received_not_published"]


def test_its_page_says_that_the_text_is_not_recorded(site):
    report = site.publish()
    site.clerk.records(f"{report.response}/statement", known("2025-07-01", url=URL))
    site.catch_up()

    page = site.anybody.get(f"/responses/{report.reference}/{PFCC}").text

    assert "its text is not recorded here" in page
    assert "The whole text" not in page


# --- what it explains is not known


TWO = [recommendation("2"), recommendation("4"), recommendation("c1", kind="cause_of_concern")]
LACKS_TEXT = "a response is recorded here without its text"


def not_found(number):
    return explanation(number, how="not_found", stance="not_stated", text=None)


def counts(site, report, **dates):
    found = site.anybody.reads(report.response, **dates)["coverage"]
    named = (found["explained_by_due"], found["explained_now"], found["general"])
    return named, found["not_known"], found["causes_of_concern"]["explained_now"]


def test_a_response_without_its_text_explains_nobody_knows_what(site):
    report = site.publish(recommendations=TWO)
    site.clerk.records(f"{report.response}/statement", known("2025-07-01", url=URL))

    assert counts(site, report) == ((None, None, None), 2, None)
    assert counts(site, report, effective_on="2025-06-30") == ((0, 0, 0), 0, 0)


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ([known("2025-07-01", explanations=[explanation(), explanation("4")])], (2, 2, 0)),
        ([known("2025-07-01", explanations=[explanation(), not_found("4")])], (1, 1, 0)),
        ([known("2025-07-01", explanations=[explanation()])], (None, None, None)),
        (
            [
                statement("2025-07-01", explanations=[explanation(), explanation("4")]),
                known("2025-07-08"),
            ],
            (2, 2, 0),
        ),
        (
            [
                statement(
                    "2025-07-01", explanations=[explanation(), explanation("4", how="general")]
                ),
                known("2025-07-08"),
            ],
            (2, 2, None),
        ),
        (
            [
                statement("2025-07-01", explanations=[explanation(), explanation("4")]),
                known("2025-08-08"),
            ],
            (2, 2, 0),
        ),
        ([statement("2025-07-01"), known("2025-08-08")], (1, None, None)),
    ],
)
def test_a_count_is_null_only_where_the_text_could_change_it(site, several, expected):
    report = site.publish(recommendations=TWO)
    for one in several:
        site.clerk.records(f"{report.response}/statement", one)

    assert counts(site, report)[0] == expected


def test_a_text_that_comes_later_does_not_say_that_nothing_is_explained(site):
    report = site.publish(recommendations=TWO)
    entry = site.clerk.act(f"{report.response}/statement", known("2025-07-01"))
    words = {"field": "text", "now": "We accept it.", "reason": "Typed out since.", "source": NOTE}
    site.clerk.records(f"/api/entries/{entry}/corrections", words)

    assert counts(site, report)[0] == (None, None, None)


def test_a_passage_that_was_seen_since_is_counted(site):
    report = site.publish(recommendations=TWO)
    site.clerk.records(f"{report.response}/statement", known("2025-07-01"))
    for number in ("2", "4"):
        seen = {"field": "passage", "number": number, "addressee": FORCE, "how": "named"}
        seen |= {"now": "I will seek assurance.", "seen_on": "2025-08-01"}
        site.clerk.records(f"{report.response}/revisions", seen)

    assert counts(site, report)[0] == (None, 2, 0)
    assert counts(site, report, effective_on="2025-07-31")[0] == (None, None, None)


def test_pages_workings_files_and_totals_say_that_it_is_not_known(new_site):
    report = new_site.publish(recommendations=TWO)
    new_site.clerk.records(f"{report.response}/statement", known("2025-07-01"))
    new_site.catch_up()

    page = new_site.anybody.get(f"/responses/{report.reference}/{PFCC}").text
    assert f'not known of 2 of 2 recommendations<span class="basis">{LACKS_TEXT}</span>' in page
    assert "nobody is said to have left a recommendation out" in page
    sentences = new_site.anybody.reads(f"{report.response}/working")["sentences"]
    assert any(one.startswith("What the response explains is not known") for one in sentences)
    (row,) = csv.DictReader(new_site.anybody.get("/api/responses.csv").text.splitlines())
    assert (row["Explained now"], row["Explained by due"]) == ("", "")
    assert row["Explanations not known"] == "2"
    total = new_site.anybody.reads("/api/compliance")["total"]["coverage"]
    assert (total["responses"], total["left_out"], total["not_known"]) == (0, 0, 1)
    assert (total["addressed"], total["by_due"]) == (0, {"addressed": 0, "explained": 0})
