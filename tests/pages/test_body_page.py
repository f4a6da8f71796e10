"""A body's page: in a few sentences what wants attention before its panel meets, then the lists."""

from projections.questions import pack
from tests.api.site import FORCE, NOTE, PFCC, recommendation
from tests.pages.recorded import ASKED, owed_by
from tests.pages.test_pages import said

PAGE = f"/bodies/{PFCC}"


def test_it_says_first_what_wants_attention(client):
    text = said(client, PAGE)

    brief = text[text.index("Held to account by") : text.index("Calendar")]
    for sentence in (
        "Holds to account Cumbria Constabulary. Last met 22 October 2025.",
        "What changed since then (4 entries).",
        "To ask about",
        "1 recommendation past target and not claimed complete (longest 84 days)",
        "1 claimed, not confirmed",
        "1 question without a reply",
        "On the record: 1 late",
    ):
        assert sentence in brief, brief


def test_then_come_the_lists_with_words(client):
    text = said(client, PAGE)

    assert f"Recommendation 05: “{ASKED}” Past its target by 84 days." in text
    assert "Claimed complete. Target 31 March 2026. Cumbria Constabulary: complete, 21 July" in text
    assert "“Are the plans embedded?” Asked of Cumbria Constabulary, on a day not known." in text
    assert "3 reports, 4 responses owed, 5 recommendations." in text


def test_a_disapplication_after_the_last_day_is_named_beside_the_verdict(new_site):
    decided = {"basis": "not_the_subject", "decided_by": "HMICFRS", "occurred_on": "2025-09-03"}
    new_site.clerk.act(f"{owed_by(PFCC)}/disapplications", decided)

    late = "/responses?verdict=late"
    remark = "The duty was said not to apply on 3 September 2025, after the last day."
    assert f"Late by 4 days. {remark}" in said(new_site.app.test_client(), late)


def test_a_page_of_a_body_without_trouble_alleges_none_and_praises_nothing(new_site):
    body = {"id": "kent-pcc", "name": "Kent", "kind": "local_policing_body", "source": NOTE}
    new_site.admin.act("/api/bodies", body)
    new_site.publish(bodies=["kent-pcc"], recommendations=[], published_on="2025-11-20")
    text = said(new_site.app.test_client(), "/bodies/kent-pcc")

    assert "Nothing that is recorded here is late, past its target, claimed without" in text
    assert "What changed in the last four weeks" in text


def test_a_question_that_is_for_the_office_is_said_to_be_held(new_site):
    asked = {"of": FORCE, "question": "A secret?", "occurred_on": "2025-09-03"}
    report = new_site.publish(title="Other")
    new_site.clerk.act(f"{report.recommendation}/assurances", asked)

    assert "A question that the office holds" in said(new_site.app.test_client(), PAGE)


def test_a_body_that_is_in_no_register_has_no_page(client):
    assert "is not in the register" in said(client, "/bodies/atlantis-pcc", 404)


def test_a_pack_says_from_which_position_and_day_it_is_and_how_it_is_recorded_as_a_paper(
    client, site
):
    at = f"known_at={site.position}"
    text = said(client, f"{PAGE}/pack?{at}&effective_on=2025-11-24")

    assert "pack for a meeting of" in text
    assert "As of 24 November 2025: what happened later is not here" in text
    assert f"Position {site.position:,} of the log: what was recorded later is not here" in text
    assert f"{PAGE}/pack?{at}" in text
    assert (
        "An account of the panel, or of the office that it holds to account, records this" in text
    )
    for part in (
        *("Changes since the last meeting", "Responses late, incomplete or overdue"),
        *("Can’t be shown to be in time", "Past target, and no claim of completion stands"),
        *("Closure refused, or reopened", "Claimed, not confirmed"),
        "Questions without a reply",
    ):
        assert text.count(part) >= 1, part
    assert ASKED in text


def test_a_pack_lists_the_first_claims_and_counts_all(new_site, monkeypatch):
    monkeypatch.setattr(pack, "SHOWN", 1)
    asked = [recommendation("1"), recommendation("2")]
    report = new_site.publish(title="Other", recommendations=asked)
    one, two = (f"/api/recommendations/{report.reference}/{n}/{FORCE}" for n in (1, 2))
    claim = {"as_stated": "Done", "means": "complete"}
    for path in (one, two):
        done = {"text": "Done.", "occurred_on": "2025-09-01"}
        new_site.force.act(f"{path}/updates", done | {"claim": claim})
    new_site.hmicfrs.act(f"{two}/refusals", {"reason": "Not seen.", "occurred_on": "2025-09-02"})

    text = said(new_site.app.test_client(), f"{PAGE}/pack")

    assert "Claimed, not confirmed: 2" in text
    assert "Closure refused by HMICFRS, 2 September 2025." in text
    assert "The first 1 of 2; its list has all." in text


def test_a_pack_of_nothing_says_so_part_by_part(client):
    text = said(client, "/bodies/dorset-pcc/pack")

    assert "No meeting of its panel is recorded, so nothing is compared." in text
    assert "None is recorded as past its target." in text
    assert "No question is recorded without a reply." in text
