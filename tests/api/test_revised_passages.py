"""A published response changes what it says of one recommendation: the day it was seen and both
texts are kept."""

from typing import Any

import pytest

from tests.api.site import FORCE, explanation, recommendation, statement

FIRST = "On recommendation 2 I will seek assurance."
SINCE = "On recommendation 2 I have the assurance."


@pytest.fixture
def report(site):
    """A report with two recommendations, and a response in time that explains one of them."""
    made = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    site.clerk.records(f"{made.response}/statement", statement("2025-07-10"))
    return made


def revision(number="02", **changed):
    return {
        "field": "passage",
        "number": number,
        "addressee": FORCE,
        "now": SINCE,
        "seen_on": "2025-09-01",
    } | changed


def of(report, number):
    return f"/api/recommendations/{report.reference}/{number}/{FORCE}"


def test_a_revised_passage_stands_with_its_recommendation_from_the_day_it_was_seen(site, report):
    entry = site.clerk.act(f"{report.response}/revisions", revision())

    now = site.clerk.reads(of(report, "02"))
    before = site.clerk.reads(of(report, "02"), effective_on="2025-08-31")

    assert now["statement"]["text"] == SINCE
    (line,) = now["statements"]
    assert (line["text"], line["as_first_published"], line["added"]) == (SINCE, FIRST, False)
    assert line["occurred_on"] == "2025-07-10"
    assert line["revisions"] == [
        {
            "entry": entry,
            "field": "passage",
            "was": FIRST,
            "now": SINCE,
            "seen_on": "2025-09-01",
            "number": "02",
            "addressee": FORCE,
            "how": "named",
        }
    ]
    assert before["statement"]["text"] == FIRST
    assert before["statements"][0]["revisions"] == []


def test_both_texts_are_in_the_trail_of_the_response(site, report):
    site.clerk.records(f"{report.response}/revisions", revision())
    site.clerk.records(f"{report.response}/revisions", revision(now="All is done."))

    trail = site.clerk.reads(f"{report.response}/history")["items"]

    revised = [one["texts"] for one in trail if one["type"] == "statement-revised"]
    assert [(one["was"]["text"], one["now"]["text"]) for one in revised] == [
        (FIRST, SINCE),
        (SINCE, "All is done."),
    ]
    answer = site.clerk.reads(report.response)
    assert [one["now"] for one in answer["statements"][0]["revisions"]] == [SINCE, "All is done."]


def test_a_revision_leaves_verdict_and_publication_as_they_were(site, report):
    before = site.clerk.reads(report.response)
    site.clerk.records(f"{report.response}/revisions", revision())

    after = site.clerk.reads(report.response)

    for name in ("verdict", "days", "published_on", "basis", "bases", "coverage"):
        assert after[name] == before[name]
    assert after["statements"][0]["text"] == before["statements"][0]["text"]


def test_an_explanation_that_was_added_counts_from_the_day_it_was_seen(site, report):
    entry = site.clerk.act(f"{report.response}/revisions", revision("03"))

    covered = site.clerk.reads(report.response)["coverage"]
    before = site.clerk.reads(report.response, effective_on="2025-08-31")["coverage"]

    assert (covered["explained_by_due"], covered["explained_now"]) == (1, 2)
    assert (before["explained_by_due"], before["explained_now"]) == (1, 1)
    (line,) = site.clerk.reads(of(report, "03"))["statements"]
    assert (line["entry"], line["added"], line["as_first_published"]) == (entry, True, None)
    assert (line["how"], line["stance"], line["occurred_on"]) == ("named", "not_stated", None)
    assert site.clerk.reads(of(report, "03"), effective_on="2025-08-31")["statements"] == []


def test_an_explanation_that_is_gone_was_there_by_the_due_date(site, report):
    site.clerk.records(f"{report.response}/revisions", revision(now=None))

    covered = site.clerk.reads(report.response)["coverage"]
    before = site.clerk.reads(report.response, effective_on="2025-08-31")["coverage"]

    assert (covered["explained_by_due"], covered["explained_now"]) == (1, 0)
    assert before["explained_now"] == 1
    (line,) = site.clerk.reads(of(report, "02"))["statements"]
    assert (line["how"], line["text"], line["as_first_published"]) == ("not_found", None, FIRST)


def test_a_passage_that_comes_to_speak_in_general_is_counted_so(site, report):
    site.clerk.records(f"{report.response}/revisions", revision(how="general"))

    assert site.clerk.reads(report.response)["coverage"]["general"] == 1
    before = site.clerk.reads(report.response, effective_on="2025-08-31")
    assert before["coverage"]["general"] == 0


def test_correcting_the_statements_day_leaves_the_revisions_day(site, report):
    seen = site.clerk.act(f"{report.response}/revisions", revision())
    trail = site.clerk.reads(f"{report.response}/history")["items"]
    published = next(one["id"] for one in trail if one["type"] == "response-published")
    day = {"field": "published_on", "now": "2025-07-14", "reason": "A slip."}

    site.clerk.records(f"/api/entries/{published}/corrections", day)

    assert site.clerk.reads(report.response)["published_on"] == "2025-07-14"
    assert site.clerk.reads(f"/api/entries/{seen}")["known_on"] == "2025-09-01"


def test_a_revision_is_retracted_by_itself_and_a_statement_with_its_revisions(site, report):
    one = site.clerk.act(f"{report.response}/revisions", revision())
    two = site.clerk.act(f"{report.response}/revisions", revision("03"))
    why = {"reason": "It was another page."}

    site.clerk.records(f"/api/entries/{one}/retraction", why)

    assert site.clerk.reads(of(report, "02"))["statement"]["text"] == FIRST
    assert site.clerk.reads(of(report, "03"))["statement"]["text"] == SINCE
    trail = site.clerk.reads(f"{report.response}/history")["items"]
    published = next(each["id"] for each in trail if each["type"] == "response-published")
    undone = site.clerk.act(f"/api/entries/{published}/retraction", why)
    assert not site.clerk.reads(f"/api/entries/{two}")["in_effect"]
    assert site.clerk.reads(of(report, "03"))["statements"] == []
    site.clerk.records(f"/api/entries/{undone}/retraction", why)
    assert site.clerk.reads(f"/api/entries/{two}")["in_effect"]
    assert not site.clerk.reads(f"/api/entries/{one}")["in_effect"]


def test_only_the_day_of_a_revision_is_corrected(site, report):
    entry = site.clerk.act(f"{report.response}/revisions", revision())
    path = f"/api/entries/{entry}/corrections"
    why = {"reason": "A slip."}

    site.refuses(
        site.clerk, path, {"field": "now", "now": "X"} | why, "not-correctable", "retract it"
    )
    site.clerk.records(path, {"field": "seen_on", "now": "2025-09-02"} | why)

    assert site.clerk.reads(report.response)["published_on"] == "2025-07-10"
    (line,) = site.clerk.reads(of(report, "02"))["statements"]
    assert line["revisions"][0]["seen_on"] == "2025-09-02"


def test_a_recommendation_stays_while_a_revision_speaks_of_it(site, report):
    entry = site.clerk.act(f"{report.response}/revisions", revision("03"))
    trail = site.clerk.reads(f"{of(report, '03')}/history")["items"]

    site.refuses(
        site.clerk,
        f"/api/entries/{trail[0]['id']}/retraction",
        {"reason": "A slip."},
        "others-rest-on-it",
        entry,
    )


def test_a_revision_that_does_not_hold_together_is_refused(site, report):
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"number": None}, "passage", "whose passage"),
        ({"addressee": None}, "passage", "whose passage"),
        ({"how": "not_found"}, "passage", "give its passage"),
        ({"how": "named", "now": None}, "passage", "or null where it is gone"),
        ({"number": "03", "now": None}, "nothing-revised", "already"),
        ({"field": "text"}, "passage", "leave out number"),
        ({"addressee": "dorset-police"}, "addressee", "does not answer for"),
        ({"number": "?"}, "number", "no number"),
    ]
    for changed, kind, says in refused:
        site.refuses(site.clerk, f"{report.response}/revisions", revision(**changed), kind, says)


def test_a_passage_of_what_is_not_recorded_is_not_found(site, report):
    path, body = f"{report.response}/revisions", revision("9")

    site.refuses(site.clerk, path, body, "not-recorded", "record it first", status=404)


def test_a_text_and_an_address_do_not_come_to_be_nothing(site, report):
    gone = {"field": "text", "now": None, "seen_on": "2025-09-01"}

    site.refuses(site.clerk, f"{report.response}/revisions", gone, "does-not-fit", "no text")


def test_comments_that_were_added_are_a_part_from_the_day_they_were_seen(site, report):
    said = {"field": "chief_officer_comments", "now": "We do it.", "seen_on": "2025-09-01"}
    site.clerk.records(f"{report.response}/revisions", said)

    assert "chief_officer_comments" in site.clerk.reads(report.response)["parts"]
    before = site.clerk.reads(report.response, effective_on="2025-08-31")
    assert before["parts"] == ["comments"]


def test_two_statements_on_a_recommendation_are_revised_apart(site, report):
    site.clerk.records(
        f"{report.response}/statement",
        statement("2025-08-01", explanations=[explanation("2", text="A second word.")]),
    )

    site.clerk.records(f"{report.response}/revisions", revision())

    first, second = site.clerk.reads(of(report, "02"))["statements"]
    assert (first["text"], first["revisions"]) == (FIRST, [])
    assert (second["text"], second["as_first_published"]) == (SINCE, "A second word.")
