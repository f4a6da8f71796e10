"""Corrections: of which fields, by which values, by whom; and what follows from a day's."""

import pytest

from tests.api.founding import FEW_BODIES
from tests.api.site import NOTE, PAGE, PFCC, explanation, recommendation, statement

WHY = {"reason": "A slip of the pen."}


FOUNDING = FEW_BODIES
"""How many bodies there are changes nothing here."""


def correction(field, now, **more):
    return {"field": field, "now": now} | WHY | more


def of(entry):
    return f"/api/entries/{entry}/corrections"


@pytest.fixture
def raised(site):
    """A recommendation with all that it can have, its report, and the entry that raised it."""
    return site.publish(
        recommendations=[
            recommendation("1", kind="cause_of_concern"),
            recommendation(
                "02",
                parent="1",
                partners=["Friends"],
                target={"on": "2026-04-30", "phrase": "By 30 April 2026"},
            ),
        ],
        same_as=[f"https://hmicfrs.example/{site.title().replace(' ', '-')}"],
        key_findings="Cells are cold.",
        cites="Section 33",
    )


def entries_of(report, topic):
    return [one["id"] for one in report.answer["events"] if one["type"] == topic]


# A correction is known from then on; what was known before stays known


def test_a_corrected_field_says_so_from_its_correction_on(site, raised):
    entry = entries_of(raised, "recommendation-raised")[1]
    before = site.position

    recorded = site.clerk.records(of(entry), correction("target.on", "2026-05-31"))

    assert recorded["event"]["data"]["was"] == "2026-04-30"
    now = site.anybody.reads(raised.recommendation)
    assert now["target"]["on"] == "2026-05-31"
    then = site.anybody.reads(raised.recommendation, known_at=before)
    assert then["target"]["on"] == "2026-04-30"
    shown = site.anybody.reads(f"/api/entries/{entry}")
    assert shown["data"]["target"]["on"] == "2026-04-30"
    assert shown["corrected_by"] == {"target.on": recorded["event"]["id"]}


def test_a_value_that_does_not_fit_its_field_is_refused(site, raised):
    for field, now, says in [
        ("kind", "a thought", "“kind” does not take this value"),
        ("kind", None, "“kind” does not take this value"),
        ("kind", {"text": "afi", "lang": "cy"}, "is no text that could have an audience"),
        ("text", None, "“text” does not take this value"),
        ("text", " ", "This text is empty"),
        ("partners.0.body", "No such Body!", "is no id of a body"),
        ("source.url", "javascript:alert(1)", "starts with http:// or https://"),
        ("source.url", "ftp://hmicfrs.example/", "starts with http:// or https://"),
        ("source.url", "x" * 2001, "2,001 characters; 2,000 is the most"),
    ]:
        entry = entries_of(raised, "recommendation-raised")[1]

        site.refuses(site.clerk, of(entry), correction(field, now), "does-not-fit", says)


def test_a_day_that_there_is_not_fits_no_field(site, raised):
    entry = entries_of(raised, "recommendation-raised")[1]
    for field in ("target.on", "occurred_on"):
        for now, says in (
            ("soon", "“soon” is not a date"),
            ("", "This is empty"),
            ("2025-02-30", "is no day of the calendar"),
        ):
            said = correction(field, now)
            problem = site.refuses(site.clerk, of(entry), said, "unfit", says, status=422)

            message = problem["detail"].partition(": ")[2]
            assert problem["errors"] == [{"field": "now", "message": message}]


def test_a_path_that_is_no_field_of_the_entry_is_refused(site, raised):
    for path in [
        "title",
        "claim.means",
        "target",
        "partners",
        "partners.1.name",
        "partners.-1.name",
        "partners.00.name",
        "partners.name",
        "text.sha256",
        "text.audience",
        "",
        ".",
        "data",
        "target.on.x",
        "__class__",
        "occurred_on.x",
        "TOPIC",
    ]:
        entry = entries_of(raised, "recommendation-raised")[1]
        before = site.position

        answer = site.clerk.post(of(entry), correction(path, "x"))

        assert answer.status_code == (409 if path else 422), answer.text
        assert site.position == before
        if path:
            assert answer.json["type"] == "urn:answerable:problem:refused:no-such-field"


def test_a_correction_is_never_corrected_but_its_original_again(site, report):
    entry = report.entry("report-published")
    first = site.clerk.act(of(entry), correction("title", "One"))

    site.refuses(
        site.clerk,
        of(first),
        correction("now", "Two"),
        "never-correct-a-correction",
        "A correction is never corrected: correct the original entry again, or retract this.",
    )
    second = site.clerk.records(of(entry), correction("title", "Two"))
    assert second["event"]["data"]["was"] == "One"
    assert site.anybody.reads(report.path)["title"] == "Two"


def test_the_correction_at_the_highest_position_is_known_and_without_it_the_one_before(
    site, report
):
    entry = report.entry("report-published")
    ids = [
        site.clerk.act(of(entry), correction("title", title))
        for title in ("One alone", "Two alone")
    ]

    def title():
        return site.anybody.reads(report.path)["title"]

    retraction = site.clerk.act(f"/api/entries/{ids[1]}/retraction", WHY)
    assert title() == "One alone"
    site.clerk.act(f"/api/entries/{ids[0]}/retraction", WHY)
    assert title() == report.answer["event"]["data"]["title"]
    site.clerk.act(f"/api/entries/{retraction}/retraction", WHY)
    assert title() == "Two alone"


def test_a_correction_to_the_same_value_is_refused(site, report):
    entry = report.entry("report-published")
    title = report.answer["event"]["data"]["title"]

    site.refuses(
        site.clerk,
        of(entry),
        correction("title", title),
        "nothing-to-correct",
        "The field “title” says that already.",
    )


def test_an_entry_that_is_not_there_is_not_corrected(site):
    for entry in ("0190c2a0-0000-7000-8000-000000000000", "nothing"):
        site.refuses(
            site.clerk,
            of(entry),
            correction("title", "x"),
            "not-recorded",
            f"No entry “{entry}” is in the log.",
            status=404,
        )


def test_a_correction_has_no_day_of_its_own_and_never_leaves_out_what_it_says(site, report):
    entry = report.entry("report-published")

    for body, says in (
        (correction("title", "x", occurred_on="2025-06-01"), "occurred_on: Unknown field."),
        ({"field": "title"} | WHY, "now: Missing data for required field."),
        ({"field": "title", "now": "x"}, "reason: Missing data for required field."),
    ):
        site.refuses(site.clerk, of(entry), body, "unfit", says, status=422)


# Texts


def test_a_text_is_corrected_by_a_string_or_a_text_and_keeps_its_audience(site, report):
    update = site.force.act(
        f"{report.recommendation}/updates", {"text": "Half are done.", "occurred_on": None}
    )

    for now in ("All but one are done.", {"text": "All are done."}):
        site.force.records(of(update), correction("text", now))
        words = now if isinstance(now, str) else now["text"]
        assert words not in site.anybody.get(f"/api/entries/{update}").text
        assert words not in site.dorset.get(f"{report.recommendation}/history").text
        assert words in site.clerk.get(f"{report.recommendation}/history").text
    site.refuses(
        site.force,
        of(update),
        correction("text", {"text": "All are done.", "audience": "public"}),
        "audience",
        "“text” is for the audience `office`, and a correction does not change that.",
    )
    site.force.records(of(update), correction("text", {"text": "All!", "audience": "office"}))


def test_a_text_that_was_left_out_becomes_known_by_its_declared_audience(site, report):
    entry = report.entry("report-published")

    site.clerk.records(of(entry), correction("key_findings", "Cells are cold."))

    assert site.anybody.reads(report.path)["key_findings"] == "Cells are cold."
    site.clerk.records(of(entry), correction("key_findings", None))
    assert site.anybody.reads(report.path)["key_findings"] is None


def test_a_corrected_text_is_opened_as_corrected_and_as_known_then(site, report):
    entry, before = report.entry("recommendation-raised"), site.position
    site.clerk.records(of(entry), correction("text", "Do it sooner."))

    assert site.anybody.reads(report.recommendation)["text"] == "Do it sooner."
    then = site.anybody.reads(report.recommendation, known_at=before)
    assert then["text"] == recommendation()["text"]
    texts = site.anybody.reads(f"{report.recommendation}/history")["items"][-1]["texts"]
    assert texts["now"]["text"] == "Do it sooner."


def test_a_corrected_stance_keeps_the_rules_of_a_statement(site, report):
    recorded = site.clerk.records(f"{report.response}/statement", statement())
    entry = recorded["events"][1]["id"]

    site.refuses(
        site.clerk,
        of(entry),
        correction("stance", "no_action"),
        "no-action-needs-reason",
        "No action on recommendation 2 needs the reason",
    )
    site.refuses(site.clerk, of(entry), correction("text", None), "passage", "give the passage")
    site.refuses(site.clerk, of(entry), correction("how", "not_found"), "passage", "no stance")
    reason = site.clerk.act(of(entry), correction("reason", "It is done already."))
    site.clerk.records(of(entry), correction("stance", "no_action"))
    assert site.anybody.reads(report.recommendation)["stance"] == "no_action"
    site.refuses(
        site.clerk,
        f"/api/entries/{reason}/retraction",
        WHY,
        "no-action-needs-reason",
        "No action on recommendation 2 needs the reason",
    )


def test_the_capture_of_a_source_is_one_that_is_kept(site, report):
    entry, capture = report.entry("recommendation-raised"), site.capture()

    site.refuses(
        site.clerk,
        of(entry),
        correction("source.capture", "0190"),
        "unknown-capture",
        "No capture “0190” is kept.",
    )
    site.clerk.records(of(entry), correction("source.capture", capture))


def test_a_correction_leaves_a_source_to_what_another_body_did(site, report):
    entry = report.entry("report-published")

    site.refuses(
        site.clerk,
        of(entry),
        correction("source.url", None),
        "source-required",
        "It is another body's act, so a source is left to it.",
    )
    site.clerk.records(of(entry), correction("source.note", "letter of 3 March"))
    site.clerk.records(of(entry), correction("source.url", None))


# Days


def test_a_day_is_not_corrected_to_one_after_the_recording(site, report):
    site.refuses(
        site.clerk,
        of(report.entry("report-published")),
        correction("published_on", "2025-11-25", source=PAGE),
        "not-after-recording",
        "It was recorded on 24 November 2025, so it did not happen later, on 25 November 2025.",
    )


def test_the_working_says_what_a_day_that_decides_was_first_recorded_as(site, report):
    entry = site.clerk.act(f"{report.response}/statement", statement(None))
    first = site.position
    corrected = site.clerk.records(of(entry), correction("published_on", "2025-07-09"))
    then = site.position
    taken_back = f"/api/entries/{corrected['event']['id']}/retraction"
    site.clerk.records(taken_back, {"reason": "It was another report's."})
    working = f"{report.response}/working"
    sentence = (
        "The day of the response was first recorded as not known; it was corrected on "
        "24 November 2025, to 9 July 2025."
    )

    said = site.anybody.reads(working, known_at=then)

    assert said["corrected"] == [
        {
            "entry": entry,
            "correction": corrected["event"]["id"],
            "was": None,
            "now": "2025-07-09",
            "corrected_on": "2025-11-24",
        }
    ]
    assert said["sentences"].index(sentence) == 3
    for asked in ({"known_at": first}, {}, {"known_at": then, "effective_on": "2025-07-01"}):
        other = site.anybody.reads(working, **asked)
        assert other["corrected"] == []
        assert sentence not in other["sentences"]


def test_published_on_and_occurred_on_are_one_day(site, report):
    entry = site.clerk.act(f"{report.response}/statement", statement("2025-07-14"))
    was = "2025-07-14"
    for field, day in (
        ("published_on", "2025-07-11"),
        ("occurred_on", "2025-07-12"),
        ("published_on", "2025-07-13"),
    ):
        recorded = site.clerk.records(of(entry), correction(field, day))
        assert site.anybody.reads(report.response)["published_on"] == day
        assert recorded["event"]["data"]["was"] == was
        was = day
    shown = site.anybody.reads(f"/api/entries/{entry}")
    assert (shown["known_on"], shown["occurred_on"]) == ("2025-07-13", "2025-07-14")


def test_a_statements_day_is_corrected_in_every_report_that_it_covers(site, report):
    later = site.publish(published_on="2025-07-01")
    also = [{"report": later.reference, "explanations": [explanation()]}]
    entry = site.clerk.act(f"{report.response}/statement", statement("2025-07-20", also=also))

    site.refuses(
        site.clerk,
        of(entry),
        correction("published_on", "2025-06-30"),
        "not-before-the-report",
        "30 June 2025 is before the report was published, on 1 July 2025.",
    )
    site.clerk.records(of(entry), correction("published_on", "2025-07-05"))
    for one in (report, later):
        assert site.anybody.reads(one.response)["published_on"] == "2025-07-05"
        assert (
            site.anybody.reads(one.recommendation)["statements"][0]["occurred_on"] == "2025-07-05"
        )


# A report's day


def test_a_reports_day_is_corrected_on_the_publishers_own_word(site, report):
    entry = of(report.entry("report-published"))
    page = "https://hmicfrs.justiceinspectorates.gov.uk/the-report"
    redirected = site.fetched(page, host="www.cumbria-pfcc.example")
    uploaded = {"url": page, "capture": site.capture(url=page)}
    says = "once a day has passed by which a response is due: 10 July 2025."
    for source in (None, NOTE, {"url": page}, uploaded, {"capture": redirected}):
        said = correction("published_on", "2025-05-20", source=source)
        site.refuses(site.clerk, entry, said, "publisher-page", says)

    asked = {"capture": site.fetched(page)}
    site.clerk.records(entry, correction("published_on", "2025-05-20", source=asked))
    assert site.anybody.reads(report.response)["bases"]["trigger"] == "publisher"
    site.clerk.records(entry, correction("published_on", "2025-05-21", source=site.own_page()))
    assert site.anybody.reads(report.response)["bases"]["trigger"] == "publisher"


@pytest.mark.parametrize(
    ("first", "now", "source", "refused"),
    [
        ("2025-11-20", "2025-11-19", NOTE, None),
        ("2025-11-20", "2025-11-19", None, "any source is enough: give one"),
        ("2025-11-20", "2025-09-30", NOTE, None),  # the last day is 24 November, today
        ("2025-11-20", "2025-09-29", NOTE, "a response is due: 23 November 2025."),
        ("2025-09-30", "2025-11-20", NOTE, None),
        ("2025-09-29", "2025-11-20", NOTE, "a response is due: 23 November 2025."),
        (None, "2025-11-20", NOTE, None),
        (None, "2025-09-29", NOTE, "a response is due: 23 November 2025."),
        ("2025-09-29", None, NOTE, "a response is due: 23 November 2025."),
    ],
)
def test_a_slip_found_before_either_last_day_is_corrected_on_a_source(
    site, first, now, source, refused
):
    report = site.publish(published_on=first)
    entry, said = of(report.entry("report-published")), correction("published_on", now)
    said |= {"source": source} if source else {}

    if refused:
        site.refuses(site.clerk, entry, said, "publisher-page", refused)
    else:
        site.clerk.records(entry, said)
        assert site.anybody.reads(report.response)["bases"]["trigger"] == "stated"


def test_a_reports_corrected_day_works_out_every_duty_anew_in_the_same_transaction(site):
    report = site.publish(bodies=[PFCC, "dorset-pcc"])
    before = site.position

    recorded = site.clerk.records(
        of(report.entry("report-published")),
        correction("published_on", "2025-05-20", source=site.own_page()),
    )

    assert [one["type"] for one in recorded["events"]] == [
        "entry-corrected",
        "response-duty-arose",
        "response-duty-arose",
    ]
    for duty in recorded["events"][1:]:
        assert duty["data"]["because"] == recorded["event"]["id"]
        assert duty["data"]["due_on"] == "2025-07-14"
        assert duty["data"]["trigger_on"] == duty["occurred_on"] == "2025-05-20"
    for body in (PFCC, "dorset-pcc"):
        path = f"/api/responses/{report.reference}/{body}"
        assert site.anybody.reads(path)["due_on"] == "2025-07-14"
        assert site.anybody.reads(path, known_at=before)["due_on"] == "2025-07-10"


def test_a_reports_day_is_not_moved_past_a_response(site, report):
    entry = of(report.entry("report-published"))
    earlier = site.clerk.act(
        entry, correction("published_on", "2025-05-01", source=site.own_page())
    )
    site.clerk.act(f"{report.response}/statement", statement("2025-05-10"))

    site.refuses(
        site.clerk,
        entry,
        correction("published_on", "2025-05-11", source=site.own_page()),
        "not-before-the-report",
        "10 May 2025 is before the report was published, on 11 May 2025.",
    )
    site.refuses(
        site.clerk,
        f"/api/entries/{earlier}/retraction",
        WHY,
        "not-before-the-report",
        "10 May 2025 is before the report was published, on 16 May 2025.",
    )


def test_a_kind_by_which_another_rule_covers_the_duty_makes_it_anew(site):
    report = site.publish()
    site.clerk.act(f"{report.response}/statement", statement("2025-07-14"))
    entry = of(report.entry("report-published"))

    site.refuses(
        site.clerk,
        entry,
        correction("kind", "state_of_policing"),
        "publisher-page",
        "a kind by which another rule covers it, or a day that was given with a duty, is changed",
    )
    recorded = site.clerk.records(
        entry, correction("kind", "state_of_policing", source=site.own_page())
    )

    assert [one["type"] for one in recorded["events"]] == ["entry-corrected", "response-duty-arose"]
    found = site.anybody.reads(report.response)
    assert (found["rule"]["id"], found["verdict"]) == ("no-statutory-period", "no_period")
    (bettered,) = found["improved_later"]
    assert (bettered["from"]["verdict"], bettered["from"]["days"]) == ("late", 4)
    assert bettered["entry"] == recorded["event"]["id"]

    site.clerk.act(
        f"/api/entries/{recorded['event']['id']}/retraction", WHY | {"source": site.own_page()}
    )
    found = site.anybody.reads(report.response)
    assert (found["rule"]["id"], found["verdict"], found["days"]) == ("pa96-s55", "late", 4)


def test_a_kind_under_the_same_rule_leaves_the_duty_alone(site, report):
    recorded = site.clerk.records(
        of(report.entry("report-published")), correction("kind", "force_inspection")
    )

    assert [one["type"] for one in recorded["events"]] == ["entry-corrected"]


def test_a_kind_that_no_rule_covers_is_refused_while_a_duty_is_recorded(site, report):
    problem = site.refuses(
        site.clerk,
        of(report.entry("report-published")),
        correction("kind", "other", source=PAGE),
        "no-rule",
        "no rule covers one to a report of the kind “other”",
    )

    assert "retract the report and record it anew" in problem["detail"]


def test_a_duty_by_hand_stays_when_the_kind_is_corrected(site):
    report = site.publish(bodies=[], kind="other")
    site.clerk.act(
        f"{report.response}/duties", {"rule": "manual", "due_on": "2025-09-30", "source": NOTE}
    )

    recorded = site.clerk.records(of(report.entry("report-published")), correction("kind", "peel"))

    assert [one["type"] for one in recorded["events"]] == ["entry-corrected"]
    assert site.anybody.reads(report.response)["due_on"] == "2025-09-30"


# A capture shows what had happened by the day on which it was received.


def test_a_day_is_not_corrected_to_one_that_the_capture_does_not_show(new_site):
    """A statement of 1 July 2025 is recorded in November from a copy received on the 3rd (in
    London). There are an earlier copy and a later one."""
    site, copies = new_site, {}
    for moment in ("2025-06-20T10:00+00:00", "2025-07-02T23:30+00:00", "2025-08-04T10:00+00:00"):
        site.clock.set(moment)
        copies[moment[:7]] = {"capture": site.capture(moment.encode())}
    site.clock.set("2025-11-24")
    report = site.publish()
    said = statement("2025-07-01", source=copies["2025-07"])
    entry, passage = (
        one["id"] for one in site.clerk.records(f"{report.response}/statement", said)["events"]
    )
    says = "The capture was received on {}, so it does not show what happened on {}."
    for asked, received, day in (
        (correction("published_on", "2025-07-04"), "3 July 2025", "4 July 2025"),
        (correction("source.capture", copies["2025-06"]["capture"]), "20 June 2025", "1 July 2025"),
        (correction("published_on", "2025-07-02", source=copies["2025-06"]), "20 June 2025",
         "2 July 2025"),
    ):  # fmt: skip
        told = says.format(received, day)
        site.refuses(site.clerk, of(entry), asked, "not-after-the-capture", told)
    for fits in ("2025-07-03", "2025-07", None, "2025-07-01"):
        site.clerk.records(of(entry), correction("published_on", fits))

    later = site.clerk.act(of(passage), correction("source.capture", copies["2025-08"]["capture"]))
    moved = site.clerk.act(of(entry), correction("published_on", "2025-07-11"))
    told = says.format("3 July 2025", "11 July 2025")
    back = f"/api/entries/{later}/retraction"
    site.refuses(site.clerk, back, WHY, "not-after-the-capture", told)
    for one in (moved, later):
        site.clerk.records(f"/api/entries/{one}/retraction", WHY)
    found = site.anybody.reads(report.response)
    assert (found["published_on"], found["bases"]["published"]) == ("2025-07-01", "captured")
