"""The pages of bodies, over a real log: a panel's, a force's and an inspectorate's beside their
commissioner's."""

import re
from html import unescape

import pytest

from tests.api.addresses import PANEL
from tests.api.founding import KEPT_IN_THE_COUNTRY
from tests.api.site import FORCE, PFCC, recommendation, statement
from tests.api.test_recommendation_page import words

FOUNDING = KEPT_IN_THE_COUNTRY
"""What is silent is overdue."""


COMPLETE = {"as_stated": "GREEN", "means": "complete"}


@pytest.fixture
def page(site):
    """A body's page, at any dates: its words."""

    def read(body, **asked):
        site.catch_up()
        return words(site.anybody.get(f"/bodies/{body}", **asked))

    return read


@pytest.mark.parametrize("body", [PFCC, PANEL, FORCE])
def test_a_panel_and_a_force_see_what_their_commissioner_sees(site, report, page, body):
    site.force.act(f"{report.recommendation}/targets", {
        "on": "2025-07-31", "origin": "force", "reason": "A plan.", "occurred_on": "2025-06-01",
    })  # fmt: skip

    text = page(body)

    assert "overdue" in text
    assert "past target and not claimed complete" in text
    assert report.reference  # its words, in the list
    assert "Past target, longest first" in text


def test_all_bodies_stand_by_kind_offices_of_before_apart_and_only_the_first_kind_unfolded(site):
    site.catch_up()
    text = site.anybody.get("/bodies").text.split("<main")[1]

    for kind in ("local_policing_body", "force", "fire_authority", "panel", "inspectorate"):
        assert f'id="{kind}"' in text
    shown, _, before = text.split("</details>")[0].partition("<details>")
    assert "Police Authority</a>" in before
    assert "Police Authority</a>" not in shown
    assert "Constabulary</a>" not in re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)


def test_a_panels_page_has_its_meetings_and_names_whom_it_holds_to_account(site, page):
    site.panel.records(f"/api/meetings/{PANEL}/2025-10-22/held", {})

    text = page(PANEL)

    assert "Holds to account: Cumbria Police, Fire and Crime Commissioner" in text
    assert "Its meetings" in text
    assert "22 October 2025" in text
    of_force = page(FORCE)
    assert "Its panel is the Cumbria Police, Fire and Crime Panel. Last met 22 October" in of_force


def test_an_inspectorates_page_lists_its_reports_and_what_it_refused(site, report, page):
    at = report.recommendation
    claim = {"text": "It is done.", "claim": COMPLETE, "occurred_on": "2025-06-30"}
    site.force.act(f"{at}/updates", claim)
    site.clerk.act(f"{at}/closure-proposals", {"reason": "Done.", "occurred_on": "2025-07-20"})
    site.hmicfrs.act(f"{at}/refusals", {"reason": "Not seen.", "occurred_on": "2025-09-01"})

    text = page("hmicfrs")

    assert "Reports that it published" in text
    assert "Closure refused by HMICFRS" in text
    assert "Closure refused" not in page("hmicfrs", effective_on="2025-08-15")
    assert "Closure refused by HMICFRS, 1 September 2025." in page(PFCC)


def test_a_body_of_which_nothing_is_recorded_says_what_that_does_not_say(page):
    text = page("northamptonshire-fire")

    assert "Nothing is recorded here. This does not mean that there is nothing." in text


def test_refused_closures_have_a_list_and_lists_name_who_decides_next(site, report, page):
    at = report.recommendation
    claim = {"text": "It is done.", "claim": COMPLETE, "occurred_on": "2025-06-30"}
    site.force.act(f"{at}/updates", claim)
    asked = f"/recommendations?report={report.reference}"
    site.catch_up()
    assert "Next: HMICFRS decides whether to close it." in words(site.anybody.get(asked))

    site.clerk.act(f"{at}/closure-proposals", {"reason": "Done.", "occurred_on": "2025-07-20"})
    site.catch_up()
    assert "Next: HMICFRS decides whether to close it." in words(site.anybody.get(asked))
    site.hmicfrs.act(f"{at}/refusals", {"reason": "Not seen.", "occurred_on": "2025-09-01"})
    site.catch_up()

    assert "Next: Cumbria Constabulary sends more evidence." in words(site.anybody.get(asked))
    for by in ("status", "decided"):
        found = site.anybody.reads(
            "/api/recommendations", **{by: "refused"}, report=report.reference
        )
        assert [one["number"] for one in found["items"]] == ["02"]
    reopened = site.anybody.reads(
        "/api/recommendations", decided="reopened", report=report.reference
    )
    assert reopened["items"] == []
    listed = words(site.anybody.get(f"{asked}&status=refused"))
    assert "Standing: Closure refused" in listed
    assert "1 recommendation." in listed
    assert "Closure refused by HMICFRS, 1 September 2025." in listed
    assert "Before that, Cumbria Constabulary said that it was complete, 30 June 2025" in listed
    site.hmicfrs.act(f"{at}/closures", {"reason": "Seen.", "occurred_on": "2025-10-01"})
    site.catch_up()
    assert "1 recommendation." not in words(site.anybody.get(f"{asked}&status=refused"))


def test_no_list_of_a_bodys_page_is_cut_without_a_way_to_the_rest(site, page):
    many = [recommendation(number=str(n), target={"on": "2025-06-01"}) for n in range(1, 9)]
    report = site.publish(recommendations=many, published_on="2025-03-03")
    for n in range(1, 9):
        at = f"/api/recommendations/{report.reference}/{n}/{FORCE}"
        question = {"of": FORCE, "question": "How far is it?", "occurred_on": "2025-04-01"}
        site.clerk.act(f"{at}/assurances", question)
    site.catch_up()

    answer = site.anybody.get(f"/bodies/{PFCC}")

    counts = site.anybody.reads(f"/api/bodies/{PFCC}")["counts"]
    for count, way in (("passed", "target=passed"), ("unanswered", "assurances=open")):
        assert "The first 3. All " in words(answer)
        assert f"{counts[count]:,} " in words(answer)
        assert f"/recommendations?counted_with={PFCC}&amp;{way}" in answer.text


def test_a_page_of_a_list_leads_back_to_the_body_and_the_report_that_it_is_kept_to(site, report):
    for asked in ("changes?from=1", "recommendations?decided=refused", "responses?basis=stated"):
        html = site.anybody.get(f"/{asked}&body={PFCC}&report={report.reference}").text
        way = html.partition('aria-label="The way here"')[2].partition("</nav>")[0]
        assert f'href="/bodies/{PFCC}"' in way
        assert f'href="/reports/{report.reference}"' in way


def test_changes_since_a_meeting_name_the_meeting(site, page):
    site.panel.records(f"/api/meetings/{PANEL}/2025-10-23/held", {})
    site.catch_up()

    text = words(site.anybody.get(f"/changes?since_meeting={PANEL}/2025-10-23&body={PFCC}"))

    name = "Cumbria Police, Fire and Crime Panel"
    assert f"Since the meeting: {name}, 23 October 2025" in text
    assert f"Compare with the end of a meeting of {name}:" in text


def test_what_was_refused_since_the_last_meeting_comes_first_and_the_next_meeting_is_named(
    new_site,
):
    report = new_site.publish(recommendations=[recommendation("1"), recommendation("2")])
    for number, day in (("1", "2025-09-02"), ("2", "2025-10-30")):
        at = f"/api/recommendations/{report.reference}/{number}/{FORCE}"
        claim = {"as_stated": "Done", "means": "complete"}
        new_site.force.act(
            f"{at}/updates", {"text": "Done.", "occurred_on": "2025-08-01", "claim": claim}
        )
        new_site.hmicfrs.act(f"{at}/refusals", {"reason": "Not seen.", "occurred_on": day})
    new_site.panel.records(f"/api/meetings/{PANEL}/2025-10-23/held", {})
    paper = {
        "title": "Agenda",
        "known_at": new_site.position,
        "effective_on": "2025-11-20",
        "occurred_on": "2025-11-20",
    }
    new_site.panel.records(f"/api/meetings/{PANEL}/2025-12-08/papers", paper)
    new_site.catch_up()

    text = words(new_site.anybody.get(f"/bodies/{PFCC}"))

    assert "Next meeting 8 December 2025. Last met 23 October 2025." in text
    brief = text[text.index("To ask about") : text.index("Calendar of its days")]
    assert "Closure refused by HMICFRS, 30 October 2025. New since 23 October 2025." in brief
    assert brief.count("New since") == 1
    assert brief.index("Closure refused") < brief.index("overdue")


def test_each_number_on_the_record_leads_to_so_many_responses(site):
    for published_on, answered_on in (("2025-03-03", "2025-05-30"), ("2024-03-04", "2024-05-30")):
        report = site.publish(published_on=published_on)
        site.clerk.records(f"{report.response}/statement", statement(answered_on))
    site.catch_up()
    found = site.anybody.reads(f"/api/bodies/{PFCC}")
    html = site.anybody.get(f"/bodies/{PFCC}").text
    table = html[html.index('id="record"') : html.index("</table>")]

    links = re.findall(r'<a href="(/responses[?][^"]*)">([0-9,]+)<', table)

    assert sum(int(number) for _, number in links) == sum(found["responses"].values())
    assert links
    for address, number in links:
        listed = site.anybody.reads(f"/api{unescape(address)}")
        assert len(listed["items"]) == int(number)
    assert sum(sum(one["responses"].values()) for one in found["by_year"]) == sum(
        found["responses"].values()
    )


def test_where_the_read_models_are_behind_no_later_meeting_is_the_last(new_site):
    new_site.publish()
    new_site.catch_up()
    with new_site.behind():
        new_site.clock.set("2025-12-01")
        new_site.publish()
        new_site.clock.set("2025-12-20")
        new_site.panel.records(f"/api/meetings/{PANEL}/2025-12-10/held", {})
        found = new_site.anybody.reads(f"/api/bodies/{PFCC}")

    assert found["as_of"]["effective_on"] < "2025-12-10"
    assert found["last_meeting"] is None


def test_a_meetings_paper_leads_to_the_offices_page_at_its_position_and_day(site, report):
    site.catch_up()
    paper = {
        "title": "Where it stands",
        "known_at": site.position,
        "effective_on": "2025-10-01",
        "occurred_on": "2025-10-02",
    }
    site.panel.records(f"/api/meetings/{PANEL}/2025-10-24/papers", paper)

    html = site.anybody.get(f"/meetings/{PANEL}/2025-10-24").text

    pinned = f"known_at={paper['known_at']}&amp;effective_on=2025-10-01"
    assert f'href="/bodies/{PFCC}?{pinned}"' in html
    assert site.anybody.get(f"/bodies/{PFCC}?{pinned.replace('amp;', '')}").status_code == 200
