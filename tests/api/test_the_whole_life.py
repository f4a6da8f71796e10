"""Acts beyond the main line: withdrawal, revision, takeover, extension, disapplication, dispute,
release, the register's changes."""

from tests.api.site import FORCE, NOTE, PAGE, problem_of, recommendation, statement

DUE = "2025-08-01"
MORE_TIME = {
    "applied_on": "2025-07-01",
    "granted_on": "2025-07-03",
    "granted_by": "The inspector",
    "due_on": "2025-09-01",
    "basis": "The chief constable was ill.",
    "occurred_on": "2025-07-03",
    "source": NOTE,
}


def by_hand(site, report, due_on=DUE):
    """A duty whose due date a person gave: the fire authority's, say."""
    path = f"/api/responses/{report.reference}/cumbria-fire"
    site.admin.records(f"{path}/duties", {"rule": "manual", "due_on": due_on, "source": NOTE})
    return path


def test_one_that_is_superseded_by_what_is_not_known_says_so(site):
    report = site.publish()
    path = f"{report.recommendation}/supersessions"
    made = site.hmicfrs.records(path, {"reason": "Merged.", "occurred_on": "2025-09-01"})

    assert "superseded_by" not in made["event"]["data"]
    assert site.clerk.reads(report.recommendation)["status"] == "superseded"
    page = site.clerk.get(report.recommendation.removeprefix("/api")).text
    assert "It is not recorded which recommendation took its place." in page
    made = site.admin.records(f"/api/entries/{made['event']['id']}/retraction", {"reason": "No."})
    assert site.clerk.reads(report.recommendation)["status"] == "open"


def test_one_that_is_superseded_names_another_that_is_recorded(site):
    report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    ref = {"report": report.reference, "number": "03", "body": FORCE}
    path = f"{report.recommendation}/supersessions"
    said = {"reason": "Merged.", "occurred_on": "2025-09-01"}

    site.refuses(
        site.hmicfrs,
        path,
        said | {"superseded_by": ref | {"number": "9"}},
        "superseded-by",
        "No recommendation 9",
    )
    site.refuses(
        site.hmicfrs,
        path,
        said | {"superseded_by": ref | {"number": "2"}},
        "superseded-by",
        "its own place",
    )
    site.hmicfrs.records(path, said | {"superseded_by": ref})

    assert site.clerk.reads(report.recommendation)["status"] == "superseded"
    site.refuses(
        site.hmicfrs,
        f"{report.recommendation}/withdrawals",
        {"reason": "Moot.", "occurred_on": "2025-10-01"},
        "not-allowed-here",
        "superseded",
    )


def test_a_request_that_names_the_addressee_as_it_was_named_before_is_read(site):
    report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    path = f"{report.recommendation}/supersessions"
    said = {"reason": "Merged.", "occurred_on": "2025-09-01"}
    ref = {"report": report.reference, "number": "03"}

    both = said | {"superseded_by": ref | {"addressee": FORCE, "body": FORCE}}
    problem_of(site.hmicfrs.post(path, both), 422, "unfit")
    problem_of(site.hmicfrs.post(path, said | {"superseded_by": ref}), 422, "unfit")
    made = site.hmicfrs.records(path, said | {"superseded_by": ref | {"body": FORCE}})

    assert made["event"]["data"]["superseded_by"] == ref | {"addressee": FORCE}
    stored = site.anybody.reads(f"/api/entries/{made['event']['id']}/raw")["event"]
    assert (stored["schema"], stored["data"]["superseded_by"]["addressee"]) == (2, FORCE)


def test_a_retracted_recommendation_takes_no_ones_place(site):
    report = site.publish(recommendations=[recommendation("02"), recommendation("03")])
    other = report.recommendation.replace("/02/", "/03/")
    raised = site.clerk.reads(f"{other}/history")["items"][0]["id"]
    retraction = site.clerk.act(f"/api/entries/{raised}/retraction", {"reason": "Twice."})
    path = f"{report.recommendation}/supersessions"
    ref = {"report": report.reference, "number": "03", "body": FORCE}
    said = {"reason": "Merged.", "occurred_on": "2025-09-01", "superseded_by": ref}

    site.refuses(
        site.hmicfrs,
        path,
        said,
        "superseded-by",
        f"The recommendation 03 of “{report.reference}” to “{FORCE}” was retracted, by "
        f"{retraction}: name one that stands.",
    )
    site.clerk.act(f"/api/entries/{retraction}/retraction", {"reason": "It was not twice."})
    site.hmicfrs.records(path, said)


def test_the_statutory_period_cannot_be_extended(site, report):
    site.refuses(
        site.clerk, f"{report.response}/extensions", MORE_TIME, "no-extension", "no extension"
    )


def test_an_extension_moves_the_day_from_when_it_was_granted(site, report):
    path = by_hand(site, report)

    site.admin.records(f"{path}/extensions", MORE_TIME)

    assert site.clerk.reads(path, effective_on="2025-07-02")["due_on"] == DUE
    later = site.clerk.reads(path, effective_on="2025-08-20")
    assert (later["due_on"], later["original_due_on"]) == ("2025-09-01", DUE)
    assert later["verdict"] == "due"


def test_the_working_says_both_countings_after_an_extension(site, report):
    path = by_hand(site, report)
    granted = site.admin.act(f"{path}/extensions", MORE_TIME)
    more = "1 September 2025 is the last day since then."

    before = site.clerk.reads(f"{path}/working", effective_on="2025-07-02")
    assert not any(more in one for one in before["sentences"])
    assert granted not in {one["entry"] for one in before["used"]}

    after = site.clerk.reads(f"{path}/working", effective_on="2025-08-20")
    assert after["due_on"] == "2025-09-01"
    first, second = after["sentences"][1:3]
    assert first == after["counting"] == "1 August 2025 is the day that the source gives."
    assert second.startswith("More time was granted by The inspector, as was said, by ")
    assert second.endswith(more)
    assert granted in {one["entry"] for one in after["used"]}


def test_an_extension_that_does_not_hold_together_is_refused(site, report):
    path = by_hand(site, report)
    for changed, says in [
        ({"applied_on": "2025-08-02", "granted_on": "2025-08-03"}, "after the response was due"),
        ({"granted_on": "2025-06-30"}, "before it was applied for"),
        ({"due_on": "2025-08-01"}, "no later than"),
        ({"due_on": "2025-09"}, "is no day"),
    ]:
        site.refuses(site.admin, f"{path}/extensions", MORE_TIME | changed, "extension", says)


def test_a_disapplication_after_the_due_date_does_not_replace_the_verdict(site, report):
    site.clerk.records(f"{report.response}/statement", statement("2025-07-14"))
    site.clerk.records(
        f"{report.response}/disapplications",
        {"basis": "not_the_subject", "decided_by": "HMICFRS", "occurred_on": "2025-09-01"},
    )

    found = site.clerk.reads(report.response)

    assert (found["verdict"], found["days"]) == ("late", 4)
    assert found["disapplied"][0]["decided_by"] == "HMICFRS"
    assert found["disapplied"][0]["decided_on"] == "2025-09-01"
    assert found["disapplied"][0]["recorded_on"] == "2025-11-24"
    sentences = site.clerk.reads(f"{report.response}/working")["sentences"]
    assert (
        "That the duty does not apply was recorded on 24 November 2025, after the last day, as "
        "decided by HMICFRS on 1 September 2025: it stands beside the verdict and does not replace "
        "it."
    ) in sentences
    says = "said on 1 September 2025 not to apply, recorded here on 24 November 2025."
    assert found["headline"].endswith(says)
    site.refuses(
        site.clerk,
        f"{report.response}/disapplications",
        {"basis": "not_the_subject", "decided_by": "HMICFRS", "occurred_on": None},
        "disapplied-once",
        "already",
    )


def test_a_revised_statement_keeps_its_first_date_and_both_texts(site, report):
    site.clerk.records(f"{report.response}/statement", statement("2025-07-10"))
    site.clerk.records(
        f"{report.response}/revisions",
        {
            "field": "text",
            "now": {"text": "I welcome this report warmly."},
            "seen_on": "2025-09-01",
        },
    )

    now = site.clerk.reads(report.response)
    before = site.clerk.reads(report.response, effective_on="2025-08-31")

    assert now["published_on"] == "2025-07-10"
    assert now["verdict"] == "in_time"
    assert now["statements"][0]["text"] == "I welcome this report warmly."
    assert before["statements"][0]["text"] == "I welcome this report."
    trail = site.clerk.reads(f"{report.response}/history")["items"]
    texts = [one["texts"][f]["text"] for one in trail for f in ("text", "now") if f in one["texts"]]
    assert texts == ["I welcome this report.", "I welcome this report warmly."]


def test_a_revised_report_shows_what_its_page_says_since(site, report):
    body = {"field": "title", "now": "A better title", "seen_on": "2025-09-01", "source": PAGE}
    site.clerk.records(f"{report.path}/revisions", body)

    assert site.clerk.reads(report.path)["title"] == "A better title"
    assert site.clerk.reads(report.path, effective_on="2025-08-31")["title"] != "A better title"
    site.refuses(site.clerk, f"{report.path}/revisions", body, "nothing-revised", "already")
    site.refuses(
        site.dorset, f"{report.path}/revisions", body | {"now": "X"}, "report-owner", "belongs to"
    )


def test_a_dispute_stands_beside_the_entry_and_changes_nothing(site, report):
    update = site.clerk.act(
        f"{report.recommendation}/updates",
        {"text": "Late again.", "occurred_on": "2025-09-01", "source": NOTE},
    )
    before = site.clerk.reads(report.recommendation)["status"]
    dispute = site.force.act(f"/api/entries/{update}/disputes", {"text": "We were not late."})

    shown = site.clerk.reads(f"/api/entries/{update}")

    assert shown["disputed_by"] == [dispute]
    assert shown["in_effect"]
    assert site.clerk.reads(report.recommendation)["status"] == before
    answer = site.dorset.post(f"/api/entries/{update}/disputes", {"text": "Nor were we."})
    problem_of(answer, 403, "not-allowed")


def test_a_claim_that_is_disputed_is_said_to_be_so_where_it_stands(site, report):
    update = site.force.act(
        f"{report.recommendation}/updates",
        {
            "text": "All of it is done.",
            "occurred_on": "2025-09-01",
            "claim": {"as_stated": "GREEN", "means": "complete"},
        },
    )
    page = report.recommendation.removeprefix("/api")
    before = site.position
    dispute = site.clerk.act(f"/api/entries/{update}/disputes", {"text": "It was red."})
    site.catch_up()
    down = f'<a href="#entry-{dispute}" title="To this entry in the trail on this page">'
    said = f"{down}Cumbria Police, Fire and Crime Commissioner disputed this"

    assert site.anybody.get(page).text.count(said) == 1
    assert said not in site.anybody.get(page, known_at=before).text

    site.clerk.records(f"/api/entries/{dispute}/retraction", {"reason": "It was green."})
    site.catch_up()
    assert said not in site.anybody.get(page).text


def test_a_released_text_is_open_to_everybody_at_every_known_at(site, report):
    update = site.clerk.act(
        f"{report.recommendation}/updates",
        {"text": "For the office.", "occurred_on": "2025-09-01", "source": NOTE},
    )
    then = site.position
    assert site.anybody.reads(f"/api/entries/{update}")["texts"]["text"]["held"]

    site.clerk.records(f"/api/entries/{update}/release", {"field": "text"})
    site.catch_up()

    for asked in ({}, {"known_at": str(then)}):
        opened = site.anybody.reads(f"/api/entries/{update}", **asked)["texts"]["text"]
        assert opened["text"] == "For the office."
    site.refuses(
        site.clerk,
        f"/api/entries/{update}/release",
        {"field": "text"},
        "public-already",
        "released already",
    )
    answer = site.dorset.post(f"/api/entries/{update}/release", {"field": "source.note"})
    problem_of(answer, 403, "not-allowed")
