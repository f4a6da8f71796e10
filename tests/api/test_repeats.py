"""Notes that a recommendation repeats one of an earlier report: who may make them, what they may
name, and what shows them."""

import pytest

from tests.api.site import FORCE, PAGE, PFCC, Published, recommendation
from tests.api.test_recommendation_page import words

WHY = {"reason": "A slip."}
HMICFRS = "His Majesty's Inspectorate of Constabulary and Fire & Rescue Services"
OFFICE = "Cumbria Police, Fire and Crime Commissioner"


def of(report: Published, number: str = "02") -> dict[str, str]:
    return {"report": report.reference, "number": number, "addressee": FORCE}


def note(earlier: Published, **more):
    return {"of": of(earlier), "words": "own", "occurred_on": "2025-09-01"} | more


def repeats(report: Published) -> str:
    return f"{report.recommendation}/repeats"


@pytest.fixture
def earlier(site):
    return site.publish(published_on="2023-02-01")


def test_a_repeat_is_noted_on_ones_own_words(site, report, earlier):
    made = site.clerk.records(repeats(report), note(earlier))["event"]

    assert (made["type"], made["by"], made["provenance"]) == ("repeat-noted", PFCC, "first_hand")
    last = site.anybody.reads(f"{report.recommendation}/history")["items"][-1]
    assert (last["id"], last["in_effect"]) == (made["id"], True)
    assert last["data"] == {"of": of(earlier), "words": "own"}
    assert site.anybody.reads(report.recommendation)["status"] == "open"


def test_a_repeat_on_the_publishers_words_is_its_act_and_has_their_source(site, report, earlier):
    said = note(earlier, words="publisher")
    site.refuses(site.clerk, repeats(report), said, "source-required", "words of the publisher")
    site.refuses(site.hmicfrs, repeats(report), said, "source-required", "words of the publisher")
    ours = said | {"source": PAGE, "by": PFCC}
    site.refuses(site.clerk, repeats(report), ours, "whose-act", "not of")

    made = site.clerk.records(repeats(report), said | {"source": PAGE})["event"]

    assert (made["by"], made["provenance"]) == ("hmicfrs", "reported")


def test_a_repeat_is_of_another_recommendation_that_is_recorded(site, report, earlier):
    for named, says in (
        (of(report), "cannot repeat itself"),
        (of(report, "Rec 2"), "cannot repeat itself"),
        (of(earlier, "9"), "No recommendation 9"),
        (of(earlier) | {"report": "nothing"}, "No recommendation 02 of “nothing”"),
        (of(earlier) | {"addressee": "dorset-police"}, "No recommendation 02"),
    ):
        site.refuses(site.clerk, repeats(report), note(earlier, of=named), "repeat", says)


def test_what_a_later_report_or_the_same_one_raised_is_not_repeated(site):
    report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    later = site.publish(published_on="2025-05-17")
    site.refuses(site.clerk, repeats(report), note(later), "repeat", "after")
    same = note(report, of=of(report, "03"))
    site.refuses(site.clerk, repeats(report), same, "repeat", "an earlier report")


@pytest.mark.parametrize("day", ["2025-05-16", "2025-05", "2025", None])
def test_one_of_a_report_that_may_be_earlier_is_repeated(site, report, day):
    earlier = site.publish(published_on=day)

    site.clerk.act(repeats(report), note(earlier))


def test_the_same_repeat_is_noted_once(site, report, earlier):
    first = site.clerk.act(repeats(report), note(earlier))
    again = note(earlier, of=of(earlier, "2"), words="publisher", source=PAGE)
    site.refuses(site.hmicfrs, repeats(report), again, "repeat-noted", first)
    retraction = site.clerk.act(f"/api/entries/{first}/retraction", WHY)

    second = site.hmicfrs.act(repeats(report), again)

    site.refuses(site.clerk, f"/api/entries/{retraction}/retraction", WHY, "repeat-noted", second)


def test_the_earlier_one_is_not_set_aside_while_it_is_repeated(site, report, earlier):
    noted = site.clerk.act(repeats(report), note(earlier))
    for topic in ("recommendation-raised", "report-published"):
        path = f"/api/entries/{earlier.entry(topic)}/retraction"
        site.refuses(site.clerk, path, WHY, "others-rest-on-it", noted)
    site.clerk.act(f"/api/entries/{noted}/retraction", WHY)

    aside = site.clerk.act(f"/api/entries/{earlier.entry('recommendation-raised')}/retraction", WHY)

    site.refuses(site.clerk, repeats(report), note(earlier), "repeat", aside)


def test_a_repeat_is_noted_anew_where_it_names_the_wrong_one(site, report, earlier):
    noted = site.clerk.act(repeats(report), note(earlier))
    for field, now in (("of.number", "03"), ("words", "publisher")):
        site.refuses(
            site.clerk,
            f"/api/entries/{noted}/corrections",
            WHY | {"field": field, "now": now},
            "not-correctable",
            "retract it",
        )


def test_words_of_the_publisher_keep_their_source(site, report, earlier):
    noted = site.hmicfrs.act(repeats(report), note(earlier, words="publisher", source=PAGE))
    site.refuses(
        site.hmicfrs,
        f"/api/entries/{noted}/corrections",
        WHY | {"field": "source.url", "now": None},
        "source-required",
        "words of the publisher",
    )


def test_an_office_that_has_nothing_to_do_with_it_notes_no_repeat(site, report, earlier):
    answer = site.dorset.post(repeats(report), note(earlier))

    assert answer.status_code == 403


# What shows them


def test_both_recommendations_say_who_noted_the_repeat(site, report, earlier):
    entry = site.clerk.act(repeats(report), note(earlier, words="publisher", source=PAGE))

    (told,) = site.anybody.reads(report.recommendation)["repeats"]
    (back,) = site.anybody.reads(earlier.recommendation)["repeated_by"]

    whose = {
        "words": "publisher",
        "by": "hmicfrs",
        "by_name": HMICFRS,
        "provenance": "reported",
        "on": "2025-09-01",
        "recorded_by": "cumbria-pfcc/clerk",
        "reported_by_name": OFFICE,
        "entry": entry,
    }
    for shown, other in ((told, earlier), (back, report)):
        assert {name: shown[name] for name in whose} == whose
        assert {name: shown[name] for name in ("report", "number", "addressee")} == of(other)
        assert shown["links"]["self"].replace("/2/", "/02/") == other.recommendation
    assert site.anybody.reads(report.recommendation)["repeated_by"] == []
    assert site.anybody.reads(earlier.recommendation)["repeats"] == []


def test_a_repeat_is_shown_from_its_day_on_and_until_it_is_retracted(site, report, earlier):
    noted = site.clerk.act(repeats(report), note(earlier))
    before = site.position

    def shown(**asked):
        return (
            len(site.anybody.reads(report.recommendation, **asked)["repeats"]),
            len(site.anybody.reads(earlier.recommendation, **asked)["repeated_by"]),
        )

    assert shown(effective_on="2025-08-31") == (0, 0)
    assert shown(effective_on="2025-09-01") == (1, 1)
    assert shown(known_at=before - 1) == (0, 0)
    site.clerk.act(f"/api/entries/{noted}/retraction", WHY)
    assert shown() == (0, 0)
    assert shown(known_at=before) == (1, 1)


def page(site, of: Published):
    return site.anybody.get(of.recommendation.removeprefix("/api"))


def titled(of: Published) -> str:
    return f"“{of.answer['event']['data']['title']}”"


def test_lists_say_what_repeats_a_recommendation(site, report, earlier):
    entry = site.clerk.act(repeats(report), note(earlier))
    response = site.anybody.reads(earlier.response)
    listed = site.anybody.reads("/api/recommendations", report=earlier.reference)

    for shown in (listed["items"], site.anybody.reads(earlier.path)["recommendations"],
                  response["recommendations"]):  # fmt: skip
        assert [one["entry"] for one in shown[0]["repeated_by"]] == [entry]
        assert shown[0]["repeats"] == []


def test_the_whole_chain_is_answered_with_what_became_of_each(site, report, earlier):
    first = site.publish(published_on="2020-03-02")
    site.clerk.act(repeats(report), note(earlier))
    site.clerk.act(repeats(earlier), note(first))
    closed = WHY | {"occurred_on": "2021-06-01"}
    site.hmicfrs.act(f"{first.recommendation}/closures", closed)

    for one in (report, earlier, first):
        chain = site.anybody.reads(one.recommendation)["chain"]

        assert [(each["report"], each["published_on"], each["status"]) for each in chain] == [
            (first.reference, "2020-03-02", "closed"),
            (earlier.reference, "2023-02-01", "open"),
            (report.reference, "2025-05-16", "open"),
        ]
        assert chain[0]["decided"]["by"] == "hmicfrs"
    alone = site.publish()
    assert site.anybody.reads(alone.recommendation)["chain"] == []


def test_each_page_shows_the_chain_with_what_became_of_the_first(site, report, earlier):
    first = site.publish(published_on="2020-03-02")
    site.clerk.act(repeats(report), note(earlier, words="publisher", source=PAGE))
    site.clerk.act(repeats(earlier), note(first))
    site.hmicfrs.act(f"{first.recommendation}/closures", WHY | {"occurred_on": "2021-06-01"})

    number = "Recommendation 02 to Cumbria Constabulary"
    closed = f"{number} Closed by HMICFRS, 1 June 2021."
    middle = page(site, earlier)
    text = words(middle)
    assert (
        f"Asked before, and again {closed} This one repeats it: noted by {OFFICE}, 1 September "
        f"2025. The note {titled(first)}, 2 March 2020 This recommendation Open. "
        f"{titled(earlier)}, 1 February 2023 {number} Open. It repeats this one: in the words of "
        f"HMICFRS, as reported by {OFFICE}, 1 September 2025. The note {titled(report)}" in text
    )
    for other in (report, first):
        assert f'href="/recommendations/{other.reference}/2/{FORCE}' in middle.text
    assert f"Asked before {closed} {titled(first)}" in words(page(site, report))
    assert "Asked again This recommendation Closed by HMICFRS" in words(page(site, first))
    assert "the publisher says so" in words(page(site, report))
    assert f"in {OFFICE}’s own words" in text


def test_no_day_of_a_report_makes_what_is_repeated_come_later(site, report, earlier):
    noted = site.clerk.act(repeats(report), note(earlier))
    source = {"source": {"capture": site.own_page()["capture"]}}

    def correction(of: Published, now: str):
        path = f"/api/entries/{of.entry('report-published')}/corrections"
        return site.clerk, path, WHY | source | {"field": "published_on", "now": now}

    for of, now in ((earlier, "2025-05-17"), (report, "2023-01-31")):
        site.refuses(*correction(of, now), "others-rest-on-it", noted)
    site.clerk.act(f"/api/entries/{noted}/retraction", WHY)

    who, path, asked = correction(report, "2023-01-31")
    moved = who.act(path, asked)

    site.clerk.act(repeats(earlier), note(report, occurred_on="2025-09-02"))
    path = f"/api/entries/{moved}/retraction"
    site.refuses(site.clerk, path, WHY | source, "others-rest-on-it", "later report")
