"""A response that is known by its day or its address alone."""

import pytest

from tests.api.town import NOTE, PFCC, json_of, statement

URL = "https://www.cumbria-pfcc.example/response"


def known(published_on, **more):
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
def test_its_day_or_its_address_is_enough(new_town, said, verdict):
    report = new_town.publish()

    event = new_town.clerk.records(f"{report.response}/statement", said)["event"]

    assert "text" not in event["data"]
    assert event["data"]["parts"] == []
    found = new_town.anybody.reads(report.response)
    assert (found["verdict"], found["parts"]) == (verdict, [])
    (published,) = found["statements"]
    assert (published["text"], published["url"]) == (None, said.get("url"))


def test_of_nothing_that_is_known_nothing_is_recorded(new_town):
    report = new_town.publish()

    new_town.refuses(
        new_town.clerk,
        f"{report.response}/statement",
        known(None),
        "nothing-published",
        "Give the day on which the response was published, its address (url) or its text",
    )


def test_its_parts_can_be_said_all_the_same(new_town):
    report = new_town.publish()
    both = ["comments", "chief_officer_comments"]

    new_town.clerk.records(f"{report.response}/statement", known("2025-07-01", parts=both))

    assert new_town.anybody.reads(report.response)["parts"] == sorted(both)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (known("2025-07-01"), known("2025-07-01")),
        (known("2025-07-01", url=URL), known("2025-07-01", url=URL)),
        (known("2025-07-01", url=URL), known("2025-07-01")),
        (statement("2025-07-01"), known("2025-07-01")),
        (known(None, url=URL), known(None, url=URL)),
    ],
)
def test_what_adds_nothing_is_refused_and_names_the_first(new_town, first, again):
    report = new_town.publish()
    entry = new_town.clerk.act(f"{report.response}/statement", first)

    new_town.refuses(
        new_town.clerk,
        f"{report.response}/statement",
        again,
        "statement-exists",
        f"/api/entries/{entry}",
    )


def test_the_api_records_a_second_response(new_town):
    report = new_town.publish()
    path = f"{report.response}/statement"
    new_town.clerk.records(path, known("2025-07-01"))
    new_town.clerk.records(path, known("2025-07-09", url=URL))
    new_town.clerk.records(path, statement("2025-07-09"))

    assert len(new_town.anybody.reads(report.response)["statements"]) == 3


def test_its_text_comes_later_as_a_correction(new_town):
    report = new_town.publish()
    entry = new_town.clerk.act(f"{report.response}/statement", known("2025-07-01"))
    words = {"field": "text", "now": "We accept it.", "reason": "Typed out since.", "source": NOTE}

    new_town.clerk.records(f"/api/entries/{entry}/corrections", words)

    (published,) = new_town.anybody.reads(report.response)["statements"]
    assert published["text"] == "We accept it."


def test_nobody_is_said_to_have_left_the_chief_officers_comments_out(new_town):
    report = new_town.publish()
    received = {"occurred_on": "2025-06-20", "text": "We agree.", "source": NOTE}
    new_town.clerk.records(f"{report.response}/comments", received)
    new_town.clerk.records(f"{report.response}/statement", known("2025-07-01"))

    assert not new_town.anybody.reads(report.response)["comments_received_not_published"]


def test_its_page_says_that_the_text_is_not_recorded(new_town):
    report = new_town.publish()
    new_town.clerk.records(f"{report.response}/statement", known("2025-07-01", url=URL))
    new_town.catch_up()

    page = new_town.anybody.get(f"/responses/{report.reference}/{PFCC}").text

    assert "its text is not recorded here" in page
    assert "The whole text" not in page


def test_its_exports_and_entries_are_whole(new_town):
    report = new_town.publish()
    entry = new_town.clerk.act(f"{report.response}/statement", known("2025-07-01"))
    new_town.catch_up()

    assert json_of(new_town.anybody.get(f"/api/entries/{entry}"))["texts"] == {}
    assert new_town.anybody.get("/api/responses.csv").status_code == 200
    assert new_town.anybody.get(f"/entries/{entry}").status_code == 200
