"""Offices with terms: who owes what goes by who held the office on the day."""

import pytest

from tests.api.conftest import fresh_site
from tests.api.founding import COUNTRY, FEW_BODIES, founded
from tests.api.site import FORCE, NOTE, PAGE, PFCC, recommendation, statement

FOUNDING = COUNTRY


@pytest.fixture
def new_site(postgres):
    """A site of one's own, with few bodies."""
    with fresh_site(postgres, founded(postgres, FEW_BODIES)) as here:
        yield here


MAYOR, PCC = "south-yorkshire-mayor", "south-yorkshire-pcc"
SY_FORCE = "south-yorkshire-police"
TO_COME = "cumbria-mayor"
HANDED_OVER = "2025-10-01"


def report(bodies, published_on, **changed):
    return {
        "title": f"An inspection of {published_on}",
        "kind": "force_inspection",
        "publisher": "hmicfrs",
        "published_on": published_on,
        "bodies": bodies,
        "recommendations": [],
        "source": PAGE,
    } | changed


def mayor_of_cumbria(site, on=HANDED_OVER, **changed):
    """A mayor follows Cumbria's commissioner: the id of the entry."""
    site.admin.records(
        "/api/bodies",
        {
            "id": TO_COME,
            "name": "Mayor of Cumbria",
            "kind": "local_policing_body",
            "area": "cumbria",
            "forces": [{"body": FORCE}],
            "begins": on,
        }
        | changed,
    )
    said = {"from": PFCC, "to": TO_COME, "on": on, "source": NOTE}
    return site.admin.records("/api/bodies/successions", said)["event"]["id"]


@pytest.mark.parametrize(
    ("body", "published_on", "says"),
    [
        (
            MAYOR,
            "2019-05-16",
            (
                "Mayor of South Yorkshire, whose term began on 7 May 2024, after 16 May 2019. The "
                "office was then that of South Yorkshire Police and Crime Commissioner "
                "(`south-yorkshire-pcc`)."
            ),
        ),
        (MAYOR, "2024-05", None),  # it can have been there
        (MAYOR, "2024-04", "after April 2024"),
        (MAYOR, None, None),
        (PCC, "2024-05-07", "ended on 6 May 2024, before 7 May 2024"),
        (PCC, "2024-05-06", None),
        (PCC, "2012-11-21", "(`south-yorkshire-police-authority`)"),
        ("city-of-london-common-council", "1999-05-16", None),
    ],
)
def test_a_response_is_owed_by_whoever_held_the_office_on_the_reports_day(
    site, body, published_on, says
):
    asked = report([body], published_on)
    if says is None:
        site.hmicfrs.records("/api/reports", asked)
    else:
        site.refuses(site.hmicfrs, "/api/reports", asked, "outside-its-term", says)


def test_nothing_is_addressed_to_an_office_that_was_not_there(site):
    asked = report([], "2019-05-16", recommendations=[recommendation(addressees=[MAYOR])])
    site.refuses(site.hmicfrs, "/api/reports", asked, "outside-its-term", f"(`{PCC}`)")


def test_a_reports_day_is_not_corrected_to_one_on_which_its_office_was_not_there(site):
    made = site.hmicfrs.records("/api/reports", report([MAYOR], "2024-05-16"))
    path = f"/api/entries/{made['event']['id']}/corrections"
    said = {"field": "published_on", "now": "2024-04-16", "reason": "A slip.", "source": PAGE}
    site.refuses(site.hmicfrs, path, said, "outside-its-term", f"(`{PCC}`)")


def test_backfill_from_before_a_term_is_refused_with_who_held_the_office(site):
    made = site.hmicfrs.records(
        "/api/reports",
        report([PCC], "2019-05-16", recommendations=[recommendation(addressees=[SY_FORCE])]),
    )
    reference = made["event"]["stream"].removeprefix("report/")
    path = f"/api/recommendations/{reference}/2/{SY_FORCE}/assurances"
    asked = {"of": SY_FORCE, "question": "How many?", "occurred_on": "2020-01-01", "source": NOTE}
    said = asked | {"by": MAYOR}
    site.refuses(site.admin, path, said, "outside-its-term", f"(`{PCC}`)")
    site.admin.records(path, asked | {"by": PCC})


def test_by_default_an_act_is_of_whoever_held_the_office_on_its_day(site):
    made = site.hmicfrs.records("/api/reports", report([PCC], "2024-04-16"))
    reference = made["event"]["stream"].removeprefix("report/")
    path = f"/api/responses/{reference}/{PCC}/statement"
    said = statement(explanations=[]) | {"source": PAGE}
    before = site.admin.records(path, said | {"published_on": "2024-05-06"})
    after = site.admin.records(path, said | {"published_on": "2024-05-07", "text": "Again."})
    assert (before["event"]["by"], after["event"]["by"]) == (PCC, MAYOR)


def test_an_account_of_a_body_that_ended_records_nothing_of_its_own(new_site):
    made = new_site.publish()
    mayor_of_cumbria(new_site)
    said = statement("2025-07-10")
    new_site.refuses(
        new_site.clerk,
        f"{made.response}/statement",
        said,
        "office-ended",
        "ended on 30 September 2025, so its accounts record nothing of their own any more. Mayor "
        "of Cumbria (`cumbria-mayor`) follows it since 1 October 2025",
    )


def test_a_succession_changes_nothing_that_accounts_may_do_until_its_day(new_site):
    made = new_site.publish()
    mayor_of_cumbria(new_site, "2027-05-10")
    answer = new_site.clerk.records(f"{made.response}/statement", statement("2025-07-10"))
    assert answer["event"]["provenance"] == "first_hand"

    new_site.clock.set("2027-05-09T22:59:00+00:00")  # 23:59 in London
    update = {"text": "Half.", "occurred_on": "2027-05-09", "source": NOTE}
    new_site.clerk.records(f"{made.recommendation}/updates", update | {"by": FORCE})
    asked = {"of": FORCE, "question": "And now?", "occurred_on": "2027-05-09"}
    new_site.clerk.records(f"{made.recommendation}/assurances", asked)

    new_site.clock.set("2027-05-09T23:00:00+00:00")  # midnight in London
    asked |= {"question": "And then?"}
    new_site.refuses(
        new_site.clerk, f"{made.recommendation}/assurances", asked, "office-ended", TO_COME
    )


def test_a_succession_fits_the_terms_of_both(site):
    for changed, says in [
        ({"on": "2027-05"}, "give the first day as YYYY-MM-DD"),
        ({"from": PCC, "on": "2024-05-06"}, "is followed by “south-yorkshire-mayor” already"),
        ({"on": "2012-11-22"}, "begins on 22 November 2012"),
        ({"to": PCC, "on": "2027-05-10"}, "is not there on 10 May 2027"),
        ({"to": MAYOR, "on": "2024-01-01"}, "is not there on 1 January 2024"),
    ]:
        said = {"from": PFCC, "to": "dorset-pcc", "source": NOTE} | changed
        path = "/api/bodies/successions"
        answer = site.admin.post(path, said)
        assert answer.status_code == 409, answer.text
        assert says in answer.get_json()["detail"]


def test_a_succession_says_from_which_day(new_site):
    answer = new_site.admin.post("/api/bodies/successions", {"from": PFCC, "to": "dorset-pcc"})
    assert answer.status_code == 422
    assert "Say from which day" in answer.text


def test_the_day_of_a_succession_is_corrected_and_the_succession_retracted(new_site):
    made = new_site.publish()
    entry = mayor_of_cumbria(new_site)
    path = f"{made.recommendation}/assurances"
    asked = {"of": FORCE, "question": "How many?", "occurred_on": "2025-09-01"}
    new_site.refuses(new_site.clerk, path, asked, "office-ended", "30 September 2025")

    change = {"id": TO_COME, "begins": "2025-12-01", "occurred_on": None}
    new_site.admin.records("/api/bodies/changes", change)
    said = {"field": "on", "now": "2025-12-01", "reason": "The order says so."}
    correction = new_site.admin.act(f"/api/entries/{entry}/corrections", said)
    new_site.clerk.records(path, asked)
    undoing, undo = f"/api/entries/{correction}/retraction", {"reason": "It does not."}
    new_site.refuses(new_site.admin, undoing, undo, "succession-day", "is not there on 1 October")
    new_site.admin.records("/api/bodies/changes", change | {"begins": "2025-10-01"})
    undone = new_site.admin.act(undoing, undo)
    new_site.refuses(new_site.clerk, path, asked, "office-ended", "30 September 2025")
    new_site.admin.act(f"/api/entries/{undone}/retraction", {"reason": "It does."})
    new_site.admin.act(f"/api/entries/{entry}/retraction", {"reason": "It was never enacted."})
    new_site.clerk.records(path, asked | {"question": "How many since?"})
    again = {"from": PFCC, "to": "dorset-pcc", "on": "2027-05-10", "source": NOTE}
    new_site.admin.records("/api/bodies/successions", again)


def test_a_succession_stands_again_where_no_other_was_recorded_meanwhile(new_site):
    entry = mayor_of_cumbria(new_site)
    undone = new_site.admin.act(f"/api/entries/{entry}/retraction", {"reason": "A slip."})
    said = {"from": PFCC, "to": "dorset-pcc", "on": "2027-05-10", "source": NOTE}
    other = new_site.admin.act("/api/bodies/successions", said)
    again = f"/api/entries/{undone}/retraction"
    new_site.refuses(new_site.admin, again, {"reason": "None."}, "succeeded-once", other)
    new_site.admin.act(f"/api/entries/{other}/retraction", {"reason": "A slip."})
    new_site.admin.act(again, {"reason": "It was none."})
    assert new_site.ledger.service().successions[PFCC][0].entry == entry


def test_a_succession_stands_while_the_successors_answer_rests_on_it(new_site):
    made = new_site.publish()
    entry = mayor_of_cumbria(new_site)
    said = statement("2025-10-05", explanations=[]) | {"source": PAGE}
    answered = new_site.admin.records(f"{made.response}/statement", said)["event"]
    assert answered["by"] == TO_COME

    retraction, slip = f"/api/entries/{entry}/retraction", {"reason": "A slip."}
    new_site.refuses(new_site.admin, retraction, slip, "others-rest-on-it", answered["id"])
    change = {"id": TO_COME, "begins": "2025-09-01", "occurred_on": None}
    new_site.admin.records("/api/bodies/changes", change)
    correction = f"/api/entries/{entry}/corrections"
    later = slip | {"field": "on", "now": "2025-10-06"}
    new_site.refuses(new_site.admin, correction, later, "others-rest-on-it", answered["id"])
    new_site.admin.act(correction, slip | {"field": "on", "now": "2025-10-05"})
    new_site.admin.act(f"/api/entries/{answered['id']}/retraction", slip)
    new_site.admin.act(retraction, slip)


def test_a_succession_stands_while_what_was_asked_of_the_successor_or_answered_rests_on_it(
    new_site,
):
    report_of_its_own = [recommendation("1", addressees=[PFCC])]
    made = new_site.hmicfrs.records(
        "/api/reports", report([PFCC], "2025-05-16", recommendations=report_of_its_own)
    )
    reference = made["event"]["stream"].removeprefix("report/")
    entry = mayor_of_cumbria(new_site)
    path = f"/api/recommendations/{reference}/1/{PFCC}"
    panel = {"source": NOTE, "by": "cumbria-police-fire-and-crime-panel"}
    asked = {"of": TO_COME, "question": "And now?", "occurred_on": "2025-10-03"} | panel
    rests = [new_site.admin.act(f"{path}/assurances", asked)]
    earlier = asked | {"question": "How many?", "occurred_on": "2025-09-01", "of": PFCC}
    new_site.admin.records(f"{path}/assurances", earlier)
    by_it = {"by": TO_COME, "source": NOTE, "occurred_on": "2025-10-04"}
    said = {"text": "All of it.", "answers": rests[0]} | by_it
    rests.append(new_site.admin.act(f"{path}/updates", said))
    invited = {"reply_by": "2025-11-01"} | by_it
    rests.append(new_site.admin.act(f"/api/responses/{reference}/{PFCC}/invitations", invited))

    retraction, slip = f"/api/entries/{entry}/retraction", {"reason": "A slip."}
    refused = new_site.admin.post(retraction, slip)
    assert refused.status_code == 409
    assert refused.json["type"] == "urn:answerable:problem:refused:others-rest-on-it"
    assert refused.json["detail"].endswith(f"first: {', '.join(rests)}.")

    change = {"id": TO_COME, "begins": "2025-09-01", "occurred_on": None}
    new_site.admin.records("/api/bodies/changes", change)
    correction = f"/api/entries/{entry}/corrections"
    new_site.refuses(
        new_site.admin, correction, slip | {"field": "on", "now": "2025-10-04"},
        "others-rest-on-it", f"first: {rests[0]}.",
    )  # fmt: skip
    new_site.admin.act(correction, slip | {"field": "on", "now": "2025-10-03"})
    for one in reversed(rests):
        new_site.admin.act(f"/api/entries/{one}/retraction", slip)
    new_site.admin.act(retraction, slip)


def test_the_correction_of_a_successions_day_stands_while_an_answer_rests_on_it(new_site):
    made = new_site.publish()
    entry = mayor_of_cumbria(new_site, begins="2025-09-01")
    slip = {"reason": "A slip."}
    moved = slip | {"field": "on", "now": "2025-09-15"}
    correction = new_site.admin.act(f"/api/entries/{entry}/corrections", moved)
    said = statement("2025-09-20", explanations=[]) | {"source": PAGE}
    answered = new_site.admin.act(f"{made.response}/statement", said)
    undoing = f"/api/entries/{correction}/retraction"
    new_site.refuses(new_site.admin, undoing, slip, "others-rest-on-it", f"first: {answered}.")
    new_site.admin.act(f"/api/entries/{answered}/retraction", slip)
    new_site.admin.act(undoing, slip)


def test_an_inspectorates_succession_stands_while_what_its_successor_did_rests_on_it(new_site):
    made = new_site.publish()
    follower = {"id": "new-inspectorate", "name": "The new one", "kind": "inspectorate"}
    new_site.admin.records("/api/bodies", follower)
    editor = new_site.account(f"{follower['id']}/editor", follower["id"], "record")
    closure = {"reason": "Done.", "occurred_on": "2025-10-20"}
    takeover = f"/api/reports/{made.reference}/takeover"
    assert editor.post(f"{made.recommendation}/closures", closure).status_code == 403
    new_site.refuses(editor, takeover, {}, "takeover", "by an account of its publisher")

    said = {"from": "hmicfrs", "to": follower["id"], "on": HANDED_OVER, "source": NOTE}
    entry = new_site.admin.act("/api/bodies/successions", said)
    closed = editor.records(f"{made.recommendation}/closures", closure)["event"]
    assert (closed["by"], closed["provenance"]) == (follower["id"], "first_hand")
    taken = editor.act(takeover, {})

    retraction, slip = f"/api/entries/{entry}/retraction", {"reason": "A slip."}
    names = f"first: {closed['id']}, {taken}."
    new_site.refuses(new_site.admin, retraction, slip, "others-rest-on-it", names)


def test_a_mayor_of_two_counties_answers_for_both_forces(whole_site):
    two = {"id": "two-counties-mayor", "name": "Mayor of Two Counties"}
    whole_site.admin.records(
        "/api/bodies",
        two
        | {
            "kind": "local_policing_body",
            "forces": [{"body": FORCE}, {"body": "dorset-police", "from": "2025-06-01"}],
        },
    )
    recommendations = [
        recommendation("1", addressees=[FORCE]),
        recommendation("2", addressees=["dorset-police"]),
        recommendation("3", addressees=["kent-police"]),
        recommendation("4", addressees=[two["id"]]),
    ]
    counted = {}
    for day in ("2025-05-16", "2025-06-02"):
        made = whole_site.hmicfrs.records(
            "/api/reports", report([two["id"]], day, recommendations=recommendations)
        )
        reference = made["event"]["stream"].removeprefix("report/")
        whole_site.catch_up()
        path = f"/api/responses/{reference}/{two['id']}"
        counted[day] = whole_site.anybody.reads(path)["coverage"]["addressed"]
    assert counted == {"2025-05-16": 2, "2025-06-02": 3}
