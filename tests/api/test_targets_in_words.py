"""A target in words over HTTP: proposed, confirmed, passed; and when the report's day moves."""

import pytest

from ledger.dates import london_date
from ledger.replay.answers import answers
from ledger.replay.log import read
from ledger.replay.world import World
from tests.api.site import FORCE, NOTE, PFCC, problem_of, recommendation
from tests.projections.test_replay_oracle import rows

WORDS = "Within three months"
ON = "2025-08-16"
"""The day that they give for a report of 16 May 2025."""


def raised(**target):
    return recommendation() | {"target": target}


def confirmation(on=ON, **more):
    return {
        "on": on,
        "origin": "report",
        "reason": "Counted from the report's day.",
        "worked_out": True,
        "occurred_on": None,
    } | more


@pytest.fixture
def in_words(site):
    """A report whose recommendation has its target in words alone."""
    return site.publish(recommendations=[raised(phrase=WORDS)])


def target(site, report, **asked):
    return site.anybody.reads(report.recommendation, **asked)["target"]


def test_words_are_a_phrase_with_a_proposal_until_a_person_confirms_the_day(site, in_words):
    found = target(site, in_words)

    assert (found["standing"], found["on"]) == ("none", None)
    assert "worked_out" not in found
    assert found["proposed"] == {
        "on": ON,
        "words": WORDS,
        "why": "3 months from 16 May 2025, that day not counted, end on 16 August 2025.",
        "entry": in_words.entry("recommendation-raised"),
    }
    site.catch_up()
    page = site.anybody.get(in_words.recommendation.removeprefix("/api")).text
    assert "nobody has confirmed that day" in page
    assert "Whoever records for Cumbria Police, Fire and Crime Commissioner, the force or" in page
    assert page.count(f"“{WORDS}”") == 1
    assert "16 August 2025" in page


def test_a_day_that_is_confirmed_passes_and_says_that_it_was_worked_out(site, in_words):
    entry = site.clerk.act(f"{in_words.recommendation}/targets", confirmation(source=NOTE))

    found = site.anybody.reads(in_words.recommendation)
    assert found["target"] == {
        "standing": "passed",
        "on": ON,
        "original_on": ON,
        "moves": 0,
        "days": 100,
        "worked_out": True,
    }
    assert [one.get("worked_out", False) for one in found["targets"]] == [False, True]
    assert found["targets"][1]["set_on"] == "2025-05-16"
    assert target(site, in_words, effective_on="2025-08-16")["standing"] == "ahead"
    site.catch_up()
    listed = site.anybody.reads("/api/recommendations", report=in_words.reference)["items"]
    assert listed[0]["target"] == found["target"]
    passed = site.anybody.reads("/api/recommendations", report=in_words.reference, target="passed")[
        "items"
    ]
    assert len(passed) == 1
    for path in (
        in_words.recommendation.removeprefix("/api"),
        in_words.path.removeprefix("/api"),
        f"/recommendations?report={in_words.reference}",
    ):
        assert "worked out from the words" in site.anybody.get(path).text, path
    site.refuses(
        site.clerk,
        f"{in_words.recommendation}/targets",
        confirmation(source=NOTE),
        "worked-out",
        "recorded already",
    )
    site.clerk.act(f"/api/entries/{entry}/retraction", {"reason": "Nobody counted it."})
    assert target(site, in_words)["proposed"]["on"] == ON


def test_it_is_recorded_with_the_report_beside_the_phrase(site):
    report = site.publish(recommendations=[raised(on=ON, phrase=WORDS, worked_out=True)])

    found = site.anybody.reads(report.recommendation)
    assert found["target"]["worked_out"] is True
    assert "proposed" not in found["target"]
    assert found["targets"][0] == {
        "on": ON,
        "phrase": WORDS,
        "origin": "report",
        "entry": report.entry("recommendation-raised"),
        "set_on": "2025-05-16",
        "worked_out": True,
    }


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"on": "2025-08-15", "phrase": WORDS}, "confirm 2025-08-16"),
        ({"on": ON}, "both the words"),
        ({"phrase": WORDS}, "both the words"),
        ({"on": ON, "phrase": "as soon as possible"}, "give no day"),
        ({"on": ON, "phrase": "within three months or by 1 June 2026"}, "more than one date"),
        ({"on": "2026-05-01", "phrase": "by May 2026"}, "the beginning or the end"),
    ],
)
def test_a_day_that_the_words_do_not_give_is_not_worked_out_from_them(site, said, says):
    body = site.report(recommendations=[raised(**said, worked_out=True)])

    site.refuses(site.clerk, "/api/reports", body, "worked-out", says)


def test_a_day_that_the_report_states_is_nothing_to_work_out(site):
    stated = site.publish(recommendations=[raised(on="2025-09-01", phrase="by 1 September 2025")])
    path = f"{stated.recommendation}/targets"

    assert "proposed" not in target(site, stated)
    said = confirmation("2025-09-01", source=NOTE)
    site.refuses(site.clerk, path, said, "worked-out", "The report states the day itself")
    bare = site.publish()
    site.refuses(
        site.clerk,
        f"{bare.recommendation}/targets",
        confirmation(source=NOTE),
        "worked-out",
        "without words",
    )
    words = site.publish(recommendations=[raised(phrase=WORDS)])
    site.refuses(
        site.clerk,
        f"{words.recommendation}/targets",
        confirmation(origin="force"),
        "worked-out",
        "the origin is `report`",
    )


def test_words_that_give_no_day_say_why_and_stay_a_phrase(site):
    for words, says in (
        ("as soon as possible", "no date of a form"),
        ("within six months, or by 1 June 2026", "more than one date"),
    ):
        report = site.publish(recommendations=[raised(phrase=words)])
        proposed = target(site, report)["proposed"]
        assert proposed["on"] is None
        assert says in proposed["why"]
    unknown = site.publish(published_on="2025-05", recommendations=[raised(phrase=WORDS)])
    assert "known as May 2025" in target(site, unknown)["proposed"]["why"]


@pytest.fixture
def moved(site):
    """A report whose day was corrected after the day of a target was confirmed by its words."""
    report = site.publish(
        published_on="2025-11-20",
        recommendations=[raised(on="2026-02-20", phrase=WORDS, worked_out=True)],
    )
    corrects(site, report, "2025-11-19")
    return report


def corrects(site, report, now):
    said = {"field": "published_on", "now": now, "reason": "A slip.", "source": NOTE}
    path = f"/api/entries/{report.entry('report-published')}/corrections"
    return site.clerk.act(path, said)


def test_a_target_is_to_be_confirmed_again_once_the_reports_day_was_corrected(site, moved):
    entry = moved.entry("recommendation-raised")

    found = site.anybody.reads(moved.recommendation)

    assert (found["target"]["standing"], found["target"]["on"]) == ("none", None)
    assert found["target"]["to_confirm"] == {"on": "2026-02-20", "entry": entry}
    assert found["target"]["proposed"]["on"] == "2026-02-19"
    assert found["targets"][0]["to_confirm"] is True
    site.catch_up()
    asked = {"report": moved.reference}
    none = site.anybody.reads("/api/recommendations", target="none", **asked)["items"]
    assert [one["target"] for one in none] == [found["target"]]
    assert site.anybody.reads("/api/recommendations", target="ahead", **asked)["items"] == []
    page = site.anybody.get(moved.recommendation.removeprefix("/api")).text
    assert "The target is to be confirmed again" in page
    assert "now give 19 February 2026" in page
    listed = site.anybody.get(f"/recommendations?report={moved.reference}").text
    assert "worked out from the words: to be confirmed again." in listed


def test_replay_says_of_each_target_what_the_site_does(site, moved):
    """One that is to be confirmed again, one that was, and one whose day never moved."""
    again = site.publish(
        published_on="2025-11-20",
        recommendations=[raised(on="2026-02-20", phrase=WORDS, worked_out=True)],
    )
    corrects(site, again, "2025-11-19")
    said = confirmation("2026-02-19", source=NOTE)
    site.clerk.act(f"{again.recommendation}/targets", said)
    never = site.publish(recommendations=[raised(on=ON, phrase=WORDS, worked_out=True)])
    today = london_date(site.ledger.now())
    replayed = answers(World(read(rows(site)), site.position, today)).recommendations

    for report in (moved, again, never):
        path = f"/api/recommendations/{report.reference}/2/{FORCE}"
        said, mine = site.anybody.reads(path), replayed[path]
        assert {name: said["target"][name] for name in mine["target"]} == mine["target"]
        for one, its in zip(said["targets"], mine["targets"], strict=True):
            assert {name: one[name] for name in its} == its
    assert "to_confirm" in replayed[f"/api/recommendations/{moved.reference}/2/{FORCE}"]["target"]


def test_a_correction_of_the_target_confirms_it_again(site, moved):
    entry = f"/api/entries/{moved.entry('recommendation-raised')}/corrections"
    wrong = {"field": "target.on", "now": "2026-02-21", "reason": "The report's day."}
    site.refuses(site.clerk, entry, wrong, "worked-out", "confirm 2026-02-19")
    site.clerk.act(entry, wrong | {"now": "2026-02-19"})

    found = target(site, moved)
    assert (found["on"], found["moves"], found["worked_out"]) == ("2026-02-19", 0, True)
    assert "proposed" not in found
    assert "to_confirm" not in found


@pytest.mark.parametrize("words", ["Within three months", "By 28 February 2026"])
def test_a_target_is_confirmed_again_as_it_was_the_first_time_and_that_is_no_move(site, words):
    on = {"Within three months": "2026-02-20"}.get(words, "2026-02-28")
    now = {"Within three months": "2026-02-19"}.get(words, "2026-02-28")
    report = site.publish(
        published_on="2025-11-20",
        recommendations=[raised(on=on, phrase=words, worked_out=True)],
    )
    corrects(site, report, "2025-11-19")
    assert target(site, report)["proposed"]["on"] == now

    path = f"{report.recommendation}/targets"
    site.clerk.act(path, confirmation(now, source=NOTE))

    found = target(site, report)
    assert (found["on"], found["original_on"], found["moves"]) == (now, now, 0)
    assert "to_confirm" not in found
    again = confirmation(now, source=NOTE)
    site.refuses(site.clerk, path, again, "worked-out", "recorded already")


def test_a_report_whose_correction_is_taken_back_needs_no_new_confirmation(site):
    report = site.publish(
        published_on="2025-11-20",
        recommendations=[raised(on="2026-02-20", phrase=WORDS, worked_out=True)],
    )
    correction = corrects(site, report, "2025-11-19")
    assert target(site, report)["standing"] == "none"

    back = {"reason": "It was right.", "source": NOTE}
    site.clerk.act(f"/api/entries/{correction}/retraction", back)

    assert target(site, report)["on"] == "2026-02-20"


def test_the_calendar_says_that_a_target_is_to_be_confirmed_again(site, moved):
    site.catch_up()

    events = calendar(site.anybody.get(f"/feeds/deadlines.ics?body={FORCE}").text)

    (event,) = [one for one in events if moved.reference in one and "Target" in one]
    assert "DTSTART;VALUE=DATE:20260220" in event
    assert "STATUS:TENTATIVE" in event
    assert "the day is to be confirmed again" in event
    assert "VALARM" not in event


def calendar(text):
    """The events of a calendar, each with its lines unfolded."""
    unfolded = text.replace("\r\n ", "").replace("\\,", ",")
    return [one.partition("END:VEVENT")[0] for one in unfolded.split("BEGIN:VEVENT")[1:]]


def test_a_target_that_was_not_worked_out_is_stored_without_that_word(site):
    report = site.publish(
        recommendations=[raised(on="2025-09-01", phrase="1 September", worked_out=False)]
    )

    stored = site.anybody.reads(f"/api/entries/{report.entry('recommendation-raised')}/raw")[
        "event"
    ]["data"]["target"]
    assert stored.keys() == {"on", "phrase"}


def test_words_that_were_redacted_propose_nothing(site, in_words):
    raised_by = in_words.entry("recommendation-raised")
    sought = site.clerk.act(
        f"/api/entries/{raised_by}/redaction", {"field": "target.phrase", "basis": "personal_data"}
    )
    site.admin.act(f"/api/entries/{sought}/redaction-confirmation", {})

    assert "proposed" not in target(site, in_words)
    site.refuses(
        site.clerk,
        f"{in_words.recommendation}/targets",
        confirmation(source=NOTE),
        "worked-out",
        "they were removed",
    )


def test_a_later_target_of_the_forces_own_stays_the_current_one(site, in_words):
    later = {"on": "2026-01-31", "origin": "force", "reason": "More time."}
    site.force.act(f"{in_words.recommendation}/targets", later | {"occurred_on": "2025-07-01"})

    site.clerk.act(f"{in_words.recommendation}/targets", confirmation(source=NOTE))

    found = target(site, in_words)
    assert (found["on"], found["original_on"], found["moves"]) == ("2026-01-31", ON, 1)
    assert "worked_out" not in found
    answer = site.dorset.post(f"{in_words.recommendation}/targets", confirmation(source=NOTE))
    problem_of(answer, 403, "not-allowed")


# The word of a target's origin


OWN = {"on": "2026-01-31", "reason": "More time.", "occurred_on": "2025-07-01"}


def test_a_target_of_the_forces_own_is_its_word_and_from_anybody_else_reported(site, report):
    path = f"{report.recommendation}/targets"
    said = OWN | {"origin": "force"}
    for who in (site.clerk, site.panel, site.hmicfrs):
        site.refuses(who, path, said, "source-required", "This is an act of Cumbria Constabulary")

    reported = site.panel.records(path, said | {"source": NOTE})["event"]
    own = site.force.records(path, said | {"on": "2026-02-28"})["event"]

    assert (reported["by"], reported["provenance"]) == (FORCE, "reported")
    assert (own["by"], own["provenance"]) == (FORCE, "first_hand")


def test_the_forces_own_target_is_nobody_elses_act(site, report):
    said = OWN | {"origin": "force", "by": PFCC, "source": NOTE}

    path = f"{report.recommendation}/targets"
    site.refuses(site.clerk, path, said, "whose-target", "give the origin `internal`")
